"""What binds a variable: sums, products, integrals, infima and suprema, derivatives, Gaussian expectations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from derivations.extrema import Extremum
from derivations.tex import calls
from derivations.tex import syntax as tree
from derivations.tex.errors import UnknownName, Unreadable
from derivations.tex.names import name_key, raised_of, unwrapped
from derivations.tex.reader import FormulaReader
from derivations.vectors import Inner, elementwise, is_matrix, ones

Rest = tuple[tuple[int, tree.Run], ...]
MOST_FACTORS = 50
MOST_TERMS = 100_000
"""Terms of sums with numbers for their ends, also inside one another: more are not carried out."""


def big(reader: FormulaReader, items: Sequence[Any], i: int, rest: Rest) -> tuple[Any, int, bool]:
    """A big operator with its body: the factors after it, for inf and sup the terms after them too."""
    item = items[i]
    name = item.nucleus.flat
    lowered = next((s.inside for s in item.scripts if s.kind == "UNDER"), None)
    raised = next((s.inside for s in item.scripts if s.kind == "CARET"), None)
    strange = [s for s in item.scripts if s.kind not in ("UNDER", "CARET")]
    if strange:
        raise Unreadable(f"'{strange[0].flat}' at {name}", strange[0].at)
    behind = items[i + 1 :]
    if name == "int":
        value, used = _integral(reader, item, lowered, raised, behind)
        return value, i + 1 + used, False
    if name == "lim":
        return _limit(reader, item, lowered, behind), len(items), False
    if name in ("sum", "prod"):
        if not behind:
            raise Unreadable(f"'{name}' without anything after it", item.at)
        return _sum(reader, item, lowered, raised, tree.Run(behind[0].at, "", tuple(behind))), len(items), False
    if lowered is None:
        bracket = behind[0].nucleus if behind and isinstance(behind[0], tree.Scripted) else None
        if name not in ("max", "min") or not isinstance(bracket, tree.Bracket):
            raise Unreadable(f"{name} without its variable", item.at, rf"write \{name}_{{x \in [a, b]}}")
        value = calls.extreme(reader, name, bracket)
        for script in behind[0].scripts:
            value = reader.scripted(value, script)
        return value, i + 2, False
    kind = "sup" if name in ("sup", "max") else "inf"
    key, symbol, interval = _range(reader, lowered, kind)
    first = ((1, tree.Run(behind[0].at, "", tuple(behind))),) if behind else ()
    if not first and not rest:
        raise Unreadable(f"'{name}' without anything after it", item.at)
    with reader.binding({key: symbol}):
        body = reader.sum(tree.Sum(item.at, "", (*first, *rest)))
    return Extremum(number(body, item.at), symbol, interval, kind), len(items), True


def _limit(reader: FormulaReader, item: Any, lowered: tree.Group | None, behind: Sequence[Any]) -> Any:
    """The limit of the factors behind it, from both sides where none is written."""
    chain = lowered.items[0] if lowered is not None and len(lowered.items) == 1 else None
    if chain is None or chain.relations != ("to",) or not behind:
        raise Unreadable("a limit without its variable", item.at, r"write \lim_{n \to \infty}")
    key, symbol = variable(reader, chain.sides[0])
    at = unwrapped(tree.Chain(chain.sides[1].at, "", (chain.sides[1],), ()))
    side = next((s.flat for s in at.scripts if s.kind == "MARK" and s.flat in ("+", "-")), "") if at is not None else ""
    if at is not None and side:
        bare = tree.Scripted(at.at, at.flat, at.nucleus, tuple(s for s in at.scripts if s.flat != side))
        end = reader.atom(bare)
    else:
        end = reader.sum(chain.sides[1])
    with reader.binding({key: symbol}):
        body, _ = reader.run(tree.Run(behind[0].at, "", tuple(behind)))
    body = number(reader.sizes.settled(body), item.at)
    direction = "-" if end == sp.oo else "+" if end == -sp.oo else side or "+-"
    return sp.Limit(body, symbol, number(end, item.at), dir=direction)


def number(value: Any, at: int) -> Any:
    if is_matrix(value):
        raise Unreadable("a vector or matrix where a number is needed", at)
    return value


def variable(reader: FormulaReader, side: tree.Sum, **assumptions: bool) -> tuple[str, Any]:
    """The name that a side consists of, with the statement's own variable of that name or a new one."""
    item = unwrapped(tree.Chain(side.at, side.flat, (side,), ()))
    if item is None or not isinstance(item.nucleus, tree.Leaf) or item.nucleus.kind != "NAME":
        raise Unreadable(f"'{side.flat}' in place of a variable", side.at)
    key = name_key(item, len(raised_of(item)))
    found = reader.names.bound.get(key)
    if found is None:
        found = reader.names.symbols.get(key)
    return key, sp.Symbol(key, **(assumptions or {"real": True})) if found is None else found


