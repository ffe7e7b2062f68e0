"""Liu, Chen, Zhou, Du, Zhou, Zhao: Towards Understanding the Importance of Shortcut Connections (2019)."""

from derivations.papers.liu2019 import dynamics, gradients, headline, kernel, landscape, loss
from derivations.statements import Paper

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
        *headline.STATEMENTS,
    ),
    hypotheses={
        "gaussian-patches": "the patches Z_j are independent and N(0, I_p)",
        "unit-filters": "the filters v and v* have norm one",
        "shortcut-prior": "v* = w* + 𝟏/√p for some w* with ‖w*‖ ≤ 1",
    },
    conventions={
        "loss": "L = ½ E (f − y)², a mean over patches with the factor ½",
        "filters": "v = (𝟏/√p + w)/‖𝟏/√p + w‖; gradients in v are tangent to the sphere",
        "vectors": "columns; Z has the patches as rows",
        "angle": "φ = ∠(v, v*) in [0, π]",
    },
)
