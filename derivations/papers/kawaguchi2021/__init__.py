"""Kawaguchi, Sun: A Recipe for Global Convergence Guarantee in Deep Neural Networks (2021)."""

from derivations.paper import Paper
from derivations.papers.kawaguchi2021 import headline, phases

PAPER = Paper(
    "kawaguchi2021",
    title="A Recipe for Global Convergence Guarantee in Deep Neural Networks",
    authors="Kawaguchi, Sun",
    reference="AAAI 2021, arXiv:2104.05785",
    statements=(*phases.STATEMENTS, *headline.STATEMENTS),
    hypotheses={
        "smooth": "∇f is L-Lipschitz, f the loss in the last layer: ‖∇f(v) − ∇f(u)‖ ≤ L‖v − u‖ for all u, v",
        "convex": "the loss f in the last layer is convex and differentiable",
    },
    conventions={
        "notation": "M = [h, 𝟏] has n rows and m_H + 1 columns; σ_min and σ_max are its singular values",
        "layers": "phase 1 trains all layers, phase 2 the last one",
    },
)
