"""Statements that a manuscript seems to make, and what could not be read of it, each with its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from checks.new.manuscript.conditions import assume
from checks.new.manuscript.domain import domain_of, free
from checks.new.manuscript.findings import Defined, Findings, Proposal, Unread, reason_of
from checks.new.manuscript.letters import Letters, called, gradient_of, named_activation, names_in, read
from checks.new.manuscript.outline import NO_CLAIMS, Block, Display, paragraphs
from checks.new.manuscript.sentences import LAWS, Said, sentences
from checks.new.manuscript.source import Source
from checks.new.manuscript.splitting import SIGN, Condition, split
from derivations.domains import DomainError
from derivations.outcomes.budget import BudgetSpent
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.statements import Bound, Gradient, Identity, StatementError
from derivations.tex import syntax as tree
from derivations.tex.errors import Unreadable
from derivations.tex.names import name_key, raised_of
from derivations.tex.parse import parse
from derivations.tex.source.macros import Macros
from derivations.tex.source.words import is_prose
from derivations.vectors import ShapeError

TROUBLE = (ForeignError, Unreadable, BudgetSpent, ShapeError, DomainError, StatementError)
"""What a text may contain that is no formula of ours."""
_EXISTS = re.compile(r"\bthere (?:exists?|is|are)\b|\\exists", re.IGNORECASE)
ASSUMPTIONS = ("assumption", "assum", "asm", "condition", "hypothesis", "setting")
"""Environments whose formulas are conditions of the theorems that name them."""
_REFERENCE = re.compile(
    r"(?:\bunder\s+)?(?:\b(?:assumptions?|conditions?|hypothes[ei]s)[~\s]*)?\\(?:[cC]|auto)?ref\s*\{([^{}]*)\}",
    re.IGNORECASE,
)
_RANDOM = re.compile(r"with (?:high )?probability|almost surely|i\.i\.d|(?<!\{)\w\s*\\sim", re.IGNORECASE)
_UNEQUAL = re.compile(r"\\(?:leq?|geq?|neq?)(?![A-Za-z])|[<>≤≥]")


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
        self.assumptions: dict[str, tuple[Said, int]] = {}

    def all(self, blocks: Sequence[Block]) -> Findings:
        last = self.common
        for block in paragraphs(blocks, self.source.text):
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
        theorem = claims and block.name != "proof"
        is_assumption = block.name in ASSUMPTIONS
        text, assumptions = self.referred(block.text) if theorem else (block.text, [])
        for each, at in assumptions:
            for condition in each.conditions:
                self.assume(condition, letters, macros, at)
        said = sentences(text, theorem)
        stopped = self.source.branch(begin, begin + len(block.text)) or said.doubt
        if is_assumption:
            said.conditions += [Condition(formula, at) for at, formula in said.claimed]
        conditions = sorted(said.conditions, key=lambda c: ("=" in c.text, not c.lasts))
        own = letters if theorem else letters.copy()
        for condition in conditions:
            if condition.lasts and own is not letters and not is_assumption:
                self.assume(condition, letters, macros, begin)
        own = letters if theorem else letters.copy()
        for condition in conditions:
            if theorem or is_assumption or not condition.lasts:
                why = self.assume(condition, own, macros, begin)
                stopped = stopped or (why if theorem or is_assumption or block.displays else "")
        rows = sorted(block.displays, key=lambda d: not _within(d.at - begin, said.assumed))
        if is_assumption and not stopped and not block.displays and block.label:
            self.assumptions[block.label] = (said, begin)
        first = len(self.found.proposals)
        for display in rows:
            place = self.source.place(display.at + len(display.text) - len(display.text.lstrip()))
            name = display.label or (block.label if claims and len(block.displays) == 1 else "")
            title = block.title + (f" ({display.number})" if display.number else "")
            title = title if block.title else f"Equation {display.number}" if display.number else "Display"
            if display.error or stopped:
                self.found.unread.append(Unread(title, place, display.text, display.error or stopped))
                continue
            if _within(display.at - begin, said.assumed) or is_assumption:
                why = self.condition(display, own, macros, place)
                if why:
                    stopped = f"its condition {why}"
                    self.found.unread.append(Unread(title, place, display.text, why))
                continue
            self.formula(display, own, macros, id_of(name or title), title, place, block, theorem, first)
        if own is not letters and not is_assumption:
            letters.functions.update(own.functions)
            letters.symbols.update({k: v for k, v in own.symbols.items() if k not in letters.symbols})
        if is_assumption and stopped and not block.displays:
            self.found.unread.append(Unread(block.title, self.source.place(block.at), "", stopped))
        if theorem and not block.displays and (stopped or not said.claimed):
            why = stopped if said.formulas and stopped else "it has no formula that claims something"
            self.found.unread.append(Unread(block.title, self.source.place(block.at), "", why))
        for at, text in said.claimed if theorem and not stopped else []:
            row = Display(begin + at, text)
            place = self.source.place(begin + at)
            self.formula(row, own, macros, id_of(block.label or block.title), block.title, place, block, True, first)

    def referred(self, text: str) -> tuple[str, list[tuple[Said, int]]]:
        """The text of a theorem without its references to assumptions that were read, and these."""
        found: list[tuple[Said, int]] = []

        def known(match: re.Match[str]) -> str:
            labels = [label.strip() for label in match[1].split(",")]
            if not all(label in self.assumptions for label in labels):
                return match[0]
            found.extend(self.assumptions[label] for label in labels)
            return " " * len(match[0])

        return _REFERENCE.sub(known, text), found

    def assume(self, condition: Condition, letters: Letters, macros: Macros, begin: int) -> str:
        """Add a condition to the letters; why that is not possible, or nothing."""
        before = letters.copy()
        try:
            with foreign_errors():
                self.add_condition(condition, letters, macros, begin)
        except TROUBLE as error:
            vars(letters).update(vars(before))
            return reason_of(error)
        return ""

    def add_condition(self, condition: Condition, letters: Letters, macros: Macros, begin: int) -> None:
        """Add a condition, or a function that it defines, to the letters; raises Unreadable."""
        node = parse(condition.text, macros) if "=" in condition.text and not _UNEQUAL.search(condition.text) else None
        if node is not None and node.relations == ("=",) and called(node.sides[0].terms[0][1].items, 0):
            row = Display(begin + condition.at, condition.text)
            if not self.define(node, letters, macros, row, self.source.place(row.at), -1):
                raise Unreadable(f"the definition '{condition.text}'", 0, "a new letter at a letter is read")
            return
        sign = SIGN.search(condition.text)
        for key in names_in(condition.text[: sign.start()] if sign is not None else condition.text):
            value = letters.symbols.get(key)
            if value is not None and not isinstance(value, sp.Symbol | sp.MatrixSymbol):
                raise Unreadable(f"the condition '{condition.text}'", 0, f"{key} is defined, or another letter here")
        assume(condition, letters, macros)

    def condition(self, display: Display, letters: Letters, macros: Macros, place: str) -> str:
        """Add a display that is a condition; why that is not possible, or nothing."""
        before = letters.copy()
        try:
            with foreign_errors():
                formulas, conditions = split(display.text)
                for each in conditions:
                    self.add_condition(each, letters, macros, display.at)
                for _, formula in formulas:
                    node = parse(_stripped(formula), macros)
                    if not self.define(node, letters, macros, display, place, -1):
                        self.add_condition(Condition(_stripped(formula), 0), letters, macros, display.at)
        except TROUBLE as error:
            vars(letters).update(vars(before))
            return reason_of(error)
        return ""

    def formula(
        self,
        display: Display,
        letters: Letters,
        macros: Macros,
        id: str,
        title: str,
        place: str,
        block: Block,
        claimed: bool,
        first: int,
    ) -> None:
        """Propose what a display says, or note why it could not be read."""
        about = block.text if claimed else ""
        start, self.at = len(self.found.proposals), display.at
        try:
            with foreign_errors():
                formulas, conditions = split(display.text)
                own = letters.copy() if claimed or conditions else letters
                if claimed and _RANDOM.search(LAWS.sub("", about)):
                    raise Unreadable("a statement about chance", 0, "write a Probability, or a Chance of its event")
                for condition in conditions:
                    self.add_condition(condition, own, macros, display.at)
                for _, formula in formulas:
                    node = parse(_stripped(formula), macros)
                    if self.define(node, own, macros, display, place, first):
                        if len(node.relations) == 1:
                            continue
                        node = tree.Chain(node.sides[1].at, node.flat, node.sides[1:], node.relations[1:])
                    if block.name in ("definition", "defn"):
                        raise Unreadable("a formula of a definition", 0, "only f(x) := … is read there")
                    if (slope := gradient_of(node, own, macros)) is not None:
                        wrt, equals, of = slope
                        found = Proposal("", title, place, display.text, "Gradient", wrt, equals, own.copy(), (), of)
                        self.add(found, id)
                        continue
                    values, relations = self.understood(node, own, macros)
                    taken = {k for k in own.taken if own.symbols.get(k) in free(values)}
                    self.claims(values, relations, own, id, title, place, display.text, tuple(sorted(taken)), about)
                if own is not letters and not claimed:
                    letters.symbols.update({k: v for k, v in own.symbols.items() if k not in letters.symbols})
                    letters.functions.update(own.functions)
        except TROUBLE as error:
            del self.found.proposals[start:]  # of a display that is read in part nothing is proposed
            self.found.unread.append(Unread(title, place, display.text, reason_of(error)))

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
        self, node: tree.Chain, letters: Letters, macros: Macros, display: Display, place: str, first: int
    ) -> bool:
        """Whether a formula defines the new letter on its left, which stands for its value from here on."""
        if not node.relations or node.relations[0] != "=" or len(node.sides[0].terms) != 1:
            return False
        says_so = re.search(
            r":\s*=|\\coloneqq|\\triangleq|\\equiv|\\overset\{[^{}]*def|\\stackrel\{[^{}]*def", display.text
        )
        items = node.sides[0].terms[0][1].items
        first_ = items[0]
        if (
            not isinstance(first_, tree.Scripted)
            or not isinstance(first_.nucleus, tree.Leaf)
            or first_.nucleus.kind != "NAME"
        ):
            return False
        key = name_key(first_, len(raised_of(first_)))
        bracket = called(items, 0)
        if len(items) > (1 if bracket is None else 2) or first_.nucleus.flat in (
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
        primed = bracket is not None and any(s.kind == "PRIME" for s in first_.scripts)  # f′(x) = … is a claim
        powers = [r for r in raised_of(first_) if r[0] not in "*+-†("]
        if is_prose(first_.nucleus.flat) or primed or powers:
            return False
        rest = tree.Chain(node.sides[1].at, node.flat, node.sides[1:2], ())
        earlier = [p for p in self.found.proposals[first:] if key in p.taken] if first >= 0 else []
        if earlier:
            for p in earlier:
                self.found.proposals.remove(p)
                self.found.unread.append(Unread(p.title, p.place, p.tex, f"{key} is defined only behind it"))
        if _mentions(rest, key):
            return False
        if bracket is None:
            (value,), _ = read(rest, letters, macros)
            letters.becomes(key, value)
        else:
            argument = bracket.items[0].sides[0].terms[0][1].items[0] if len(bracket.items) == 1 else None
            if not isinstance(argument, tree.Scripted) or not isinstance(argument.nucleus, tree.Leaf):
                raise Unreadable(
                    f"the definition of {key} at an argument that is no letter", first_.at, "define it at a letter"
                )
            (value,), _ = read(rest, letters, macros)
            at = letters.symbols.get(name_key(argument, len(raised_of(argument))))
            if at is None:
                at = letters.symbol(name_key(argument, len(raised_of(argument))))
            letters.functions[key] = (at, value)
        self.found.defined.append(Defined(first_.flat + (bracket.flat if bracket else ""), place, display.text))
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
            strict = relation in ("<", ">")
            named = f"{title}, with ≤ in place of {relation.replace('>', '<')}" if strict else title
            self.add(Proposal("", named, place, tex, kind, *sides, letters.copy(), taken, None, strict), id)

    def add(self, proposal: Proposal, id: str) -> None:
        used = free([proposal.lhs, proposal.rhs, *([proposal.of] if proposal.of is not None else [])])
        unsaid = {proposal.letters.symbols.get(k) for k in proposal.taken}
        single = (free([proposal.lhs]) ^ free([proposal.rhs])) - unsaid - {None}
        single &= {s for s in proposal.letters.symbols.values() if isinstance(s, sp.Symbol | sp.MatrixSymbol)}
        # a letter on one side only may be a slip of the pen, but not if its set is stated
        for declared in (set(), {s for s in single if not getattr(s, "is_integer", False)}):
            domain = domain_of(proposal.letters, set(used), declared)
            try:
                made: Any = {"Identity": Identity, "Bound": Bound, "Gradient": Gradient}[proposal.kind]
                more = {"of": proposal.of} if proposal.kind == "Gradient" else {"where": domain.where}
                made("trial", proposal.lhs, proposal.rhs, on=domain.ranges, **more)
                break
            except StatementError as error:
                why = reason_of(error)
        else:
            self.found.unread.append(Unread(proposal.title, proposal.place, proposal.tex, why))
            return
        name, number = id, 2
        while name in self.ids:
            name, number = f"{id}-{number}", number + 1
        self.ids.add(name)
        kept = Letters(proposal.letters.symbols, proposal.letters.functions, dict(domain.ranges), list(domain.where))
        self.found.proposals.append(replace(proposal, id=name, letters=kept, at=self.at))


def _mentions(node: tree.Chain, key: str) -> bool:
    return any(
        isinstance(p, tree.Scripted) and isinstance(p.nucleus, tree.Leaf) and name_key(p, len(raised_of(p))) == key
        for p in tree.nodes(node)
    )


def _within(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


def id_of(name: str) -> str:
    """An id of a statement from a label or a title."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return slug or "display"


def _stripped(formula: str) -> str:
    """A formula without what is no part of it: alignment, and punctuation at its end."""
    return re.sub(r"[\s.,;]*$", "", formula)
