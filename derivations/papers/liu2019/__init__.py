"""Liu, Chen, Zhou, Du, Zhou, Zhao: Towards Understanding the Importance of Shortcut Connections (2019)."""

from derivations.letters.abbreviations import Abbreviation
from derivations.paper import Paper
from derivations.papers.liu2019 import dynamics, gradients, headline, iterations, kernel, landscape, loss, notation

PAPER = Paper(
    "liu2019",
    title="Towards Understanding the Importance of Shortcut Connections in Residual Networks",
    authors="Liu, Chen, Zhou, Du, Zhou, Zhao",
    reference="NeurIPS 2019, arXiv:1909.04653",
    statements=(
        *kernel.STATEMENTS,
        *loss.STATEMENTS,
        *gradients.STATEMENTS,
        *landscape.STATEMENTS,
        *dynamics.STATEMENTS,
        *iterations.STATEMENTS,
        *headline.STATEMENTS,
    ),
    theorems=(iterations.ITERATIONS,),
    hypotheses={
        "gaussian-patches": "the patches Z_j are independent and N(0, I_p)",
        "unit-filters": "the filters v and v* have norm one",
        "shortcut-prior": "v* = w* + 𝟏/√p for some w* with ‖w*‖ ≤ 1",
    },
    abbreviations=(
        Abbreviation(dynamics.after, "a⁺", "a^{+}"),
        Abbreviation(landscape.SPURIOUS, "a_s", "a_{s}"),
        Abbreviation(landscape.CRITICAL, "a(φ)", r"a(\varphi)"),
        Abbreviation(gradients.GRADIENT_A, "∇ₐL", r"\nabla_{a} L"),
        Abbreviation(gradients.GRADIENT_V, "∇ᵥL", r"\nabla_{v} L"),
        Abbreviation(gradients.student_angle, "φ_w", r"\varphi_{w}"),
        Abbreviation(gradients.unnormalised, "u", "u"),
        Abbreviation(notation.M, "M", "M"),
        Abbreviation(notation.g, "g(φ)", r"g(\varphi)"),
    ),
    spelled_out=("kernel", "g-derivative", "g-second-derivative", "gradient-a", "gradient-v", "sherman-morrison"),
    conventions={
        "notation": "g(φ) = (π − φ) cos φ + sin φ; M = 𝟏𝟏ᵀ + (π − 1)I; u = 𝟏/√p + w; φ_w = ∠(u, v*); "
        "a_s = M⁻¹(𝟏𝟏ᵀ − I)a*; a(φ) = M⁻¹(𝟏𝟏ᵀ + (g − 1)I)a*; a⁺ = a − η∇ₐL",
        "loss": "L = ½ E (f − y)², a mean over patches with the factor ½",
        "filters": "v = (𝟏/√p + w)/‖𝟏/√p + w‖; gradients in v are tangent to the sphere",
        "vectors": "columns; Z has the patches as rows",
        "angle": "φ = ∠(v, v*) in [0, π]",
    },
)
