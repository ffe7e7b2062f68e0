"""What a manuscript assumes of its letters, such as `x \\in [0, 1]` or `an integer n`, as ranges and conditions."""

from __future__ import annotations

import re
from typing import Any

import sympy as sp

from checks.new.manuscript.letters import Letters, identifier, names_in, read
from checks.new.manuscript.splitting import SIGN, Condition, short
from derivations.domains import PositiveSemidefinite, SymmetricMatrices, UnitVectors
from derivations.quantities.chance import Chance
from derivations.tex import syntax as tree
from derivations.tex.elaborate import Reader
from derivations.tex.errors import Unreadable
from derivations.tex.names import Vocabulary, name_key, raised_of, unwrapped
from derivations.tex.parse import parse
from derivations.tex.source.macros import Macros
from derivations.vectors import is_matrix, vector

_KNOWN_SETS: dict[str, tuple[Any, dict[str, bool]]] = {
    "bb R": (sp.S.Reals, {}),
    "bb R_+": (sp.Interval(0, sp.oo), {}),
    "bb R_>0": (sp.Interval.open(0, sp.oo), {}),
    "bb R_++": (sp.Interval.open(0, sp.oo), {}),
    "bb R_>=0": (sp.Interval(0, sp.oo), {}),
    "bb N": (sp.S.Naturals, {"integer": True, "positive": True}),
    "bb N_+": (sp.S.Naturals, {"integer": True, "positive": True}),
    "bb N_0": (sp.S.Naturals0, {"integer": True, "nonnegative": True}),
    "bb Z": (sp.S.Integers, {"integer": True}),
}
_MATRICES = {"bb S_+": PositiveSemidefinite, "bb S": SymmetricMatrices}


def assume(condition: Condition, letters: Letters, macros: Macros) -> None:
    """Add a condition to the letters in force.

    Args:
        condition: The condition.
        letters: The letters in force, which this changes.
        macros: The macros in force.

    Raises:
        Unreadable: The condition is not one that a domain can hold.
    """
    text = condition.text
    sign = SIGN.search(text)
    if sign is not None and sign[0] in (r"\succeq", r"\succ"):
        _semidefinite(condition, sign, letters)
        return
    if sign is not None and sign[0] in (r"\ne", r"\neq"):
        _unequal(condition, sign, letters, macros)
        return
    if condition.properties:
        _called(condition, sign, letters, macros)
        return
    if sign is None:
        if condition.integer:
            for key in names_in(text):
                _of_integers(key, letters)
            return
        raise Unreadable(f"the condition '{short(text)}'", condition.at, "a relation or a set is read")
    keys = names_in(text[: sign.start()])
    if sign[0] == r"\in":
        if not keys:
            raise Unreadable(f"the condition '{short(text)}'", condition.at, "a letter in a set is read")
        for key in keys:
            _belongs(key, text[sign.end() :], condition, letters, macros)
        return
    if condition.integer:
        for key in keys:
            _of_integers(key, letters)
    if len(keys) > 1:  # x, y > 0
        for part in text[: sign.start()].split(","):
            _related(f"{part}{text[sign.start() :]}", condition.at, letters, macros)
        return
    _related(text, condition.at, letters, macros)


def _called(condition: Condition, sign: re.Match[str] | None, letters: Letters, macros: Macros) -> None:
    """Add what words call the letters of a condition, such as positive."""
    sides = [condition.text] if sign is None else [condition.text[: sign.start()]]
    if sign is not None and sign[0] != r"\in" and {"integer", "natural"} >= set(condition.properties):
        sides = SIGN.split(condition.text)  # 0 ≤ k ≤ n, integers
    keys = [key for side in sides for key in names_in(side.strip())]
    plain = Condition(condition.text, condition.at)
    if not keys:
        raise Unreadable(f"{condition.properties[0]} of '{short(condition.text)}'", condition.at, "a letter is read")
    whole = {"integer", "natural"} & set(condition.properties)
    if sign is not None and not whole:
        assume(plain, letters, macros)
    for key in keys:
        for said in condition.properties:
            if said in ("symmetric", "positive semidefinite"):
                made: Any = letters.symbols.get(key)
                if not is_matrix(made) or made.shape[0] != made.shape[1]:
                    raise Unreadable(f"{said} {key}", condition.at, rf"say ${key} \in \mathbb{{R}}^{{n \times n}}$")
                letters.ranges[made] = SymmetricMatrices() if said == "symmetric" else PositiveSemidefinite()
            elif said in ("integer", "natural"):
                _of_integers(key, letters)
                if said == "natural":
                    letters.ranges[letters.symbols[key]] = sp.S.Naturals
            else:
                if is_matrix(letters.symbols.get(key)):
                    raise Unreadable(f"a vector or matrix that is called '{said}'", condition.at)
                letters.symbol(key)
                values = {"> 0": sp.Interval.open(0, sp.oo), r"\ge 0": sp.Interval(0, sp.oo),
                          "< 0": sp.Interval.open(-sp.oo, 0), r"\le 0": sp.Interval(-sp.oo, 0)}.get(said)  # fmt: skip
                symbol = letters.symbols[key]
                letters.taken.discard(key)
                if values is None:
                    letters.where.append(sp.Ne(symbol, 0))
                    continue
                now = letters.ranges.get(symbol, sp.S.Integers if symbol.is_integer else sp.S.Reals)
                letters.ranges[symbol] = now.intersect(values)
    if sign is not None and whole:
        assume(plain, letters, macros)


