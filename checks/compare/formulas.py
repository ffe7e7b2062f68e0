"""Formulas read in the names of a statement, with letters of their own matched to its symbols."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from checks.compare.agreement import NO_ANSWER
from checks.compare.ground import Ground
from derivations.latex import latex
from derivations.outcomes.budget import BudgetSpent, budget, steps_taken
from derivations.proofs.foreign import foreign_errors
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Rate, Statement
from derivations.tex import syntax as tree
from derivations.tex.binders import DerivativeHead, derivative_head
from derivations.tex.calls import is_own_function
from derivations.tex.elaborate import Reader, is_rounded, read_sides
from derivations.tex.errors import UnknownName, Unreadable
from derivations.tex.names import ACTIVATION, ACTIVATIONS, Vocabulary, mentioned, name_key, raised_of
from derivations.tex.reader import Conventions
from derivations.vectors import is_matrix

READING_STEPS = 2_000_000
RENAMING_STEPS = 1_600_000
MOST_RENAMINGS = 24

"""What SymPy raises of expressions that it cannot put together."""
SIGNS = {"<=": r"\le", ">=": r"\ge", "<": "<", ">": ">", "=": "=", "approx": r"\approx", "propto": r"\propto"}
"""The relations that are compared, in LaTeX."""


@dataclass(frozen=True)
class Claim:
    """A statement with the names in which formulas are compared with it, the side that is meant, if said, and words
    that follow the formula."""

    statement: Statement
    names: Vocabulary
    text: str
    side: str = ""
    remark: str = ""
    ground: Ground = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ground", Ground(self.statement.domain, self.statement.id))


@dataclass(frozen=True)
class Formula:
    """A formula as read: its sides, the relations between them, and its tree."""

    values: tuple[Any, ...]
    relations: tuple[str, ...]
    node: tree.Chain
    named: str = ""
    """The name that stood on the left and that the statement does not have, such as L(a)."""
    head: tuple[Any, Any] | None = None
    """Of ∇_x f = …: x, and f where it is written out."""

    @property
    def latex(self) -> str:
        left = [self.named] if self.named else []
        if self.head is not None:
            of = rf" \left[{latex(self.head[1])}\right]" if self.head[1] is not None else " f"
            left = [rf"\nabla_{{{latex(self.head[0])}}}{of}"]
        sides = [*left, *map(latex, self.values)]
        relations = [*["="] * len(left), *self.relations][: len(sides) - 1]
        signs = [SIGNS.get(r, r) for r in relations]
        return "".join(f"{s} {r} " for s, r in zip(sides, signs, strict=False)) + sides[-1]


def readings(
    claim: Claim, node: tree.Chain, conventions: Conventions, unknown: list[Unreadable]
) -> Iterator[tuple[dict[str, Any], Formula]]:
    """The formula read, with each way to match the names that the statement does not have to its own.

    Names that prevent a direct reading are added to `unknown`.
    """
    pending: list[dict[str, Any]] = [{}]
    count = 0
    started = steps_taken()
    own = mentioned(node, claim.names)
    used = [key for key, s in claim.names.symbols.items() if s in own]
    while pending and steps_taken() - started < RENAMING_STEPS:
        renaming = pending.pop(0)
        reader = Reader(claim.names, renaming, conventions)
        try:
            with budget(READING_STEPS), foreign_errors():
                formula = _read(claim, node, reader)
        except UnknownName as error:
            unknown.append(error)
            taken = set(renaming.values())
            free = [s for s in dict.fromkeys(claim.names.symbols.values()) if s not in taken and s not in own]
            letter = error.key.rstrip("'")
            if claim.names.activated and ACTIVATION not in taken and letter.isalpha():
                pending.append({**renaming, letter: ACTIVATION})
            if len(renaming) < 4:
                pending += [{**renaming, error.key: s} for s in free if _may_stand_for(error.key, s, used, claim.names)]
            if len(pending) > 40 * MOST_RENAMINGS:
                return
            continue
        except Unreadable:
            if not renaming:
                raise
            continue
        except BudgetSpent:
            raise Unreadable("a formula whose terms take too long to be put together", node.at) from None
        except NO_ANSWER as error:
            raise Unreadable(f"a formula that cannot be put together ({str(error)[:120]})", node.at) from None
        if ACTIVATION in renaming.values() and not any(v.has(*ACTIVATIONS) for v in formula.values):
            continue
        if renaming and (set(renaming.values()) & reader.used or not _all_named(claim, formula)):
            continue
        count += 1
        if count > MOST_RENAMINGS:
            return
        yield renaming, formula


def _may_stand_for(key: str, symbol: Any, used: Iterable[str], names: Vocabulary) -> bool:
    """Whether a letter may be another name of a symbol, beside the names of the statement that the formula uses.

    A matrix has a capital. D₄ beside D₃ is rather a wrong index than another letter, and N₃ beside N is none for ρ₃.
    """
    if isinstance(symbol, sp.MatrixSymbol) and symbol.shape[1] != 1 and key[:1].islower() and key.isalpha():
        return False
    others = [k for k in used if _letter(k) == _letter(key)]
    own = any(_letter(k) == _letter(key) for k, s in names.symbols.items() if s == symbol)
    if not own:
        return not others
    return "_" not in key or not any("_" in k for k in others)


def _letter(key: str) -> str:
    """A name without its primes, sub- and superscripts."""
    return re.split(r"['_^]", key, maxsplit=1)[0]


def _sizes(claim: Claim) -> set[Any]:
    return set(claim.ground.domain.dimensions)


def _all_named(claim: Claim, formula: Formula) -> bool:
    """Whether a formula names every symbol of the statement or of one of its sides."""
    mine = {s for v in formula.values for s in v.free_symbols}
    return any(t.free_symbols - _sizes(claim) <= mine for t in sides_of(claim.statement))


def _read(claim: Claim, node: tree.Chain, reader: Reader) -> Formula:
    """The sides of a formula; a gradient sign or a name of its own on the left is set aside."""
    like = next((s for s in sides_of(claim.statement) if is_matrix(s)), None)
    rounded = isinstance(claim.statement, Constant) and node.relations[:1] == ("approx",)
    if len(node.sides) > 1 and (node.relations[0] == "=" or rounded):
        rest = tree.Chain(node.sides[1].at, node.flat, node.sides[1:], node.relations[1:])
        head = _gradient_head(reader, node.sides[0]) if isinstance(claim.statement, Gradient) else None
        if head is not None:
            values, relations = read_sides(rest, reader, like)
            return Formula(_numbers(values, rest), relations, rest, head=head)
        if _is_own_name(claim, node.sides[0]) and _is_new(reader, node.sides[0]):
            named = re.sub(
                r"[\s&:]*(=|\\equiv|\\triangleq|\\coloneqq)[\s&]*$", "", claim.text[node.at : rest.at]
            ).strip()
            values, relations = read_sides(rest, reader, like)
            return Formula(_numbers(values, rest), relations, rest, named=named)
    _check_dots(claim, node)
    values, relations = read_sides(node, reader, like)
    for relation in relations:
        if relation not in SIGNS:
            raise Unreadable(f"the relation {relation}", node.sides[1].at, "=, ≤, ≥, ∝ and ≈ are compared")
    return Formula(_numbers(values, node), relations, node)


def _numbers(values: Sequence[Any], node: tree.Chain) -> tuple[Any, ...]:
    for value, side in zip(values, node.sides, strict=True):
        if value.has(sp.nan, sp.zoo):
            raise Unreadable("a side that is not a number", side.at)
    return tuple(values)


def _check_dots(claim: Claim, node: tree.Chain) -> None:
    """Raise Unreadable for 0.39… anywhere but alone on a side of a constant's formula."""
    for side in node.sides:
        if re.search(r"\d…", side.flat) and (not isinstance(claim.statement, Constant) or is_rounded(side) is None):
            raise Unreadable("a number that breaks off in dots", side.at, "write it whole or as an expression")


