"""A paper of your own: an identity, bounds, a gradient with its model. Run: lemmata check examples/own_paper.py"""

from sympy import MatrixSymbol, Rational, Symbol, exp, log, symbols, tanh

from derivations import Bound, Gradient, Identity, Paper, inner, vector

x = Symbol("x", real=True)
n, d = symbols("n d", integer=True, positive=True)
X, w, y = MatrixSymbol("X", n, d), vector("w", d), vector("y", n)

paper = Paper(
    "mypaper",
    statements=(
        Identity("softplus", log(1 + exp(x)) - log(1 + exp(-x)), x),
        Bound("smoothness", exp(-x) / (1 + exp(-x)) ** 2, Rational(1, 4), sharp_at={x: 0}),
        Bound("tanh", tanh(x), x, on={x: (0, 5)}),
        Gradient(
            "least-squares", w, X.T * (X * w - y), of=inner(X * w - y, X * w - y) / 2,
            model=lambda X, w, y: ((X @ w - y) ** 2).sum() / 2,
        ),
    ),
)  # fmt: skip