def _unequal(condition: Condition, sign: re.Match[str], letters: Letters, macros: Macros) -> None:
    """x ≠ y, or x, y ≠ 0."""
    left, right = condition.text[: sign.start()], condition.text[sign.end() :]
    (other,), _ = read(parse(right, macros), letters, macros)
    for part in left.split(",") if names_in(left) else [left]:
        (value,), _ = read(parse(part, macros), letters, macros)
        if is_matrix(value) or is_matrix(other):
            raise Unreadable(f"the condition '{short(condition.text)}'", condition.at, "numbers that differ are read")
        letters.taken -= {k for k in letters.taken if letters.symbols.get(k) in value.free_symbols | other.free_symbols}
        letters.where.append(sp.Ne(value, other))


def _semidefinite(condition: Condition, sign: re.Match[str], letters: Letters) -> None:
    """A ⪰ 0."""
    for key in names_in(condition.text[: sign.start()]) or [""]:
        made: Any = letters.symbols.get(key)
        square = is_matrix(made) and made.shape[0] == made.shape[1] != 1
        if sign[0] != r"\succeq" or condition.text[sign.end() :].strip() != "0" or not square:
            raise Unreadable(
                f"the condition '{short(condition.text)}'", condition.at, r"A \succeq 0 of a matrix is read"
            )
        letters.ranges[made] = PositiveSemidefinite()


def _of_integers(key: str, letters: Letters) -> None:
    if not getattr(letters.symbols.get(key), "is_integer", False):
        letters.becomes(key, sp.Symbol(identifier(key), integer=True))
        letters.ranges.setdefault(letters.symbols[key], sp.S.Integers)


def _belongs(key: str, written: str, condition: Condition, letters: Letters, macros: Macros) -> None:
    node = parse(written, macros)
    flat = node.sides[0].flat if len(node.sides) == 1 else ""
    if flat in _KNOWN_SETS:
        values, assumptions = _KNOWN_SETS[flat]
        made = letters.becomes(key, sp.Symbol(identifier(key), real=True, **assumptions))
        letters.ranges[made] = values
        return
    item = _single(node)
    if (
        item is not None
        and isinstance(item.nucleus, tree.Bracket)
        and item.nucleus.opening in "(["
        and len(item.nucleus.items) == 2
        and not item.scripts
    ):
        _within(letters.symbol(key), item.nucleus, condition, letters, macros)
        letters.taken.discard(key)
        return
    raised = [s for s in item.scripts if s.kind == "CARET"] if item is not None else []
    if item is not None and len(raised) == 1 and raised[0].inside is not None:
        base = item.nucleus.flat + "".join(f"_{s.inside.flat}" for s in item.scripts if s.kind == "UNDER" and s.inside)
        sizes = _sizes(raised[0].inside, letters)
        if base == "bb R" and len(sizes) == 1:
            letters.becomes(key, vector(identifier(key), sizes[0]))
            return
        if base == "bb R" and len(sizes) == 2:
            letters.becomes(key, sp.MatrixSymbol(identifier(key), *sizes))
            return
        if base == "bb S" and not condition.text.count("+") and len(sizes) == 1 and sizes[0] != 1:
            made = letters.becomes(key, vector(identifier(key), sizes[0] + 1))  # the unit sphere of ℝ^{n+1}
            letters.ranges[made] = UnitVectors()
            return
        if base in _MATRICES and len(sizes) == 1:
            made = letters.becomes(key, sp.MatrixSymbol(identifier(key), sizes[0], sizes[0]))
            letters.ranges[made] = _MATRICES[base]()
            return
    raise Unreadable(f"the set '{short(written)}'", condition.at, "intervals, ℝ, ℕ, ℤ, ℝ^d and ℝ^{m×n} are read")


def _single(node: tree.Chain) -> tree.Scripted | None:
    if len(node.sides) != 1 or len(node.sides[0].terms) != 1:
        return None
    items = node.sides[0].terms[0][1].items
    return items[0] if len(items) == 1 and isinstance(items[0], tree.Scripted) else None


