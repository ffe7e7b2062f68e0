"""A formula against a statement of each kind: which sides agree, how that is known, what differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import sympy as sp
from mpmath import mp
from sympy.core.relational import Relational

from checks.agreement import OPAQUE, Agreement, Ground, agree, plain, ratio, same_form, values_for
from checks.formulas import TROUBLE, Formula, Task, law_of
from derivations.deadline import TooSlow, deadline
from derivations.domains import Domain
from derivations.extrema import Extremum
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Rate
from derivations.tex.align import Part, differing
from derivations.tex.elaborate import is_rounded
from derivations.tex.errors import Unreadable
from derivations.tex.shapes import words
from derivations.text import text as plain_text
from derivations.vectors import is_matrix

EXPLAINING_SECONDS = 6.0
LARGEST_PART = 120
"""Nodes of an expression beyond which a differing part explains nothing."""
_TURNED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<", "=": "="}
_SIDE = {"lhs": "left side", "rhs": "right side", "definition": "definition", "value": "value"}


@dataclass(frozen=True)
class Finding:
    """One comparison of two expressions, in the making."""

    equal: bool | None
    how: str
    notes: tuple[str, ...] = ()
    agreement: Agreement | None = None
    part: Part | None = None


def finding(task: Task, formula: Formula) -> Finding:
    """What a formula is to the statement; raises Unreadable for one that cannot be meant for its kind."""
    statement = task.statement
    if isinstance(statement, Bound) and statement.constant is not None:
        table = {statement.constant: statement.value}
        formula = replace(formula, values=tuple(v.xreplace(table) for v in formula.values))
    match statement:
        case Bound():
            return _bound(task, formula)
        case Constant():
            return _constant(task, formula)
        case Gradient():
            return _gradient(task, formula)
        case Rate():
            return _rate(task, formula)
        case Existence():
            return _existence(task, formula)
        case Identity():
            return _identity(task, formula)
    raise Unreadable(f"a {statement.kind}, whose claim is in words", 0, "formulas of other kinds are compared")


def _against(task: Task, given: Any, derived: Any) -> Finding:
    """Two expressions on the statement's domain, with the part that differs and how."""
    found = agree(given, derived, task.ground, shrunk=True)
    if found.equal is not False:
        return Finding(found.equal, found.how, agreement=found)
    return Finding(False, found.how, _remarks(task, given, derived), found, _part(task, given, derived))


def _remarks(task: Task, given: Any, derived: Any) -> tuple[str, ...]:
    factor = ratio(given, derived, task.ground)
    if factor is None or factor[0] in (sp.nan, 1):
        return ()
    return (f"the formula is {plain_text(factor[0])} times the derived one",)


def _part(task: Task, given: Any, derived: Any) -> Part | None:
    """The smallest part that explains the difference, also between the two multiplied out."""
    values = values_for(task.ground, given, derived)
    parts: list[Part] = []
    try:
        with deadline(EXPLAINING_SECONDS):
            parts.append(differing(given, derived, values.same))
            if not is_matrix(given) and not is_matrix(derived):
                parts.append(differing(sp.expand(given), sp.expand(derived), values.same))
    except (TooSlow, *TROUBLE):
        pass
    best = min(parts, key=lambda p: p.size, default=None)
    return best if best is not None and best.size < LARGEST_PART else None


def _expression(task: Task, given: Any, named: Mapping[str, Any], preferred: str) -> Finding:
    """An expression against the sides of the statement: the one it is, else what differs from the preferred one."""
    if task.side:
        if task.side not in named:
            raise Unreadable(f"the word {task.side}", 0, f"this statement has {' and '.join(named)}")
        named = {task.side: named[task.side]}
        preferred = task.side
    for which, side in named.items():
        if same_form(given, side):
            return Finding(True, f"the same expression as the {_SIDE[which]}")
    order = sorted(named, key=lambda which: which != preferred)
    first: Finding | None = None
    for which in order:
        if _shape(named[which]) != _shape(given) and given != 0:
            continue
        found = _against(task, given, named[which])
        if found.equal is True:
            return replace(found, how=f"equal to the {_SIDE[which]}, {found.how}")
        if first is None or _smaller(found.part, first.part):
            first = found
        if isinstance(task.statement, Identity | Constant) and found.equal is False:
            break  # its sides are equal: what differs from one differs from the other
    if first is None:
        how = f"it is {words(given)}, the {_SIDE[preferred]} is {words(named[preferred])}"
        return Finding(False, how)
    return first


