"""The steps of a proof by rules of sign, replayed: what was rewritten into what, and whether the cases leave a gap.

Both sides of each rewriting are balls at exact points, a derivative is held against the mean value theorem, and the
ranges of a case distinction are put together exactly. None of this uses the rules that found the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sympy as sp
from flint import arb, ctx

from checks.proofs.replay import BITS, NODE_POINTS, NODES, ball_at, contradiction, points, steps_of
from derivations.proofs.sign_proofs import SignProof

Pair = tuple[sp.Expr, sp.Expr]
Ends = tuple[Any, Any]
WIDTH = sp.Rational(1, 10**20)
"""Of the stretches on which a derivative is compared with what its function gains, relative to a point's size."""


def steps_contradiction(proof: SignProof) -> str | None:
    """What is wrong with some step of a proof, in words with its rule, or None."""
    for step in list(steps_of(proof))[:NODES]:
        if (found := step_contradiction(step)) is not None:
            return f"the step [{step.rule}]: {found}"
    return None


def step_contradiction(step: SignProof) -> str | None:
    """What is wrong with one step: a rewriting with two values, a derivative, a gap between cases; None for nothing."""
    if not step.parts:
        return None
    for left, right, box in rewritings(step):
        if (found := identity_contradiction(left, right, box)) is not None:
            return found
    for f, slope, x in _slopes(step):
        if (found := slope_contradiction(f, slope, x, step.box)) is not None:
            return found
    known = step.tag == "tangent" and _known(step.parts[0].f, step.box)
    if known and (found := contradiction(step.f - step.parts[0].f, step.box, (), NODE_POINTS)):
        return f"a bound that was used does not hold: {found}"
    return gap(step)


def identity_contradiction(left: Any, right: Any, box: Mapping[Any, sp.Set], count: int = NODE_POINTS) -> str | None:
    """A point at which two forms of an expression have different values beyond doubt, in words."""
    if not (_known(left, box) and _known(right, box)):
        return None
    before, ctx.prec = ctx.prec, BITS
    try:
        used = {s: r for s, r in box.items() if s in left.free_symbols | right.free_symbols}
        for point in points(used, count):
            a, b = ball_at(left, point), ball_at(right, point)
            if a is not None and b is not None and not a.overlaps(b):
                at = ", ".join(f"{s} = {sp.N(v, 8)}" for s, v in point.items())
                return f"replayed, {left} is not {right} at {at or 'no variables'}"
    finally:
        ctx.prec = before
    return None


def slope_contradiction(f: sp.Expr, slope: sp.Expr, x: sp.Symbol, box: Mapping[Any, sp.Set]) -> str | None:
    """A short stretch on which f gains what its claimed derivative cannot give: (b − a)·f′(ξ) for some ξ between."""
    if not (_known(f, box) and _known(slope, box)) or x not in box:
        return None
    before, ctx.prec = ctx.prec, BITS
    try:
        for point in points({s: box[s] for s in box if s in f.free_symbols | slope.free_symbols | {x}}, NODE_POINTS):
            start = point[x]
            end = start * (1 + WIDTH) if start != 0 else WIDTH
            if box[x].contains(end) != True:  # noqa: E712
                continue
            a, b = ball_at(f, point), ball_at(f, {**point, x: end})
            hull = _ball(start).union(_ball(end))
            middle = ball_at(slope, {s: v for s, v in point.items() if s != x}, {x: hull})
            if a is None or b is None or middle is None:
                continue
            if not (b - a).overlaps((_ball(end) - _ball(start)) * middle):
                return f"replayed, {slope} is not the derivative of {f} at {x} = {sp.N(start, 8)}"
    finally:
        ctx.prec = before
    return None


def rewritings(step: SignProof) -> Iterator[tuple[sp.Expr, sp.Expr, Mapping[Any, sp.Set]]]:
    """The equations that a step rests on, as left and right sides with the ranges of their symbols."""
    same = _SAME_SYMBOLS.get(step.tag)
    if same is not None:
        for left, right in same(step):
            yield left, right, step.box
    if step.tag == "roots":
        back = {inner: outer for outer, inner in step.data["names"].items()}
        roots = {r: x for r, x in step.data["roots"].items() if step.f.has(x)}
        placed = step.f.xreplace({x: r**2 for r, x in roots.items()})
        part = step.parts[0]
        box = {
            **step.box,
            **{r: sp.Interval(sp.sqrt(step.box[x].inf), sp.sqrt(step.box[x].sup)) for r, x in roots.items()},
        }
        yield placed, part.f.xreplace({s: o for s, o in back.items() if s not in step.data["roots"]}), box
    if step.tag == "split":
        for part, names, half in zip(step.parts, step.data["names"], _halves(step), strict=False):
            yield (
                step.f,
                part.f.xreplace({inner: outer for outer, inner in names.items()}),
                {**step.box, step.data["x"]: half},
            )
    if step.tag == "kinks":
        x, root = step.data["x"], step.data["root"]
        for part, (sign, s, names) in zip(step.parts, step.data["sides"], strict=False):
            back = {inner: outer for outer, inner in names.items()}
            width = step.box[x].sup - root if sign > 0 else root - step.box[x].inf
            box = {**step.box, s: sp.Interval(0, width)}
            yield step.f.xreplace({x: root + sign * s}), part.f.xreplace(back), box


def _sum(step: SignProof) -> Iterator[Pair]:
    yield step.f, sp.Add(*(p.f for p in step.parts))


def _product(step: SignProof) -> Iterator[Pair]:
    yield step.f, sp.Mul(*(each for each, _ in step.data["factors"]))


