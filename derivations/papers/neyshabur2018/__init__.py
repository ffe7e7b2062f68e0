"""Neyshabur et al.: Towards Understanding the Role of Over-Parametrization in Generalization (2018)."""

from derivations.paper import Paper
from derivations.papers.neyshabur2018 import below, exact, headline, measures, outputs, units

PAPER = Paper(
    "neyshabur2018",
    title="Towards Understanding the Role of Over-Parametrization in Generalization of Neural Networks",
    authors="Neyshabur, Li, Bhojanapalli, LeCun, Srebro",
    reference="ICLR 2019, arXiv:1805.12076",
    hypotheses={"lipschitz": "|f(a) − f(b)| ≤ ℓ|a − b| for all numbers a, b, and f(0) = 0"},
    statements=(
        *units.STATEMENTS,
        *below.STATEMENTS,
        *exact.STATEMENTS,
        *outputs.STATEMENTS,
        *measures.STATEMENTS,
        *headline.STATEMENTS,
    ),
)
