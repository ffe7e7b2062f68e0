"""Sarussi, Brutzkus, Globerson: Towards Understanding Learning in Neural Networks with Linear Teachers (2021)."""

from derivations.paper import Paper
from derivations.papers.sarussi2021 import clusters, headline, regions, updates

PAPER = Paper(
    "sarussi2021",
    title="Towards Understanding Learning in Neural Networks with Linear Teachers",
    authors="Sarussi, Brutzkus, Globerson",
    reference="ICML 2021, arXiv:2101.02533",
    conventions={
        "notation": "w_i and u_i are the units with the output weight v and −v, k of each; m is the mean of the w_i "
        "less that of the u_i, the linear rule; a the slope of leaky ReLU, s a mean slope; r the largest distance of "
        "a unit from the mean of its cluster; z_t = y_tx_t; sums are recursions: S(i + 1) − S(i) is the next term",
        "loss": "log(1 + e^(−yN)), its mean over points for gradient descent; l = 1/(1 + e^(yN)) is its slope",
    },
    statements=(*updates.STATEMENTS, *clusters.STATEMENTS, *regions.STATEMENTS, *headline.STATEMENTS),
)
