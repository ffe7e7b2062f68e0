"""Rocq: terms and what they read back as, certificates, coqc's answers, and what must never be accepted."""

import json
import random
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from checks import cli
from checks.library.collect import collect, resolve
from checks.methods import rocq
from checks.rocq import coqc as coqc_module
from checks.rocq import records
from checks.rocq.certificates import certificate, where_attained
from checks.rocq.coqc import NoCoqc, Outcome, Proofs, Source, assumptions_in, find, harmless, prove_all
from checks.rocq.readback import Differs, Undefined, Unread, compare, read
from checks.rocq.records import written
from checks.studies.mutants import mutants
from checks.verdicts import Verdict
from derivations import Bound, Gradient, Identity, inner, norm_squared, vector
from derivations.domains import UnitVectors
from derivations.proofs.sign_proofs import SignProof
from derivations.reasons import Reason
from derivations.rocq.terms import Names, Untranslatable, identifier, term
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
    return Proofs(Path("/nonexistent/never/there.json"))


# Terms

numbers = st.integers(-6, 6).map(sp.Integer) | st.tuples(st.integers(-9, 9), st.integers(1, 9)).map(
    lambda p: sp.Rational(*p)
)
leaves = numbers | st.sampled_from([x, y, sp.pi, sp.sqrt(2), sp.E])
unary = st.sampled_from([sp.sin, sp.cos, sp.exp, sp.atan, sp.tanh, sp.Abs, lambda e: sp.sqrt(1 + e**2), lambda e: -e])


def compound(children: st.SearchStrategy) -> st.SearchStrategy:
    return (
        st.tuples(children, children).map(lambda p: p[0] + p[1])
        | st.tuples(children, children).map(lambda p: p[0] * p[1])
        | st.tuples(children, children).map(lambda p: p[0] / (1 + p[1] ** 2))
        | st.tuples(children, st.integers(2, 3)).map(lambda p: p[0] ** p[1])
        | st.tuples(unary, children).map(lambda p: p[0](p[1]))
    )


@settings(max_examples=150)
@given(st.recursive(leaves, compound, max_leaves=8))
def test_a_printed_term_reads_back_with_the_same_value(expr: sp.Expr) -> None:
    names = Names({x: "x", y: "y"})
    point = {x: sp.Rational(7, 5), y: sp.Rational(-3, 4)}
    meant = sp.N(expr.xreplace(point), 40)
    if not (meant.is_Float or meant.is_Integer) or abs(meant) > 1e20 or abs(meant) < 1e-20:
        return
    with mp.workdps(40):
        got = read(term(expr, names), {"x": mp.mpf(7) / 5, "y": -mp.mpf(3) / 4})
        assert abs(got - mp.mpf(str(meant))) <= abs(got) * mp.mpf(10) ** -30


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("- x ^ 2", -4),  # as in Coq: − binds less than ^
        ("2 * x / 4 * 3", 3),
        ("1 - 2 - 3", -4),
        ("/ x ^ 2", 0.25),
        ("sqrt (x + 2) ^ 3", 8),
        ("2 ^ x ^ 2", 16),
        ("dot (vscal 2 v) (vplus v v)", 20),
        ("Derive (fun z : R => z ^ 3) x", 12),
    ],
)
def test_the_reader_knows_the_precedences(text: str, value: float) -> None:
    assert read(text, {"x": mp.mpf(2), "v": [mp.mpf(1), mp.mpf(2)]}) == value


@pytest.mark.parametrize("text", ["foo x", "1 +", "x x", "(x", "$"])
def test_what_is_no_term_is_not_read(text: str) -> None:
    with pytest.raises(Unread):
        read(text, {"x": mp.mpf(2)})


@pytest.mark.parametrize("text", ["1 / (x - x)", "ln (- 1)", "sqrt (- 1)", "acos x", "Rpower (- x) (1 / 3)"])
def test_conventions_of_rocq_are_no_values(text: str) -> None:
    with pytest.raises(Undefined):
        read(text, {"x": mp.mpf(2)})


def test_a_statement_that_is_not_defined_everywhere_is_not_proved() -> None:
    """Rocq has ln x = 0 for x < 0 and 1/0 = 0: its theorems about these say nothing about logarithms."""
    squared = Identity("log", (sp.log(x) + 1) ** 2, sp.log(x) ** 2 + 2 * sp.log(x) + 1, on={x: (-3, 3)})
    assert "not defined" in written(squared).problem


def test_a_domain_without_points_proves_nothing() -> None:
    empty = Bound("empty", x, y - 5, where=(x >= y + 1, y >= x + 1))
    assert written(empty).text == ""


