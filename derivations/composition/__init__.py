"""A calculus of bounds for composed layers: the Lipschitz constant of F, of DF, and the smoothness of c(F).

A layer f(θ, x) has, for ‖x‖ ≤ r, bounds on its value, on its derivatives J = ∂f/∂x and D = ∂f/∂θ, and on the
second derivatives f_xx, f_xθ, f_θθ as bilinear maps; norms are Euclidean (Frobenius for data matrices and weights).
For g∘f with the parameters (θ_f, θ_g):

    J = J_g J_f        D² = (J_g D_f)² + D_g²
    f_xx = J_g·xx_f + xx_g·J_f²
    f_xθ² = (J_g·xθ_f + xx_g J_f D_f)² + (xθ_g J_f)²
    f_θθ = the larger eigenvalue of [[J_g·θθ_f + xx_g D_f², xθ_g D_f], [xθ_g D_f, θθ_g]]

and sums in place of the roots and of the eigenvalue where f and g share parameters,
so that bounds on any chain, nested and with shortcuts, follow layer by layer, and
‖∇²(c∘F)‖ ≤ sup‖∇²c‖·D² + sup‖∇c‖·f_θθ.
"""

from derivations.composition.bounds import (
    Bounds,
    CompositionError,
    Layer,
    added,
    compose,
    hypotenuse,
    identity,
    joined,
    largest_eigenvalue,
    least,
    multiplied,
    scaled,
    times,
)
from derivations.composition.chains import chain, residual, sequential
from derivations.composition.costs import Cost, cross_entropy_cost, smoothness, square_cost
from derivations.composition.standard import SECOND, affine, entrywise, linear, normalisation, normalised_affine

__all__ = [
    "SECOND",
    "Bounds",
    "CompositionError",
    "Cost",
    "Layer",
    "added",
    "affine",
    "chain",
    "compose",
    "cross_entropy_cost",
    "entrywise",
    "hypotenuse",
    "identity",
    "joined",
    "largest_eigenvalue",
    "least",
    "linear",
    "multiplied",
    "normalisation",
    "normalised_affine",
    "residual",
    "scaled",
    "sequential",
    "smoothness",
    "square_cost",
    "times",
]