def _shape(x: Any) -> tuple[Any, ...]:
    return x.shape if is_matrix(x) else ()


def _smaller(a: Part | None, b: Part | None) -> bool:
    """Whether a part explains a difference better than another."""
    return a is not None and b is not None and a.size < b.size


def _identity(task: Task, formula: Formula) -> Finding:
    statement = task.statement
    assert isinstance(statement, Identity)
    _only(formula, "=")
    sides = {"lhs": statement.lhs, "rhs": statement.rhs}
    if len(formula.values) == 1:
        return _expression(task, formula.values[0], sides, "rhs")
    if task.side:
        raise Unreadable(f"a relation where the {_SIDE.get(task.side, task.side)} alone is meant", 0)
    return _equation(task, formula.values, statement.lhs, statement.rhs)


def _only(formula: Formula, *allowed: str) -> None:
    wrong = [i for i, r in enumerate(formula.relations) if r not in allowed]
    if wrong:
        at = formula.node.sides[min(wrong[0] + 1, len(formula.node.sides) - 1)].at
        shown = {"approx": "≈", "propto": "∝", "<=": "≤", ">=": "≥"}
        found = formula.relations[wrong[0]]
        raise Unreadable(f"the relation {shown.get(found, found)}", at, f"the derived relation is {allowed[0]}")


def _equation(task: Task, values: Sequence[Any], lhs: Any, rhs: Any) -> Finding:
    """A = B = … against lhs = rhs: each link must hold, and the ends must be the statement's."""
    for a, b in pairwise(values):
        if same_form(a, b) and not same_form(lhs, rhs):
            return Finding(False, "both sides of a relation are the same expression: it says nothing")
    if len(values) > 2:
        return _chain(task, values, lhs, rhs)
    a, b = values
    for x, y, word in ((a, b, "side by side"), (b, a, "with its sides swapped")):
        if same_form(x, lhs) and same_form(y, rhs):
            return Finding(True, f"the same formula {word}")
    moved = _moved(task, a, b, lhs, rhs)
    if moved is not None:
        return moved
    held = agree(a, b, task.ground)
    if held.equal is False:
        held = agree(a, b, task.ground, shrunk=True)
        return _wrong_equation(task, a, b, lhs, rhs, held)
    for x, y in ((a, b), (b, a)):
        factor = ratio(y, rhs, task.ground)
        times = sp.S.One if factor is None or factor[0] in (sp.nan, 0) else factor[0]
        left = agree(x, times * lhs, task.ground)
        right = agree(y, times * rhs, task.ground) if left.equal is True else None
        if right is not None and right.equal is True:
            how = " and ".join(dict.fromkeys((left.how, right.how)))
            notes: tuple[str, ...] = ()
            if not rhs.free_symbols and not same_form(x, lhs):
                notes = (f"the left side is not written as the derived one: both are {plain_text(rhs)} everywhere",)
            return Finding(True, how if times == 1 else f"both sides times {plain_text(times)}, {how}", notes)
    true = "it holds on the domain" if held.equal is True else "it is neither proved nor refuted"
    return Finding(None, f"{true}, but was not recognised as the derived formula")


def _chain(task: Task, values: Sequence[Any], lhs: Any, rhs: Any) -> Finding:
    hows: list[str] = []
    for number, (a, b) in enumerate(pairwise(values), start=1):
        found = agree(a, b, task.ground)
        if found.equal is False:
            return replace(
                _wrong_equation(task, a, b, lhs, rhs, found), how=f"link {number} of the chain does not hold"
            )
        if found.equal is None:
            return Finding(None, f"link {number} of the chain: {found.how}")
        hows.append(found.how)
    for value in values:
        for side in (lhs, rhs):
            found = agree(value, side, task.ground)
            if found.equal is True:
                return Finding(True, "link by link: " + ", ".join(dict.fromkeys((*hows, found.how))))
    return Finding(False, "every link of the chain holds, but it is not about the derived sides")


