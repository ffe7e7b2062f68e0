"""Du, Lee, Li, Wang, Zhai: Gradient Descent Finds Global Minima of Deep Neural Networks (2019)."""

from derivations.letters.abbreviations import Abbreviation
from derivations.paper import Paper
from derivations.papers.du2018 import (
    constants,
    duals,
    dynamics,
    gradients,
    gram,
    headline,
    kernels,
    notation,
    stability,
)
from derivations.papers.du2018.proof import (
    blocks,
    chain,
    descent,
    gram_moves,
    layers,
    limits,
    signals,
    start,
    unit_steps,
)
from derivations.papers.du2018.proof.constants import THEOREMS

PAPER = Paper(
    "du2018",
    title="Gradient Descent Finds Global Minima of Deep Neural Networks",
    authors="Du, Lee, Li, Wang, Zhai",
    reference="ICML 2019, arXiv:1811.03804",
    statements=(
        *constants.STATEMENTS,
        *gradients.STATEMENTS,
        *gram.STATEMENTS,
        *dynamics.STATEMENTS,
        *duals.STATEMENTS,
        *kernels.STATEMENTS,
        *stability.STATEMENTS,
        *start.STATEMENTS,
        *limits.STATEMENTS,
        *layers.STATEMENTS,
        *signals.STATEMENTS,
        *gram_moves.STATEMENTS,
        *unit_steps.STATEMENTS,
        *descent.STATEMENTS,
        *blocks.STATEMENTS,
        *chain.STATEMENTS,
        *headline.STATEMENTS,
    ),
    theorems=THEOREMS,
    hypotheses={
        "unit-norms": "inputs have norm one, labels are O(1)",
        "not-parallel": "no two inputs are parallel",
        "smooth-activation": "σ and σ′ are Lipschitz, σ is analytic and no polynomial (Conditions 3.1, 3.2)",
        "gaussian-weights": "all weights are independent N(0, 1), all layers are trained",
    },
    abbreviations=tuple(
        Abbreviation(notation.J(notation.weights(h) * layers[h - 1]), f"J^({h})", f"J^{{({h})}}")
        for layers in (notation.layers_fc(gradients.DEPTH), notation.layers_res(gradients.DEPTH))
        for h in range(gradients.DEPTH, 0, -1)
    )
    + tuple(
        Abbreviation(layers[h], f"x^({h})", f"x^{{({h})}}")
        for h in range(gradients.DEPTH, 0, -1)
        for layers in (notation.layers_res(gradients.DEPTH), notation.layers_fc(gradients.DEPTH))
    )
    + (
        Abbreviation(notation.J(gradients.W * gradients.z), "J", "J"),
        Abbreviation(gradients.patch, "Wφ(X)", r"W\phi(X)"),
    )
    + tuple(
        Abbreviation(kernels.patch(pixels[:count], at), f"(Wφ({name}))_{at + 1}", rf"(W\phi({name}))_{{{at + 1}}}")
        for name, pixels in (("x", kernels.pixels_x), ("y", kernels.pixels_y))
        for count, at in ((3, 1), (3, 0), (2, 1))
    ),
    conventions={
        "loss": "L = ½ Σ (f − y)², a sum with the factor ½",
        "activation": "σ is any smooth activation; numbers take softplus, the paper's guiding example",
        "scaling": "√(c_σ/m) before σ in a layer without shortcut, c_res/(H√m) in one with; c_σ = 1/E σ(x)²",
        "notation": "J^(h) = diag σ′(W^(h)x^(h−1)); K^(h) over pairs of inputs, G^(h) over pairs at finite width",
        "padding": "patches are padded with zeros; where that cuts two of them differently, offsets inside both count",
        "vectors": "columns",
        "proof": "in the lemmas s_x, p_x, q_x are σ, σ′, σ″ of Wx, of which conditions say what is known",
    },
)