def _is_own_name(claim: Claim, side: tree.Sum) -> bool:
    """Whether a left side is a name such as L(a, φ)."""
    if not isinstance(claim.statement, Identity | Constant | Gradient) or len(side.terms) != 1 or side.terms[0][0] != 1:
        return False
    items = [x for x in side.terms[0][1].items if isinstance(x, tree.Scripted)]
    if len(items) > 2 or len(items) != len(side.terms[0][1].items):
        return False
    named = isinstance(items[0].nucleus, tree.Leaf) and items[0].nucleus.kind == "NAME"
    behind = len(items) == 1 or (isinstance(items[1].nucleus, tree.Bracket) and items[1].nucleus.opening == "(")
    return named and behind and items[0].nucleus.flat not in ("e", "pi", "sigma", "infty", "I")


def _is_new(reader: Reader, side: tree.Sum) -> bool:
    item = side.terms[0][1].items[0]
    assert isinstance(item, tree.Scripted)
    if is_own_function(reader, side.terms[0][1].items, 0):
        return False
    return all(reader.known(name_key(item, n)) is None for n in range(len(raised_of(item)) + 1))


def _gradient_head(reader: Reader, side: tree.Sum) -> tuple[Any, Any] | None:
    """∇_x f or ∂f/∂x on the left: x, and f if it is more than a name; None for anything else."""
    if len(side.terms) != 1 or side.terms[0][0] != 1:
        return None
    items = list(side.terms[0][1].items)
    first = items[0]
    if not isinstance(first, tree.Scripted):
        return None
    if isinstance(first.nucleus, tree.Leaf) and first.nucleus.flat == "nabla":
        lowered = next((s.inside for s in first.scripts if s.kind == "UNDER"), None)
        if lowered is None:
            raise Unreadable("a gradient by nothing", first.at, r"write \nabla_{x}")
        return reader.group(lowered), _body(reader, items[1:])
    if isinstance(first.nucleus, tree.Fraction):
        head: DerivativeHead | None = derivative_head(reader, first)
        if head is not None and len(head.variables) == 1 and head.order == 1:
            return head.variables[0][1], _body(reader, [*head.over, *items[1:]])
    return None


def _body(reader: Reader, items: Sequence[Any]) -> Any:
    """What is differentiated; None if only its name is written."""
    named = bool(items) and isinstance(items[0], tree.Scripted) and isinstance(items[0].nucleus, tree.Leaf)
    if not items or (named and items[0].nucleus.kind == "NAME" and reader.known(name_key(items[0], 0)) is None):
        return None
    value, _ = reader.run(tree.Run(items[0].at, "", tuple(items)))
    return reader.sizes.finished(value)


def sides_of(statement: Statement) -> list[Any]:
    """The sides of a statement that a formula may be compared with."""
    match statement:
        case Identity():
            return [statement.lhs, statement.rhs]
        case Bound():
            return [statement.lower, statement.upper]
        case Gradient():
            return [statement.equals]
        case Constant():
            return [statement.definition, *([statement.value] if statement.value is not None else [])]
        case Existence():
            return [p.lhs - p.rhs if isinstance(p, Relational) else p for p in statement.properties]
        case Rate():
            return [law_of(statement)]
    return []


def law_of(statement: Rate) -> Any:
    """The law that a rate claims, as an expression in its variable."""
    if statement.law == "exponential":
        return sp.exp(statement.exponent * statement.variable)
    return statement.variable**statement.exponent
