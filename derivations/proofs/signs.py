"""Proofs that an expression is nonnegative on a box, by exact rules of the calculus.

The rules: what SymPy knows of signs; products by their factors; sums by their terms; completing the
square; monotonicity (a value at an end of the range and the sign of the derivative); convexity
about a point of equality. Every rule is sufficient and none necessary: no proof means *unknown*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from sympy import (
    Dummy,
    Expr,
    Function,
    Interval,
    Max,
    Min,
    Pow,
    S,
    Symbol,
    acos,
    asin,
    atan,
    cos,
    cosh,
    erf,
    exp,
    log,
    oo,
    preorder_traversal,
    sin,
    sinh,
    solve,
    sqrt,
    tanh,
    trigsimp,
)

from derivations.calculus.forms import NotReducible
from derivations.gaussian import step
from derivations.integrals.polar import KINKED, NoClosedForm
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.proofs.algebraic_rules import AlgebraicRules
from derivations.proofs.equality import scalar_vanishes
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.proofs.ranges import (
    assumed,
    inside,
    kink_of,
    opened,
    positive_inside,
    value_at,
    without_far_tails,
)
from derivations.proofs.sign_proofs import LONG, MAX_DEPTH, SOLVE_STEPS, Box, SignProof, factored
from derivations.proofs.totals import totals_in

SIGN_STEPS = 10_000_000
"""For one proof: the longest of the library takes 1,500,000."""
_ENTIRE = (sin, cos, exp, sinh, cosh, tanh, atan, erf)


class Prover(AlgebraicRules):
    """Searches for a proof on one box.

    Integers are treated as the reals between. `touching` are points where equality may hold;
    `fallback` may decide what the rules leave open; without `limits` no value at infinity is used.
    """

    def __init__(
        self,
        box: Box,
        touching: Mapping[Symbol, Expr] | None = None,
        fallback: Callable[[Expr, Box], bool] | None = None,
        limits: bool = True,
    ) -> None:
        integers = {s for s, r in box.items() if r.is_subset(S.Integers) and not r.is_FiniteSet}
        box = {s: Interval(r.inf, r.sup) if s in integers else r for s, r in box.items()}
        self.names = {s: assumed(s, r) for s, r in box.items()}
        self.box: Box = {self.names[s]: r for s, r in box.items()}
        self.sizes = {self.names[s] for s in integers}
        self.touching = {self.names[s]: v for s, v in (touching or {}).items() if s in self.names}
        self.fallback = fallback
        self.limits = limits
        self.seen: dict[Expr, SignProof | None] = {}
        self.spent = ""
        """Why the search was given up, where it was."""

    def nonnegative(self, f: Expr, steps: int = SIGN_STEPS) -> SignProof | None:
        """A proof that f ≥ 0 on the box, or None where none was found within so many steps."""
        try:
            with budget(steps):
                return self._without_totals(f.xreplace(self.names))
        except BudgetSpent as error:
            self.spent = str(error)
            return None

    def _without_totals(self, f: Expr) -> SignProof | None:
        """Sums and products that are not evaluated are numbers of which at most the sign is known."""
        totals = totals_in(f)
        if not totals:
            return self._without_roots(f)
        prover = Prover({**self.box, **dict(totals.values())}, self.touching, self.fallback, self.limits)
        named = f.xreplace({total: number for total, (number, _) in totals.items()})
        proof = prover._without_roots(named.xreplace(prover.names))
        return None if proof is None else SignProof(f, proof.rule, (proof,))

    def _without_roots(self, f: Expr) -> SignProof | None:
        """Square roots of nonnegative variables are variables: x = s²."""
        squares: dict[Expr, Expr] = {}
        box = dict(self.box)
        for x in sorted(self.box, key=str):
            halves = [p for p in f.atoms(Pow) if p.base == x and p.exp.is_Rational and p.exp.q == 2]
            if halves and x not in self.sizes and self.box[x].is_Interval and self.box[x].inf.is_nonnegative:
                root = Dummy(f"sqrt_{x.name}", nonnegative=True)
                squares[x] = root**2
                box[root] = Interval(sqrt(box[x].inf), sqrt(box.pop(x).sup))
        if not squares:
            proof = self._prove(f, MAX_DEPTH)
            if proof is None and f.has(sin, cos) and f.count_ops() < LONG and (shorter := trigsimp(f)) != f:
                proof = self._prove(shorter, MAX_DEPTH)
            return proof
        touching = {s: v for s, v in self.touching.items() if s in box}
        prover = Prover(box, touching, self.fallback, self.limits)
        proof = prover._prove(f.xreplace(squares).xreplace(prover.names), MAX_DEPTH)
        if proof is None:
            return None
        roots = {prover.names[r]: x for x, square in squares.items() for r in square.free_symbols}
        whole = {s: r for s, r in self.box.items() if f.has(s)}
        return SignProof(f, proof.rule, (proof,), "roots", {"roots": roots, "names": prover.names}, whole)

    def _prove(self, f: Expr, depth: int) -> SignProof | None:
        if f in self.seen:
            return self.seen[f]
        self.seen[f] = None  # a proof may not rest on itself
        if depth >= 0 and not self._fails_somewhere(f):
            for rule in self._rules:
                try:
                    with foreign_errors():
                        proof: SignProof | None = rule(f, depth)
                except (ForeignError, NotReducible, NoClosedForm):
                    continue
                if proof is not None:
                    self.seen[f] = replace(proof, box={s: r for s, r in self.box.items() if proof.f.has(s)})
                    break
            else:
                if self.fallback is not None and self.fallback(f, {s: r for s, r in self.box.items() if f.has(s)}):
                    self.seen[f] = SignProof(
                        f, "enclosure by balls", (), "balls", {"box": {s: r for s, r in self.box.items() if f.has(s)}}
                    )
        return self.seen[f]

    @property
    def _rules(self) -> tuple[Callable[[Expr, int], SignProof | None], ...]:
        first = (self._cases, self._known, self._bernoulli, self._sum, self._product, self._square, self._powers)
        growth = (self._monotone, self._convex, self._logarithms)
        # what decreases to a limit at infinity is proved by that, unless no limits may be used
        last = (*growth, self._tangent) if self.limits else (self._tangent, *growth)
        return (*first, self._squares, *last, self._split)

    def _fails_somewhere(self, f: Expr) -> bool:
        """A quick test at a few points: if the claim is false, no proof is searched for."""
        for fraction in (0.03, 0.27, 0.5, 0.71, 0.96):
            point = {s: inside(r, fraction, i) for i, (s, r) in enumerate(self.box.items()) if f.has(s)}
            with suppress(ForeignError), foreign_errors():
                value = without_far_tails(f.xreplace(point)).evalf(20)
                if value.is_Float and value < -1e-12:
                    return True
        return False

    def _cases(self, f: Expr, depth: int) -> SignProof | None:
        """step is 0 or 1; other kinks, linear in one variable: the two sides apart, x = root ± s with s ≥ 0."""
        for e in sorted(f.atoms(step), key=str)[:1]:
            either = [self._prove(f.xreplace({e: value}), depth - 1) for value in (S.Zero, S.One)]
            if None not in either:
                return SignProof(f, f"{e} is 0 or 1", tuple(p for p in either if p), "step", {"step": e})
        for argument in sorted({a for e in f.atoms(*KINKED, Max, Min) for a in e.args}, key=str):
            x, root = kink_of(argument, self.box)
            if x is None:
                continue
            r = self.box[x]
            parts, sides = [], []
            for sign, width in ((1, r.sup - root), (-1, root - r.inf)):
                s = Dummy("s", nonnegative=True)
                others = {t: v for t, v in self.box.items() if t != x}
                prover = Prover({**others, s: Interval(0, width)}, {}, self.fallback, self.limits)
                placed = f.xreplace({x: root + sign * s}).xreplace(prover.names)
                proof = prover._prove(placed.replace(lambda e: isinstance(e, (*KINKED, Max, Min)), opened), depth - 1)
                if proof is None:
                    return None
                parts.append(proof)
                sides.append((sign, s, prover.names))
            rule = f"{x} >= {root} and {x} <= {root} apart"
            return SignProof(f, rule, tuple(parts), "kinks", {"x": x, "root": root, "sides": tuple(sides)})
        return None

    def _ends(self, x: Symbol) -> list[tuple[Expr, int, str]]:
        values = self.box[x]
        return [(values.inf, 1, "+"), (values.sup, -1, "-")]

    def _monotone(self, f: Expr, depth: int) -> SignProof | None:
        for x in sorted(f.free_symbols & set(self.box), key=str):
            if not self.box[x].is_Interval or not self._smooth(f, x):
                continue
            if x in self.sizes and len(f.free_symbols) > 2:
                continue  # claims about sizes seldom follow from growth in the size: not worth the search
            slope = f.diff(x)
            for end, sense, side in self._ends(x):
                if not (self.limits or end.is_finite) or self._fails_somewhere(sense * slope):
                    continue
                value = value_at(f, x, end, side)
                settled = None if value is None or value == oo else self._settled(value, depth)
                if value is None or (value != oo and settled is None):
                    continue
                proof = self._prove((sense * slope).expand() if slope.is_Add else sense * slope, depth - 1)
                if proof is None:
                    shorter = factored(slope)
                    proof = self._prove(sense * shorter, depth - 1) if shorter != slope else None
                if proof is not None:
                    grows = "increasing" if sense == 1 else "decreasing"
                    return SignProof(
                        f,
                        f"{grows} in {x}, and {value} >= 0 at {x} = {end}",
                        (proof,),
                        "monotone",
                        {"x": x, "range": self.box[x], "sense": sense, "value": settled},
                    )
        return None

    def _convex(self, f: Expr, depth: int) -> SignProof | None:
        """f(x₀) ≥ 0, f′(x₀) = 0 and f″ ≥ 0."""
        for x in sorted(f.free_symbols & set(self.box), key=str):
            if not self.box[x].is_Interval or not self._smooth(f, x):
                continue
            slope = f.diff(x)
            for point in self._flat_points(f, slope, x, depth):
                flat = scalar_vanishes(slope.xreplace({x: point})).vanishes
                settled = self._settled(f.xreplace({x: point}), depth)
                if flat is True and settled is not None:
                    proof = self._prove(slope.diff(x), depth - 1)
                    if proof is not None:
                        return SignProof(
                            f,
                            f"convex, with its minimum at {x} = {point}",
                            (proof,),
                            "convex",
                            {"x": x, "range": self.box[x], "point": point, "value": settled},
                        )
        return None

    def _tangent(self, f: Expr, depth: int) -> SignProof | None:
        """1 − 1/y ≤ log y ≤ y − 1, substituted for c·log y by the sign of c."""
        for e in sorted(f.atoms(log), key=str):
            (y,) = e.args
            opened = f.expand(func=False, log=False)
            factor = opened.coeff(e)
            if factor == 0 or (opened - factor * e).has(e) or not y.is_positive:
                continue
            if (-factor).is_nonnegative:
                replaced, rule = y - 1, f"{e} <= {y} - 1"
            elif factor.is_nonnegative:
                replaced, rule = 1 - 1 / y, f"{e} >= 1 - 1/({y})"
            else:
                continue
            proof = self._prove((opened - factor * e + factor * replaced).expand(), depth - 1)
            if proof is not None:
                return SignProof(f, rule, (proof,), "tangent", {"log": e, "factor": factor})
        return None

    def _flat_points(self, f: Expr, slope: Expr, x: Symbol, depth: int) -> list[Expr]:
        """Where equality is stated, and otherwise where the derivative is seen to vanish, inside the range."""
        found = [self.touching[x]] if x in self.touching else []
        if not found and len(f.free_symbols) == 1:
            found = [S.Zero, S.One]
            if depth >= MAX_DEPTH - 1 and f.count_ops() < LONG:
                with suppress(NotImplementedError, BudgetSpent), budget(SOLVE_STEPS):
                    found += [c for c in solve(slope, x) if c.is_real]
        r = self.box[x]
        return [c for c in dict.fromkeys(found) if r.contains(c) == True and c not in (r.inf, r.sup)]  # noqa: E712

    def _split(self, f: Expr, depth: int) -> SignProof | None:
        """The two sides of a place of equality, or of a stationary point, apart."""
        for x in sorted(f.free_symbols & set(self.box), key=str):
            if depth < MAX_DEPTH - 1 or not self.box[x].is_Interval or not self._smooth(f, x):
                continue
            r = self.box[x]
            for point in self._flat_points(f, f.diff(x), x, depth):
                parts, names = [], []
                for half in (Interval(r.inf, point, r.left_open), Interval(point, r.sup, False, r.right_open)):
                    prover = Prover({**self.box, x: half}, {}, self.fallback, self.limits)
                    proof = prover._prove(f.xreplace(prover.names), depth - 2)
                    if proof is None:
                        break
                    parts.append(proof)
                    names.append(prover.names)
                else:
                    rule = f"{x} <= {point} and {x} >= {point} apart"
                    return SignProof(f, rule, tuple(parts), "split", {"x": x, "point": point, "names": tuple(names)})
        return None

    def _smooth(self, f: Expr, x: Symbol) -> bool:
        """Whether f is continuous in x on the box and differentiable inside: then its slope decides where it grows."""
        for part in preorder_traversal(f):
            if not part.has(x):
                continue
            if isinstance(part, Pow) and not (part.exp.is_Integer and part.exp > 0) and part.base != S.Exp1:
                if not (part.base.is_positive or (part.exp.is_positive and part.base.is_nonnegative)):
                    return False
            elif isinstance(part, log):
                if not positive_inside(part.args[0], self.box):
                    return False
            elif isinstance(part, acos | asin):
                if any(self._prove(1 + sign * part.args[0], 1) is None for sign in (1, -1)):
                    return False
            elif isinstance(part, Function) and not isinstance(part, _ENTIRE):
                return False
        return True

    def _settled(self, value: Expr, depth: int) -> SignProof | None:
        """Why a value at an end or a stationary point is nonnegative."""
        if value.is_nonnegative and value != 0:
            return SignProof(value, "signs of its parts", (), "known")
        if value.is_number:
            if scalar_vanishes(value).vanishes is True:
                return SignProof(value, "a number that is 0", (), "known", {"zero": True})
            number = value.evalf(40)
            shown = bool(number.is_Float and number > 1e-20)
            return SignProof(value, f"a number near {float(number):.6g}", (), "known") if shown else None
        return self._prove(value, depth - 1)
