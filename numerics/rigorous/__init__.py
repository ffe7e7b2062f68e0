"""Gaussian expectations of one and two variables in ball arithmetic, and Gram matrices made of them.

Every number returned is a ball that contains the exact number, regardless of rounding.
"""

from numerics.rigorous.expectations import (
    complex_function,
    digits,
    dual_ball,
    gaussian_ball,
    hermite_balls,
    integrated,
    pair_ball,
)
from numerics.rigorous.gram import cosines, gram_balls, least_eigenvalue, positive_definite, rayleigh
from numerics.values.ball_integrals.strips import NoBall

__all__ = [
    "NoBall",
    "complex_function",
    "cosines",
    "digits",
    "dual_ball",
    "gaussian_ball",
    "gram_balls",
    "hermite_balls",
    "integrated",
    "least_eigenvalue",
    "pair_ball",
    "positive_definite",
    "rayleigh",
]