def _sum(reader: FormulaReader, item: Any, lowered: Any, raised: Any, body: tree.Run) -> Any:
    chain = lowered.items[0] if lowered is not None and len(lowered.items) == 1 else None
    every = chain is not None and chain.relations == () and raised is None
    if chain is None or not (every or (chain.relations == ("=",) and raised is not None)):
        raise Unreadable(f"a {item.nucleus.flat} without both ends", item.at, r"write \sum_{i=1}^{n}")
    key, index = variable(reader, chain.sides[0], integer=True)
    low, high = (sp.S.One, None) if every else (reader.sum(chain.sides[1]), reader.group(raised))
    with reader.binding({key: index}):
        value, _ = reader.run(body)
    value = reader.sizes.settled(value)
    if high is None:
        high = _last(value, index, item)
    if item.nucleus.flat == "prod":
        if is_matrix(value):
            raise Unreadable("a product of vectors or matrices", item.at, "write its factors")
        if not (low.is_number and high.is_number):
            return sp.Product(value, (index, low, high))
        if not (low.is_Integer and high.is_Integer and high - low < MOST_FACTORS):
            raise Unreadable(
                f"a product of more than {MOST_FACTORS} factors", item.at, "write its value, or n for its end"
            )
        return sp.Mul(*(value.xreplace({index: sp.Integer(k)}) for k in range(int(low), int(high) + 1)))
    if is_matrix(value):
        raise Unreadable("a sum over an index of vectors or matrices", item.at, "write its terms")
    if value.has(sp.matrices.expressions.matexpr.MatrixElement):
        return _over_entries(reader, value, index, low, high, item.at)
    made = sp.Sum(value, (index, low, high))
    if _terms(made) > MOST_TERMS:
        raise Unreadable(f"a sum of more than {MOST_TERMS} terms", item.at, "write its value, or n for its upper end")
    return made


def _terms(expr: Any) -> Any:
    """How many terms the sums of an expression have when they are carried out, one inside another multiplied."""
    inside = max((_terms(a) for a in expr.args), default=sp.S.One)
    if not isinstance(expr, sp.Sum):
        return inside
    inside = _terms(expr.function)
    for _, low, high in expr.limits:
        if low.is_Integer and high.is_Integer:
            inside *= max(high - low + 1, 1)
    return inside


def _last(body: Any, index: Any, item: Any) -> Any:
    """The last index of Σᵢ without ends, where i runs over the entries of vectors of one length."""
    entries = body.atoms(sp.matrices.expressions.matexpr.MatrixElement)
    lengths = {e.parent.shape[0] for e in entries if e.args[1] == index - 1}
    if len(lengths) != 1:
        raise Unreadable(f"a {item.nucleus.flat} without both ends", item.at, r"write \sum_{i=1}^{n}")
    return lengths.pop()


def _over_entries(reader: FormulaReader, body: Any, index: Any, low: Any, high: Any, at: int) -> Any:
    """Σᵢ f(xᵢ) g(yᵢ) … as inner products of vectors taken entry by entry."""
    entries = sorted(body.atoms(sp.matrices.expressions.matexpr.MatrixElement), key=str)
    slots = {e: sp.Dummy("x", real=True) for e in entries}
    for e in entries:
        if e.args[1] != index - 1 or low != 1 or (high - e.parent.shape[0]).is_zero is not True:
            raise Unreadable(f"a sum over a part of {e.parent}", at, f"let it run from 1 to {e.parent.shape[0]}")
    total = sp.S.Zero
    for term in sp.Add.make_args(sp.expand(body.xreplace(slots))):
        columns, factors = [], []
        for factor in sp.Mul.make_args(term):
            mine = [e for e, s in slots.items() if factor.has(s)]
            if len(mine) > 1 or factor.has(index):
                raise Unreadable("a sum whose terms mix entries of vectors in one function", at)
            if not mine:
                factors.append(factor)
                continue
            slot = slots[mine[0]]
            x = mine[0].parent
            if factor == slot**2:
                columns += [x, x]
            else:
                columns.append(x if factor == slot else elementwise(sp.Lambda(slot, factor), x))
        if not columns:
            total += sp.Mul(*factors) * (high - low + 1)
            continue
        first, *others = columns
        second = ones(first.shape[0]) if not others else others[0] if len(others) == 1 else sp.HadamardProduct(*others)
        total += sp.Mul(*factors) * Inner(first, second)
    return total