def _moved(task: Task, a: Any, b: Any, lhs: Any, rhs: Any) -> Finding | None:
    """The same equation with terms moved across or a constant factor, as formulas; None if it is not."""
    if any(is_matrix(x) for x in (a, b, lhs, rhs)) and not all(is_matrix(x) or x == 0 for x in (a, b, lhs, rhs)):
        return None
    given, derived = _gap(a, b), _gap(lhs, rhs)
    given, derived = _opened(given, derived)
    free = task.ground.free
    factor = ratio(given, derived, free)
    if factor is None or factor[0] is sp.nan or factor[0] == 0:
        return None
    found = agree(given, factor[0] * derived, free)
    if found.equal is not True:
        return None
    how = "the same formula with terms moved across" if factor[0] == 1 or factor[0] == -1 else ""
    return Finding(True, how or f"the same formula times {plain_text(factor[0])}", agreement=found)


def _gap(a: Any, b: Any) -> Any:
    return a if b == 0 else -b if a == 0 else a - b


def _opened(a: Any, b: Any) -> tuple[Any, Any]:
    """Expectations, integrals and the like as numbers of their own, so that equations between them do not hold."""
    found = {e for x in (a, b) for e in x.atoms(*OPAQUE)}
    outer = sorted((e for e in found if not any(e != o and o.has(e) for o in found)), key=str)
    table: dict[Any, Any] = {}
    for e in outer:
        alike = next((known for known in table if same_form(e, known)), None)
        table[e] = table[alike] if alike is not None else sp.Symbol(f"_O{len(table)}", real=True)
    return a.xreplace(table), b.xreplace(table)


def _wrong_equation(task: Task, a: Any, b: Any, lhs: Any, rhs: Any, held: Agreement) -> Finding:
    """Which side of a false equation is wrong, and which part of it."""
    found: list[Finding] = []
    for x, y in ((a, b), (b, a)):
        if not any(agree(x, goal, task.ground).equal is True for goal in (lhs, rhs)):
            continue
        against = [_against(task, y, goal) for goal in (lhs, rhs) if is_matrix(goal) == is_matrix(y)]
        found += [f for f in against if f.equal is False]
    explained = [f for f in found if f.part is not None]
    if explained:
        return min(explained, key=lambda f: f.part.size if f.part is not None else 0)
    return found[0] if found else Finding(False, "the two sides differ", agreement=held)


def _gradient(task: Task, formula: Formula) -> Finding:
    statement = task.statement
    assert isinstance(statement, Gradient)
    _only(formula, "=")
    notes: tuple[str, ...] = ()
    if formula.head is not None:
        by, of = formula.head
        if by != statement.wrt:
            how = f"the gradient by {plain_text(by)}, the derived one is by {plain_text(statement.wrt)}"
            return Finding(False, how)
        if of is not None and statement.of is not None:
            found = _against(task, of, statement.of)
            if found.equal is not True:
                return replace(found, how=f"what is differentiated: {found.how}")
        notes = () if of is not None else (f"the left side is taken for the gradient by {plain_text(by)}",)
    findings = [_expression(task, v, {"rhs": statement.equals}, "rhs") for v in formula.values]
    worst = next((f for f in findings if f.equal is not True), findings[-1])
    return replace(worst, notes=(*worst.notes, *notes))


def _constant(task: Task, formula: Formula) -> Finding:
    statement = task.statement
    assert isinstance(statement, Constant)
    _only(formula, "=", "approx")
    findings: list[Finding] = []
    kinds: list[str] = []
    for value, side in zip(formula.values, formula.node.sides, strict=True):
        rounded = is_rounded(side)
        if rounded is not None and (statement.value is None or not sp.sympify(statement.value).is_Rational):
            findings.append(_digits(statement, *rounded))
            kinds.append("value")
        elif same_form(value, statement.definition):
            findings.append(Finding(True, "the same definition"))
            kinds.append("definition")
        elif statement.value is None:
            findings.append(_enclosed(task, statement, value))
            kinds.append("value" if value.is_number and not value.has(*OPAQUE) else "definition")
        else:
            sides = {"value": statement.value, "definition": statement.definition}
            opaque = value.has(*OPAQUE)
            found = _expression(task, value, sides, "definition" if opaque else "value")
            if found.equal is True and not _same_extremum(task, value, statement.definition):
                found = Finding(None, "it has the derived value, but is not the derived infimum or supremum")
            findings.append(found)
            kinds.append("definition" if opaque else "value")
    worst = next((f for f in findings if f.equal is not True), findings[-1])
    if worst.equal is True and len(findings) > 1:
        return replace(worst, how=", ".join(dict.fromkeys(f.how for f in findings)))
    return worst


