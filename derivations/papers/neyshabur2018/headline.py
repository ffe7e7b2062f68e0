"""Headline results of Neyshabur et al. (2018): exact complexities beside their bounds, and networks over widths."""

from __future__ import annotations

from sympy import Rational, Symbol, log

from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Identity, Rate, Statement

d, h = Symbol("d", positive=True), Symbol("h", positive=True)
"""Dimension of an input; number of units."""
Q = MeasuredQuantity("Q of sets of points of the plane, by all signs and sectors", r"Q(u^0,\beta)")
BOTH = MeasuredQuantity("½(Q(u⁰) + Q(−u⁰)) of sets of points of the plane", r"\tfrac12(Q(u^0)+Q(-u^0))")
SHORT, WIDE = 8, 128
"""The two widths that networks are compared at."""


def ratio(what: str, latex: str) -> MeasuredQuantity:
    """The mean over networks of the logarithm of a ratio."""
    return MeasuredQuantity(f"mean logarithm of {what}", rf"\mathbb E\log\frac{{{latex}}}{{{latex}'}}")


STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "upper-run",
        Q,
        MeasuredQuantity("(3/2)β‖X‖_F + ‖[u⁰X]₊‖", r"\tfrac32\beta\|X\|_F+\|[u^0X]_+\|"),
        title="The complexity of one unit, exactly, below its bound",
        source="our measurement: 2 to 6 points, starts of three sizes",
        uses=("upper",),
    ),
    Bound(
        "upper-one",
        Q,
        MeasuredQuantity("β‖X‖_F + ‖[u⁰X]₊‖", r"\beta\|X\|_F+\|[u^0X]_+\|"),
        title="On the same sets the constant 1 is enough too: the best one lies in [1, 3/2], and is open",
        source="our measurement; one point has equality, so it is not less",
        uses=("upper",),
    ),
    Bound(
        "lower-run",
        MeasuredQuantity("½βE‖s‖ by all signs", r"\tfrac12\beta\mathbb E\|s\|"),
        MeasuredQuantity("Q at u⁰ = 0 of sets of points of the plane, exactly", r"Q(0,\beta)"),
        title="Every data set from below, start 0",
        source="our measurement",
        uses=("lower",),
    ),
    Bound(
        "lower-symmetric-run",
        MeasuredQuantity(
            "½(βE‖s‖ + E|⟨u⁰, s⟩|) by all signs", r"\tfrac12(\beta\mathbb E\|s\|+\mathbb E|\langle u^0,s\rangle|)"
        ),
        BOTH,
        title="and for starts in pairs ±u⁰",
        source="our measurement",
        uses=("lower-symmetric",),
    ),
    Bound(
        "khintchine-run",
        MeasuredQuantity("‖X‖_F/√2", r"\|X\|_F/\sqrt2"),
        MeasuredQuantity("E‖s‖ by all signs", r"\mathbb E\|s\|"),
        title="E‖s‖ ≥ ‖X‖_F/√2 for sets of 2 to 9 points in 1 to 5 dimensions, by all signs",
        source="our measurement; general proof in Latała and Oleszkiewicz 1994",
        uses=("khintchine-from-gap",),
    ),
    Identity(
        "two-points-run",
        MeasuredQuantity("Q(0, 1) of two unit points at many angles, by all signs and sectors", r"Q_\theta"),
        MeasuredQuantity("½max(2cos(θ/2), 1) + ½(sin θ or 1)", r"\tfrac12\max(2\cos\tfrac\theta2,1)+\cdots"),
        title="Two points have the value that is derived",
        source="our measurement",
        uses=("two-points",),
    ),
    Bound(
        "contraction-run",
        MeasuredQuantity(
            "E sup|Σσ_i(|⟨u, x_i⟩| − |⟨u⁰, x_i⟩|)|, exactly",
            r"\mathbb E\sup|\sum\sigma_i(|\langle u,x_i\rangle|-\cdots)|",
        ),
        MeasuredQuantity("2βE‖s‖ by all signs", r"2\beta\mathbb E\|s\|"),
        title="Contraction with the factor 2 for the absolute part, on exact suprema",
        source="our measurement",
        uses=("contraction-step", "absolute-lipschitz"),
    ),
    Bound(
        "finite-units-run",
        MeasuredQuantity("E max_j|A_σ(u_j)| of several units by all signs", r"\mathbb E\max_j|A_\sigma(u_j)|"),
        MeasuredQuantity("max_j‖[u_jX]₊‖·√(2log 2n)", r"\max_j\|[u_jX]_+\|\sqrt{2\log2n}"),
        title="Massart's bound for units that stay where they are",
        source="our measurement",
        uses=("finite-units",),
    ),
    Bound(
        "class-reached",
        MeasuredQuantity(
            "9/10 of Σα_jQ(u_j⁰, β_j) by all signs and sectors", r"\tfrac9{10}\sum_j\alpha_jQ(u_j^0,\beta_j)"
        ),
        MeasuredQuantity("m·R_S by ascent in all units at once", r"mR_S"),
        title="Ascent over the whole class of two units reaches the sum over its units",
        source="derived here; our measurement: ascent may end in local maxima, hence nine tenths",
        uses=("separation-attained",),
    ),
    Bound(
        "class-kept",
        MeasuredQuantity("m·R_S by ascent in all units at once", r"mR_S"),
        MeasuredQuantity("Σα_jQ(u_j⁰, β_j) by all signs and sectors", r"\sum_j\alpha_jQ(u_j^0,\beta_j)"),
        title="and does not pass it",
        source="our measurement, for each choice of signs",
        uses=("separation",),
    ),
    Bound(
        "several-outputs-run",
        MeasuredQuantity(
            "E max_u‖A(u)‖₂ for three outputs, on a grid of the disc's edge", r"\mathbb E\max_u\|A(u)\|_2"
        ),
        MeasuredQuantity("(½ + √2)√3·β‖X‖_F + √3‖[u⁰X]₊‖", r"(\tfrac12+\sqrt2)\sqrt3\beta\|X\|_F+\sqrt3\|[u^0X]_+\|"),
        title="Three outputs, over all signs of three points",
        source="our measurement; a grid can only miss the largest value",
        uses=("several-outputs",),
    ),
    Identity(
        "balance-run",
        MeasuredQuantity("change of ‖u_j‖² − ‖v_j‖² in steps of gradient descent", r"\Delta(\|u_j\|^2-\|v_j\|^2)"),
        MeasuredQuantity("η²(‖∇_{u_j}‖² − ‖∇_{v_j}‖²) by autograd", r"\eta^2(\|\nabla_{u_j}\|^2-\|\nabla_{v_j}\|^2)"),
        title="On digits: the balance of each unit moves by second order in the step alone",
        source="derived here; our measurement",
        uses=("balance-step",),
    ),
    Bound(
        "digits-lower",
        MeasuredQuantity(
            "½Σα_j(β_j‖s‖ + |⟨u_j⁰, s⟩|) for random signs, trained α, β",
            r"\tfrac12\sum_j\alpha_j(\beta_j\|s\|+|\langle u_j^0,s\rangle|)",
        ),
        MeasuredQuantity(
            "the same signs' supremum over the class by ascent, starts in pairs", r"\sup_f\sum\sigma_if(x_i)"
        ),
        title="A network that was trained on digits: ascent from its own α and β lies above the lower bound",
        source="our measurement, first output of ten",
        uses=("lower-symmetric", "separation-attained"),
    ),
    Bound(
        "digits-upper",
        MeasuredQuantity(
            "mean of that supremum over random signs, in units of Σα_j((3/2)β_j‖X‖_F + ‖[u_j⁰X]₊‖)",
            r"mR_S\big/\sum_j\alpha_j(\tfrac32\beta_j\|X\|_F+\|[u_j^0X]_+\|)",
        ),
        1,
        title="and below the upper one",
        source="our measurement; ascent may miss the supremum, which is why the gap is shown",
        uses=("class-upper",),
    ),
    Bound(
        "capacity-falls",
        ratio(f"Σα_jβ_j at {WIDE} units over that at {SHORT}", r"\sum\alpha_j\beta_j"),
        log(Rational(9, 10)),
        title="Trained on digits to the same loss, wide networks have the smaller Σα_jβ_j, by a tenth at least",
        source="abstract: the measure falls with width; the numbers are ours",
        uses=("class-upper",),
    ),
    Bound(
        "error-falls",
        MeasuredQuantity(f"mean test error at {WIDE} units less that at {SHORT}", r"\mathbb E(L_0-L_0')"),
        0,
        title="as the test error does",
        source="abstract: correlates with the test error; the numbers are ours",
        uses=("capacity-falls",),
    ),
    Bound(
        "spectral-rises",
        0,
        ratio(f"‖V‖₂Σβ_j at {WIDE} units over that at {SHORT}", r"\|V\|_2\sum\beta_j"),
        title="while the leading term of the spectral bound rises",
        source="abstract: earlier measures increase; the numbers are ours",
        uses=("spectral",),
    ),
    Bound(
        "random-labels",
        log(2),
        ratio("Σα_jβ_j of random labels over that of true ones", r"\sum\alpha_j\beta_j"),
        title="Random labels, fitted to the same loss, cost more than twice Σα_jβ_j",
        source="our measurement, after the experiments that are recalled",
        uses=("capacity-falls",),
    ),
    Bound(
        "nearly-proportional",
        Rational(49, 50),
        MeasuredQuantity(
            "Σα_jβ_j/(‖V‖_F‖U − U⁰‖_F) of each network", r"\frac{\sum\alpha_j\beta_j}{\|V\|_F\|U-U^0\|_F}"
        ),
        title="The product form of the bound loses less than 2 % on every network: capacities follow impacts",
        source="our measurement; the balance of each unit says why",
        uses=("product", "balance-run"),
    ),
    Bound(
        "no-certificate",
        1,
        MeasuredQuantity("the bound on R_S(ℓ_γ∘F) with γ the median margin, each network", r"R_S"),
        title="The bound with explicit constants is above 1 on every network: it orders them and certifies none",
        source="our measurement, against the reading that it explains the errors' size",
        uses=("margin-complexity",),
    ),
    Rate(
        "rival-gap",
        MeasuredQuantity(
            "‖V‖₂Σβ_j/Σα_jβ_j of networks trained on digits", r"\frac{\|V\|_2\sum\beta_j}{\sum\alpha_j\beta_j}"
        ),
        h,
        Rational(1, 2),
        title="The spectral measure is larger by a factor that grows as √h",
        source="derived here: at most √h, and √(h/c) for weights without structure",
        against=(0, 1),
        uses=("spectral-product",),
    ),
    Rate(
        "start-share",
        MeasuredQuantity("‖U⁰X‖_F/(‖U⁰‖_F‖X‖_F) of a normal start", r"\rho"),
        d,
        Rational(-1, 2),
        title="What the start costs is 1/√d of what ‖U⁰‖_F‖X‖_F would say",
        source="derived here; our measurement",
        against=(0, -1),
        uses=("gaussian-start",),
    ),
)
