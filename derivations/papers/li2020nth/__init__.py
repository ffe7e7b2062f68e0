"""Li, Luo, Yip: Residual Networks Using Neural Tangent Hierarchy (2020), with Huang and Yau (2019)."""

from derivations.letters.abbreviations import Abbreviation
from derivations.paper import Paper
from derivations.papers.li2020nth import depth, headline, hierarchy, layers, linear, two_layers, widths

PAPER = Paper(
    "li2020nth",
    title="Towards an Understanding of Residual Networks Using Neural Tangent Hierarchy (NTH)",
    authors="Li, Luo, Yip",
    reference="arXiv:2007.03714, with Huang and Yau, arXiv:1909.08156",
    statements=(
        *hierarchy.STATEMENTS,
        *layers.STATEMENTS,
        *two_layers.STATEMENTS,
        *linear.STATEMENTS,
        *widths.STATEMENTS,
        *depth.STATEMENTS,
        *headline.STATEMENTS,
    ),
    hypotheses={
        "smooth-activation": "σ is twice continuously differentiable",
        "gradient-flow": "the parameters follow θ̇ = −∇L: steps of descent are short",
        "square-loss": "L = (1/2n)Σ(f − y)², so that r = f − y; for another loss r is its derivative",
        "all-layers": "the weights of all layers move",
        "positive-kernel": "K² on the inputs is positive definite at the start",
        "symmetric-start": "a start is as likely as the one with all output weights negated",
    },
    abbreviations=(
        Abbreviation(two_layers.K3, "K³(x_a, x_b, x_c)", "K^{(3)}(x_a,x_b;x_c)"),
        Abbreviation(depth.RESIDUAL_K2, "K²", "K^{(2)}"),
        Abbreviation(depth.RESIDUAL_K3, "K³", "K^{(3)}"),
    ),
    conventions={
        "notation": "K² is the neural tangent kernel and K^{r+1}(x_1, …, x_r, z) = ⟨∇K^r(x_1, …, x_r), ∇f(z)⟩; "
        "r = f − y; g and H are the gradient and the Hessian of f in θ",
        "loss": "L = (1/2n) Σ (f(x_α) − y_α)², gradient flow θ̇ = −∇L",
        "networks": "two layers: f = m^(−1/2) aᵀσ(Wx); fully connected and residual nets as in du2018",
        "unread": "of both papers only the abstracts were at hand; what is marked as reported comes from a public "
        "account of the text of Huang and Yau, and no printed constant is confirmed",
    },
)