def _same_extremum(task: Task, given: Any, derived: Any) -> bool:
    """Whether two infima or suprema of one value are of one function: sup |sin| and sup |cos| are not."""
    if not isinstance(given, Extremum) or not isinstance(derived, Extremum):
        return True
    a, b = plain(given), plain(derived)
    if a.args[1:] != b.args[1:]:
        return False
    ground = Ground(Domain({a.args[1]: a.args[2]}), task.ground.label)
    return agree(a.args[0], b.args[0], ground).equal is not False


def _exact_value(statement: Constant) -> tuple[Any, Any]:
    """Both ends of what is known of a constant, to 50 digits."""
    ends = (statement.value, statement.value) if statement.value is not None else statement.enclosure
    assert ends is not None
    with mp.workdps(50):
        return mp.mpf(str(sp.N(ends[0], 50))), mp.mpf(str(sp.N(ends[1], 50)))


def _digits(statement: Constant, value: Any, decimals: int, dots: bool) -> Finding:
    """A decimal number against the derived one: rounded to its last digit, or cut off there where dots follow."""
    low, high = _exact_value(statement)
    with mp.workdps(50):
        given, unit = mp.mpf(value.p) / value.q, mp.mpf(10) ** -decimals
        near = given - unit / 2 <= high and low <= given + unit / 2
        cut = (given <= high and low <= given + unit) if given >= 0 else (given - unit <= high and low <= given)
        if near or (dots and cut):
            return Finding(True, f"agrees to all of its {decimals} decimals")
        seen = Agreement(False, "values differ", "", mp.nstr(given, decimals + 3), mp.nstr(low, decimals + 8))
    return Finding(False, f"its {decimals} decimals are not those of the derived number", agreement=seen)


def _enclosed(task: Task, statement: Constant, value: Any) -> Finding:
    """A number against an enclosure, or another definition against that of the statement."""
    if value.has(*OPAQUE):
        return _against(task, value, statement.definition)
    if value.free_symbols or is_matrix(value):
        return Finding(False, "it is no number")
    low, high = _exact_value(statement)
    with mp.workdps(50):
        number = mp.mpf(str(sp.N(value, 50)))
        digits = int(-mp.log10((high - low) / abs(high))) if high != low else 50
        if low <= number <= high:
            return Finding(True, f"inside the enclosure, to {digits} digits, not proved")
        seen = Agreement(False, "values differ", "", mp.nstr(number, 15), mp.nstr((low + high) / 2, 15))
    return Finding(False, "outside of the derived enclosure", agreement=seen)


def _rate(task: Task, formula: Formula) -> Finding:
    statement = task.statement
    assert isinstance(statement, Rate)
    _only(formula, "propto", "=")
    law = law_of(statement)
    if len(formula.values) == 2 and not same_form(formula.values[0], statement.quantity):
        return Finding(False, f"another quantity than {plain_text(statement.quantity)} on the left")
    given = formula.values[-1]
    x = sp.Symbol("x", positive=True)
    quotient = sp.simplify((given / law).xreplace({statement.variable: x}))
    if not quotient.has(x):
        return Finding(True, "the same law up to a constant factor")
    return Finding(False, "another law", part=Part(given, law))


