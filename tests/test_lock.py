"""The lock: what is recorded, what differs, and files that are none."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, Symbol, sqrt

from checks.errors import UsageError
from checks.lock.constant import DIGITS, HOW, Known, _down, _up
from checks.lock.lock import (
    Change,
    Lock,
    Locked,
    compare,
    expected,
    locked,
    patterns_of,
    read_lock,
    recorded,
    write_lock,
    written,
)
from checks.running.runner import check
from checks.verdicts import Assurance, Verdict
from derivations import Bound, Paper

x = Symbol("x", real=True)
SMOOTH = Paper(
    "mine",
    statements=(
        Bound("parabola", x * (1 - x), Rational(1, 4), on={x: (0, 1)}, sharp_at={x: Rational(1, 2)}),
        Bound("loose", x * (1 - x), Rational(1, 2), on={x: (0, 1)}),
    ),
)


def entry(id: str = "mine.lemma", **more: object) -> Locked:
    plain = Locked(id, "Bound", Verdict.VERIFIED, Assurance.ENCLOSED, "0123456789abcdef", "x ≤ 1")
    return replace(plain, **more)  # type: ignore[arg-type]


def lock(*entries: Locked, seed: int = 0) -> Lock:
    return Lock({e.id: e for e in entries}, seed, {"lemmata": "0.1.0"})


def changes(was: Locked, now: Locked, **options: bool) -> list[Change]:
    return compare(lock(was), lock(now), **options)


def test_what_is_recorded_of_a_bound() -> None:
    sharp, loose = (locked(s, check(s)) for s in SMOOTH.statements)
    assert sharp.verdict is Verdict.VERIFIED
    assert sharp.claim == "x·(1 - x) ≤ 1/4"
    assert sharp.constant == Known("factor", "1", "", "attained", 1.0, 1.0)
    assert loose.constant is not None
    assert (loose.constant.how, loose.constant.low, loose.constant.high) == ("met", 0.5, 1.0)
    assert "precision" in loose.tolerance


def test_a_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    constant = Known("c", "21/8", "3", "met", 2.624878, 2.625)
    made = lock(entry(), entry("a.b-2", constant=constant, tolerance={"precision": 1e-35, "sampling": 2.0}), seed=7)
    write_lock(tmp_path / "x.lock", made)
    assert read_lock(tmp_path / "x.lock") == made
    assert written(read_lock(tmp_path / "x.lock")) == (tmp_path / "x.lock").read_text(encoding="utf-8")


OLD = """\
# What `lemmata lock` recorded; `lemmata check --lock` compares with it. Written by lemmata: do not edit, lock again.

lock = 1
statements = 1
seed = 7
versions = { lemmata = "0.1.0" }

