"""The class of Neyshabur et al. (2018): two-layer ReLU networks by capacity and impact, and its complexity."""

from numerics.models.neyshabur2018.complexity import (
    class_by_ascent,
    largest_by_ascent,
    largest_in_disc,
    lengths,
    signs,
)
from numerics.models.neyshabur2018.network import Measures, TwoLayer, drawn, margins, measures, trained

__all__ = [
    "Measures",
    "TwoLayer",
    "class_by_ascent",
    "drawn",
    "largest_by_ascent",
    "largest_in_disc",
    "lengths",
    "margins",
    "measures",
    "signs",
    "trained",
]
