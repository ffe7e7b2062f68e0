"""MacDonald et al.: On skip connections and normalisation layers in deep optimisation (2023)."""

from derivations.letters.abbreviations import Abbreviation
from derivations.paper import Paper
from derivations.papers.macdonald2023 import (
    composition,
    convergence,
    costs,
    descent,
    headline,
    normalisation,
    regularity,
)

PAPER = Paper(
    "macdonald2023",
    title="On skip connections and normalisation layers in deep optimisation",
    authors="MacDonald, Valmadre, Saratchandran, Lucey",
    reference="NeurIPS 2023, arXiv:2210.05371",
    statements=(
        *composition.STATEMENTS,
        *normalisation.STATEMENTS,
        *costs.STATEMENTS,
        *regularity.STATEMENTS,
        *convergence.STATEMENTS,
        *descent.STATEMENTS,
        *headline.STATEMENTS,
    ),
    theorems=(convergence.INFINITY,),
    hypotheses={"smooth": "∇f is L-Lipschitz: ‖∇f(x) − ∇f(y)‖ ≤ L‖x − y‖ for all x, y"},
    abbreviations=(
        Abbreviation(normalisation.bn, "y", "y"),
        Abbreviation(normalisation.s_x, "s(x)", "s(x)"),
        Abbreviation(normalisation.P, "P", "P"),
        Abbreviation(normalisation.scale(normalisation.w), "s", "s"),
        Abbreviation(costs.partition, "Z", "Z"),
        Abbreviation(costs.total, "S", "S"),
        *(
            Abbreviation(value, f"x_{i}", f"x_{{{i}}}")
            for i, value in reversed(list(enumerate(composition.values()[1:3], start=1)))
        ),
    ),
    conventions={
        "loss": "ℓ = c(F): the square cost (1/2N)‖F − Y‖², or the mean cross-entropy over N samples",
        "PL": "‖∇ℓ‖² ≥ μ(ℓ − inf ℓ), without the factor ½",
        "data": "a layer acts on data matrices with N columns; norms are Euclidean, Frobenius for matrices",
        "normalisation": "ε > 0 is added to the squared norm, or to the mean square of a centred row",
        "vectors": "columns",
    },
)