[a.b-2]
kind = "Bound"
verdict = "verified"
assurance = "enclosed"
expression = "0123456789abcdef"
claim = "x ≤ 1"
constant = { name = "c", stated = "21/8", printed = "3", met = [2.624878, 2.625] }
tolerance = { precision = 1e-35, sampling = 2.0 }
"""


def test_a_lock_with_tables_on_one_line_is_read_as_before(tmp_path: Path) -> None:
    (tmp_path / "old.lock").write_text(OLD, encoding="utf-8")
    constant = Known("c", "21/8", "3", "met", 2.624878, 2.625)
    made = lock(entry("a.b-2", constant=constant, tolerance={"precision": 1e-35, "sampling": 2.0}), seed=7)
    assert read_lock(tmp_path / "old.lock") == made
    assert tomllib.loads(written(made)) == tomllib.loads(OLD)
    assert written(made).startswith(OLD.splitlines()[0])


def test_the_lock_of_this_repository_is_as_it_would_be_written() -> None:
    path = Path(__file__).parent.parent / "lemmata.lock"
    assert written(read_lock(path)) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("key", ["lock", "statements", "seed", "versions"])
def test_a_paper_with_the_name_of_an_entry_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match=f"'{key}'.*rename"):
        written(lock(entry(f"{key}.lemma")))


def test_any_letters_are_read_back(tmp_path: Path) -> None:
    made = lock(entry("a.b.c", claim="\u2028=======\x85<<<<<<< \"\\'\r\n\t\x00\x7f"), entry("ü.b c"))
    write_lock(tmp_path / "x.lock", made)
    assert read_lock(tmp_path / "x.lock") == made


def test_a_lock_is_sorted_and_the_same_for_the_same_content() -> None:
    a, b = entry("a.x"), entry("b.x")
    assert written(lock(a, b)) == written(lock(b, a))
    assert written(lock(b, a)).index("[a.x]") < written(lock(b, a)).index("[b.x]")


TEXTS = st.text(max_size=30)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
CONSTANTS = st.builds(
    lambda name, stated, printed, how, a, b: Known(name, stated, printed, how, min(a, b), max(a, b)),
    TEXTS,
    TEXTS,
    TEXTS,
    st.sampled_from(HOW),
    NUMBERS,
    NUMBERS,
)
ENTRIES = st.builds(
    Locked,
    st.from_regex(r"[a-z][a-z0-9_]{0,5}\.[A-Za-z0-9]{1,5}(-[a-z]{1,3})?", fullmatch=True),
    TEXTS,
    st.sampled_from(list(Verdict)),
    st.sampled_from(list(Assurance)),
    TEXTS,
    TEXTS,
    st.none() | CONSTANTS,
    st.dictionaries(st.sampled_from(("precision", "sampling")), NUMBERS, max_size=2),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(ENTRIES, max_size=5))
def test_any_content_is_read_back(tmp_path_factory: pytest.TempPathFactory, entries: list[Locked]) -> None:
    path = tmp_path_factory.mktemp("locks") / "any.lock"
    made = lock(*entries)
    write_lock(path, made)
    assert read_lock(path) == made


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: ("lock = 1\n" + t).encode("utf-8", "ignore")))
def test_any_file_is_a_lock_or_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("locks") / "any.lock"
    path.write_bytes(data)
    said = ""
    try:
        read_lock(path)
    except UsageError as error:
        said = str(error)
    assert not said or (str(path) in said and "\n" not in said)


def test_nothing_differs() -> None:
    assert changes(entry(), entry()) == []


@pytest.mark.parametrize(
    ("was", "now", "what", "regression"),
    [
        ({}, {"assurance": Assurance.SYMBOLIC}, "assurance", True),
        ({}, {"assurance": Assurance.KERNEL}, "assurance", False),
        ({}, {"verdict": Verdict.REFUTED, "assurance": Assurance.NONE}, "verdict", True),
        ({"verdict": Verdict.UNDECIDED}, {}, "verdict", False),
        ({}, {"verdict": Verdict.MEASURED, "assurance": Assurance.MEASURED}, "verdict", True),
        ({}, {"expression": "fedcba9876543210", "claim": "x ≤ 2"}, "expression", True),
        ({}, {"kind": "Identity"}, "kind", True),
        ({"constant": Known("c", "1/4")}, {"constant": Known("c", "1/8")}, "constant", True),
        ({"constant": Known("c", "1/4", "1/8")}, {"constant": Known("c", "1/4")}, "printed constant", True),
        ({"constant": Known("c", "1/4")}, {}, "constant", True),
        (
            {"constant": Known("c", "1", "", "attained", 1.0, 1.0)},
            {"constant": Known("c", "1", "", "met", 0.5, 1.0)},
            "constant",
            True,
        ),
        (
            {"constant": Known("e", "-1/2", "", "measured", -0.6, -0.4)},
            {"constant": Known("e", "-1/2", "", "measured", -0.3, -0.1)},
            "constant",
            True,
        ),
        ({"tolerance": {"precision": 1e-35}}, {"tolerance": {"precision": 1e-11}}, "tolerance of precision", True),
        ({"tolerance": {"precision": 1e-35}}, {}, "tolerance of precision", True),
    ],
)
def test_each_difference_is_told(was: dict[str, object], now: dict[str, object], what: str, regression: bool) -> None:
    (found,) = changes(entry(**was), entry(**now))
    assert (found.what, found.regression) == (what, regression)
    assert found.was != found.now


def test_what_does_not_differ() -> None:
    overlapping = ((-0.6, -0.4), (-0.55, -0.35))
    a, b = (entry(constant=Known("e", "-1/2", "", "measured", *ends)) for ends in overlapping)
    assert changes(a, b) == []
    fine, coarse = (entry(tolerance={"sampling": t}) for t in (1e-3, 7e-2))
    assert compare(lock(fine, seed=0), lock(coarse, seed=1)) == []  # other points of the domain
    assert [c.what for c in compare(lock(fine), lock(coarse))] == ["tolerance of sampling"]


def test_one_broken_constant_is_not_told_five_times() -> None:
    was = entry(constant=Known("c", "1/4", "", "attained", 0.25, 0.25), tolerance={"precision": 1e-35})
    now = entry(
        verdict=Verdict.REFUTED,
        assurance=Assurance.NONE,
        expression="f" * 16,
        claim="x ≤ 99/400",
        constant=Known("c", "99/400"),
    )
    assert [c.what for c in changes(was, now)] == ["verdict", "expression", "constant"]


def test_a_constant_behind_the_same_words_is_told_once() -> None:
    before, after = Known("c", "21/8", "", "met", 2.6, 2.625), Known("c", "5/2", "", "met", 2.4, 2.5)
    found = changes(entry(constant=before, expression="aa"), entry(constant=after, expression="bb"))
    assert [c.what for c in found] == ["constant"]
    assert [c.what for c in changes(entry(expression="aa"), entry(expression="bb"))] == ["expression"]


def test_vanished_and_new_statements() -> None:
    found = compare(lock(entry("a.old"), entry("a.same")), lock(entry("a.same"), entry("a.young")))
    assert [(c.id, c.what, c.regression) for c in found] == [("a.old", "vanished", True), ("a.young", "new", True)]
    assert compare(lock(entry("a.old"), entry("b.x")), lock(entry("b.x")), ("b.*",)) == []
    assert compare(lock(entry("a.old"), entry("b.x")), lock(entry("b.x")), (), {"a.old"}) == []


def test_a_weaker_kernel_says_how_to_get_it_back() -> None:
    (found,) = changes(entry(assurance=Assurance.KERNEL), entry(assurance=Assurance.SYMBOLIC))
    assert "lemmata prove" in found.remedy


def test_a_quick_run_compares_no_assurance() -> None:
    weaker = entry(assurance=Assurance.SYMBOLIC, tolerance={})
    assert changes(entry(tolerance={"precision": 1e-35}), weaker, quick=True) == []
    assert changes(entry(), entry(expression="f" * 16), quick=True) != []


def test_recording_a_part_keeps_the_rest() -> None:
    old = lock(entry("a.x"), entry("a.gone"), entry("b.x"))
    made = recorded(old, lock(entry("a.x", kind="Identity")), ("a.*",))
    assert sorted(made.entries) == ["a.x", "b.x"]
    assert made.entries["a.x"].kind == "Identity"


def test_which_ids_a_run_would_look_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert expected("a.x", ())
    assert expected("a.x", ("a",))
    assert expected("a.x", ("a.*",))
    assert not expected("ab.x", ("a",))
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(
        "from sympy import Symbol\nfrom derivations import Identity, Paper\nx = Symbol('x')\n"
        "paper = Paper('mine', statements=(Identity('a', x + x, 2 * x),))\n"
    )
    assert patterns_of(["own.py", "liu2019.*"]) == ("mine", "liu2019.*")


GOOD = written(lock(entry(), entry("mine.other")))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not a lock"),
        ("lock = 2\n", "has format 2, this version reads 1"),
        ('lock = "1"\n', "has format '1'"),
        ("lock = true\n", "has format True"),
        (GOOD[: len(GOOD) * 2 // 3], "was it cut off?"),
        (GOOD[: GOOD.index("[mine.other]")], "was it cut off?"),
        (GOOD.replace("[mine.other]", "<<<<<<< HEAD\n[mine.other]"), "marks of a merge conflict"),
        (GOOD.replace('verdict = "verified"', 'verdict = "sure"', 1), "[mine.lemma]"),
        (GOOD.replace('claim = "x ≤ 1"', "claim = 5", 1), "claim is not a text"),
        (GOOD.replace('kind = "Bound"\n', "", 1), "'kind' is missing"),
        (GOOD.replace("seed = 0", "seed = 0\nhello = 3"), "'hello'"),
        ('{"schema": 1}', "cannot be read as TOML"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_files_that_are_no_locks_are_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "lemmata ü.lock"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_lock(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_locks_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_lock(tmp_path / "none.lock")
    with pytest.raises(UsageError, match="is a folder"):
        read_lock(tmp_path)
    (tmp_path / "latin.lock").write_bytes("# é".encode("latin-1"))
    with pytest.raises(UsageError, match="not a text file in UTF-8"):
        read_lock(tmp_path / "latin.lock")


@given(st.fractions(min_value=-1000, max_value=1000))
def test_ends_are_rounded_outward(value: object) -> None:
    exact = Rational(str(value))
    for number in (exact, sqrt(abs(exact) + Integer(2))):
        low, high = _down(number), _up(number)
        assert Rational(low) <= number or math.isclose(low, float(number), rel_tol=1e-15)
        assert Rational(high) >= number or math.isclose(high, float(number), rel_tol=1e-15)
        assert abs(high - low) <= 2 * 10.0 ** (1 - DIGITS) * max(abs(high), 1e-12)
