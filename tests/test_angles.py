"""A correlation cos φ is read as the angle φ only where φ lies between 0 and π."""

import pytest
from mpmath import mp
from sympy import Interval, Symbol, cos, pi, sin, symbols

from checks.running.runner import check
from checks.verdicts import Verdict
from derivations import Identity, Paper
from derivations.domains import Domain
from derivations.gaussian import Expectation, relu
from derivations.proofs.equality import unfold
from numerics.values.evaluate import evaluate

p, (u, v) = Symbol("p", real=True), symbols("u v", real=True)


def kernel(angle):
    return Expectation(relu(u) * relu(v), (u, v), [[1, cos(angle)], [cos(angle), 1]])


@pytest.mark.parametrize(
    ("angle", "reach", "verdict"),
    [
        (p, (0, pi), Verdict.VERIFIED),
        (p, (0, 2 * pi), Verdict.REFUTED),
        (p, (-1, 1), Verdict.REFUTED),
        (2 * p, (0, pi / 2), Verdict.VERIFIED),
        (2 * p, (0, pi), Verdict.REFUTED),
    ],
)
def test_the_kernel_holds_where_its_angle_is_one(angle, reach, verdict):
    claim = Identity("kernel", kernel(angle), ((pi - angle) * cos(angle) + sin(angle)) / (2 * pi), on={p: reach})
    result = check(Paper("angles", statements=(claim,)).statements[0], readings=[])
    assert result.verdict is verdict
    symbolic = next(e for e in result.evidence if e.method == "symbolic")
    assert (symbolic.verdict is Verdict.VERIFIED) == (verdict is Verdict.VERIFIED)


@pytest.mark.parametrize("turn", [0.3, 2.0, 4.0, 6.0, -2.5])
def test_closed_forms_hold_for_every_angle(turn):
    closed = unfold(kernel(p), Domain({p: Interval(-10, 10)}))
    with mp.workdps(20):
        assert abs(evaluate(closed, {p: turn}, "mpmath") - evaluate(kernel(p), {p: turn}, "mpmath")) < 1e-10
