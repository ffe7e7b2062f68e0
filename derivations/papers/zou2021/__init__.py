"""Zou, Cao, Li, Gu: Understanding the Generalization of Adam in Learning Neural Networks (2021)."""

from derivations.paper import Paper
from derivations.papers.zou2021 import headline, recursions, thresholds

PAPER = Paper(
    "zou2021",
    title="Understanding the Generalization of Adam in Learning Neural Networks with Proper Regularization",
    authors="Zou, Cao, Li, Gu",
    reference="ICLR 2023, arXiv:2108.11371",
    statements=(*recursions.STATEMENTS, *thresholds.STATEMENTS, *headline.STATEMENTS),
    conventions={
        "notation": "a = ⟨w, jv⟩ is a filter's feature, R = ⟨w, ξ⟩ what it has of a noise patch ξ = −αyv + ζ, "
        "K_ik = ⟨ζ_i, ζ_k⟩, g the loss slope 1/(1 + e^margin), σ(t) = [t]₊^q",
        "loss": "mean of log(1 + e^(−margin)) and (λ/2)‖W‖²; decoupled decay is named where it is meant",
    },
)