def _existence(task: Task, formula: Formula) -> Finding:
    """A property, or the value of a symbol at the point."""
    statement = task.statement
    assert isinstance(statement, Existence)
    if len(formula.values) > 2:
        raise Unreadable("a chain of relations", formula.node.at, "one property, or one symbol = its value")
    a = formula.values[0]
    b = formula.values[1] if len(formula.values) == 2 else sp.S.Zero
    if a in statement.point:
        _only(formula, "=")
        return _against(task, b, sp.sympify(statement.point[a]))
    best: Finding | None = None
    for written in statement.properties:
        relation = written.rel_op if isinstance(written, Relational) else "="
        lhs, rhs = (written.lhs, written.rhs) if isinstance(written, Relational) else (written, sp.S.Zero)
        given = formula.relations[0] if formula.relations else "="
        if given.rstrip("=") != relation.rstrip("=") and _TURNED.get(given, "").rstrip("=") != relation.rstrip("="):
            continue
        x, y = (a, b) if given.rstrip("=") == relation.rstrip("=") else (b, a)
        if (is_matrix(x) or is_matrix(y)) != is_matrix(lhs) and x != 0:
            continue
        if (same_form(x, lhs) and same_form(y, rhs)) or (x == y == 0 and isinstance(lhs, sp.ZeroMatrix)):
            return Finding(True, "the same property")
        factor = ratio(_gap(x, y), _gap(lhs, rhs), task.ground.free)
        if factor is not None and factor[0] is not sp.nan and (relation in ("=", "==") or factor[0] > 0):
            found = agree(_gap(x, y), factor[0] * _gap(lhs, rhs), task.ground.free)
            if found.equal is True:
                return Finding(True, f"the same property, {found.how}")
        found = agree(_gap(x, y), _gap(lhs, rhs), task.ground.free)
        if found.equal is not True and best is None:
            best = Finding(found.equal, found.how, agreement=found, part=_part(task, _gap(x, y), _gap(lhs, rhs)))
    return best or Finding(False, "none of the properties has this relation and shape")


def _bound(task: Task, formula: Formula) -> Finding:
    statement = task.statement
    assert isinstance(statement, Bound)
    if len(formula.values) == 1:
        return _expression(task, formula.values[0], {"lhs": statement.lower, "rhs": statement.upper}, "rhs")
    _only(formula, "<=", ">=", "<", ">", "=")
    strict = any(r in ("<", ">") for r in formula.relations)
    directions = {r[0] for r in formula.relations if r != "="}
    if len(directions) != 1:
        if not directions:
            return Finding(False, "the derived relation is ≤, the formula says =")
        raise Unreadable("≤ and ≥ in one chain", formula.node.at)
    values, relations = list(formula.values), list(formula.relations)
    if directions == {">"}:
        values, relations = values[::-1], relations[::-1]
    for number, (a, b) in enumerate(pairwise(values)):
        if relations[number] == "=":
            found = agree(a, b, task.ground)
            if found.equal is not True:
                return Finding(found.equal, f"the = between its sides: {found.how}", agreement=found)
    whole = _inequality(task, values[0], values[-1])
    if whole.equal is not True and len(values) > 2:
        for number, (a, b) in enumerate(pairwise(values)):
            if relations[number] != "=" and (link := _inequality(task, a, b)).equal is True:
                note = "one link of the chain is the derived bound; the others were not compared"
                whole = replace(link, notes=(*link.notes, note))
    if strict and whole.equal is True:
        return Finding(
            False, "the derived relation is ≤, the formula says <", ("it is stronger: equality is excluded",)
        )
    return whole


def _inequality(task: Task, a: Any, b: Any) -> Finding:
    """a ≤ b against the statement's bound."""
    statement = task.statement
    assert isinstance(statement, Bound)
    lower, upper = statement.lower, statement.upper
    if same_form(a, lower) and same_form(b, upper):
        return Finding(True, "the same bound side by side")
    if same_form(a, b):
        return Finding(False, "both sides of the relation are the same expression: it says nothing")
    left, right = agree(a, lower, task.ground), agree(b, upper, task.ground)
    if left.equal is True and right.equal is True:
        return Finding(True, " and ".join(dict.fromkeys((left.how, right.how))))
    scaled = _scaled_bound(task, a, b, lower, upper)
    if scaled is not None:
        return scaled
    if (rising := _through_a_function(task, a, b, lower, upper)) is not None:
        return rising
    if agree(a, upper, task.ground).equal is True and agree(b, lower, task.ground).equal is True:
        return Finding(False, "the relation is the other way round", ("it says ≥ where ≤ is derived",))
    if left.equal is None or right.equal is None:
        return Finding(None, left.how if left.equal is None else right.how)
    notes = (*_printed(task, a, b), *_strength(task, b - a, upper - lower))
    if left.equal is True:
        right = agree(b, upper, task.ground, shrunk=True)
        return Finding(False, "another right side", notes, right, _part(task, b, upper))
    if right.equal is True:
        left = agree(a, lower, task.ground, shrunk=True)
        return Finding(False, "another left side", notes, left, _part(task, a, lower))
    gap = agree(b - a, upper - lower, task.ground, shrunk=True)
    named = replace(gap, given=f"right − left = {gap.given}") if gap.equal is False else left
    return Finding(False, "both sides differ", notes, named, _part(task, b - a, upper - lower))


