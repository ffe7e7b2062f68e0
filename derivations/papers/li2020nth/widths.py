"""From the size of K³ to the width: when K² stays above half its smallest eigenvalue through the whole training."""

from __future__ import annotations

from typing import Any

from sympy import Integral, MatrixSymbol, Symbol, exp, oo, sqrt

from derivations.domains import SymmetricMatrices
from derivations.papers.li2020nth.notation import m, n
from derivations.spectra import lambda_min, operator_norm
from derivations.statements import Bound, Identity, Statement
from derivations.steps import Derivation, chain

lam = Symbol("lambda", positive=True)
"""λ = λ_min(K²) at the start."""
C, C_3, C_4 = Symbol("C", positive=True), Symbol("C_3", positive=True), Symbol("C_4", positive=True)
"""Bounds: of K³, and of K³ at the start and of K⁴ throughout, times m."""
rms = Symbol("r_0", positive=True)
"""‖r_0‖/√n, the root mean square of the residuals at the start."""
t = Symbol("t", positive=True)
K_0, E = MatrixSymbol("K_0", n, n), MatrixSymbol("E", n, n)
"""K² at the start, and how far it has moved."""

DECAY = exp(-lam * t / (2 * n))
"""‖r_t‖/‖r_0‖ while λ_min(K²) ≥ λ/2, at most."""


def moved(size: Any) -> Any:
    """√n‖r_0‖∫ B(t) e^{−λt/2n} dt for |K³_t| ≤ B(t): how far K² moves at most, in the operator norm."""
    return n * rms * Integral(size * DECAY, (t, 0, oo))


def _stays() -> Derivation:
    return (
        chain(lam / 2)
        .then(lambda_min(K_0) - operator_norm(E), "λ_min(K_0) ≥ λ and ‖E‖ ≤ λ/2", relation="<=")
        .then(lambda_min(K_0) + lambda_min(E), "−‖E‖ is below every eigenvalue", relation="<=")
        .by("facts.symmetric-norm", A=E)
        .then(lambda_min(K_0 + E), "Weyl", relation="<=")
        .by("facts.weyl-min", A=K_0, B=E)
    )


STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "stays-positive",
        lam / 2,
        lambda_min(K_0 + E),
        title="As long as K² has moved by at most λ/2 its smallest eigenvalue is at least λ/2",
        source="the continuity argument of both papers; derived here",
        on={K_0: SymmetricMatrices(), E: SymmetricMatrices()},
        where=(lambda_min(K_0) >= lam, operator_norm(E) <= lam / 2),
        uses=("loss-rate",),
        derive=_stays,
    ),
    Identity(
        "time-in-kernel",
        Integral(DECAY, (t, 0, oo)),
        2 * n / lam,
        title="The training lasts 2n/λ",
        source="derived here",
    ),
    Identity(
        "time-squared",
        Integral(t * DECAY, (t, 0, oo)),
        4 * n**2 / lam**2,
        title="A kernel speed that grows like t adds another 2n/λ",
        source="derived here",
    ),
    Bound(
        "width-quartic",
        moved(C / sqrt(m)),
        lam / 2,
        title="|K³| ≤ C m^(−1/2), as printed: m ≥ 16C²r̄²n⁴/λ⁴ is enough",
        source="derived here, with the exponent of Huang and Yau's first theorem",
        where=m >= 16 * C**2 * rms**2 * n**4 / lam**4,
        uses=("time-in-kernel", "stays-positive"),
    ),
    Bound(
        "width-cubic",
        moved(C * (1 + t) / m),
        lam / 2,
        title="|K³_t| ≤ C(1 + t)/m, of which K⁴ is the t: m ≥ 4Cr̄(n²/λ² + 2n³/λ³) is enough",
        source="derived here; the cube of Li, Luo and Yip's abstract",
        where=m >= 4 * C * rms * (n**2 / lam**2 + 2 * n**3 / lam**3),
        uses=("time-in-kernel", "time-squared", "stays-positive"),
    ),
    Bound(
        "width-square",
        moved(C / m),
        lam / 2,
        title="|K³| ≤ C/m throughout: m ≥ 4Cr̄n²/λ² is enough",
        source="derived here",
        where=m >= 4 * C * rms * n**2 / lam**2,
        uses=("time-in-kernel", "stays-positive"),
    ),
    Bound(
        "width-by-k4",
        moved((C_3 + C_4 * rms * 2 * n / lam) / m),
        lam / 2,
        title="|K³_0| ≤ C₃/m and |K⁴| ≤ C₄/m give the same cube, without skip connections",
        source="derived here",
        where=m >= 4 * C_3 * rms * n**2 / lam**2 + 8 * C_4 * rms**2 * n**3 / lam**3,
        uses=("time-in-kernel", "stays-positive"),
    ),
)
