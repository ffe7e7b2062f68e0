"""The standard theorems that proofs about networks rest on, each with its hypotheses and its source."""

from derivations.facts import convexity, gaussian, matrices, norms, optimisation, probability, sequences
from derivations.paper import Paper

PAPER = Paper(
    "facts",
    title="Standard theorems",
    statements=(
        *matrices.STATEMENTS,
        *norms.STATEMENTS,
        *convexity.STATEMENTS,
        *probability.STATEMENTS,
        *gaussian.STATEMENTS,
        *optimisation.STATEMENTS,
        *sequences.STATEMENTS,
    ),
    hypotheses={
        "smooth": "∇f is L-Lipschitz: ‖∇f(x) − ∇f(y)‖ ≤ L‖x − y‖ for all x, y",
        "smooth-hessian": "f is twice differentiable, and its Hessian has an operator norm of at most L everywhere",
        "convex": "f is convex and differentiable",
        "strongly-convex": "f − (μ/2)‖·‖² is convex, and f is differentiable",
        "pl": "‖∇f(x)‖² ≥ 2μ(f(x) − f*) for all x",
        "infimum": "f* is the infimum of f",
        "minimiser": "y is the minimiser of f",
        "descent": "y is reached from x by steps of gradient descent with the step size η",
        "differentiable": "f is differentiable, f and its gradient have second moments",
        "lipschitz": "|f(a) − f(b)| ≤ ℓ|a − b| for all numbers a, b, and f(0) = 0",
        "lipschitz-vector": "|f(x) − f(y)| ≤ ℓ‖x − y‖ for all x, y",
        "variance": "each entry of w has a variance of at most v",
        "affine": "a(k + 1) ≤ α·a(k) + τ for all k ≥ 0",
        "decrease": "a(k + 1) ≤ a(k) − b(k) for all k ≥ 0",
        "groenwall-discrete": "a(k) ≤ τ + Σ_{j<k} b(j)·a(j) and b(k) ≥ 0 for all k ≥ 0",
        "groenwall": "u is continuous, b ≥ 0 is continuous, u(r) ≤ τ + ∫₀ʳ b·u for all r in [0, t]",
        "robbins-siegmund": "a(k) ≥ 0 and a(k + 1) ≤ a(k) − b(k) + v(k) for all k ≥ 0",
    },
    conventions={
        "random": "random symbols are independent of each other; g, h, w, W are random where a law is named",
        "singular values": "σ_min is the last of the min(m, n) singular values",
    },
)
