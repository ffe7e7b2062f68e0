"""Rocq: coqc's answers, and what must never be accepted."""

import json
import random
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import sympy as sp

from checks import cli
from checks.library.collect import collect, resolve
from checks.rocq import coqc as coqc_module
from checks.rocq.certificates import where_attained
from checks.rocq.coqc import NoCoqc, Outcome, Proofs, Source, assumptions_in, find, harmless, prove_all
from checks.rocq.records import written
from checks.studies.mutants import mutants
from checks.verdicts import Verdict
from derivations import Bound, Gradient, Identity, inner, norm_squared, vector
from derivations.domains import UnitVectors
from derivations.proofs.sign_proofs import SignProof
from derivations.rocq.inequalities import Certificate
from derivations.rocq.theorems import theorem_of
from derivations.statements import Statement

here = pytest.mark.skipif(
    shutil.which("coqc") is None, reason="no coqc here: apt-get install coq libcoq-interval libcoq-coquelicot"
)

x, y, t = sp.symbols("x y t", real=True)
phi = sp.Symbol("phi", real=True)
n = sp.Symbol("n", integer=True, positive=True)
a, b = vector("a", n), vector("b", n)


def answer(statement: Statement, **given: object) -> Outcome:
    """What coqc says of a statement's theorem, asked anew."""
    record = written(statement)
    assert not record.wrong, record.wrong
    if not record.text:
        return Outcome(False, record.problem, (), 0.0)
    return prove_all(find(), [record.source], 1, proofs=_forgetful())[statement.id]


def _forgetful() -> Proofs:
    return Proofs(Path("/dev/null/never.json"))


# coqc: missing, foreign, slow


