"""Kawaguchi, Huang: Gradient Descent Finds Global Minima for Generalizable Deep Networks of Practical Sizes (2019)."""

from derivations.letters.abbreviations import Abbreviation
from derivations.paper import Paper
from derivations.papers.kawaguchi2019 import descent, features, headline, notation

PAPER = Paper(
    "kawaguchi2019",
    title="Gradient Descent Finds Global Minima for Generalizable Deep Neural Networks of Practical Sizes",
    authors="Kawaguchi, Huang",
    reference="Allerton 2019, arXiv:1908.02419",
    statements=(*features.STATEMENTS, *descent.STATEMENTS, *headline.STATEMENTS),
    hypotheses={
        "distinct-inputs": "no two of the inputs x_i are equal",
        "analytic": "the activation is real analytic, and in the last hidden layer no polynomial",
        "warm-start": "s₀² ≥ 4B‖r₀‖: the last layer was trained before the others move",
        "smooth": "∇f is L-Lipschitz, f the loss in the last layer: ‖∇f(v) − ∇f(u)‖ ≤ L‖v − u‖ for all u, v",
        "convex": "the loss f in the last layer is convex and differentiable",
        "pl": "‖∇f(v)‖² ≥ 2μ(f(v) − f*) for all v: μ = σ_min(Φ)²/n for the square loss",
        "infimum": "f* is the infimum of f: by full rank the mean of inf ℓ(·, y_i), the lowest that any network has",
        "descent": "v_T is reached from v by T steps of gradient descent with the step η",
    },
    abbreviations=(Abbreviation(notation.GRAM, "K", "K"),),
    conventions={
        "notation": "Φ = [h^(H)(x_i), 1]_i has n rows and p = d_H + 1 columns; K = ΦΦᵀ, σ_min² = λ_min(K); r = Φv − y; "
        "J is the Jacobian in the hidden parameters",
        "loss": "L = (1/2n)‖r‖²",
        "layers": "a statement names the layers that move: the last one, or all",
        "rank": "certified in ball arithmetic or over Q; never computed in floats",
    },
)
