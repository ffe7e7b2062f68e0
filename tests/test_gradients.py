"""Gradients as people write them, each against torch's autograd or a value known otherwise."""

import numpy as np
import pytest
import sympy as sp
import torch

from checks.running.runner import Options, check
from checks.verdicts import Verdict
from derivations import Gradient, elementwise, gradient, hessian, inner, jacobian, jvp, norm, norm_squared, vector
from derivations.calculus.differentials import NotAVariable
from derivations.calculus.layers import layer_norm, logsumexp, softmax
from numerics.errors import EvaluationError
from numerics.values.evaluate import evaluate

n, m = sp.symbols("n m", integer=True, positive=True)
x, a = vector("x", n), vector("a", n)
X, A = sp.MatrixSymbol("X", n, n), sp.MatrixSymbol("A", n, n)
t, u = sp.Symbol("t"), sp.Symbol("u", real=True)
i = sp.Symbol("i", integer=True)
RNG = np.random.default_rng(5)
VALUES = {
    x: RNG.normal(size=3),
    a: RNG.normal(size=3),
    X: RNG.normal(size=(3, 3)),
    A: RNG.normal(size=(3, 3)),
    t: 0.3,
    n: 3,
}
F = torch.nn.functional


@pytest.mark.parametrize(
    ("expr", "wrt", "function"),
    [
        (inner(a, elementwise(lambda s: s / norm(x), x)), x, lambda v: v[a] @ (v[x] / v[x].norm())),
        (inner(a, softmax(x)), x, lambda v: v[a] @ F.softmax(v[x], 0)),
        (-inner(a, elementwise(sp.log, softmax(x))), x, lambda v: -v[a] @ F.log_softmax(v[x], 0)),
        (logsumexp(X * x), x, lambda v: torch.logsumexp(v[X] @ v[x], 0)),
        (inner(a, layer_norm(x, sp.Rational(1, 10))), x, lambda v: v[a] @ F.layer_norm(v[x], (3,), eps=0.1)),
        (inner(a, elementwise(lambda s: inner(a, elementwise(lambda r: sp.sin(r * s), x)), x)), x,
         lambda v: v[a] @ (torch.sin(v[x][:, None] * v[x]) @ v[a])),
        (sp.Trace((A + t * X) * A), t, lambda v: ((v[A] + v[t] * v[X]) @ v[A]).trace()),
        (inner(a, sp.Inverse(A + t * X) * a), t, lambda v: v[a] @ torch.linalg.solve(v[A] + v[t] * v[X], v[a])),
        (sp.log(sp.Abs(sp.Determinant(A + t * X))), t, lambda v: torch.linalg.slogdet(v[A] + v[t] * v[X])[1]),
        (sp.log(sp.Abs(sp.Determinant(X))), X, lambda v: torch.linalg.slogdet(v[X])[1]),
        (sp.Trace((x.T * x) ** sp.Rational(1, 2)), x, lambda v: v[x].norm()),
        (x.T * A * x, x, lambda v: v[x] @ v[A] @ v[x]),
        ((x.T * A * x)[0, 0], A, lambda v: v[x] @ v[A] @ v[x]),
        (sp.Sum(x[i, 0] ** 2, (i, 0, n - 1)), x, lambda v: v[x] @ v[x]),
        (inner(a, sp.HadamardPower(x, 3)), x, lambda v: v[a] @ v[x] ** 3),
        (norm_squared(X * x), X[0, 1], lambda v: (v[X] @ v[x]) @ (v[X] @ v[x])),
        (sp.Heaviside(inner(a, x)) * inner(a, x), x, lambda v: torch.relu(v[a] @ v[x])),
    ],
)  # fmt: skip
def test_gradients_are_those_of_autograd(expr: sp.Expr, wrt: sp.Expr, function) -> None:  # type: ignore[no-untyped-def]
    leaves = {s: torch.tensor(v, dtype=torch.float64, requires_grad=True) for s, v in VALUES.items() if s != n}
    base = wrt if wrt in leaves else wrt.args[0]
    (right,) = torch.autograd.grad(function(leaves), leaves[base])
    right = right if wrt in leaves else right[0, 1]
    found = evaluate(gradient(expr, wrt), VALUES, "mpmath")
    assert np.allclose(np.array(found.tolist() if hasattr(found, "rows") else found, float).reshape(right.shape), right)


def test_indices_do_not_escape() -> None:
    assert gradient(sp.Sum(sp.Trace(i * X), (i, 1, 3)), X) == 6 * sp.Identity(n)
    assert gradient(sp.Integral(norm_squared(u * x), (u, 0, 1)), x) == sp.Rational(2, 3) * x
    assert gradient(sp.Sum(i * norm_squared(x), (i, 1, i), (i, 1, 2)), x) == 8 * x
    for expr, wrt in (((x.T * A * x)[0, 0], x), (sp.Sum(i * x[i, 0], (i, 0, n - 1)), x)):
        assert gradient(expr, wrt).free_symbols <= expr.free_symbols | {n}


