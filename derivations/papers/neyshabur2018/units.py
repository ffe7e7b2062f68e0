"""One unit and a class of units from above and below (Neyshabur et al. 2018): separation, contraction, dual norm."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Eq, Function, MatrixSymbol, Max, Rational, Symbol, log, sign, sqrt

from derivations.domains import Signs
from derivations.gaussian import relu
from derivations.papers.neyshabur2018.notation import (
    A_0,
    A,
    B,
    F,
    L,
    X,
    Z,
    beta,
    c,
    d,
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
    u,
    u_0,
    within,
    x,
)
from derivations.quantities.chance import Mean
from derivations.quantities.families import Family
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
plus, minus = Symbol("Q_+", nonnegative=True), Symbol("Q_-", nonnegative=True)
"""The most that |A_σ| is within β of u⁰, and of −u⁰."""
total, along = Symbol("S", real=True), Symbol("b", nonnegative=True)
"""⟨u⁰, s⟩ and β‖s‖."""
mean_length, mean_along = Symbol("E", nonnegative=True), Symbol("G", nonnegative=True)
"""E‖s‖ and E|⟨u⁰, s⟩|."""
G = Symbol("H", nonnegative=True)
"""‖u⁰X‖."""
H, S_m = Function("H", real=True), Family("s", d)
lengths = Symbol("M", nonnegative=True)
energy = Symbol("D", real=True)
MATRIX = MatrixSymbol("X", n, d)
S = S_m(m) - S_m(0)
UPPER = Rational(3, 2)

g, r_any = Symbol("g", real=True), Symbol("ell", real=True)
k, S_any = Symbol("k", nonnegative=True), Symbol("S", nonnegative=True)
SUMS = ForAll(i, (step(A, i, sigma(i) * relu(p(i))), step(A_0, i, sigma(i) * relu(-p(i)))), name="sums")


def _flipped_values() -> tuple[Any, Any, Any]:
    """D, S₂ and S₁ of an even function of four signs: its energy, its mean square and its mean."""
    from itertools import product

    values = [Symbol(f"h_{k}", real=True) for k in range(8)]
    points = list(product((1, -1), repeat=4))
    of: dict[tuple[int, ...], Any] = {}
    for point in points:
        of.setdefault(point, of.get(tuple(-e for e in point), values[len(set(of.values())) % 8]))
    gaps = [
        of[point] * sum(of[point] - of[(*point[:k], -point[k], *point[k + 1 :])] for k in range(4)) / 2
        for point in points
    ]
    return sum(gaps) / 16, sum(one**2 for one in values) / 8, sum(values) / 8


ENERGY, SQUARE, MEAN = _flipped_values()


def _each(name: str, claims: Any, sides: tuple[Any, Any], index: Any, end: Any, *facts: tuple[str, dict[str, Any]],
          used: tuple[str, ...] = (), equal: bool = False) -> Derivation:  # fmt: skip
    """An induction over `index` from 0 to `end` for two sums."""
    left_side, right_side = sides
    claim = Eq(left_side(index), right_side(index), evaluate=False) if equal else left_side(index) <= right_side(index)
    made = chain(left_side(end)).have(ForAll(index, claim, name=name), claims)
    for schema in used:
        made = made.using(schema, {str(index): index})
    for fact, put in facts:
        made = made.by(fact, put)
    made = made.by_induction(index).then(right_side(end), "all of them", relation="=" if equal else "<=")
    return made.using(name, {str(index): end})


def _upper() -> Derivation:
    N_ = n
    return (
        chain(first(SUP, N_))
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
        .then(first(START, N_) + UPPER * beta * first(LENGTH, N_), "contraction", relation="<=")
        .using("part", j=N_)
        .then(N_ * (UPPER * beta * F + Z), "the root of a mean square", relation="<=")
        .using("part", j=N_)
    )


def _flips() -> Derivation:
    turned = norm(i * S - 2 * (S_m(i) - S_m(0)))
    return (
        chain((m - 2) * norm(S))
        .have(ForAll(i, turned <= first(H, i), name="part"), "one sign more is turned")
        .using("sums", i=i)
        .by("facts.triangle", x=i * S - 2 * (S_m(i) - S_m(0)), y=S - 2 * X(i))
        .by_induction(i)
        .then(norm(m * S - 2 * S), "m ≥ 2")
        .then(first(H, m), "all signs", relation="<=")
        .using("part", i=m)
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
        derive=lambda: _each(
            "part", "one unit more", (lambda k: first(T, k), lambda k: first(W, k)), j, h,
            ("unit", {"v": v_of(j), "A": a_of(j), "alpha": alpha_of(j), "q": q_of(j)}), used=("sums", "unit-sizes"),
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
        derive=lambda: _each(
            "part", "one point more",
            (lambda k: first(A, k) - first(A_0, k), lambda k: (first(L, k) + first(B, k)) / 2), i, m,
            used=("sums",), equal=True,
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
        title="Contraction, one sign: two members of the class with r and t there lose nothing by a 1-Lipschitz function",
        source="derived here, after Ledoux and Talagrand, Theorem 4.12; sign by sign it is E sup Σσ_iφ_i ≤ E sup Σσ_it_i",
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
        source="derived here; the route without the split has 2 in place of 3/2; the best constant lies in [1, 3/2], open",
        where=(
            ForAll(
                j,
                (
                    step(SUP, j, sup(j)), step(START, j, start(j)), step(LENGTH, j, length(j)),
                    step(ABS, j, absolute(j)), step(SQUARES, j, length(j) ** 2), step(STARTS, j, start(j) ** 2),
                ),
                name="sums",
            ),
            ForAll(j, (sup(j) <= start(j) + (beta * length(j) + absolute(j)) / 2, length(j) >= 0, start(j) >= 0),
                   name="outcomes"),
            first(ABS, n) <= 2 * beta * first(LENGTH, n),
            first(SQUARES, n) <= n * F**2,
            first(STARTS, n) <= n * Z**2,
        ),
        uses=("split", "dual-norm", "contraction-step", "absolute-lipschitz", "one-sign-more", "mean-square"),
        derive=_upper,
    ),
    Identity(
        "odd-part",
        first(A, m) - first(A_0, m),
        first(L, m),
        title="A_σ(u) − A_σ(−u) = ⟨u, s⟩, for every u and every data set",
        source="derived here",
        where=(SUMS, ForAll(i, step(L, i, sigma(i) * p(i)), name="line")),
        derive=lambda: _each(
            "part", "one point more", (lambda k: first(A, k) - first(A_0, k), lambda k: first(L, k)), i, m,
            used=("sums", "line"), equal=True,
        ),
    ),
    Bound(
        "lower",
        along,
        2 * plus,
        title="One unit from below, u⁰ = 0: Q ≥ (β/2)E‖s‖ on every data set, at u = ±βs/‖s‖",
        source="derived here",
        where=(within(a, plus), within(b, plus), Eq(a - b, along, evaluate=False)),
        uses=("odd-part",),
    ),
    Bound(
        "one-dimension-most",
        Max(Abs(a), Abs(b)),
        (Abs(a + b) + Abs(a - b)) / 2,
        title="In one dimension sup|A_σ| = β max(|S₊|, |S₋|), S₊ and S₋ the sums over points of either sign",
        source="derived here",
        sharp_at={b: 0},
        mark="bookkeeping",
    ),
    Bound(
        "one-dimension",
        (Abs(a + b) + Abs(a - b)) / 2,
        Max(Abs(a), Abs(b)),
        title="In one dimension Q = βE max(|S₊|, |S₋|) = βE|S₊ + S₋| = βE|Σσ_it_i|: twice the lower bound",
        source="derived here; S₋ is as likely as −S₋",
        sharp_at={b: 0},
        uses=("lower", "one-dimension-most"),
    ),
    Bound(
        "lower-symmetric",
        along + Abs(total),
        plus + minus,
        title="A start symmetric about 0: ½(Q(u⁰) + Q(−u⁰)) ≥ ½(βE‖s‖ + E|⟨u⁰, s⟩|), on every data set",
        source="derived here, from u = u⁰ ± βs/‖s‖ and −u",
        where=(
            within(a, plus), within(b, minus), within(r, plus), within(t, minus),
            Eq(a - b, total + along, evaluate=False), Eq(r - t, total - along, evaluate=False),
        ),
        uses=("odd-part",),
    ),
    Bound(
        "dead",
        relu(shift + r),
        0,
        title="Units that are dead on the whole ball give 0: q ≤ −β‖x‖, so there is no lower bound for one start alone",
        source="derived here, against the reading that (β/2)E‖s‖ is below for every u⁰",
        where=(within(r, P), shift <= -P),
        uses=("lower",),
    ),
    Bound(
        "alive",
        relu(shift + r),
        shift + r,
        title="and units active on all of it are linear: Q = E sup|⟨u⁰, s⟩ + ⟨w, s⟩|, ‖w‖ ≤ β",
        source="derived here",
        where=(within(r, P), shift >= P),
    ),
    Bound(
        "alive-value",
        Abs(inner(u_0, s) + inner(u - u_0, s)),
        Abs(inner(u_0, s)) + beta * norm(s),
        title="which is E|⟨u⁰, s⟩| + βE‖s‖, attained along ±s",
        source="derived here",
        where=norm(u - u_0) <= beta,
        uses=("alive", "dual-norm"),
    ),
    Bound(
        "flips",
        (m - 2) * norm(S),
        first(H, m),
        title="Turning each sign in turn: Σ_i‖s − 2σ_ix_i‖ ≥ (m − 2)‖s‖, so that E‖s‖L‖s‖ ≤ E‖s‖²",
        source="derived here, after Latała and Oleszkiewicz 1994; L is the sum of half the differences by one sign",
        where=(m >= 2, ForAll(i, (Eq(S_m(i + 1), S_m(i) + X(i), evaluate=False), step(H, i, norm(S - 2 * X(i)))),
                              name="sums")),
        uses=("facts.triangle",),
        derive=_flips,
    ),
    Bound(
        "even-gap",
        2 * (SQUARE - MEAN**2),
        ENERGY,
        title="An even function of signs has at least twice its variance as energy: here of four signs",
        source="derived here; for any number by its levels 0, 2, 4 … (O'Donnell, Analysis of Boolean Functions, 2.3)",
    ),
    Bound(
        "khintchine-from-gap",
        F**2,
        2 * mean_length**2,
        title="Hence E‖s‖² ≤ 2(E‖s‖)²: E‖s‖ ≥ ‖X‖_F/√2",
        source="derived here from the two: the energy lies between 2(F² − E²) and F²",
        where=(2 * (F**2 - mean_length**2) <= energy, energy <= F**2),
        uses=("flips", "even-gap"),
    ),
    Bound(
        "class-upper",
        first(T, h),
        UPPER * F * first(BETAS, h) + first(ZS, h),
        title="The class from above: m·R_S ≤ (3/2)‖X‖_FΣα_jβ_j + Σα_j‖[u_j⁰X]₊‖",
        source="derived here",
        where=(
            ForAll(j, (step(T, j, alpha_of(j) * q_of(j)), step(BETAS, j, alpha_of(j) * beta_of(j)),
                       step(ZS, j, alpha_of(j) * z_of(j))), name="sums"),
            ForAll(j, (alpha_of(j) >= 0, q_of(j) <= UPPER * beta_of(j) * F + z_of(j)), name="one"),
        ),
        uses=("separation", "upper"),
        derive=lambda: _each(
            "part", "one unit more", (lambda k: first(T, k), lambda k: UPPER * F * first(BETAS, k) + first(ZS, k)),
            j, h, used=("sums", "one"),
        ),
    ),
    Bound(
        "class-lower",
        F / (2 * sqrt(2)) * first(BETAS, h),
        first(T, h),
        title="and from below at U⁰ = 0: m·R_S ≥ ‖X‖_FΣα_jβ_j/(2√2), on every sample: tight up to 3√2",
        source="derived here; printed: on some sample, Ω(Σα_jβ_j‖X‖_F/m), constant not confirmed",
        where=(
            ForAll(j, (step(T, j, alpha_of(j) * q_of(j)), step(BETAS, j, alpha_of(j) * beta_of(j))), name="sums"),
            ForAll(j, (alpha_of(j) >= 0, beta_of(j) * F / (2 * sqrt(2)) <= q_of(j)), name="one"),
        ),
        uses=("separation-attained", "lower", "khintchine-from-gap"),
        derive=lambda: _each(
            "part", "one unit more", (lambda k: F / (2 * sqrt(2)) * first(BETAS, k), lambda k: first(T, k)),
            j, h, used=("sums", "one"),
        ),
    ),
    Bound(
        "positive-parts",
        (a + b) / 2,
        G / sqrt(2),
        title="‖[u⁰X]₊‖ and ‖[−u⁰X]₊‖ have the mean ‖u⁰X‖/√2 at most",
        source="derived here, since their squares add to ‖u⁰X‖²",
        where=Eq(a**2 + b**2, G**2, evaluate=False),
    ),
    Bound(
        "symmetric-bracket",
        UPPER * beta * F + G / sqrt(2),
        3 * sqrt(2) * (beta * mean_length + mean_along) / 2,
        title="A symmetric start: the upper side (3/2)β‖X‖_F + ‖u⁰X‖/√2 is at most 3√2 times the lower one",
        source="derived here: 3√2 in the first term and 2 in the second; the mean of both upper sides, by Cauchy and Schwarz",
        where=(F <= sqrt(2) * mean_length, G <= sqrt(2) * mean_along),
        uses=("lower-symmetric", "upper", "khintchine-from-gap", "positive-parts"),
    ),
)
