"""Claims in one variable for Rocq: derivatives at the places of equality, `interval` between, rules far out.

A quotient is nonnegative where its numerator is and its denominators are positive. The numerator vanishes at a few
points to some order: beside each of them it has the sign of its first derivative that does not vanish there. In between
it is enclosed. A half-line ends in rules of sign, or is turned over by x = 1/t.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import sympy as sp
from mpmath import iv

from checks.provers.balls import QUICK_WORK
from checks.provers.functions.tightness import lowest_points
from checks.rocq.algebraic import Case
from derivations.activations import sigmoid, softplus
from derivations.gaussian import relu, step
from derivations.letters.names import own
from derivations.proofs.equality import scalar_vanishes
from derivations.proofs.exponentials import written_out
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.proofs.sign_proofs import SignProof
from derivations.rocq.tactics import NoScript
from numerics.balls.enclosure import Subdivision
from numerics.errors import EvaluationError

MOST_ORDER = 9
"""Of a zero."""
PARTS = (3, 6, 12, 25, 50, 100)
"""Into how many parts a range is cut at a place of equality: one part is what derivatives decide."""
MARGIN = sp.Rational(1, 10**6)
"""The room that balls must leave: Rocq's `interval` rounds outwards, at 60 bits."""
FAR = 12
"""The width of what is looked at beside a zero on a half-line."""
BEYOND = (2, 4, 8, 16)
"""Where a half-line begins that is decided as a whole."""
MOST_OPERATIONS = 80
SMOOTH = (sp.exp, sp.log, sp.sin, sp.cos, sp.atan)
"""Functions that `interval` and `auto_derive` know."""
KINKS = (sp.Abs, sp.Max, sp.Min, sp.Piecewise, sp.sign, relu, step)
"""What is decided before."""
Leaf = Callable[[Case], "SignProof | None"]
"""What proves a claim by rules of sign."""


def on_a_line(case: Case, leaf: Leaf, touching: Mapping[Any, Any] | None = None) -> SignProof | None:
    """A proof of a claim in one variable; None where none was found.

    Args:
        case: The claim; conditions that are not the range of the variable are not used.
        leaf: What proves claims by rules of sign: asked for numerators and far out.
        touching: Where equality is said to hold, beside what is seen in digits.
    """
    known = case.known()
    if known is None or len(known.f.free_symbols) != 1 or known.f.count_ops() > MOST_OPERATIONS:
        return None
    if known.f.has(*KINKS):
        return None
    (x,) = known.f.free_symbols
    r = known.ranges.get(x)
    if not isinstance(r, sp.Interval) or not x.is_Symbol or x.is_integer:
        return None
    line = _Line(x, leaf, _told((touching or {}).get(x)))
    try:
        with foreign_errors():
            return line.claim(known.f, r) or line.exponentiated(known.f, r) or line.inverted(known.f, r)
    except (ForeignError, EvaluationError, NoScript, ZeroDivisionError):
        return None


