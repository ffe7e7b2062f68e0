"""Sarussi, Brutzkus, Globerson: Towards Understanding Learning in Neural Networks with Linear Teachers (2021)."""

from derivations.paper import Paper
from derivations.papers.sarussi2021 import clusters, headline, regions, updates

PAPER = Paper(
    "sarussi2021",
    title="Towards Understanding Learning in Neural Networks with Linear Teachers",
    authors="Sarussi, Brutzkus, Globerson",
    reference="ICML 2021, arXiv:2101.02533",
    statements=(*updates.STATEMENTS, *clusters.STATEMENTS, *regions.STATEMENTS, *headline.STATEMENTS),
)