def test_names_are_rocq_names_and_never_taken_twice() -> None:
    taken: set[str] = set()
    for name in ("a*", "ell_+", "lambda", "R", "S", "fun", "W^(1)", "a_{l+1}", "x'", "ε", "1x", "dot", "PI"):
        made = identifier(name, taken)
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_']*", made), made
        assert made not in taken
        taken.add(made)


def test_a_mistranslation_is_an_error_and_not_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    from derivations.rocq import terms

    monkeypatch.setitem(terms.FUNCTIONS, sp.sin, "cos")
    record = written(Identity("wrong", sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x)))
    assert "reads back" in record.wrong
    assert rocq.evidence(record).verdict is Verdict.ERROR


def test_terms_of_hypotheses_are_read_back_too() -> None:
    statement = resolve(collect(["liu2019.dissipativity-w"])[0])
    theorem = theorem_of(statement, certificate, where_attained)
    assert any("dot a a_star" in r.text for r in theorem.context.readings)
    assert compare(theorem, statement) >= 8
    broken = replace(theorem.goals[0].readings[0], text="1 + " + theorem.goals[0].readings[0].text)
    goals = (replace(theorem.goals[0], readings=(broken,)),)
    with pytest.raises(Differs):
        compare(replace(theorem, goals=goals), statement)


def test_a_term_that_is_never_evaluated_is_not_believed() -> None:
    """One side that reads back says nothing of another that the reader does not know."""
    statement = Identity("square", (x + 1) ** 2, x**2 + 2 * x + 1)
    theorem = theorem_of(statement, certificate, where_attained)
    left, right = theorem.goals[0].readings
    goal = replace(theorem.goals[0], readings=(left, replace(right, text="mystery x")))
    with pytest.raises(Unread, match="mystery"):
        compare(replace(theorem, goals=(goal,)), statement)


def test_bodies_of_derivatives_and_ends_of_extrema_are_read_back() -> None:
    first = theorem_of(resolve(collect(["macdonald2023.en-first"])[0]), certificate, where_attained)
    assert any("w / sqrt" in r.text for r in first.readings)
    gradient = theorem_of(resolve(collect(["macdonald2023.wn-potential"])[0]), certificate, where_attained)
    assert any("vscal t h" in r.text for r in gradient.readings)
    extremum = theorem_of(resolve(collect(["du2018.lipschitz-sigmoid"])[0]), certificate, where_attained)
    assert any(r.text == "(1 / 4)" for r in extremum.readings)


def test_what_a_busy_machine_refused_is_asked_again(tmp_path: Path) -> None:
    for message, reason in (
        ("coqc at line 3, `low.`: no answer in 30 s", Reason.BUDGET),
        ("not done after 400 s", Reason.BUDGET),
        ("coqc ended with -9", Reason.UNCONFIRMED),
    ):
        assert not Outcome(False, message, (), 1.0, reason).definite
    assert Outcome(False, "coqc at line 3, `low.`: No applicable tactic.", (), 1.0, Reason.NO_PROOF).definite


# What cannot be written


def test_the_node_without_translation_is_named() -> None:
    record = written(resolve(collect(["liu2019.kernel"])[0]))
    assert record.problem.startswith("no translation of Expectation")
    with pytest.raises(Untranslatable, match="Mod"):
        term(sp.Mod(x, 2), Names({x: "x"}))
    assert "gamma" in written(Identity("g", sp.gamma(x + 1), x * sp.gamma(x), on={x: sp.Interval(1, 2)})).problem


def test_a_false_bound_has_no_certificate() -> None:
    record = written(Bound("false", x, x**2))
    assert record.text == ""
    assert "no certificate" in record.problem


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
    monkeypatch.setattr(coqc_module, "SENTENCE_SECONDS", 3)
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
    assert "no answer in 6 s" in found["slow"].message
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
    return theorem_of(statement, lambda f, s: (SignProof(sp.S.One, "", (), "known"), {}), where_attained).proposition()


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


def test_a_statement_nobody_tried_has_no_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    statement = resolve(collect(["macdonald2023.ce-diagonal"])[0])
    assert rocq.recorded(statement) is None
    assert not rocq.applies(statement, ())
    store = records.Records()
    refused = replace(written(statement), outcome=Outcome(False, "no", (), 0.1))
    store.put([(statement, refused)])
    (found,) = rocq.run(statement, (), None)
    assert found.verdict is Verdict.UNDECIDED
    assert not found.reachable
    other = replace(statement, rhs=sp.Rational(51, 100))
    assert rocq.recorded(other) is None


def test_a_damaged_store_is_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".lemmata").mkdir()
    (tmp_path / ".lemmata" / "memory.sqlite").write_text("[1, 2")
    assert rocq.recorded(resolve(collect(["macdonald2023.ce-diagonal"])[0])) is None


def test_the_folder_must_be_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("sys.argv", ["lemmata", "prove", "macdonald2023.en-first", "-o", "file"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