def test_without_coqc_the_packages_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(coqc_module.shutil, "which", lambda name: None)
    with pytest.raises(NoCoqc, match="apt-get install"):
        find()
    monkeypatch.setattr("sys.argv", ["lemmata", "prove", "macdonald2023.en-first"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert "libcoq-interval" in said
    assert said.count("\n") == 1


def test_files_are_written_without_coqc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(coqc_module.shutil, "which", lambda name: None)
    monkeypatch.setattr("sys.argv", ["lemmata", "prove", "macdonald2023.en-first", "-o", "v"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    text = (tmp_path / "v" / "macdonald2023_en_first.v").read_text()
    assert stopped.value.code == 0
    assert "is_derive" in text
    assert "claimed:" in text
    assert (tmp_path / "v" / "Lemmata.v").exists()


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("Error: Cannot find a physical path bound to logical path matching suffix Interval.", "libcoq-interval"),
        ("Error: Unable to find Coquelicot", "libcoq-coquelicot"),
        ("Error: The reference foo was not found in the current environment.", "8.16"),
    ],
)
def test_a_coqc_that_cannot_read_the_library_says_why(
    said: str, wanted: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "coqc"
    version = "The Coq Proof Assistant, version 8.99.1"
    asked = f"if [ \"$1\" = --version ]; then echo '{version}'; exit 0; fi"
    fake.write_text(f"#!/bin/sh\n{asked}\necho '{said}' >&2; exit 1\n")
    fake.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(coqc_module.shutil, "which", lambda name: str(fake))
    with pytest.raises(NoCoqc, match=wanted):
        find()


def test_a_coqc_that_did_not_answer_once_is_asked_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "coqc"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(coqc_module.shutil, "which", lambda name: str(fake))
    assert coqc_module.version() is None
    fake.write_text("#!/bin/sh\necho 'The Coq Proof Assistant, version 8.99.1'\n")
    assert coqc_module.version() == "8.99.1"


def test_only_the_axioms_of_the_reals_are_harmless() -> None:
    listed = """Axioms:
ClassicalDedekindReals.sig_not_dec : forall P : Prop, {~ ~ P} + {~ P}
FunctionalExtensionality.functional_extensionality_dep
  : forall (A : Type) (B : A -> Type) (f g : forall x : A, B x),
    (forall x : A, f x = g x) -> f = g
FloatAxioms.add_spec
PrimFloat.add : PrimFloat.float -> PrimFloat.float -> PrimFloat.float
m_x.cheat : 0 = 1
classic : 0 = 1
"""
    found = assumptions_in(listed)
    assert "FloatAxioms.add_spec" in found
    assert "m_x.cheat" in found
    assert [f for f in found if not harmless(f)] == ["m_x.cheat", "classic"]


@here
def test_what_assumes_something_is_not_a_proof() -> None:
    cheats = [
        Source("admitted", "m1", "Theorem a :\n  0 = 1.\nProof. Admitted.\n"),
        Source("axiom", "m2", "Axiom c : 0 = 1.\nTheorem a :\n  0 = 1.\nProof. exact c. Qed.\n"),
        Source("unfinished", "m3", "Theorem a :\n  0 = 1.\nProof.\nQed.\n"),
        Source("nothing", "m6", "Lemma a :\n  0 = 0.\nProof. reflexivity. Qed.\n"),
        Source("good", "m4", "Theorem a :\n  1 = 1.\nProof. reflexivity. Qed.\n"),
        Source("context", "m5", "Context (c : 0 = 1).\nTheorem a :\n  0 = 1.\nProof. exact c. Qed.\n"),
    ]
    found = prove_all(find(), cheats, 1, proofs=_forgetful())
    assert {k for k, o in found.items() if o.accepted} == {"good"}


@here
def test_a_slow_proof_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coqc_module, "SENTENCE_SECONDS", 1)
    monkeypatch.setattr(coqc_module, "PATIENCE", 2)  # alone it gets twice the time
    sources = [
        Source("one", "m1", "Theorem a :\n  1 = 1.\nProof. reflexivity. Qed.\n"),
        Source("slow", "m2", "Theorem a :\n  1 = 1.\nProof.\ndo 1000000000 idtac.\nreflexivity. Qed.\n"),
        Source("two", "m3", "Theorem a :\n  2 = 2.\nProof. reflexivity. Qed.\n"),
    ]
    found = prove_all(find(), sources, 1, proofs=_forgetful())
    assert found["one"].accepted
    assert found["two"].accepted
    assert not found["slow"].accepted
    assert "no answer in 2 s" in found["slow"].message
    assert not found["slow"].definite


@here
def test_an_answer_is_remembered_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source("one", "m1", "Theorem a :\n  1 = 1.\nProof. reflexivity. Qed.\n")
    path, coqc = tmp_path / "memory.sqlite", find()
    prove_all(coqc, [source], 1, proofs=Proofs(path))
    monkeypatch.setattr(coqc_module, "_batch", lambda *_: pytest.fail("asked again"))
    assert prove_all(coqc, [source], 1, proofs=Proofs(path))["one"].accepted
    changed = replace(source, text=source.text.replace("1 = 1", "2 = 2"))
    assert Proofs(path).get(Proofs(path).key(coqc, changed)) is None
    assert Proofs(path, again=True).get(Proofs(path).key(coqc, source)) is None
    path.write_text("{ damaged")
    assert Proofs(path).get(Proofs(path).key(coqc, source)) is None


# True and nearly true

unit = UnitVectors()
TRUE = [
    Identity("double-angle", sp.Derivative(sp.sin(x) ** 2, x), 2 * sp.sin(x) * sp.cos(x)),
    Identity("polarisation", norm_squared(a + b) - norm_squared(a - b), 4 * inner(a, b)),
    Gradient("least-squares", a, 2 * (a - b), of=norm_squared(a - b)),
    Bound("cauchy-schwarz", inner(a, b) ** 2, norm_squared(a) * norm_squared(b)),
    Bound("logistic", sp.exp(-x) / (1 + sp.exp(-x)) ** 2, sp.Rational(1, 4), sharp_at={x: 0}),
    Bound("am-gm", x * y, (x**2 + y**2) / 2),
    Bound("cosine", 1 - phi**2 / 2, sp.cos(phi), on={phi: (0, 1)}, sharp_at={phi: 0}),
    Bound("arctan", sp.atan(x), x, on={x: sp.Interval(0, sp.oo)}, sharp_at={x: 0}),
    Bound("entropy", sp.log(x), x - 1, on={x: sp.Interval.open(0, sp.oo)}, sharp_at={x: 1}),
    Bound("bernoulli", 1 + n * x, (1 + x) ** n, on={x: sp.Interval(0, sp.oo)}),
]
FALSE = [
    Identity("double-angle", sp.Derivative(sp.sin(x) ** 2, x), 2 * sp.sin(x) * sp.cos(x) + sp.Rational(1, 10**9)),
    Identity("polarisation", norm_squared(a + b) - norm_squared(a - b), sp.Rational(401, 100) * inner(a, b)),
    Gradient("least-squares", a, sp.Rational(199, 100) * (a - b), of=norm_squared(a - b)),
    Bound("cauchy-schwarz", inner(a, b) ** 2, sp.Rational(99, 100) * norm_squared(a) * norm_squared(b)),
    Bound("logistic", sp.exp(-x) / (1 + sp.exp(-x)) ** 2, sp.Rational(2499, 10000)),
    Bound("am-gm", x * y, (x**2 + y**2) * sp.Rational(499, 1000)),
    Bound("cosine", 1 - phi**2 * sp.Rational(499, 1000), sp.cos(phi), on={phi: (0, 1)}),
    Bound("arctan", sp.atan(x), x * sp.Rational(999, 1000), on={x: sp.Interval(0, sp.oo)}),
    Bound("entropy", sp.log(x), x - sp.Rational(1001, 1000), on={x: sp.Interval.open(0, sp.oo)}),
    Bound("bernoulli", 1 + n * x + x**2 / 1000, (1 + x) ** n, on={x: sp.Interval(0, sp.oo)}),
]


@here
@pytest.mark.parametrize("statement", TRUE, ids=lambda s: s.slug)
def test_true_statements_are_accepted(statement: Statement) -> None:
    outcome = answer(statement)
    assert outcome.accepted, outcome.message
    assert all(harmless(axiom) for axiom in outcome.assumptions)


@here
@pytest.mark.parametrize("statement", FALSE, ids=lambda s: s.slug)
def test_nearly_true_statements_are_not(statement: Statement) -> None:
    assert not answer(statement).accepted


@here
def test_a_proof_of_the_true_one_does_not_prove_the_nearly_true_one() -> None:
    """The claims of FALSE with the scripts of TRUE: a certificate is believed by nobody."""
    sources = []
    for true, false in zip(TRUE, FALSE, strict=True):
        record = written(true)
        claim = _claim_of(false)
        text = re.sub(
            r"(Theorem \S+ :\n).*?(\.\nProof\.)",
            lambda m, claim=claim: m[1] + "  " + claim + m[2],
            record.text,
            flags=re.S,
        )
        assert text != record.text
        sources.append(replace(record.source, text=text))
    found = prove_all(find(), sources, 2, proofs=_forgetful())
    assert len(found) == len(TRUE)
    assert not any(o.accepted for o in found.values())


def _claim_of(statement: Statement) -> str:
    """The proposition of a false statement, with whatever script."""
    return theorem_of(
        statement, lambda f, s: Certificate(SignProof(sp.S.One, "", (), "known"), {}), where_attained
    ).proposition()


@here
def test_mutants_of_the_library_fail_in_coqc_too() -> None:
    """A seeded sample of mutants of statements that the kernel accepts: no certificate, or coqc refuses."""
    rng = random.Random(11)
    ids = [
        "macdonald2023.en-first",
        "liu2019.gap-lower",
        "liu2019.sherman-morrison",
        "macdonald2023.wn-second",
        "du2018.contraction",
        "macdonald2023.skip",
        "liu2019.hessian-a-upper",
        "du2018.lipschitz-sigmoid",
    ]
    sources = []
    for id in ids:
        original = resolve(collect([id])[0])
        made = mutants(original)
        for number, mutant in enumerate(rng.sample(made, min(3, len(made)))):
            record = written(mutant.statement)
            if record.text:
                sources.append(replace(record.source, id=f"{id} {mutant.change}", module=f"m{len(sources)}_{number}"))
    found = prove_all(find(), sources, 2, proofs=_forgetful())
    accepted = [k for k, o in found.items() if o.accepted]
    for claim in accepted:  # a weaker bound is true: only search may say so
        id, change = claim.split(" ", 1)
        mutant = next(m for m in mutants(resolve(collect([id])[0])) if m.change == change)
        assert _is_true(mutant.statement), claim


def _is_true(statement: Statement) -> bool:
    from checks.running.runner import check

    return check(statement).verdict is not Verdict.REFUTED and isinstance(statement, Bound)


@here
def test_prove_tells_later_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ["prove", "macdonald2023.ce-diagonal"],
        ["check", "macdonald2023.ce-diagonal", "--json", "out.json"],
    ):
        monkeypatch.setattr("sys.argv", ["lemmata", *arguments])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        assert stopped.value.code == 0
    said = capsys.readouterr().out
    assert "2 * p * (1 - p) <= 1 / 2" in said
    (result,) = json.loads((tmp_path / "out.json").read_text())["statements"]
    assert result["assurance"] == "kernel"
    rocq_evidence = next(e for e in result["evidence"] if e["method"] == "rocq")
    assert "forall (p : R)" in rocq_evidence["data"]["theorem"]