def _integral(reader: FormulaReader, item: Any, lowered: Any, raised: Any, behind: Sequence[Any]) -> tuple[Any, int]:
    """∫ … dx with both ends, and how many factors behind its sign it took."""
    if lowered is None or raised is None:
        raise Unreadable("an integral without both ends", item.at, r"write \int_{a}^{b} … \,dx")
    for k in range(len(behind) - 2, 0, -1):
        d, x = behind[k], behind[k + 1]
        if isinstance(d, tree.Scripted) and d.flat == "d" and isinstance(x, tree.Scripted):
            side = tree.Sum(x.at, x.flat, ((1, tree.Run(x.at, x.flat, (x,))),))
            key, symbol = variable(reader, side)
            low, high = reader.group(lowered), reader.group(raised)
            with reader.binding({key: symbol}):
                body, _ = reader.run(tree.Run(behind[0].at, "", tuple(behind[:k])))
            return sp.Integral(number(body, item.at), (symbol, low, high)), k + 2
    raise Unreadable("an integral without its dx", item.at, r"write the integrand in brackets and \,dx behind it")


def _range(reader: FormulaReader, lowered: tree.Group, kind: str) -> tuple[str, Any, Any]:
    """The variable of an infimum or supremum and its interval."""
    chain = lowered.items[0]
    if len(lowered.items) != 1:
        raise Unreadable("an extremum over several variables", lowered.at, "one variable is read")
    match chain.relations:
        case ():
            key, symbol = variable(reader, chain.sides[0])
            known = [e for e in reader.names.extrema if e.args[1] == symbol]
            if len(known) != 1:
                raise Unreadable("an extremum without its interval", lowered.at, r"write x \in [a, b]")
            return key, symbol, known[0].args[2]
        case ("in",):
            key, symbol = variable(reader, chain.sides[0])
            return key, symbol, _interval(reader, chain.sides[1])
        case (a, b) if {a, b} <= {"<", "<="}:
            key, symbol = variable(reader, chain.sides[1])
            low, high = reader.sum(chain.sides[0]), reader.sum(chain.sides[2])
            return key, symbol, _made(low, high, a == "<", b == "<", lowered.at)
        case ("<" | "<=" | ">" | ">=",):
            key, symbol = variable(reader, chain.sides[0])
            relation, end = chain.relations[0], reader.sum(chain.sides[1])
            strict = len(relation) == 1
            above = relation[0] == ">"
            low, high = (end, sp.oo) if above else (-sp.oo, end)
            return key, symbol, _made(low, high, strict and above, strict and not above, lowered.at)
    raise Unreadable("an extremum whose range is not an interval", lowered.at, r"write x \in [a, b]")


def _interval(reader: FormulaReader, side: tree.Sum) -> Any:
    item = unwrapped(tree.Chain(side.at, side.flat, (side,), ()))
    if item is not None and item.flat == "bb R":
        return sp.S.Reals
    bracket = item.nucleus if item is not None else None
    if not isinstance(bracket, tree.Bracket) or len(bracket.items) != 2:
        raise Unreadable(f"'{side.flat}' in place of an interval", side.at, r"write [a, b], (a, b) or \mathbb{R}")
    low, high = (reader.single(c) for c in bracket.items)
    return _made(low, high, bracket.opening == "(", bracket.closing == ")", side.at)


def _made(low: Any, high: Any, left_open: bool, right_open: bool, at: int) -> Any:
    made = sp.Interval(low, high, left_open, right_open) if low.is_extended_real and high.is_extended_real else None
    if not isinstance(made, sp.Interval):
        raise Unreadable("an interval that is empty or has ends that are not numbers", at)
    return made


