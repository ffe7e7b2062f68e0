"""Zhang, Yu, Chen, Wang, Xie, Liu: Stabilize Deep ResNet with a Sharp Scaling Factor τ (2019)."""

from derivations.integrals.truncated import normal_cdf, normal_pdf
from derivations.letters.abbreviations import Abbreviation
from derivations.paper import Paper
from derivations.papers.zhang2019 import concentration, convergence, forward, gradients, headline, notation
from derivations.papers.zhang2019.proof import constants, descent, explosion, moves, products, start

ratio = notation.h_i / (notation.tau * notation.s)

PAPER = Paper(
    "zhang2019",
    title="Stabilize Deep ResNet with a Sharp Scaling Factor τ",
    authors="Zhang, Yu, Yi, Chen, Liu",
    reference="arXiv:1903.07120",
    statements=(
        *forward.STATEMENTS,
        *concentration.STATEMENTS,
        *gradients.STATEMENTS,
        *convergence.STATEMENTS,
        *headline.STATEMENTS,
        *products.STATEMENTS,
        *start.STATEMENTS,
        *moves.STATEMENTS,
        *descent.STATEMENTS,
        *explosion.STATEMENTS,
    ),
    theorems=(concentration.STABILITY, constants.CONVERGENCE, explosion.EXPLOSION),
    hypotheses={
        "gaussian-weights": "W_l has independent N(0, 1/m) entries, A and W_L N(0, 2/m), B N(0, 1/d)",
        "lipschitz-vector": "|f(x) − f(y)| ≤ ℓ‖x − y‖ for all x, y",
        "separated": "inputs have norm one and are at least δ > 0 apart",
    },
    abbreviations=(
        Abbreviation(normal_cdf(ratio), "Φ(h/τs)", r"\Phi(\tfrac{h}{\tau s})"),
        Abbreviation(normal_pdf(ratio), "p(h/τs)", r"p(\tfrac{h}{\tau s})"),
        Abbreviation(normal_cdf(notation.u), "Φ(u)", r"\Phi(u)"),
        Abbreviation(normal_pdf(notation.u), "p(u)", "p(u)"),
        *(
            Abbreviation(notation.phi(pre), f"h_{depth}", f"h_{{{depth}}}")
            for blocks in (2, 1)
            for depth, pre in reversed(list(enumerate(notation.inputs(blocks)[:-1])))
        ),
    ),
    conventions={
        "loss": "ℓ = ½ Σ (f − y)², a sum with the factor ½",
        "depth": "L counts residual blocks; A comes before them, W_L and B after",
        "activation": "ReLU, with derivative 1{x > 0}",
        "notation": "Φ and p are distribution function and density of N(0, 1); W has independent N(0, 1) entries",
        "vectors": "columns",
    },
)
