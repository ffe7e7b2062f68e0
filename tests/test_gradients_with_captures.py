"""Gradients of softmax, layer norm, L2 normalisation and cross-entropy: the true ones verified, mutants refuted."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
import torch

from checks.running.runner import Options, check
from checks.verdicts import Verdict
from derivations import Gradient, elementwise, gradient, inner, logsumexp, norm, norm_squared, ones, softmax, vector
from derivations.calculus.layers import layer_norm

n = sp.Symbol("n", integer=True, positive=True)
x, a, b = vector("x", n), vector("a", n), vector("b", n)
t = sp.Symbol("t", positive=True)
eps = sp.Rational(1, 10)
p, r = softmax(x), norm(x)
had = sp.HadamardProduct
hot = elementwise(lambda s: s / (1 + sp.exp(t * inner(a, x))), x)
CASES: dict[str, tuple[Any, Any, Any, Any]] = {
    # of, the true gradient, a part of it that comes from what the lambda captures, and the model
    "softmax": (inner(a, p), had(a, p) - inner(a, p) * p, -inner(a, p) * p,
                lambda a, x: (a * torch.softmax(x, -1)).sum(-1)),
    "cross-entropy": (-inner(a, elementwise(sp.log, p)), inner(a, ones(n)) * p - a, inner(a, ones(n)) * p,
                      lambda a, x: -(a * torch.log_softmax(x, -1)).sum(-1)),
    "log-sum-exp": (logsumexp(x), p, p / 2, lambda x: torch.logsumexp(x, -1)),
    "L2": (inner(a, elementwise(lambda s: s / r, x)), a / r - inner(a, x) / r**3 * x, -inner(a, x) / r**3 * x,
           lambda a, x: (a * x / x.norm(dim=-1, keepdim=True)).sum(-1)),
    "L2-eps": (inner(a, elementwise(lambda s: s / sp.sqrt(norm_squared(x) + eps), x)),
               a / sp.sqrt(norm_squared(x) + eps) - inner(a, x) / (norm_squared(x) + eps) ** sp.Rational(3, 2) * x,
               -inner(a, x) / (norm_squared(x) + eps) ** sp.Rational(3, 2) * x,
               lambda a, x: (a * x).sum(-1) / (x.pow(2).sum(-1) + 0.1).sqrt()),
    "layer norm": (inner(a, layer_norm(x, eps)), gradient(inner(a, layer_norm(x, eps)), x),
                   gradient(inner(a, layer_norm(x, eps)), x)
                   - a / sp.sqrt(norm_squared(x - inner(ones(n), x) / n * ones(n)) / n + eps),
                   lambda a, x: (a * torch.nn.functional.layer_norm(x, x.shape[-1:], eps=0.1)).sum(-1)),
    "mean": (norm_squared(elementwise(lambda s: s - inner(ones(n), x) / n, x)),
             2 * x - 2 * inner(ones(n), x) / n * ones(n), -2 * inner(ones(n), x) / n * ones(n),
             lambda x: (x - x.mean(-1, keepdim=True)).pow(2).sum(-1)),
    "attention": (inner(b, had(a, p)), had(a, b, p) - inner(b, had(a, p)) * p, -inner(b, had(a, p)) * p,
                  lambda a, b, x: (a * b * torch.softmax(x, -1)).sum(-1)),
    "scaled": (inner(a, elementwise(lambda s: s * inner(b, x), x)), inner(b, x) * a + inner(a, x) * b,
               inner(a, x) * b, lambda a, b, x: (a * x).sum(-1) * (b * x).sum(-1)),
    "RMS": (inner(a, elementwise(lambda s: s / sp.sqrt(norm_squared(x) / n), x)),
            sp.sqrt(n) * (a / r - inner(a, x) / r**3 * x), -sp.sqrt(n) * inner(a, x) / r**3 * x,
            lambda a, x: (a * x).sum(-1) / x.pow(2).mean(-1).sqrt()),
}  # fmt: skip
MUTANTS = {
    "one per cent": lambda true, captured: sp.Rational(101, 100) * true,
    "sign": lambda true, captured: -true,
    "sign of the captured part": lambda true, captured: true - 2 * captured,
    "without the captured part": lambda true, captured: true - captured,
}


def _verdict(name: str, claim: Any) -> Any:
    of, _, _, model = CASES[name]
    return check(Gradient("claim", x, claim, of=of, model=model), Options(), ())


@pytest.mark.parametrize("name", CASES)
def test_true_gradients_are_verified_and_mutants_refuted(name: str) -> None:
    _, true, captured, _ = CASES[name]
    found = _verdict(name, true)
    assert found.verdict is Verdict.VERIFIED, [(e.method, e.verdict, e.detail) for e in found.evidence]
    for mutant, changed in MUTANTS.items():
        found = _verdict(name, changed(true, captured))
        told = [(e.method, e.verdict, e.detail) for e in found.evidence]
        assert found.verdict is Verdict.REFUTED, (mutant, told)
        assert not any(e.method == "symbolic" and e.verdict is Verdict.VERIFIED for e in found.evidence), (mutant, told)
