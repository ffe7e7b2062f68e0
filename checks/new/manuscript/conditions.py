"""What a manuscript assumes of its letters, such as `x \\in [0, 1]` or `an integer n`, as ranges and conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy as sp

from checks.new.manuscript.letters import Letters, identifier, names_in, read
from derivations.domains import PositiveSemidefinite, SymmetricMatrices, UnitVectors
from derivations.quantities.chance import Chance
from derivations.tex import syntax as tree
from derivations.tex.elaborate import Reader
from derivations.tex.errors import Unreadable
from derivations.tex.names import Vocabulary, name_key, raised_of, unwrapped
from derivations.tex.parse import parse
from derivations.tex.source.macros import Macros
from derivations.vectors import is_matrix, vector

BEGINS = (
    r"for all|for every|for each|for any|for some fixed|for|where|when|whenever|if|with|provided that|provided|"
    r"given that|given|as long as|assuming that|assuming|suppose that|suppose|assume that|assume|let|and|such that|"
    r"subject to|on|in which|any|all|every|each"
)
"""Words that begin a condition."""
_BEHIND = re.compile(
    rf"\\forall(?![A-Za-z])|\\(?:text|mbox|textrm|mathrm|hbox)\s*\{{\s*[,;(]?\s*(?:{BEGINS})\b", re.IGNORECASE
)
_SPACE = re.compile(r"[,;.]?\s*\\q?quad(?![A-Za-z])\s*")
_WORDS = re.compile(r"\\(?:text|mbox|textrm|hbox|mathrm)\s*\{([^{}]*)\}")
SIGN = re.compile(
    r"\\(?:in|leq?|geq?|leqslant|geqslant|neq?|succeq|succ|subset|sim)(?![A-Za-z])|[=<>]|\\[lg]t(?![A-Za-z])"
)
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
_OPEN, _CLOSE = ("{", "(", "[", r"\{", r"\begin"), ("}", ")", "]", r"\}", r"\end")
_MATRICES = {"bb S_+": PositiveSemidefinite, "bb S": SymmetricMatrices}


@dataclass(frozen=True)
class Condition:
    """A condition in LaTeX at its place, and whether words call its letter an integer."""

    text: str
    at: int
    integer: bool = False


def split(text: str) -> tuple[list[tuple[int, str]], list[Condition]]:
    """Divide a display into its formulas, each with its place in it, and the conditions behind them."""
    formulas: list[tuple[int, str]] = []
    begin = 0
    while (at := _end_of_formula(text, begin)) < len(text):
        formulas.append((begin, _closed(text[begin:at])))
        space = _SPACE.match(text, at)
        rest = space.end() if space is not None else at
        if (
            space is None
            or _BEHIND.match(text, rest)
            or _WORDS.match(text[rest:].lstrip())
            or is_condition(text[rest:])
        ):
            return formulas, list(_listed(text[at:], at))
        begin = rest
    formulas.append((begin, _closed(text[begin:])))
    return formulas, []


def _closed(formula: str) -> str:
    return re.sub(r"(?:[,;.\s]|\\q?quad|\\[,;:! ])*$", "", formula)


def is_condition(text: str) -> bool:
    """Whether a text is a condition by its looks: names on the left of ∈ or of an inequality."""
    sign = SIGN.search(text)
    return sign is not None and sign[0] != "=" and bool(names_in(text[: sign.start()]))


def _end_of_formula(text: str, begin: int) -> int:
    """Where a formula ends: at its end, or before a condition or a wide space."""
    depth = 0
    for found in re.compile(r"\\[A-Za-z]+|\\.|[{}()\[\],;]", re.DOTALL).finditer(text, begin):
        token = found[0]
        if depth == 0 and (_BEHIND.match(text, found.start()) or _opens_condition(text, found.start())):
            return found.start()
        depth += (token in _OPEN) - (token in _CLOSE)
        depth = max(depth, 0)
    return len(text)


def _opens_condition(text: str, at: int) -> bool:
    """Whether a wide space, or a comma, is followed by words or by a condition such as x > 0."""
    space = _SPACE.match(text, at)
    if space is None:
        return False
    rest = text[space.end() :].lstrip()
    return bool(rest) and not re.match(r"[&\\]?(?:=|<|>|\\le|\\ge|\+|-)", rest)


def _listed(text: str, start: int) -> Iterator[Condition]:
    """The conditions of a list, with names that share one, such as x, y > 0, left together."""
    plain = _WORDS.sub(lambda m: _only_integers(m[0], m[1]), text)
    plain = re.sub(r"\\forall(?![A-Za-z])|\\q?quad(?![A-Za-z])|\\[,;:!]", lambda m: " " * len(m[0]), plain)
    for at, part in _parts(plain):
        integer = "integer" in text[max(at - 20, 0) : at + len(part)]
        bare = part.strip().rstrip(".;,").strip()
        if bare:
            yield Condition(bare, start + at + part.index(bare[0]), integer)


def _only_integers(whole: str, words: str) -> str:
    return ("," + " " * (len(whole) - 1)) if words.strip() else " " * len(whole)


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """The parts between commas at depth 0; a part without a relation belongs to the next one."""
    depth, begin = 0, 0
    for found in re.compile(r"\\.|[{}()\[\],;]", re.DOTALL).finditer(text):
        token = found[0]
        if token in ",;" and depth == 0:
            part = text[begin : found.start()]
            if SIGN.search(part) or not part.strip():
                yield begin, part
                begin = found.end()
            continue
        depth = max(depth + (token in _OPEN) - (token in _CLOSE), 0)
    yield begin, text[begin:]


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
    if sign is None:
        if condition.integer:
            for key in names_in(text):
                _of_integers(key, letters)
            return
        raise Unreadable(f"the condition '{_short(text)}'", condition.at, "a relation or a set is read")
    keys = names_in(text[: sign.start()])
    if sign[0] == r"\in":
        if not keys:
            raise Unreadable(f"the condition '{_short(text)}'", condition.at, "a letter in a set is read")
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
    raise Unreadable(f"the set '{_short(written)}'", condition.at, "intervals, ℝ, ℕ, ℤ, ℝ^d and ℝ^{m×n} are read")


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
        raise Unreadable(f"the condition '{_short(text)}'", at, "a relation between numbers is read")
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
        raise Unreadable(f"the condition '{_short(text)}'", at, "=, <, ≤, > and ≥ are read")
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
        raise Unreadable(f"the condition '{_short(text)}' that never holds", at)
    if made != sp.true:
        letters.where.append(made)


def _short(text: str) -> str:
    words = re.sub(r"\s+", " ", text).strip()
    return words if len(words) <= 60 else f"{words[:57]}…"
