"""Statements that a manuscript seems to make, and what could not be read of it, each with its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp

from checks.new.manuscript.conditions import Condition, assume, split
from checks.new.manuscript.letters import Letters, called, gradient_of, named_activation, read
from checks.new.manuscript.outline import NO_CLAIMS, Block, Display
from checks.new.manuscript.sentences import sentences
from checks.new.manuscript.source import Source
from derivations.domains import DomainError
from derivations.outcomes.budget import BudgetSpent
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.statements import Bound, Gradient, Identity, StatementError
from derivations.tex import syntax as tree
from derivations.tex.errors import Unreadable
from derivations.tex.names import name_key, raised_of
from derivations.tex.parse import parse
from derivations.tex.source.macros import Macros
from derivations.vectors import ShapeError

TROUBLE = (ForeignError, Unreadable, BudgetSpent, ShapeError, DomainError, StatementError)
"""What a text may contain that is no formula of ours."""
_EXISTS = re.compile(r"\bthere (?:exists?|is|are)\b|\\exists", re.IGNORECASE)
_RANDOM = re.compile(r"with (?:high )?probability|almost surely|i\.i\.d|(?<!\{)\w\s*\\sim", re.IGNORECASE)
_LAWS = re.compile(r"_\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")


@dataclass(frozen=True)
class Proposal:
    """A statement that a manuscript seems to make.

    `taken` are letters of which nothing was said, and that were taken as real numbers or vectors.
    """

    id: str
    title: str
    place: str
    tex: str
    kind: str
    lhs: Any
    rhs: Any
    letters: Letters
    taken: tuple[str, ...] = ()
    of: Any = None


@dataclass(frozen=True)
class Unread:
    """What could not be read, where, and why."""

    title: str
    place: str
    tex: str
    reason: str


@dataclass(frozen=True)
class Defined:
    """A letter that a formula defines, and which stands for its value in what follows."""

    name: str
    place: str
    tex: str


@dataclass
class Findings:
    """What was found of a manuscript, each kind in its order."""

    proposals: list[Proposal] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    defined: list[Defined] = field(default_factory=list)
    displays: int = 0


def proposals(source: Source, blocks: Sequence[Block]) -> Findings:
    """Read what a manuscript claims.

    Args:
        source: The manuscript.
        blocks: Its outline.

    Returns:
        The statements that could be read, with their domains; the letters that were defined; and all displays that
        could not be read, with the reason. A proof's displays are read as statements of their own.
    """
    return _Reader(source).all(blocks)


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.found = Findings()
        self.common = Letters()
        self.ids: set[str] = set()

    def all(self, blocks: Sequence[Block]) -> Findings:
        last = self.common
        for block in blocks:
            claims = block.name not in NO_CLAIMS and block.name != ""
            # a proof goes on with the letters of its theorem
            letters = last.copy() if block.name == "proof" else self.common.copy() if claims else self.common
            self.block(block, letters, claims)
            if claims:
                last = letters
        return self.found

    def block(self, block: Block, letters: Letters, claims: bool) -> None:
        macros = self.source.macros(block.at)
        whole = self.source.text
        begin = whole.find(block.text, block.at) if block.text else block.at
        letters.activation = named_activation(block.text) or letters.activation
        conditions, inline = sentences(block.text, bool(block.displays), claims)
        for condition in conditions:
            self.try_assume(condition, letters, macros)
        for display in block.displays:
            self.found.displays += 1
            place = self.source.place(display.at + len(display.text) - len(display.text.lstrip()))
            name = display.label or (block.label if claims and len(block.displays) == 1 else "")
            title = block.title + (f" ({display.number})" if display.number else "")
            title = title if block.title else f"Equation {display.number}" if display.number else "Display"
            if display.error:
                self.found.unread.append(Unread(title, place, display.text, display.error))
                continue
            about = block.text if claims else ""
            self.formula(
                display, letters, macros, _id(name or title), title, place, about, claims and block.name != "proof"
            )
        if claims and block.name != "proof" and not block.displays and not inline:
            self.found.unread.append(
                Unread(block.title, self.source.place(block.at), "", "it has no formula that claims something")
            )
        for at, text in inline if claims and block.name != "proof" else []:
            place = self.source.place(begin + at)
            row = Display(begin + at, text)
            self.formula(row, letters, macros, _id(block.label or block.title), block.title, place, block.text, True)

    def try_assume(self, condition: Condition, letters: Letters, macros: Macros) -> None:
        before = letters.copy()
        try:
            with foreign_errors():
                assume(condition, letters, macros)
        except TROUBLE:
            vars(letters).update(vars(before))  # words beside a formula are no display: what is not read is left out

    def formula(
        self,
        display: Display,
        letters: Letters,
        macros: Macros,
        id: str,
        title: str,
        place: str,
        about: str,
        claimed: bool,
    ) -> None:
        """Propose what a display says, or note why it could not be read."""
        formulas, conditions = split(display.text)
        own = letters.copy() if claimed or conditions else letters
        try:
            with foreign_errors():
                if claimed and _RANDOM.search(_LAWS.sub("", about)):
                    raise Unreadable("a statement about chance", 0, "write a Probability, or a Chance of its event")
                for condition in conditions:
                    assume(condition, own, macros)
                for _, formula in formulas:
                    node = parse(_stripped(formula), macros)
                    if self.define(node, own, macros, display, place, claimed):
                        if len(node.relations) == 1:
                            continue
                        node = tree.Chain(node.sides[1].at, node.flat, node.sides[1:], node.relations[1:])
                    if (slope := gradient_of(node, own, macros)) is not None:
                        wrt, equals, of = slope
                        found = Proposal("", title, place, display.text, "Gradient", wrt, equals, own.copy(), (), of)
                        self.add(found, id)
                        continue
                    values, relations = self.understood(node, own, macros)
                    taken = {k for k in own.taken if own.symbols.get(k) in _free(values)}
                    self.claims(values, relations, own, id, title, place, display.text, tuple(sorted(taken)), about)
                if own is not letters and not claimed:
                    letters.symbols.update({k: v for k, v in own.symbols.items() if k not in letters.symbols})
                    letters.functions.update(own.functions)
        except Unreadable as error:
            said = str(error)
            self.found.unread.append(Unread(title, place, display.text, said))
        except TROUBLE as error:
            said = (str(error).splitlines() or [type(error).__name__])[0][:80]
            reason = f"the formula cannot be put together ({said})"
            self.found.unread.append(Unread(title, place, display.text, reason))

    def understood(self, node: tree.Chain, letters: Letters, macros: Macros) -> tuple[list[Any], tuple[str, ...]]:
        """The sides of a formula; where its letters do not fit what the text before the theorem said, as numbers."""
        trial = letters.copy()
        try:
            found = read(node, trial, macros)
        except Unreadable as error:
            own = Letters(activation=letters.activation)
            for key, symbol in letters.symbols.items():
                if self.common.symbols.get(key) != symbol:
                    own.symbols[key] = symbol
            own.ranges = {s: r for s, r in letters.ranges.items() if s in own.symbols.values()}
            own.where = [w for w in letters.where if w not in self.common.where]
            own.taken = set(letters.taken)
            if own.symbols.keys() == letters.symbols.keys():
                raise
            try:
                found = read(node, own, macros)
            except Unreadable:
                raise error from None
            trial = own
        vars(letters).update(vars(trial))
        return found

    def define(
        self, node: tree.Chain, letters: Letters, macros: Macros, display: Display, place: str, claimed: bool
    ) -> bool:
        """Whether a formula defines the new letter on its left, which stands for its value from here on."""
        if not node.relations or node.relations[0] != "=" or len(node.sides[0].terms) != 1:
            return False
        says_so = re.search(
            r":\s*=|\\coloneqq|\\triangleq|\\equiv|\\overset\{[^{}]*def|\\stackrel\{[^{}]*def", display.text
        )
        items = node.sides[0].terms[0][1].items
        first = items[0]
        if (
            not isinstance(first, tree.Scripted)
            or not isinstance(first.nucleus, tree.Leaf)
            or first.nucleus.kind != "NAME"
        ):
            return False
        key = name_key(first, len(raised_of(first)))
        bracket = called(items, 0)
        if len(items) > (1 if bracket is None else 2) or first.nucleus.flat in (
            "sigma",
            "e",
            "pi",
            "nabla",
            "E",
            "bb E",
            "bb P",
        ):
            return False
        new = key not in letters.symbols and key not in letters.functions
        if not new and not says_so:
            return False
        rest = tree.Chain(node.sides[1].at, node.flat, node.sides[1:2], ())
        if _mentions(rest, key):
            return False
        if bracket is None:
            (value,), _ = read(rest, letters, macros)
            letters.becomes(key, value)
        else:
            argument = bracket.items[0].sides[0].terms[0][1].items[0] if len(bracket.items) == 1 else None
            if not isinstance(argument, tree.Scripted) or not isinstance(argument.nucleus, tree.Leaf):
                raise Unreadable(
                    f"the definition of {key} at an argument that is no letter", first.at, "define it at a letter"
                )
            (value,), _ = read(rest, letters, macros)
            at = letters.symbols.get(name_key(argument, len(raised_of(argument))))
            if at is None:
                at = letters.symbol(name_key(argument, len(raised_of(argument))))
            letters.functions[key] = (at, value)
        self.found.defined.append(Defined(first.flat + (bracket.flat if bracket else ""), place, display.text))
        return True

    def claims(
        self,
        values: Sequence[Any],
        relations: Sequence[str],
        letters: Letters,
        id: str,
        title: str,
        place: str,
        tex: str,
        taken: tuple[str, ...],
        about: str,
    ) -> None:
        """One statement for each relation of a chain."""
        if not relations:
            raise Unreadable("an expression without a relation", 0, "nothing is claimed")
        if _EXISTS.search(about) and len(values) == 2:
            raise Unreadable("a statement about something that exists", 0, "write an Existence with its point")
        for left, relation, right in zip(values, relations, values[1:], strict=False):
            match relation:
                case "=":
                    kind, sides = "Identity", (left, right)
                case "<=" | "<":
                    kind, sides = "Bound", (left, right)
                case ">=" | ">":
                    kind, sides = "Bound", (right, left)
                case _:
                    raise Unreadable(f"the relation {relation}", 0, "=, <, ≤, > and ≥ are read")
            self.add(Proposal("", title, place, tex, kind, *sides, letters.copy(), taken), id)

    def add(self, proposal: Proposal, id: str) -> None:
        used = _free([proposal.lhs, proposal.rhs, *([proposal.of] if proposal.of is not None else [])])
        domain = _domain(proposal.letters, used)
        try:
            made: Any = {"Identity": Identity, "Bound": Bound, "Gradient": Gradient}[proposal.kind]
            more = {"of": proposal.of} if proposal.kind == "Gradient" else {"where": domain.where}
            made("trial", proposal.lhs, proposal.rhs, on=domain.ranges, **more)
        except StatementError as error:
            self.found.unread.append(Unread(proposal.title, proposal.place, proposal.tex, str(error)))
            return
        name, number = id, 2
        while name in self.ids:
            name, number = f"{id}-{number}", number + 1
        self.ids.add(name)
        kept = Letters(proposal.letters.symbols, proposal.letters.functions, dict(domain.ranges), list(domain.where))
        self.found.proposals.append(replace(proposal, id=name, letters=kept))


@dataclass(frozen=True)
class _Kept:
    ranges: dict[Any, Any]
    where: tuple[Any, ...]


def _domain(letters: Letters, used: set[Any]) -> _Kept:
    """The ranges and conditions on letters of a claim, and on those that such conditions bring in."""
    where: list[Any] = []
    grown = True
    while grown:
        grown = False
        for condition in letters.where:
            if condition not in where and condition.free_symbols & used:
                where.append(condition)
                used |= condition.free_symbols
                grown = True
    ranges = {s: r for s, r in letters.ranges.items() if s in used and not _says_nothing(r)}
    return _Kept(ranges, tuple(where))


def _says_nothing(values: Any) -> bool:
    """Whether a range says no more than that a symbol is real."""
    return bool(values == sp.S.Reals)


def _free(values: Sequence[Any]) -> set[Any]:
    found = {s for v in values for s in v.free_symbols}
    sizes = {n for s in found if isinstance(s, sp.MatrixSymbol) for d in s.shape for n in d.free_symbols}
    return {s for s in found | sizes if isinstance(s, sp.Symbol | sp.MatrixSymbol)}


def _mentions(node: tree.Chain, key: str) -> bool:
    from checks.new.manuscript.letters import nodes

    return any(
        isinstance(p, tree.Scripted) and isinstance(p.nucleus, tree.Leaf) and name_key(p, len(raised_of(p))) == key
        for p in nodes(node)
    )


def _id(name: str) -> str:
    """An id of a statement from a label or a title."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return slug or "display"


def _stripped(formula: str) -> str:
    """A formula without what is no part of it: alignment, and punctuation at its end."""
    return re.sub(r"[\s.,;]*$", "", formula)
