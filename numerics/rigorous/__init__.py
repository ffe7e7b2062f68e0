"""Gaussian expectations in ball arithmetic, Gram matrices made of them, and the rank of a network's features.

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
from numerics.rigorous.rank import FullRank, full_rank, rational_rank, sigma_min_balls
from numerics.values.ball_integrals.strips import NoBall

__all__ = [
    "FullRank",
    "NoBall",
    "complex_function",
    "cosines",
    "digits",
    "dual_ball",
    "full_rank",
    "gaussian_ball",
    "gram_balls",
    "hermite_balls",
    "integrated",
    "least_eigenvalue",
    "pair_ball",
    "positive_definite",
    "rational_rank",
    "rayleigh",
    "sigma_min_balls",
]
