"""What `lemmata prove` says where there is no proof: the piece, the tactic, why, and what a user can do."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import Interval, Rational, Symbol, erfc, exp, log, oo, tanh

from checks.rocq.coqc import NoCoqc, Source, find, prove_all
from checks.rocq.records import Record, written
from checks.rocq.refusals import ADVICE, advised, piece, refused, tactic_of
from derivations import Bound, sigmoid
from derivations.outcomes.reasons import Reason

x = Symbol("x", real=True)
n = Symbol("n", integer=True, positive=True)
PROOF = """Theorem t :
  forall (x : R),
  0 <= x ^ 2 + x.
Proof.
  intros x.
  assert (G1 : 0 <= (x ^ 2 + x)).
  { assert (G2 : 0 <= x ^ 2).
    { low. }
    assert (G3 : 0 <= x).
    { within. }
    replace (x ^ 2 + x) with (x * (x + 1))
      by (first [ring | solve [field; side]]).
    low. }
  apply from_gap.
Qed.""".splitlines()


@pytest.mark.parametrize(
    ("line", "step", "claim", "kind"),
    [
        (7, "G2", "0 <= x ^ 2", "sign"),
        (9, "G3", "0 <= x", "range"),
        (11, "of rewriting", "x ^ 2 + x = x * (x + 1)", "equality"),
        (12, "G1", "0 <= (x ^ 2 + x)", "sign"),
        (13, "", "0 <= x ^ 2 + x", ""),
    ],
)
def test_the_piece_that_failed_is_named(line: int, step: str, claim: str, kind: str) -> None:
    assert piece(PROOF, line) == (step, claim)
    assert tactic_of(PROOF[line].strip())[1] == kind
    said = refused(PROOF, line, "No applicable tactic.")
    assert claim in said
    assert "No applicable tactic." in said
    assert kind == "" or said.endswith(ADVICE[kind])


def test_time_that_ran_out_is_said() -> None:
    assert "took too long by `low`" in refused(PROOF, 7, "no answer in 30 s", late=True)


def test_every_reason_names_what_to_do() -> None:
    assert "`lemmata check`" in advised("no translation of gamma: gamma(x)", Reason.OUTSIDE)
    assert advised("said", None) == "said"


def record(low: object, high: object, **on: object) -> Record:
    return written(Bound("mine", low, high, **on))  # type: ignore[arg-type]


def test_what_is_left_over_is_named_with_where_it_is_tight() -> None:
    open_ = record(sp.sqrt(2 - 2 * x), sp.acos(x), on={x: Interval(-1, 1)})
    assert open_.reason is Reason.NO_PROOF
    assert "tightest near x = " in open_.problem
    false = record(x, x**2, on={x: Interval.open(0, oo)})
    assert (false.reason, false.text) == (Reason.CONTRADICTED, "")
    assert "is false where x = " in false.problem


CLAIMS = {
    "power-in-its-exponent": (n**2, 2**n, sp.Range(4, oo), n),
    "inverse-power": (Rational(1, 2) ** n, 1 / (1 + n), sp.S.Naturals, n),
    "complementary-error-function": (erfc(x), 1, Interval(0, oo), x),
    "sigmoid-by-exponential": (sigmoid(x), exp(x), sp.S.Reals, x),
    "tanh-by-sigmoid": (tanh(x), 1 - 2 / (1 + exp(2 * x)), sp.S.Reals, x),
    "hyperbolic": (1, sp.cosh(x), sp.S.Reals, x),
    "entropy": (-x * log(x) - (1 - x) * log(1 - x), log(2), Interval.open(0, 1), x),
}
"""What the kernel takes since naturals, exponentials and logarithms of fractions are written as it wants them."""


def test_the_kernel_accepts_them_and_none_of_their_twins() -> None:
    try:
        coqc = find()
    except NoCoqc as error:
        pytest.skip(str(error))
    records = {k: written(Bound(k, low, high, on={s: r})) for k, (low, high, r, s) in CLAIMS.items()}
    assert [k for k, r in records.items() if not r.text] == []
    found = prove_all(coqc, [Source(k, f"m_{k.replace('-', '_')}", r.text) for k, r in records.items()], 1)
    assert [k for k, outcome in found.items() if not outcome.accepted] == []
    for k, (low, high, r, s) in CLAIMS.items():
        twin = written(Bound(k, low, Rational(999, 1000) * high, on={s: r}))
        assert k == "power-in-its-exponent" or not twin.text