class _Line:
    """Proofs in one variable."""

    def __init__(self, x: Any, leaf: Leaf, told: Sequence[Any] = ()) -> None:
        self.x, self.leaf, self.told = x, leaf, told

    def claim(self, f: Any, r: sp.Interval) -> SignProof | None:
        """f ≥ 0 by its numerator, functions being written out."""
        plain = f.replace(sp.tan, lambda u: sp.sin(u) / sp.cos(u))
        plain = written_out(plain) if plain.has(sp.tanh, sp.sinh, sp.cosh, sigmoid, softplus) else plain
        if any(not isinstance(e, SMOOTH) for e in plain.atoms(sp.Function)):
            return None
        if any(p.exp.free_symbols and p.base != sp.E for p in plain.atoms(sp.Pow)):
            return None  # powers with a variable exponent have other rules
        top, bottom = sp.fraction(sp.together(plain))
        factors = []
        for part in sp.Mul.make_args(bottom):
            base, power = part.as_base_exp() if not isinstance(part, sp.exp) else (part, sp.S.One)
            sign = self._sign(base, r)
            if sign is None or not (power.is_Integer and power > 0):
                return None
            top = -top if sign < 0 and power % 2 else top
            factors.append((sign * base, int(power)))
        top = top.expand()
        proof = self.everywhere(top, r)
        if proof is None and (bottom != 1 or plain != f):
            proof = self._by_rules(top, r)
        if proof is None:
            return None
        positive = [(q, n) for q, n in factors if q != 1]
        if plain == f and not positive:
            return proof
        return SignProof(f, "its numerator", (proof,), "quotient", {"bottom": tuple(positive), "plain": plain})

    def exponentiated(self, f: Any, r: sp.Interval) -> SignProof | None:
        """c·log a ≥ b as a ≥ exp(b/c), and c·log a ≤ b as exp(b/c) ≥ a, for the only logarithm of a claim."""
        f = f.replace(softplus, lambda u: sp.log(1 + sp.exp(u))).expand()
        found = [e for e in f.atoms(sp.log) if e.has(self.x)]
        if len(found) != 1:
            return None
        (logarithm,) = found
        (a,), c = logarithm.args, f.coeff(logarithm)
        b = ((c * logarithm - f) / c).expand()
        if not c.is_Rational or c == 0 or b.has(logarithm) or self._sign(a, r) != 1:
            return None
        proof = self.claim(a - sp.exp(b) if c > 0 else sp.exp(b) - a, r)
        data = {"of": a, "other": b, "factor": c}
        return proof and SignProof(f, f"by exponentials of both sides of {logarithm}", (proof,), "exponentiated", data)

    def inverted(self, f: Any, r: sp.Interval) -> SignProof | None:
        """The claim on a half-line of positive numbers in t = 1/x."""
        if r.sup is not sp.oo or not (r.inf.is_positive or (r.inf == 0 and r.left_open)):
            return None
        t = own(f"{self.x.name}_inverse", positive=True)
        turned = sp.Interval(0, 1 / r.inf if r.inf != 0 else sp.oo, True, r.left_open)
        g = sp.expand_log(f.xreplace({self.x: 1 / t}).replace(sp.log, lambda u: sp.log(sp.factor(u))))
        proof = _Line(t, self.leaf).claim(g, turned)
        data = {"x": self.x, "t": t, "range": turned}
        return proof and SignProof(f, f"in {t} = 1/{self.x}", (proof,), "inverted", data)

    def everywhere(self, f: Any, r: sp.Interval) -> SignProof | None:
        """f ≥ 0 by derivatives at its zeros, and balls between them."""
        low, high = r.inf, r.sup
        found = lowest_points(f, self.x, r)
        if any(p.negative for p in found):
            return None
        inner = [p for p in (*self.told, *(p.at for p in found)) if _lies(low, p) and _lies(p, high)]
        zeros = sorted(dict.fromkeys(inner), key=float)
        pieces: list[SignProof] = []
        points: list[Any] = []
        for a, b in pairwise([low, *zeros, high]):
            made = self._piece(f, a, b)
            if made is None:
                return None
            for end, proof in made:
                pieces.append(proof)
                points.append(end)
        return joined(f, self.x, pieces, points[:-1])

    def _piece(self, f: Any, a: Any, b: Any) -> list[tuple[Any, SignProof]] | None:
        """Proofs on consecutive ranges between two zeros or ends, each with the end of its range."""
        found: list[tuple[Any, SignProof]] = []
        start, end = a, b
        width = b - a if a.is_finite and b.is_finite else sp.Integer(FAR)
        before, after = (self._order(f, p) if p.is_finite else 0 for p in (a, b))
        if before is None or after is None:
            return None
        if before:
            start = reach(f, self.x, a, before, 1, width)
            found.append((start, from_end(f, self.x, sp.Interval(a, start), 1, before)))
        last = []
        if after:
            end = reach(f, self.x, b, after, -1, width)
            last.append((b, from_end(f, self.x, sp.Interval(end, b), -1, after)))
        between = self._between(f, start, end)
        if between is None:
            return None
        return [*found, *between, *last]

    def _between(self, f: Any, a: Any, b: Any) -> list[tuple[Any, SignProof]] | None:
        """Proofs where f is positive: by balls, and far out by rules."""
        if a.is_finite and b.is_finite:
            r = sp.Interval(a, b)
            if a == b or Subdivision(f - MARGIN, {self.x: r}).decide(QUICK_WORK).holds is not True:
                return [] if a == b else None
            return [(b, enclosed(f, self.x, r))]
        if not a.is_finite and not b.is_finite:
            left, right = self._between(f, a, sp.S.Zero), self._between(f, sp.S.Zero, b)
            return None if left is None or right is None else [*left, *right]
        inner, far, side = (a, b, 1) if a.is_finite else (b, a, -1)
        for distance in (0, *BEYOND):
            start = inner + side * distance
            r = sp.Interval(*((start, far) if side > 0 else (far, start)))
            tail = enclosed(f, self.x, r) if _positive_on_ray(f, self.x, r) else self._by_rules(f, r)
            if tail is None:
                continue
            if distance == 0:
                return [(b, tail)]
            near = self._between(f, *sorted((inner, start), key=float))
            if near is None:
                return None
            return [*near, (b, tail)] if side > 0 else [(start, tail), *near]
        return None

    def _by_rules(self, f: Any, r: sp.Interval) -> SignProof | None:
        return self.leaf(Case(f, {self.x: r}))

    def _order(self, f: Any, end: Any) -> int | None:
        """How many derivatives vanish at a place, f itself counted; None where one has no value."""
        for order in range(MOST_ORDER + 1):
            value = (f.diff(self.x, order) if order else f).xreplace({self.x: end})
            if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
                return None
            if scalar_vanishes(value).vanishes is not True:
                return order
        return None

    def _sign(self, q: Any, r: sp.Interval) -> int | None:
        """The sign that a denominator has on the whole range, if that is known."""
        if q.is_number:
            return 1 if q.is_positive else -1 if q.is_negative else None
        signs = {"positive": True} if _lies(sp.S.Zero, r.inf) or (r.inf == 0 and r.left_open) else {"real": True}
        told = q.xreplace({self.x: sp.Dummy(self.x.name, **signs)})
        if told.is_positive or told.is_negative:
            return 1 if told.is_positive else -1
        if r.inf.is_finite and r.sup.is_finite:
            for sign in (1, -1):
                if Subdivision(sign * q - MARGIN, {self.x: r}).decide(QUICK_WORK // 4).holds is True:
                    return sign
        return None


def _told(touching: Any) -> tuple[Any, ...]:
    """The numbers at which equality is said to hold."""
    given = touching if isinstance(touching, tuple | list | set) else () if touching is None else (touching,)
    return tuple(p for p in map(sp.sympify, given) if p.is_number and p.is_finite)


def enclosed(f: Any, x: Any, r: sp.Interval) -> SignProof:
    """What Rocq's `interval` has to show."""
    return SignProof(f, "enclosure by balls", (), "balls", {"box": {x: r}})


def joined(f: Any, x: Any, pieces: Sequence[SignProof], points: Sequence[Any]) -> SignProof:
    """Proofs on consecutive ranges as one, with the points between them."""
    *rest, proof = pieces
    for left, point in zip(reversed(rest), reversed(points), strict=True):
        data = {"x": x, "point": point, "names": ({x: x}, {x: x})}
        proof = SignProof(f, f"{x} <= {point} apart", (left, proof), "split", data)
    return proof


def reach(f: Any, x: Any, end: Any, order: int, sense: int, width: Any) -> Any:
    """How far from a place the derivative of that order keeps its sign; raises NoScript."""
    slope = sense**order * f.diff(x, order)
    for part in PARTS:
        near = end + sense * width / part
        r = sp.Interval(*((end, near) if sense == 1 else (near, end)))
        if Subdivision(slope - MARGIN, {x: r}).decide(QUICK_WORK // 2).holds is True:
            return near
    raise NoScript(f"no neighbourhood of {x} = {end} in which a derivative has a sign")


def from_end(f: Any, x: Any, r: sp.Interval, sense: int, order: int) -> SignProof:
    """f ≥ 0 on r because it vanishes at one end and sense·f′ ≥ 0, down to the derivative that does not vanish."""
    if order == 0:
        return enclosed(f, x, r)
    part = from_end(sense * f.diff(x), x, r, sense, order - 1)
    end = r.inf if sense == 1 else r.sup
    zero = SignProof(sp.S.Zero, "a number that is 0", (), "known", {"zero": True})
    data = {"x": x, "range": r, "sense": sense, "value": zero}
    return SignProof(f, f"monotone in {x}, and 0 at {x} = {end}", (part,), "monotone", data)


def _lies(a: Any, b: Any) -> bool:
    """a < b for sure."""
    return bool((b - a).is_positive) if a.is_finite and b.is_finite else a is -sp.oo or b is sp.oo


def _positive_on_ray(f: Any, x: Any, r: sp.Interval) -> bool:
    """Whether plain interval arithmetic has f > 0 on a half-line: `interval` will see that too."""
    ends = [float(e) if e.is_finite else float("inf" if e is sp.oo else "-inf") for e in (r.inf, r.sup)]
    try:
        value = _in_intervals(f, x, iv.mpf(ends))
    except (ValueError, TypeError, NotImplementedError, ZeroDivisionError, OverflowError, AttributeError):
        return False
    return bool(value.a > 1e-6)


_INTERVALS: dict[Any, Callable[[Any], Any]] = {sp.exp: iv.exp, sp.log: iv.log, sp.sin: iv.sin, sp.cos: iv.cos}


def _in_intervals(e: Any, x: Any, values: Any) -> Any:
    """An expression at an interval; raises NotImplementedError."""
    if e == x:
        return values
    if e.is_number:
        digits = sp.N(e, 20)
        return iv.mpf([str(digits * (1 - sp.sign(digits) * 1e-15)), str(digits * (1 + sp.sign(digits) * 1e-15))])
    parts = [_in_intervals(a, x, values) for a in e.args]
    if e.is_Add:
        return sum(parts[1:], parts[0])
    if e.is_Mul:
        product = parts[0]
        for part in parts[1:]:
            product = product * part
        return product
    if e.is_Pow and e.exp.is_Integer:
        return parts[0] ** int(e.exp)
    if e.is_Pow and e.exp == sp.S.Half:
        return iv.sqrt(parts[0])
    if e.func in _INTERVALS:
        return _INTERVALS[e.func](parts[0])
    raise NotImplementedError(str(e.func))
