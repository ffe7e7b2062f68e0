"""Definitions 5.1, 6.1 and 7.1 of Du et al. (2019), derived: one layer's Gram matrix given the one before.

Each identity is exact at every width m: given the features x, y of two inputs, the mean over the layer's
Gaussian weights of the next inner product. With K = ⟨x, y⟩ and b = ⟨𝟏, x⟩/√m the recursion of the paper
is its limit; the mean b enters because ⟨x, σ(Wy)⟩ has the mean ⟨x, 𝟏⟩·E σ.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, HadamardProduct, MatrixSymbol, Range, Rational, S, Symbol, pi, sqrt

from derivations.activations import dsigma, sigma, sigmoid, softplus
from derivations.domains import Angle, UnitVectors
from derivations.gaussian import Expectation, step
from derivations.papers.du2018.notation import H, a, act, c_res, c_sigma, d, kappa, m, scale
from derivations.statements import Constant, Identity, Statement
from derivations.vectors import elementwise, inner, norm_squared, ones, vector

u, v = Symbol("u", real=True), Symbol("v", real=True)
x, y = vector("x", m), vector("y", m)
"""Features x^(h−1) of two inputs; of any norms, so that b_x E σ(v) and b_x E σ(u) differ."""
x0, y0 = vector("x", d), vector("y", d)
"""Two inputs."""
phi = Symbol("phi", real=True)
W = MatrixSymbol("W", m, m)
W1 = MatrixSymbol("W", m, d)
one = ones(m)


def mean(z: Any) -> Any:
    """b = ⟨𝟏, z⟩/√m: the limit of (1/√m) Σ_r z_r."""
    return inner(one, z) / sqrt(m)


def single(f: Any, q: Any, name: Symbol = u) -> Any:
    """E f(u), u ~ N(0, q)."""
    return Expectation(f(name), name, [[q]])


def pair(f: Any, q1: Any, c: Any, q2: Any) -> Any:
    """E f(u)f(v), (u, v) ~ N(0, [[q₁, c], [c, q₂]])."""
    return Expectation(f(u) * f(v), (u, v), [[q1, c], [c, q2]])


def residual_step(K: Any, b1: Any, b2: Any, q1: Any, c: Any, q2: Any) -> Any:
    """Definition 6.1: K + (c_res/H)(b₁E σ(v) + b₂E σ(u)) + (c_res/H)² E σ(u)σ(v), with Var u = q₁, Var v = q₂."""
    cross = b1 * single(sigma, q2, v) + b2 * single(sigma, q1)
    return K + c_res / H * cross + c_res**2 / H**2 * pair(sigma, q1, c, q2)


Q = norm_squared
last_terms = [HadamardProduct(a, elementwise(dsigma, W * z)) for z in (x, y)]

pixels_x = tuple(vector(f"x_{i}", m) for i in (1, 2, 3))
pixels_y = tuple(vector(f"y_{i}", m) for i in (1, 2, 3))
filters = tuple(MatrixSymbol(f"W_{s}", m, m) for s in (-1, 0, 1))


def patch(pixels: tuple[Any, ...], at: int) -> Any:
    """Wφ(X) at a pixel: Σ_s W_s x_{at+s}, nothing outside of the image (zero padding)."""
    found = [w * pixels[at + s] for s, w in zip((-1, 0, 1), filters, strict=True) if 0 <= at + s < len(pixels)]
    return sum(found[1:], found[0])


def patch_inner(left: tuple[Any, ...], right: tuple[Any, ...], i: int, j: int) -> Any:
    """Σ_s ⟨x_{i+s}, y_{j+s}⟩ over the offsets s that lie in both patches: pixels of equal offset are paired."""
    inside = [s for s in (-1, 0, 1) if 0 <= i + s < len(left) and 0 <= j + s < len(right)]
    return Add(*(inner(left[i + s], right[j + s]) for s in inside))


def _conv_step(i: int, j: int) -> Any:
    mine, other = pixels_x[i], pixels_y[j]
    q1, q2 = patch_inner(pixels_x, pixels_x, i, i), patch_inner(pixels_y, pixels_y, j, j)
    return residual_step(inner(mine, other), mean(mine), mean(other), q1, patch_inner(pixels_x, pixels_y, i, j), q2)


outputs = tuple(vector(f"a_{i}", m) for i in (1, 2))
"""The output weights of two pixels, independent of each other."""


def _conv_gradients() -> Any:
    """⟨∂f/∂W, ∂f′/∂W⟩ for f = Σ_l ⟨a_l, x_l⟩ on two pixels: signals times features, summed over offsets."""
    two_x, two_y = pixels_x[:2], pixels_y[:2]
    total: Any = S.Zero
    for i in range(2):
        for j in range(2):
            left = HadamardProduct(outputs[i], elementwise(dsigma, patch(two_x, i)))
            right = HadamardProduct(outputs[j], elementwise(dsigma, patch(two_y, j)))
            total += kappa**2 * patch_inner(two_x, two_y, i, j) * inner(left, right)
    return total


def _conv_last() -> Any:
    """(c_res/H)² Σ_l K_ll E σ′σ′: pairs of equal pixels only, with the covariances of their patches."""
    two_x, two_y = pixels_x[:2], pixels_y[:2]
    return Add(
        *(
            c_res**2
            / H**2
            * patch_inner(two_x, two_y, i, i)
            * pair(
                dsigma,
                patch_inner(two_x, two_x, i, i),
                patch_inner(two_x, two_y, i, i),
                patch_inner(two_y, two_y, i, i),
            )
            for i in range(2)
        )
    )


DEPTHS = {H: Range(1, 4), c_res: (Rational(1, 2), 1)}
"""Where points are drawn: the identities are polynomials in c_res/H, of which small depths show every term."""

STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "fc-recursion",
        Expectation(inner(scale * act(W * x), scale * act(W * y)), W),
        c_sigma * pair(sigma, Q(x), inner(x, y), Q(y)),
        title="A layer without shortcut: K = c_σ E σ(u)σ(v), exactly at every width",
        source="Definition 5.1; first layer of Definitions 6.1, 7.1",
    ),
    Identity(
        "fc-diagonal",
        Expectation(norm_squared(act(W1 * x0)), W1) / (m * single(lambda t: sigma(t) ** 2, S.One)),
        S.One,
        title="c_σ = 1/E σ² keeps unit norms: K_ii = 1 in every layer",
        source="Section 3; Definition 5.1",
        on={x0: UnitVectors()},
        uses=("fc-recursion",),
    ),
    Identity(
        "fc-last",
        Expectation(c_sigma / m * inner(x, y) * inner(*last_terms), (W, a)),
        c_sigma * inner(x, y) * pair(dsigma, Q(x), inner(x, y), Q(y)),
        title="The last layer's Gram matrix: K^(H) = c_σ K^(H−1) E σ′σ′",
        source="Definition 5.1",
        uses=("gram-last-fc",),
    ),
    Identity(
        "two-layer-relu",
        Expectation(
            inner(x0, y0) / m * inner(elementwise(step, W1 * x0), elementwise(step, W1 * y0)),
            W1,
        ),
        inner(x0, y0) * (pi - phi) / (2 * pi),
        title="H = 1: the two-layer Gram matrix of ReLU",
        source="Section 5; for H = 1",
        on={x0: UnitVectors(), y0: UnitVectors(), phi: Angle(x0, y0), m: S.Naturals},
        uses=("fc-last",),
    ),
    Identity(
        "resnet-mean-first",
        Expectation(mean(scale * act(W * x)), W),
        sqrt(c_sigma) * single(sigma, Q(x)),
        title="b after the first layer",
        source="Definition 6.1",
    ),
    Identity(
        "resnet-recursion",
        Expectation(inner(x + kappa * act(W * x), y + kappa * act(W * y)), W),
        residual_step(inner(x, y), mean(x), mean(y), Q(x), inner(x, y), Q(y)),
        title="A residual layer: x's mean stands with σ of y's pre-activation, exactly at every width",
        source="Definition 6.1",
        sample_on=DEPTHS,
    ),
    Identity(
        "resnet-mean",
        Expectation(mean(x + kappa * act(W * x)), W),
        mean(x) + c_res / H * single(sigma, Q(x)),
        title="b after a residual layer",
        source="Definition 6.1",
        sample_on=DEPTHS,
    ),
    Identity(
        "resnet-last",
        Expectation(kappa**2 * inner(x, y) * inner(*last_terms), (W, a)),
        c_res**2 / H**2 * inner(x, y) * pair(dsigma, Q(x), inner(x, y), Q(y)),
        title="The last layer's Gram matrix: K^(H) = (c_res²/H²) K^(H−1) E σ′σ′",
        source="Definition 6.1",
        sample_on=DEPTHS,
        uses=("gram-last-resnet",),
    ),
    Identity(
        "conv-recursion",
        Expectation(
            inner(pixels_x[1] + kappa * act(patch(pixels_x, 1)), pixels_y[1] + kappa * act(patch(pixels_y, 1))),
            filters,
        ),
        _conv_step(1, 1),
        title="A convolutional residual layer, inside the image: pixels of equal offset are paired",
        source="Definition 7.1",
        sample_on=DEPTHS,
    ),
    Identity(
        "conv-recursion-border",
        Expectation(
            inner(pixels_x[0] + kappa * act(patch(pixels_x, 0)), pixels_y[1] + kappa * act(patch(pixels_y, 1))),
            filters,
        ),
        _conv_step(0, 1),
        title="The same where the padding cuts one patch: offsets outside of either image drop out",
        source="Definition 7.1; the convention is ours, a plain trace is not defined there",
        sample_on=DEPTHS,
    ),
    Identity(
        "conv-mean",
        Expectation(mean(pixels_x[1] + kappa * act(patch(pixels_x, 1))), filters),
        mean(pixels_x[1]) + c_res / H * single(sigma, patch_inner(pixels_x, pixels_x, 1, 1)),
        title="b of a pixel after a convolutional residual layer",
        source="Definition 7.1",
        sample_on=DEPTHS,
    ),
    Identity(
        "conv-last",
        Expectation(_conv_gradients(), (*filters, *outputs)),
        _conv_last(),
        title="The last layer's Gram matrix: pairs of equal pixels, since the output weights are independent",
        source="Definition 7.1; for p = 2 pixels",
        sample_on=DEPTHS,
    ),
    Constant(
        "opposite-inputs",
        (single(lambda t: sigmoid(t) ** 2, S.One) - single(lambda t: sigmoid(t) * sigmoid(-t), S.One))
        / single(lambda t: softplus(t) ** 2, S.One),
        enclosure=(Rational("0.0940"), Rational("0.0950")),
        title="H = 1, softplus: the least eigenvalue of the Gram matrix of x and −x",
        source="Propositions F.1, F.2 exclude parallel inputs; derived here for opposite ones",
    ),
)
