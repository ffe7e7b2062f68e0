"""The letters of Neyshabur et al. (2018): units, their capacity and impact, signs, and sums over points and units."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Eq, Function, Symbol

from derivations.quantities.families import Family
from derivations.quantities.schemas import ForAll
from derivations.steps import Derivation, chain
from derivations.vectors import vector

m = Symbol("m", integer=True, positive=True)
"""Number of points."""
d = Symbol("d", integer=True, positive=True)
"""Dimension of an input."""
h, c = Symbol("h", integer=True, positive=True), Symbol("c", integer=True, positive=True)
"""Number of units, of outputs."""
i, j = Symbol("i", integer=True, nonnegative=True), Symbol("j", integer=True, nonnegative=True)
"""A point; a unit, or an outcome of the signs."""
sigma = Function("sigma", real=True)
"""σ_i, a sign; no proof but those of means asks what it is."""
beta, F, Z = Symbol("beta", positive=True), Symbol("F", positive=True), Symbol("Z", nonnegative=True)
"""Capacity of a unit, ‖X‖_F, and ‖[u⁰X]₊‖."""
u, u_0, x, y, s = (vector(name, d) for name in ("u", "u^0", "x", "y", "s"))
"""A unit, its start, two points, and s = Σσ_ix_i."""
X = Family("x", d)
"""The points."""
A, B, L = (Function(name, real=True) for name in "ABL")
"""Sums over points of σ_i[p_i]₊, of σ_i(|p_i| − |q_i|), and of σ_i(p_i − q_i)."""
A_0 = Function("C", real=True)
"""The sum over points of σ_i[q_i]₊, or of σ_i[−p_i]₊."""
p, q = Function("p", real=True), Function("q", real=True)
"""⟨u, x_i⟩, and ⟨u⁰, x_i⟩."""


def first(sums: Any, count: Any) -> Any:
    """A sum over the first points, units or outcomes, where sums(i + 1) − sums(i) is what the next one adds."""
    return sums(count) - sums(0)


def step(sums: Any, index: Any, by: Any) -> Any:
    """That the next term of a sum is `by`."""
    return Eq(sums(index + 1), sums(index) + by, evaluate=False)


def within(number: Any, most: Any) -> Any:
    """|number| ≤ most."""
    return Abs(number) <= most


def summed(
    sides: tuple[Any, Any],
    index: Any,
    end: Any,
    *facts: tuple[str, dict[str, Any]],
    used: tuple[str, ...] = ("sums",),
    equal: bool = False,
) -> Derivation:
    """An induction over `index` from 0 to `end` that one function of it is at most another one, or equal to it."""
    left, right = sides
    claim = Eq(left(index), right(index), evaluate=False) if equal else left(index) <= right(index)
    made = chain(left(end)).have(ForAll(index, claim, name="part"), "one more")
    for schema in used:
        made = made.using(schema, {str(index): index})
    for fact, put in facts:
        made = made.by(fact, put)
    made = made.by_induction(index).then(right(end), "all of them", relation="=" if equal else "<=")
    return made.using("part", {str(index): end})
