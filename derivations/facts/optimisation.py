"""Descent: what smoothness, convexity and the Polyak–Łojasiewicz inequality say of steps along the gradient."""

from __future__ import annotations

from sympy import Interval, S, Symbol, oo

from derivations.calculus.functions import nabla
from derivations.domains import RealMatrices
from derivations.facts.notation import L, eta, f, least, mu, t, x, y
from derivations.facts.notation import d as steps
from derivations.statements import Bound, Statement
from derivations.vectors import inner, norm, norm_squared

NESTEROV = "Nesterov, Lectures on Convex Optimization, 2nd edition"
KARIMI = "Karimi, Nutini and Schmidt 2016, Linear Convergence of Gradient and Proximal-Gradient Methods"
step = x - eta * nabla(f, x)
"""One step of gradient descent."""
R = Symbol("R", positive=True)

STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "descent-lemma",
        f(y),
        f(x) + inner(nabla(f, x), y - x) + L * norm_squared(y - x) / 2,
        title="The descent lemma: a smooth function lies below its parabolas",
        source=f"{NESTEROV}, Lemma 1.2.3",
        assumes=("smooth",),
        mark="cited",
    ),
    Bound(
        "descent-lower",
        f(x) + inner(nabla(f, x), y - x) - L * norm_squared(y - x) / 2,
        f(y),
        title="A smooth function lies above its parabolas that open downward",
        source=f"{NESTEROV}, Lemma 1.2.3",
        assumes=("smooth",),
        mark="cited",
    ),
    Bound(
        "descent-step",
        f(step),
        f(x) - eta * (1 - eta * L / 2) * norm_squared(nabla(f, x)),
        title="One step of gradient descent on a smooth function",
        source=f"{NESTEROV}, Section 1.2.3",
        assumes=("smooth",),
        mark="cited",
    ),
    Bound(
        "gradient-least",
        norm_squared(nabla(f, x)),
        2 * L * (f(x) - least),
        title="A smooth function with the infimum f* has ‖∇f‖² ≤ 2L(f − f*)",
        source=f"{NESTEROV}, Section 1.2.3, from the descent lemma",
        assumes=("smooth", "infimum"),
        mark="cited",
    ),
    Bound(
        "pl-step",
        f(step) - least,
        (1 - eta * mu) * (f(x) - least),
        title="Polyak and Łojasiewicz: one step with η ≤ 1/L takes the factor 1 − ημ off the excess",
        source=f"{KARIMI}, Theorem 1",
        where=eta * L <= 1,
        assumes=("smooth", "pl", "infimum"),
        mark="cited",
    ),
    Bound(
        "pl-linear-rate",
        f(y) - least,
        (1 - eta * mu) ** steps * (f(x) - least),
        title="Polyak and Łojasiewicz: a linear rate; y is what d steps with η ≤ 1/L from x arrive at",
        source=f"{KARIMI}, Theorem 1",
        where=eta * L <= 1,
        assumes=("smooth", "pl", "infimum", "descent"),
        mark="cited",
    ),
    Bound(
        "strong-convexity-pl",
        2 * mu * (f(x) - least),
        norm_squared(nabla(f, x)),
        title="A strongly convex function has the Polyak–Łojasiewicz inequality",
        source=f"{NESTEROV}, Section 2.1.3 (Theorem 2.1.10)",
        assumes=("strongly-convex", "infimum"),
        mark="cited",
    ),
    Bound(
        "strong-convexity",
        f(x) + inner(nabla(f, x), y - x) + mu * norm_squared(y - x) / 2,
        f(y),
        title="A strongly convex function lies above its parabolas",
        source=f"{NESTEROV}, Section 2.1.3 (the definition)",
        assumes=("strongly-convex",),
        mark="cited",
    ),
    Bound(
        "cocoercivity",
        norm_squared(nabla(f, x) - nabla(f, y)),
        L * inner(nabla(f, x) - nabla(f, y), x - y),
        title="Baillon and Haddad: the gradient of a smooth convex function is co-coercive",
        source=f"{NESTEROV}, Theorem 2.1.5",
        assumes=("smooth", "convex"),
        mark="cited",
    ),
    Bound(
        "monotone-gradient",
        mu * norm_squared(x - y),
        inner(nabla(f, x) - nabla(f, y), x - y),
        title="The gradient of a strongly convex function is strongly monotone",
        source=f"{NESTEROV}, Theorem 2.1.9",
        assumes=("strongly-convex",),
        mark="cited",
    ),
    Bound(
        "lipschitz-gradient",
        norm(nabla(f, x) - nabla(f, y)),
        L * norm(x - y),
        title="A function whose Hessian is at most L in operator norm has an L-Lipschitz gradient",
        source=f"{NESTEROV}, Lemma 1.2.2",
        assumes=("smooth-hessian",),
        mark="cited",
    ),
    Bound(
        "tangent",
        f(x) + inner(nabla(f, x), y - x),
        f(y),
        title="A convex function lies above its tangents",
        source="Boyd and Vandenberghe, Convex Optimization, Section 3.1.3",
        assumes=("convex",),
        mark="cited",
    ),
    Bound(
        "jensen-function",
        f(t / (1 + t) * x + 1 / (1 + t) * y),
        t / (1 + t) * f(x) + 1 / (1 + t) * f(y),
        title="Jensen's inequality for two points, with the weights t/(1 + t) and 1/(1 + t)",
        source="Boyd and Vandenberghe, Convex Optimization, Section 3.1.8",
        assumes=("convex",),
        mark="cited",
    ),
    Bound(
        "quadratic-growth",
        mu * norm_squared(x - y) / 2,
        f(x) - least,
        title="Quadratic growth: f(x) − f* ≥ (μ/2)·‖x − y‖² at the minimiser y",
        source=f"{KARIMI}, Theorem 2 (PL implies quadratic growth)",
        assumes=("strongly-convex", "infimum", "minimiser"),
        mark="cited",
    ),
    Bound(
        "convex-rate",
        f(y) - least,
        R**2 / (2 * eta * (steps + 1)),
        title="A smooth convex function after d + 1 steps of gradient descent with η ≤ 1/L from within R of a minimum",
        source="Beck, First-Order Methods in Optimization, Section 10.4 (Theorem 10.21)",
        on={R: Interval.open(0, oo), steps: S.Naturals0, least: S.Reals, y: RealMatrices()},
        where=eta * L <= 1,
        assumes=("smooth", "convex", "infimum", "descent"),
        mark="cited",
    ),
)
