"""Gradient descent over all its steps: a linear rate under PL, and the optimum at infinity, each as one derivation.

w(k) are the weights after k steps of size η, f is the loss as a function of them. What the paper's regularity gives is
assumed along the run alone, of each w(k): so it may be what a skip connection gives (`features-apart`, `ce-lower`).
"""

from __future__ import annotations

from sympy import Eq, Function, Symbol

from derivations.calculus.functions import nabla
from derivations.domains import RealMatrices
from derivations.papers.macdonald2023.convergence import epsilon, eta, mu
from derivations.quantities.families import Family
from derivations.quantities.schemas import ForAll
from derivations.statements import Bound, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import norm_squared

FACTS = "facts."
p = Symbol("p", integer=True, positive=True)
"""The number of weights."""
k, T = (Symbol(name, integer=True, nonnegative=True) for name in "kT")
"""Steps."""
w = Family("w", p)
f = Function("f", real=True)
smooth = Symbol("L", positive=True)
"""The Lipschitz constant of ∇f."""
least = Symbol("f*", real=True)
a = Symbol("a", positive=True)
"""‖∇f‖²/2 ≥ a·f² along the run."""
x, y = (Symbol(name, positive=True) for name in "xy")
"""The loss before and after a step."""
s = Symbol("s", nonnegative=True)
rate = 1 - eta * mu * (1 - eta * smooth / 2)
"""By what a step multiplies the excess f − f*."""
DESCENT = ForAll(k, Eq(w(k + 1), w(k) - eta * nabla(f, w(k)), evaluate=False), name="descent")
PUT = {"f": f, "eta": eta, "L": smooth}


def _linear() -> Statement:
    excess = f(w(k)) - least
    regular = ForAll(k, norm_squared(nabla(f, w(k))) >= mu * excess, name="regular")

    def derive() -> Derivation:
        made = (
            chain(f(w(T)) - least)
            .have(ForAll(k, f(w(k + 1)) - least <= rate * excess, name="step"), "one step")
            .using("descent", k=k)
            .using("regular", k=k)
            .by(FACTS + "descent-step", x=w(k), **PUT)
            .have(rate >= 0, "ημ(1 − ηL/2) ≤ 1")
            .have(ForAll(k, excess <= rate**k * (f(w(0)) - least), name="steps"), "all steps")
            .using("step", k=k)
            .by_induction(k)
        )
        end = rate**T * (f(w(0)) - least)
        return made.then(end, "after T steps", relation="<=").using("steps", k=T)

    return Bound(
        "linear-chain",
        f(w(T)) - least,
        rate**T * (f(w(0)) - least),
        title="PL along the run, ‖∇f‖² ≥ μ(f − f*): T steps multiply f − f* by at most (1 − ημ(1 − ηL/2))^T",
        source="Section 3; constants derived here",
        on={w(k): RealMatrices()},
        where=(DESCENT, regular, eta * smooth <= 2, eta * mu * (1 - eta * smooth / 2) <= 1),
        assumes=("smooth",),
        uses=("pl-composition",),
        derive=derive,
    )


def _infinity() -> Statement:
    regular = ForAll(k, norm_squared(nabla(f, w(k))) >= 2 * a * f(w(k)) ** 2, name="regular")
    positive = ForAll(k, f(w(k)) > 0, name="positive")
    falls = f(w(k + 1)) <= f(w(k)) - eta * a * f(w(k)) ** 2
    grown = 1 / f(w(k)) >= 1 / f(w(0)) + k * eta * a

    def derive() -> Derivation:
        return (
            chain(f(w(T)))
            .have(ForAll(k, falls, name="falls"), "one step, η ≤ 1/L")
            .using("descent", k=k)
            .using("regular", k=k)
            .by(FACTS + "descent-step", x=w(k), **PUT)
            .have(ForAll(k, grown, name="reciprocals"), "each step adds ηa to 1/f")
            .using("falls", k=k)
            .using("positive", k=k)
            .using("positive", k=k + 1)
            .by("reciprocal-grows", x=f(w(k)), y=f(w(k + 1)), s=eta * a)
            .by_induction(k)
            .then(epsilon, "Tηa ≥ 1/ε − 1/f(w(0))", relation="<=")
            .using("reciprocals", k=T)
            .using("positive", k=T)
            .by("reciprocal-order", x=f(w(T)), y=epsilon)
        )

    return Bound(
        "infinity-chain",
        f(w(T)),
        epsilon,
        title="Optimum at infinity: ‖∇f‖² ≥ 2af² along the run, η ≤ 1/L: f ≤ ε after T ≥ (1/ε − 1/f_0)/(ηa) steps",
        source="Section 4; constants derived here",
        on={w(k): RealMatrices()},
        where=(DESCENT, regular, positive, eta * smooth <= 1, T * eta * a >= 1 / epsilon - 1 / f(w(0))),
        assumes=("smooth",),
        uses=("features-apart", "ce-lower"),
        derive=derive,
    )


STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "reciprocal-grows",
        1 / x + s,
        1 / y,
        title="A step y ≤ x − sx² of numbers > 0 adds at least s to 1/x",
        source="Section 4; derived here",
        where=(y <= x - s * x**2,),
        uses=("reciprocal",),
    ),
    Bound(
        "reciprocal-order",
        x,
        y,
        mark="bookkeeping",
        title="Numbers > 0 are in the reverse order of their reciprocals",
        source="derived here",
        where=(1 / y <= 1 / x,),
    ),
    _linear(),
    _infinity(),
)
