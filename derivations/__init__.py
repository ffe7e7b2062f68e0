"""The statements of the papers, their derivations and the symbolic calculus for them; it uses SymPy only."""

from derivations.activations import gelu, sigmoid, silu, softplus
from derivations.calculus.differentials import gradient, hessian, jacobian, jvp
from derivations.calculus.layers import layer_norm, logsumexp, softmax
from derivations.domains import (
    Angle,
    Domain,
    Gaussian,
    Independent,
    NonnegativeVectors,
    PositiveSemidefinite,
    RealMatrices,
    Signs,
    SymmetricMatrices,
    UnitVectors,
)
from derivations.extrema import infimum, supremum
from derivations.gaussian import Expectation, correlated, relu, step
from derivations.integrals.smooth import hermite_coefficient, wick_moment
from derivations.paper import Paper
from derivations.quantities.chance import Chance, Mean
from derivations.spectra import (
    eigenvalues,
    frobenius_norm,
    lambda_max,
    lambda_min,
    max_norm,
    norm_p,
    nuclear_norm,
    operator_norm,
    sigma_min,
)
from derivations.statements import (
    Bound,
    Constant,
    Existence,
    Gradient,
    Identity,
    Probability,
    Rate,
    Statement,
    StatementError,
)
from derivations.steps import Derivation, Step, chain
from derivations.vectors import all_ones, elementwise, inner, norm, norm_squared, ones, vector

__all__ = [
    "Angle",
    "Bound",
    "Chance",
    "Constant",
    "Derivation",
    "Domain",
    "Existence",
    "Expectation",
    "Gaussian",
    "Gradient",
    "Identity",
    "Independent",
    "Mean",
    "NonnegativeVectors",
    "Paper",
    "PositiveSemidefinite",
    "Probability",
    "Rate",
    "RealMatrices",
    "Signs",
    "Statement",
    "StatementError",
    "Step",
    "SymmetricMatrices",
    "UnitVectors",
    "all_ones",
    "chain",
    "correlated",
    "eigenvalues",
    "elementwise",
    "frobenius_norm",
    "gelu",
    "gradient",
    "hermite_coefficient",
    "hessian",
    "infimum",
    "inner",
    "jacobian",
    "jvp",
    "lambda_max",
    "lambda_min",
    "layer_norm",
    "logsumexp",
    "max_norm",
    "norm",
    "norm_p",
    "norm_squared",
    "nuclear_norm",
    "ones",
    "operator_norm",
    "relu",
    "sigma_min",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "step",
    "supremum",
    "vector",
    "wick_moment",
]