def _within(symbol: Any, bracket: tree.Bracket, condition: Condition, letters: Letters, macros: Macros) -> None:
    """Put a letter between the ends of an interval, which may be numbers or other letters."""
    low, high = (_value(chain, letters, macros) for chain in bracket.items)
    above, below = (">" if bracket.opening == "(" else ">="), ("<" if bracket.closing == ")" else "<=")
    if low != -sp.oo:
        _relate(symbol, above, low, condition.text, condition.at, letters)
    if high != sp.oo:
        _relate(symbol, below, high, condition.text, condition.at, letters)


def _value(chain: tree.Chain, letters: Letters, macros: Macros) -> Any:
    values, _ = read(tree.Chain(chain.at, chain.flat, chain.sides, ()), letters, macros)
    return values[0]


def _sizes(group: tree.Group, letters: Letters) -> list[Any]:
    """The sizes of ℝ^{m×n}: numbers, or letters that are positive integers from now on."""
    items = group.items[0].sides[0].terms
    if len(group.items) != 1 or len(items) != 1:
        return _compound(group, letters)
    found = []
    for item in items[0][1].items:
        if isinstance(item, tree.Operator):
            if item.kind not in ("DOT", "TIMES", "SPACE"):
                return []
            continue
        if isinstance(item.nucleus, tree.Leaf) and item.nucleus.kind == "NUMBER" and not item.scripts:
            found.append(sp.Integer(int(item.nucleus.flat)))
        elif isinstance(item.nucleus, tree.Leaf):
            found.append(_size(item.flat, letters))
        else:
            return []
    return found


def _compound(group: tree.Group, letters: Letters) -> list[Any]:
    """A size such as d − 1, of letters that are integers from now on."""
    for part in group.items[0].sides[0].terms:
        for item in part[1].items:
            if isinstance(item, tree.Scripted) and isinstance(item.nucleus, tree.Leaf) and item.nucleus.kind == "NAME":
                _size(item.flat, letters)
    reader = Reader(Vocabulary(symbols=letters.symbols))
    return [sp.sympify(reader.group(group))]


def _size(key: str, letters: Letters) -> Any:
    known = letters.symbols.get(key)
    if known is not None and known.is_integer and known.is_positive:
        return known
    return letters.becomes(key, sp.Symbol(identifier(key), integer=True, positive=True))


def _related(text: str, at: int, letters: Letters, macros: Macros) -> None:
    """Add a relation: as a range where it bounds one letter by numbers, else among the conditions."""
    node = parse(text, macros)
    _numbers(node, letters)
    values, relations = read(node, letters, macros)
    if len(values) < 2 or any(v.has(Chance) for v in values):
        raise Unreadable(f"the condition '{short(text)}'", at, "a relation between numbers is read")
    letters.taken -= {k for k in letters.taken if any(letters.symbols.get(k) in v.free_symbols for v in values)}
    for left, relation, right in zip(values, relations, values[1:], strict=False):
        _relate(left, relation, right, text, at, letters)


def _numbers(node: tree.Chain, letters: Letters) -> None:
    """Take a letter that is compared with a number for a number, whatever it was before."""
    for side, other in [*zip(node.sides, node.sides[1:], strict=False), *zip(node.sides[1:], node.sides, strict=False)]:
        item = unwrapped(tree.Chain(side.at, side.flat, (side,), ()))
        if item is None or not isinstance(item.nucleus, tree.Leaf) or not re.fullmatch(r"-?\d+(\.\d+)?", other.flat):
            continue
        key = name_key(item, len(raised_of(item)))
        if is_matrix(letters.symbols.get(key)):
            letters.symbols[key] = sp.Symbol(identifier(key), real=True)


def _relate(left: Any, relation: str, right: Any, text: str, at: int, letters: Letters) -> None:
    turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
    if relation not in turned:
        raise Unreadable(f"the condition '{short(text)}'", at, "=, <, ≤, > and ≥ are read")
    if left.is_number and isinstance(right, sp.Symbol):
        left, relation, right = right, turned[relation], left
    if isinstance(left, sp.Symbol) and right.is_number and right.is_real and relation not in ("=", "!="):
        key = next(k for k, s in letters.symbols.items() if s == left)
        letters.taken.discard(key)
        now = letters.ranges.get(left, sp.S.Integers if left.is_integer else sp.S.Reals)
        half = {
            "<": sp.Interval.open(-sp.oo, right),
            "<=": sp.Interval(-sp.oo, right),
            ">": sp.Interval.open(right, sp.oo),
            ">=": sp.Interval(right, sp.oo),
        }[relation]
        letters.ranges[left] = now.intersect(half)
        return
    made = {
        "<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge, "=": sp.Eq, "!=": sp.Ne
    }[relation](left, right)  # fmt: skip
    if made == sp.false:
        raise Unreadable(f"the condition '{short(text)}' that never holds", at)
    if made != sp.true:
        letters.where.append(made)