@dataclass(frozen=True)
class DerivativeHead:
    """d/dx or ∂²/∂x∂y: the variables with their orders, and the factors over the line behind d."""

    variables: tuple[tuple[str, Any, int], ...]
    over: tuple[Any, ...]
    order: int


def derivative_head(reader: FormulaReader, item: tree.Scripted) -> DerivativeHead | None:
    """What to differentiate by, if a fraction is a derivative; None for other fractions."""
    fraction = item.nucleus
    assert isinstance(fraction, tree.Fraction)
    top, bottom = (_items(g) for g in (fraction.top, fraction.bottom))
    if not top or len(bottom) < 2 or not _is_d(reader, top[0]) or bottom[0].flat != top[0].nucleus.flat:
        return None
    letter = bottom[0].flat
    variables: list[tuple[str, Any, int]] = []
    for k in range(0, len(bottom), 2):
        if (
            k + 1 >= len(bottom)
            or bottom[k].flat != letter
            or not isinstance(bottom[k + 1].nucleus, tree.Leaf | tree.Group)
        ):
            return None
        variables.append(_by(reader, bottom[k + 1]))
    order = _order(top[0])
    if order != sum(n for *_, n in variables):
        raise Unreadable(f"a derivative of order {order} by {len(variables)} variables", item.at)
    return DerivativeHead(tuple(variables), tuple(top[1:]), order)


def _items(group: tree.Group) -> list[Any]:
    chain = group.items[0]
    if len(group.items) != 1 or chain.relations or len(chain.sides[0].terms) != 1 or chain.sides[0].terms[0][0] != 1:
        return []
    items = [x for x in chain.sides[0].terms[0][1].items if not (isinstance(x, tree.Operator) and x.kind == "SPACE")]
    return items if all(isinstance(x, tree.Scripted) for x in items) else []


def _is_d(reader: FormulaReader, item: tree.Scripted) -> bool:
    if not isinstance(item.nucleus, tree.Leaf) or item.nucleus.flat not in ("d", "partial"):
        return False
    return item.nucleus.flat == "partial" or reader.known("d") is None


def _order(item: tree.Scripted) -> int:
    raised = raised_of(item)
    return int(raised[-1]) if raised and raised[-1].isdigit() and len(raised[-1]) < 3 else 1


def _by(reader: FormulaReader, item: tree.Scripted) -> tuple[str, Any, int]:
    """A variable under the line: its key, its symbol, and how often."""
    inside = item
    if isinstance(item.nucleus, tree.Group):
        found = unwrapped(item.nucleus.items[0])
        if found is None:
            raise Unreadable("a derivative by something that is not a variable", item.at)
        inside = found
    order = _order(item)
    count = len(raised_of(inside)) - (inside is item and order > 1)
    key = name_key(inside, count)
    symbol = reader.known(key)
    if symbol is None:
        symbol = reader.names.bound.get(key)
    if symbol is None:
        raise UnknownName(key, item.at, reader.names.listed)
    return key, symbol, order


def derivative(reader: FormulaReader, head: DerivativeHead, items: Sequence[Any], i: int) -> tuple[Any, int]:
    """The derivative of the numerator, of the bracket after the fraction, or of the factors after it."""
    behind = items[i + 1 :]
    bracket = behind[0].nucleus if behind and isinstance(behind[0], tree.Scripted) else None
    with reader.binding({key: symbol for key, symbol, _ in head.variables}):
        if head.over:
            body, _ = reader.run(tree.Run(head.over[0].at, "", head.over))
            end = i + 1
        elif isinstance(bracket, tree.Bracket) and bracket.opening in "([{" and not behind[0].scripts:
            body, end = reader.group(bracket), i + 2
        elif behind:
            body, _ = reader.run(tree.Run(behind[0].at, "", tuple(behind)))
            end = len(items)
        else:
            raise Unreadable("a derivative of nothing", items[i].at, "write what is differentiated in brackets")
    if is_matrix(body) or any(is_matrix(symbol) for _, symbol, _ in head.variables):
        raise Unreadable("a derivative of or by a vector", items[i].at, r"gradients are written \nabla_{x} f = …")
    return sp.Derivative(body, *((symbol, n) for _, symbol, n in head.variables)), end