def _scaled_bound(task: Task, a: Any, b: Any, lower: Any, upper: Any) -> Finding | None:
    """The same bound with terms moved across, or both sides times one positive factor; None if it is not."""
    factor = ratio(b - a, upper - lower, task.ground)
    if factor is None:
        return None
    if factor[0] is not sp.nan and factor[0] > 0:
        found = agree(b - a, factor[0] * (upper - lower), task.ground)
        if found.equal is True:
            how = "with terms moved across" if factor[0] == 1 else f"times {plain_text(factor[0])}"
            return Finding(True, f"the same bound {how}", agreement=found)
        return None
    if any(x == 0 for x in (a, b, lower, upper)):
        return None  # 0 ≤ x and 0 ≤ y have no factor between them
    sides = ratio(b, upper, task.ground)
    if not factor[1] or sides is None or not sides[1]:
        return None
    found = agree(a * upper, b * lower, task.ground)
    return Finding(True, "the same bound, both sides times one positive factor") if found.equal is True else None


_RISING: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("both sides squared", lambda x: x**2),
    ("the roots of both sides", sp.sqrt),
    ("the logarithms of both sides", sp.log),
    ("the exponentials of both sides", sp.exp),
)


def _through_a_function(task: Task, a: Any, b: Any, lower: Any, upper: Any) -> Finding | None:
    """The derived bound as a function that rises makes it of the formula's sides; None if it is not."""
    if any(is_matrix(x) or x.has(*OPAQUE) for x in (a, b, lower, upper)):
        return None
    for word, function in _RISING:
        if word == "both sides squared" and not (_nonnegative(task, a) and _nonnegative(task, b)):
            continue
        left = agree(function(a), lower, task.ground)
        if left.equal is True and agree(function(b), upper, task.ground).equal is True:
            return Finding(True, f"the derived bound is that of {word}")
    return None


def _nonnegative(task: Task, x: Any) -> bool:
    found = values_for(task.ground, x, count=6).of(x)
    return bool(found) and not any(isinstance(v, mp.mpc) or v < 0 for v in found or ())


def _printed(task: Task, a: Any, b: Any) -> tuple[str, ...]:
    """A remark where the formula has the constant that the paper prints."""
    statement = task.statement
    assert isinstance(statement, Bound)
    if statement.printed is None or statement.constant is None:
        return ()
    table = {statement.constant: statement.printed}
    lower, upper = statement.lhs.xreplace(table), statement.rhs.xreplace(table)
    same = agree(a, lower, task.ground).equal is True and agree(b, upper, task.ground).equal is True
    stated = f"{plain_text(statement.constant)} = {plain_text(statement.value)} is derived"
    return (f"it is the bound as the paper prints it; {stated}",) if same else ()


def _strength(task: Task, given: Any, derived: Any) -> tuple[str, ...]:
    """Whether a ≤ b follows from the derived bound or claims more, by the signs of the gaps' difference."""
    values = values_for(task.ground, given, derived, count=6)
    found, other = values.of(given), values.of(derived)
    if not found or not other or any(isinstance(v, mp.mpc) for v in (*found, *other)):
        return ()
    with mp.workdps(30):
        gaps: list[Any] = [p - q for p, q in zip(found, other, strict=True)]
        tiny = mp.mpf(10) ** -20
    if all(g >= -tiny for g in gaps):
        return ("it is weaker: it follows from the derived bound",)
    if all(g <= tiny for g in gaps):
        return ("it is stronger than what is derived",)
    return ("it is neither weaker nor stronger: that depends on the point",)
