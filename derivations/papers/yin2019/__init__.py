"""Yin, Lyu, Zhang, Osher, Qi, Xin: Understanding Straight-Through Estimator (2019)."""

from derivations.letters.abbreviations import Abbreviation
from derivations.paper import Paper
from derivations.papers.yin2019 import descent, estimators, headline, landscape, loss, notation

PAPER = Paper(
    "yin2019",
    title="Understanding Straight-Through Estimator in Training Activation Quantized Neural Nets",
    authors="Yin, Lyu, Zhang, Osher, Qi, Xin",
    reference="ICLR 2019, arXiv:1903.05662",
    statements=(
        *loss.STATEMENTS,
        *estimators.STATEMENTS,
        *landscape.STATEMENTS,
        *descent.STATEMENTS,
        *headline.STATEMENTS,
    ),
    hypotheses={
        "gaussian-patches": "the patches Z_j are independent and N(0, I_n)",
        "unit-teacher": "the teacher's filter w* has norm one",
    },
    abbreviations=(
        Abbreviation(landscape.SPURIOUS, "v_s", "v_{s}"),
        Abbreviation(landscape.MINIMISER, "v(θ)", r"v(\theta)"),
        Abbreviation(loss.GRADIENT_V, "∂ᵥf", r"\partial_{v} f"),
        Abbreviation(notation.A, "A", "A"),
        Abbreviation(notation.c, "c", "c"),
    ),
    conventions={
        "notation": "y = vᵀσ(Zw); w is the direction of the filter, ρ its norm, θ = ∠(w, w*), c = 1 − 2θ/π; "
        "A = I + 𝟏𝟏ᵀ; s = 𝟏ᵀv*; τ = s²/((m + 1)‖v*‖²); u = (w* − cos θ w)/sin θ; v(θ) the minimiser in v, "
        "v_s the spurious one",
        "activation": "σ(x) = 1{x > 0}, 0 at 0; an estimator puts μ′ in the place of σ′: identity 1, ReLU 1{x > 0}, "
        "clipped ReLU 1{0 < x < 1}",
        "loss": "f = ½ E (y − y*)², with the factor ½",
        "patches": "Z has the patches as rows; entries are N(0, 1)",
    },
)
