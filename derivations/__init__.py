"""The statements of the papers, their derivations and the symbolic calculus for them; it uses SymPy only."""

from derivations.activations import gelu, sigmoid, silu, softplus
from derivations.calculus.differentials import gradient, hessian, jacobian, jvp
from derivations.calculus.layers import layer_norm, logsumexp, softmax
from derivations.domains import Angle, Domain, NonnegativeVectors, RealMatrices, UnitVectors
from derivations.extrema import infimum, supremum
from derivations.gaussian import Expectation, correlated, relu, step
from derivations.integrals.smooth import hermite_coefficient, wick_moment
from derivations.paper import Paper
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
    "Constant",
    "Derivation",
    "Domain",
    "Existence",
    "Expectation",
    "Gradient",
    "Identity",
    "NonnegativeVectors",
    "Paper",
    "Probability",
    "Rate",
    "RealMatrices",
    "Statement",
    "StatementError",
    "Step",
    "UnitVectors",
    "all_ones",
    "chain",
    "correlated",
    "elementwise",
    "gelu",
    "gradient",
    "hermite_coefficient",
    "hessian",
    "infimum",
    "inner",
    "jacobian",
    "jvp",
    "layer_norm",
    "logsumexp",
    "norm",
    "norm_squared",
    "ones",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "step",
    "supremum",
    "vector",
    "wick_moment",
]