def test_what_is_no_variable_is_refused() -> None:
    for wrt in ("x", x + a, sp.Symbol("x"), vector("x", m), 2):
        with pytest.raises(NotAVariable):
            gradient(norm_squared(x), wrt)
    with pytest.raises(NotAVariable, match="assumptions"):
        gradient(t * norm_squared(x), sp.Symbol("t", real=True))


def test_second_derivatives_and_directions() -> None:
    assert hessian(inner(x, A * x), x) == A + A.T
    values = {k: torch.tensor(v, dtype=torch.float64) for k, v in VALUES.items() if k in (x, a)}
    right = torch.autograd.functional.hessian(lambda z: torch.logsumexp(z, 0) * (z @ z), values[x])
    assert np.allclose(evaluate(hessian(logsumexp(x) * norm_squared(x), x), VALUES), right)
    right = torch.autograd.functional.jacobian(lambda z: F.softmax(z, 0), values[x])
    assert np.allclose(evaluate(jacobian(softmax(x), x), VALUES), right)
    assert np.allclose(evaluate(jvp(softmax(x), x, a), VALUES), right @ values[a])


@pytest.mark.parametrize("backend", ["numpy", "torch", "mpmath"])
def test_powers_of_matrices_are_real_powers(backend: str) -> None:
    p = sp.Symbol("p", real=True)
    root = RNG.normal(size=(3, 3))
    positive = root @ root.T + np.eye(3)
    as_given = torch.tensor(positive) if backend == "torch" else positive

    def power(exponent: sp.Expr, base: object = as_given, **more: float) -> np.ndarray:
        found = evaluate(
            sp.MatPow(X, exponent), {X: base, **{sp.Symbol(k, real=True): v for k, v in more.items()}}, backend
        )
        return np.array(found.tolist(), float)

    half = power(sp.Rational(1, 2))
    assert np.allclose(half @ half, positive)
    assert np.allclose(power(sp.Rational(-3, 2)) @ half @ half @ half, np.eye(3))
    assert np.allclose(power(p, p=0.25) @ power(p, p=0.75), positive)
    assert np.allclose(power(p, p=2.0), positive @ positive)
    assert np.allclose(power(sp.S.Zero), np.eye(3))
    for base in (-np.eye(3), np.diag([-1.0, 2.0, 3.0]) + np.eye(3, k=1)):
        with pytest.raises(EvaluationError, match="no real"):
            power(sp.Rational(1, 2), torch.tensor(base) if backend == "torch" else base)


def test_singular_sizes_ask_for_a_condition_in_words() -> None:
    R = sp.MatrixSymbol("R", m, n)
    for expr in (sp.log(sp.Determinant(R.T * R)), sp.Trace(sp.Inverse(R.T * R))):
        with pytest.raises(EvaluationError, match="where=m >= n"):
            evaluate(expr, {R: np.ones((2, 3))})
    with pytest.raises(EvaluationError, match="for 1 < n = 3: the domain needs where=1 >= n"):
        evaluate(sp.log(sp.Determinant(x * a.T)), {x: np.ones(3), a: np.ones(3)})


def test_a_statement_without_the_condition_on_its_sizes_is_undecided_in_words() -> None:
    R = sp.MatrixSymbol("R", m, n)
    of, equals = sp.log(sp.Determinant(R.T * R)), 2 * R * sp.Inverse(R.T * R)

    def model(R: torch.Tensor) -> torch.Tensor:
        return torch.logdet(R.transpose(-1, -2) @ R)

    found = check(Gradient("c", R, equals, of=of, model=model), Options(), ())
    assert found.verdict is Verdict.UNDECIDED
    assert "where=m >= n" in found.reason
    assert check(Gradient("c", R, equals, of=of, model=model, where=m >= n), Options(), ()).verdict is Verdict.VERIFIED
    wrong = Gradient("c", R, equals * sp.Rational(101, 100), of=of, model=model, where=m >= n)
    assert check(wrong, Options(), ()).verdict is Verdict.REFUTED
    bare = check(Gradient("c", R, -2 * R * sp.Inverse(R.T * R) ** 2, of=sp.Trace(sp.Inverse(R.T * R))), Options(), ())
    assert bare.verdict is Verdict.UNDECIDED
    assert "where=m >= n" in bare.reason


def test_conditions_that_sympy_nests_are_read() -> None:
    p, q = sp.symbols("p q", real=True)
    for condition in (sp.ITE(p > q, p > 1, q > 2), sp.Xor(p > 1, q > 1), sp.Implies(p > 1, q > 1)):
        for at in ((0.5, 0.1), (1.5, 0.2), (0.3, 2.5), (3.0, 2.5)):
            right = bool(condition.subs({p: at[0], q: at[1]}))
            for backend in ("numpy", "torch", "mpmath"):
                found = evaluate(sp.Piecewise((1, condition), (2, True)), dict(zip((p, q), at, strict=True)), backend)
                assert float(found) == (1 if right else 2)
