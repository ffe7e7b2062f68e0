"""One unit and a class of units from above (Neyshabur et al. 2018): separation, contraction, dual norm, Massart."""

from __future__ import annotations

from sympy import Abs, Function, MatrixSymbol, Max, Rational, Symbol, log, sign, sqrt

from derivations.domains import Signs
from derivations.gaussian import relu
from derivations.papers.neyshabur2018.notation import (
    A_0,
    A,
    B,
    F,
    L,
    Z,
    beta,
    c,
    first,
    h,
    i,
    j,
    m,
    p,
    q,
    s,
    sigma,
    step,
    summed,
    u,
    u_0,
    within,
    x,
)
from derivations.quantities.chance import Mean
from derivations.quantities.schemas import ForAll
from derivations.spectra import max_norm
from derivations.statements import Bound, Existence, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import elementwise, inner, norm, norm_squared, ones, vector

v, alpha = Symbol("v", real=True), Symbol("alpha", nonnegative=True)
"""An output weight and the impact of its unit."""
value, most = Symbol("A", real=True), Symbol("q", nonnegative=True)
"""A_σ(u) = Σσ_i[⟨u, x_i⟩]₊, and the most that its size is in the ball of the unit."""
V_j, V_a = vector("v", c), vector("A", c)
"""Output weights of a unit with c outputs, and its A for each output."""
v_of, a_of, alpha_of, q_of = (Function(name, real=True) for name in ("v", "a", "alpha", "q"))
T, W = Function("T", real=True), Function("W", real=True)
"""Sums over units."""
f = Function("f", real=True)
ell = Symbol("ell", positive=True)
n = Symbol("n", integer=True, positive=True)
e, left, right = vector("epsilon", n), vector("z", n), vector("z'", n)
"""Signs, and what two units have at n points."""
units = MatrixSymbol("W", n, n)
"""What n units have at n points."""
radius = Symbol("R", positive=True)
a, b, P, N = (Symbol(name, real=True) for name in ("a", "b", "P", "N"))
"""What two members have from the other coordinates, and the suprema for both signs of this one."""
r, t, r_f, t_f = (Symbol(name, real=True) for name in ("r", "t", "r'", "t'"))
"""What they have in this coordinate, and what a 1-Lipschitz function makes of it."""
shift = Symbol("q", real=True)
SUP, START, LENGTH, ABS, SQUARES, STARTS = (Function(name, real=True) for name in ("Q", "A^0", "ell", "D", "S", "T"))
"""Sums over outcomes of the signs, each of the same chance: sup|A|, |A(u⁰)|, ‖s‖, the absolute part; squares."""
sup, start, length, absolute = (Function(name, real=True) for name in ("Q_1", "a_1", "ell_1", "D_1"))
"""The same at one outcome."""
beta_of, z_of = Function("beta", real=True), Function("z", real=True)
BETAS, ZS = Function("B", real=True), Function("Z", real=True)
UPPER = Rational(3, 2)
g, r_any = Symbol("g", real=True), Symbol("ell", real=True)
k, S_any = Symbol("k", nonnegative=True), Symbol("S", nonnegative=True)
"""Sums so far, their squares and number, and one outcome more."""


def _upper() -> Derivation:
    return (
        chain(first(SUP, n))
        .have(
            ForAll(
                j,
                (
                    first(SUP, j) <= first(START, j) + (beta * first(LENGTH, j) + first(ABS, j)) / 2,
                    first(LENGTH, j) ** 2 <= j * first(SQUARES, j),
                    first(START, j) ** 2 <= j * first(STARTS, j),
                    first(SQUARES, j) >= 0,
                    first(STARTS, j) >= 0,
                ),
                name="part",
            ),
            "an outcome; Cauchy and Schwarz",
        )
        .using("sums", j=j)
        .using("outcomes", j=j)
        .by("mean-square", g=first(LENGTH, j), k=j, S=first(SQUARES, j), ell=length(j))
        .by("mean-square", g=first(START, j), k=j, S=first(STARTS, j), ell=start(j))
        .by_induction(j)
        .then(first(START, n) + UPPER * beta * first(LENGTH, n), "contraction", relation="<=")
        .using("part", j=n)
        .then(n * (UPPER * beta * F + Z), "the root of a mean square", relation="<=")
        .using("part", j=n)
    )


STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "unit",
        v * value,
        alpha * most,
        title="One unit: vA ≤ αq where |v| ≤ α and |A| ≤ q",
        source="derived here",
        where=(within(v, alpha), within(value, most)),
        sharp_at={v: alpha, value: most},
        mark="bookkeeping",
    ),
    Bound(
        "separation",
        first(T, h),
        first(W, h),
        title="Units separate: for every σ the class has Σ_i σ_if(x_i) ≤ Σ_j α_j sup|A_σ(u_j)|",
        source="derived here; so m·R_S = Σα_jQ(u_j⁰, β_j), with `separation-attained`",
        where=(
            ForAll(j, (step(T, j, v_of(j) * a_of(j)), step(W, j, alpha_of(j) * q_of(j))), name="sums"),
            ForAll(j, (within(v_of(j), alpha_of(j)), within(a_of(j), q_of(j))), name="unit-sizes"),
        ),
        uses=("unit",),
        derive=lambda: summed(
            (lambda k: first(T, k), lambda k: first(W, k)),
            j,
            h,
            ("unit", {"v": v_of(j), "A": a_of(j), "alpha": alpha_of(j), "q": q_of(j)}),
            used=("sums", "unit-sizes"),
        ),
    ),
    Existence(
        "separation-attained",
        {v: alpha * sign(value)},
        (v * value - alpha * Abs(value), within(v, alpha)),
        title="with equality: v_j = α_j sign A_σ(u_j), for each unit by itself",
        source="derived here",
        uses=("separation",),
    ),
    Bound(
        "separation-outputs",
        inner(V_j, V_a),
        alpha * norm(V_a),
        title="c outputs: a unit gives ⟨v_j, A⟩ ≤ α_j‖A‖, A its sums for each output, attained along A",
        source="derived here",
        where=norm(V_j) <= alpha,
        uses=("facts.cauchy-schwarz",),
    ),
    Identity(
        "split",
        first(A, m) - first(A_0, m),
        (first(L, m) + first(B, m)) / 2,
        title="[t]₊ = (t + |t|)/2: A_σ(u) − A_σ(u⁰) = ½⟨u − u⁰, s⟩ + ½Σσ_i(|⟨u, x_i⟩| − |⟨u⁰, x_i⟩|)",
        source="derived here",
        where=ForAll(
            i,
            (
                step(A, i, sigma(i) * relu(p(i))),
                step(A_0, i, sigma(i) * relu(q(i))),
                step(L, i, sigma(i) * (p(i) - q(i))),
                step(B, i, sigma(i) * (Abs(p(i)) - Abs(q(i)))),
            ),
            name="sums",
        ),
        derive=lambda: summed(
            (lambda k: first(A, k) - first(A_0, k), lambda k: (first(L, k) + first(B, k)) / 2),
            i,
            m,
            used=("sums",),
            equal=True,
        ),
    ),
    Bound(
        "dual-norm",
        inner(u - u_0, s),
        beta * norm(s),
        title="The dual norm: ⟨u − u⁰, s⟩ ≤ β‖s‖ in the ball, so that the linear part has at most ½β‖s‖",
        source="derived here",
        where=norm(u - u_0) <= beta,
        uses=("facts.cauchy-schwarz",),
        derive=lambda: (
            chain(inner(u - u_0, s))
            .then(norm(u - u_0) * norm(s), "Cauchy and Schwarz", relation="<=")
            .by("facts.cauchy-schwarz", x=u - u_0, y=s)
            .then(beta * norm(s), "the ball", relation="<=")
        ),
    ),
    Bound(
        "contraction-step",
        a + r_f + b - t_f,
        P + N,
        title="Contraction, one sign: two members with r and t there gain nothing by a 1-Lipschitz function",
        source="derived here, after Ledoux and Talagrand, Theorem 4.12; sign by sign E sup Σσφ(t) ≤ E sup Σσt",
        where=(Abs(r_f - t_f) <= Abs(r - t), a + r <= P, b + t <= P, a - r <= N, b - t <= N),
    ),
    Bound(
        "absolute-lipschitz",
        Abs(Abs(shift + r) - Abs(shift + t)),
        Abs(r - t),
        title="What the absolute part puts in: | |q + r| − |q + t| | ≤ |r − t|, and 0 at 0",
        source="derived here",
        sharp_at={shift: 0, r: 2, t: 1},
        uses=("contraction-step",),
    ),
    Bound(
        "two-units",
        Mean(Max(inner(e, elementwise(f, left)), inner(e, elementwise(f, right)))),
        ell * Mean(Max(inner(e, left), inner(e, right))),
        title="Two units with an activation of slope at most ℓ: at most ℓ times the complexity without it",
        source="by the fact that is cited; 2x₊ has ℓ = 2",
        on={e: Signs()},
        assumes=("lipschitz",),
        uses=("facts.contraction",),
        mark="bookkeeping",
        derive=lambda: (
            chain(Mean(Max(inner(e, elementwise(f, left)), inner(e, elementwise(f, right)))))
            .then(ell * Mean(Max(inner(e, left), inner(e, right))), "contraction", relation="<=")
            .by("facts.contraction", f=f, u=left, v=right, e=e, ell=ell)
        ),
    ),
    Bound(
        "finite-units",
        Mean(max_norm(elementwise(relu, units) * e)),
        radius * sqrt(2 * log(2 * n)),
        title="Massart: n units that are not moved have E max_j|A_σ(u_j)| ≤ max_j‖[u_jX]₊‖·√(2log 2n)",
        source="by the fact that is cited",
        on={e: Signs()},
        where=max_norm(elementwise(lambda z: z**2, elementwise(relu, units)) * ones(n)) <= radius**2,
        uses=("facts.massart",),
        derive=lambda: (
            chain(Mean(max_norm(elementwise(relu, units) * e)))
            .then(radius * sqrt(2 * log(2 * n)), "Massart", relation="<=")
            .by("facts.massart", A=elementwise(relu, units), e=e, c=radius)
        ),
    ),
    Identity(
        "one-sign-more",
        (norm_squared(s + x) + norm_squared(s - x)) / 2,
        norm_squared(s) + norm_squared(x),
        title="One sign more adds ‖x‖² to the mean of ‖s‖²: so E‖s‖² = ‖X‖_F², and E A_σ(u⁰)² = ‖[u⁰X]₊‖²",
        source="derived here",
    ),
    Bound(
        "mean-square",
        (g + r_any) ** 2,
        (k + 1) * (S_any + r_any**2),
        title="The square of a mean is at most the mean square, one outcome more",
        source="Steele, The Cauchy–Schwarz Master Class, Chapter 1",
        where=g**2 <= k * S_any,
        mark="bookkeeping",
    ),
    Bound(
        "upper",
        first(SUP, n),
        n * (UPPER * beta * F + Z),
        title="One unit from above: Q ≤ (3/2)β‖X‖_F + ‖[u⁰X]₊‖",
        source="derived here; the route without the split has 2; the best constant lies in [1, 3/2], open",
        where=(
            ForAll(
                j,
                (
                    step(SUP, j, sup(j)),
                    step(START, j, start(j)),
                    step(LENGTH, j, length(j)),
                    step(ABS, j, absolute(j)),
                    step(SQUARES, j, length(j) ** 2),
                    step(STARTS, j, start(j) ** 2),
                ),
                name="sums",
            ),
            ForAll(
                j,
                (sup(j) <= start(j) + (beta * length(j) + absolute(j)) / 2, length(j) >= 0, start(j) >= 0),
                name="outcomes",
            ),
            first(ABS, n) <= 2 * beta * first(LENGTH, n),
            first(SQUARES, n) <= n * F**2,
            first(STARTS, n) <= n * Z**2,
        ),
        uses=("split", "dual-norm", "contraction-step", "absolute-lipschitz", "one-sign-more", "mean-square"),
        derive=_upper,
    ),
    Bound(
        "class-upper",
        first(T, h),
        UPPER * F * first(BETAS, h) + first(ZS, h),
        title="The class from above: m·R_S ≤ (3/2)‖X‖_FΣα_jβ_j + Σα_j‖[u_j⁰X]₊‖",
        source="derived here",
        where=(
            ForAll(
                j,
                (
                    step(T, j, alpha_of(j) * q_of(j)),
                    step(BETAS, j, alpha_of(j) * beta_of(j)),
                    step(ZS, j, alpha_of(j) * z_of(j)),
                ),
                name="sums",
            ),
            ForAll(j, (alpha_of(j) >= 0, q_of(j) <= UPPER * beta_of(j) * F + z_of(j)), name="one"),
        ),
        uses=("separation", "upper"),
        derive=lambda: summed(
            (lambda k: first(T, k), lambda k: UPPER * F * first(BETAS, k) + first(ZS, k)),
            j,
            h,
            used=("sums", "one"),
        ),
    ),
)
