"""Sequences that obey a recursion, and sums over their steps."""

from __future__ import annotations

from sympy import Function, Integral, Sum, Symbol, exp, symbols

from derivations.facts.notation import d
from derivations.statements import Bound, Identity, Statement

a, b, u, v = (Function(name, real=True) for name in "abuv")
alpha, tau = symbols("alpha tau", positive=True)
i = Symbol("i", integer=True)
t = Symbol("t", positive=True)
s = Symbol("s", real=True)
q = Symbol("q", positive=True)

STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "affine-recursion",
        a(d),
        alpha**d * a(0) + tau * Sum(alpha**i, (i, 0, d - 1)),
        title="A sequence with a(k + 1) ≤ α·a(k) + τ",
        source="Elaydi, An Introduction to Difference Equations, Section 1.2 (linear equations of first order)",
        assumes=("affine",),
        mark="cited",
    ),
    Identity(
        "geometric-sum",
        Sum(q**i, (i, 0, d)) * (q - 1),
        q ** (d + 1) - 1,
        title="The sum of a geometric sequence",
        source="Graham, Knuth and Patashnik, Concrete Mathematics, Section 2.3",
        mark="cited",
    ),
    Bound(
        "geometric-tail",
        Sum(q**i, (i, 0, d)) * (1 - q),
        1,
        title="A geometric sum is at most 1/(1 − q)",
        source="Graham, Knuth and Patashnik, Concrete Mathematics, Section 2.3",
        on={q: (0, 1)},
        mark="cited",
    ),
    Identity(
        "telescoping",
        Sum(a(i + 1) - a(i), (i, 0, d)),
        a(d + 1) - a(0),
        title="A telescoping sum",
        source="Graham, Knuth and Patashnik, Concrete Mathematics, Section 2.6",
        mark="cited",
    ),
    Bound(
        "telescoping-bound",
        Sum(b(i), (i, 0, d)),
        a(0) - a(d + 1),
        title="What decreases by at least b(k) in step k has decreased by the sum",
        source="Nesterov, Lectures on Convex Optimization, 2nd edition, Section 1.2.3",
        assumes=("decrease",),
        mark="cited",
    ),
    Bound(
        "groenwall-discrete",
        a(d),
        tau * exp(Sum(b(i), (i, 0, d - 1))),
        title="Grönwall's inequality for sequences",
        source="Holte 2009, Discrete Gronwall lemma and applications",
        assumes=("groenwall-discrete",),
        mark="cited",
    ),
    Bound(
        "groenwall",
        u(t),
        tau * exp(Integral(b(s), (s, 0, t))),
        title="Grönwall's inequality",
        source="Teschl, Ordinary Differential Equations and Dynamical Systems, Section 2.4 (Lemma 2.7)",
        assumes=("groenwall",),
        mark="cited",
    ),
    Bound(
        "robbins-siegmund",
        Sum(b(i), (i, 0, d)),
        a(0) + Sum(v(i), (i, 0, d)),
        title="Robbins and Siegmund, without chance: a(k + 1) ≤ a(k) − b(k) + v(k) bounds the sum of the b(k)",
        source="Robbins and Siegmund 1971, A convergence theorem for non negative almost supermartingales, Theorem 1",
        assumes=("robbins-siegmund",),
        mark="cited",
    ),
    Bound(
        "power-exponential",
        (1 - s) ** d,
        exp(-s * d),
        title="(1 − s)^d ≤ e^(−sd): from a rate to a number of steps",
        source="Mitrinović, Analytic Inequalities, Section 3.6",
        on={s: (0, 1)},
        mark="cited",
    ),
    Bound(
        "bernoulli",
        1 + d * s,
        (1 + s) ** d,
        title="Bernoulli's inequality",
        source="Mitrinović, Analytic Inequalities, Section 2.4",
        where=s >= -1,
        mark="cited",
    ),
)