def _square(step: SignProof) -> Iterator[Pair]:
    x, (a, b, c) = step.data["x"], step.data["abc"]
    yield step.f, a * x**2 + b * x + c
    yield 4 * a * c - b**2, step.parts[0].f


def _squares(step: SignProof) -> Iterator[Pair]:
    above, below = step.data["pair"]
    yield step.f, above - below
    yield above**2 - below**2, step.parts[0].f


def _power(step: SignProof) -> Iterator[Pair]:
    (y, x), p = step.data["pair"], step.data["power"]
    yield step.f, y**p - x**p
    yield y - x, step.parts[0].f


def _bernoulli(step: SignProof) -> Iterator[Pair]:
    b, n = step.data["base"], step.data["power"]
    yield step.f, b**n - 1 - n * (b - 1)
    yield n - 1, step.parts[0].f


def _logarithms(step: SignProof) -> Iterator[Pair]:
    left, right = step.data["pair"]
    yield step.f, left - right
    yield sp.log(left) - sp.log(right), step.parts[0].f


def _step(step: SignProof) -> Iterator[Pair]:
    for value, part in zip((0, 1), step.parts, strict=False):
        yield step.f.xreplace({step.data["step"]: sp.Integer(value)}), part.f


def _at_end(step: SignProof) -> Iterator[Pair]:
    """The value at the end from which a function grows, or at which a convex one is flat."""
    x, value = step.data["x"], step.data.get("value")
    end = step.data["point"] if step.tag == "convex" else None
    if end is None:
        end = step.data["range"].inf if step.data["sense"] == 1 else step.data["range"].sup
    if isinstance(value, SignProof) and end.is_finite:
        yield step.f.xreplace({x: end}), value.f


_SAME_SYMBOLS: Mapping[str, Callable[[SignProof], Iterator[Pair]]] = {
    "sum": _sum,
    "product": _product,
    "square": _square,
    "squares": _squares,
    "power": _power,
    "bernoulli": _bernoulli,
    "logarithms": _logarithms,
    "step": _step,
    "monotone": _at_end,
    "convex": _at_end,
}


def _slopes(step: SignProof) -> Iterator[tuple[sp.Expr, sp.Expr, sp.Symbol]]:
    """Functions, each with its claimed derivative in a step."""
    if step.tag == "monotone":
        yield step.f, step.data["sense"] * step.parts[0].f, step.data["x"]
    if step.tag == "convex":
        yield step.f.diff(step.data["x"]), step.parts[0].f, step.data["x"]


def gap(step: SignProof) -> str | None:
    """The part of a step's domain that its cases do not cover, in words."""
    if step.tag in ("split", "kinks"):
        x = step.data["x"]
        # a kink at an end of the range leaves no piece beyond it
        pieces = [p for p in (_halves(step) if step.tag == "split" else _sides(step)) if not p.is_empty]
        if not covers([(p.inf, p.sup) for p in pieces], (step.box[x].inf, step.box[x].sup)):
            said = ", ".join(f"[{p.inf}, {p.sup}]" for p in pieces)
            return f"replayed, the cases {said} do not cover {x} in [{step.box[x].inf}, {step.box[x].sup}]"
        return None
    if step.tag == "roots":
        for root, x in step.data["roots"].items():
            own = step.parts[0].box.get(root)
            if (
                own is not None
                and x in step.box
                and not covers([(own.inf**2, own.sup**2)], (step.box[x].inf, step.box[x].sup))
            ):
                return f"replayed, the root of {x} is looked at in [{own.inf}, {own.sup}] only"
    if step.tag == "step" and len(step.parts) != 2:
        return f"replayed, {step.data['step']} has two values, and {len(step.parts)} are looked at"
    for part in step.parts:
        for s in step.box.keys() & part.box.keys():
            whole, own = step.box[s], part.box[s]
            if not covers([(own.inf, own.sup)], (whole.inf, whole.sup)):
                return f"replayed, a part is shown for {s} in [{own.inf}, {own.sup}] only"
    return None


def covers(pieces: Sequence[Ends], whole: Ends) -> bool:
    """Whether closed intervals with exact ends cover another one; ends that cannot be compared do not."""
    reached, high = whole
    left = list(pieces)
    while left:
        near = [p for p in left if _at_most(p[0], reached)]
        if not near:
            return False
        left = [p for p in left if p not in near]
        for _, end in near:
            reached = end if _at_most(reached, end) else reached
        if _at_most(high, reached):
            return True
    return False


def _at_most(a: Any, b: Any) -> bool:
    return bool(sp.sympify(a <= b) == True)  # noqa: E712


def _halves(step: SignProof) -> list[sp.Set]:
    """The ranges of the split variable on which the parts were shown; a part without it holds on its own side."""
    x, point, r = step.data["x"], step.data["point"], step.box[step.data["x"]]
    sides = (sp.Interval(r.inf, point), sp.Interval(point, r.sup))
    return [
        part.box.get(names.get(x, x), side)
        for part, names, side in zip(step.parts, step.data["names"], sides, strict=False)
    ]


def _sides(step: SignProof) -> list[sp.Set]:
    x, root = step.data["x"], step.data["root"]
    found = []
    for part, (sign, s, names) in zip(step.parts, step.data["sides"], strict=False):
        width = step.box[x].sup - root if sign > 0 else root - step.box[x].inf
        own = part.box.get(names.get(s, s), sp.Interval(0, width))
        found.append(sp.Interval(*sorted((root + sign * own.inf, root + sign * own.sup), key=sp.default_sort_key)))
    return found


def _known(f: Any, box: Mapping[Any, sp.Set]) -> bool:
    return isinstance(f, sp.Expr) and f.free_symbols <= set(box)


def _ball(value: Any) -> Any:
    found = ball_at(value, {})
    return arb.nan() if found is None else found
