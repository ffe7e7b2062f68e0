"""A wrong formula is never called equal: what the library prints, read back, and with one thing changed."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator

import pytest
import sympy as sp

from checks.compare import agreement
from checks.compare.comparison import Outcome, compare
from checks.compare.findings import base
from derivations.latex import latex
from derivations.papers import KEYS, paper
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Statement

SAMPLE = 16
"""Formulas of each paper whose mutants are compared here."""
TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+|[A-Za-z]|\s+|.", re.DOTALL)
SWAPPED = {
    r"\max": r"\min",
    r"\sup": r"\inf",
    r"\sin": r"\cos",
    r"\cos": r"\sin",
    r"\tanh": r"\sinh",
    r"\exp": r"\log",
    r"\le": r"\ge",
    r"\ge": r"\le",
    "+": "-",
    "-": "+",
    r"\inf": r"\sup",
    r"\log": r"\exp",
    r"\min": r"\max",
}
WORDS = (r"\operatorname", r"\mathrm", r"\text", r"\begin", r"\end", r"\mathcal", r"\mathbb", r"\mathsf")

TRULY_EQUAL = {
    "liu2019.kernel-along": "y is symmetric, and 1{2u > 0} is 1{u > 0}",
    "liu2019.step-kernel": "1{2u > 0} is 1{u > 0}",
    "yin2019.local-rate": "what 1 - cos(theta) is multiplied by has no say in the limit",
    "sarussi2021.gram-equal": "p and p' are both positive: one may stand for the other in a step",
    "sarussi2021.gram-equal-negative": "the same",
    "sarussi2021.gram-opposite": "the same",
    "liu2019.critical-teacher": "0 is 0 times anything",
    "liu2019.spurious-point": "0 is 0 times anything",
    "du2018.mehler-3-3": "Hermite polynomials are orthogonal to those of lower degree",
    "du2018.mehler-2-4": "Hermite polynomials are orthogonal to those of lower degree",
    "du2018.mehler-4-4": "Hermite polynomials are orthogonal to those of lower degree",
    "du2018.stein-gelu": "the expectation of an odd function is zero",
    "du2018.dual-gelu": "the expectation of an odd function is zero",
    "li2020nth.neuron-mean": "the expectation of an odd function is zero",
    "du2018.smoothness-gelu": "a linear term has no second derivative",
    "du2018.c-exp": "E e^{2x} = e²",
    "du2018.features-layer-resnet": "‖x − y‖ is ‖y − x‖",
    "du2018.gram-psd": "0 ≤ x is 0 ≤ 2x",
    "zhang2019.linear-moment": "W and −W have one law",
    "zhang2019.backward-moment": "W and −W have one law",
    "zhang2019.homogeneous": "σ'(2z) is σ'(z)",
    "macdonald2023.gaussian-shifted": "W and −W have one law",
    "macdonald2023.bn-centred": "0 whatever the length of x",
    "macdonald2023.shifted-positive": "0 ≤ x is 0 ≤ 2x",
    "macdonald2023.chain-first-2": "a term without the variable has no derivative",
    "macdonald2023.chain-first-3": "a term without the variable has no derivative",
    "macdonald2023.chain-second-12": "a term without the variable has no derivative",
    "macdonald2023.chain-second-13": "a term without the variable has no derivative",
    "macdonald2023.chain-second-22": "a term without the variable has no derivative",
    "macdonald2023.chain-second-23": "a term without the variable has no derivative",
    "macdonald2023.chain-second-33": "a linear term has no second derivative",
    "yin2019.all-rest-at-teacher": "a multiple of zero is zero",
    "yin2019.relu-rests-at-spurious": "a multiple of zero is zero",
    "yin2019.spurious-point": "a multiple of zero is zero",
    "yin2019.radial-clipped-slope": "a term without the variable has no derivative",
    "yin2019.loss-nonnegative": "0 ≤ x is 0 ≤ 2x",
    "yin2019.tangential-clipped-positive": "0 ≤ x is 0 ≤ 2x",
    "yin2019.coarse-clipped": "σ'(2z) is σ'(z)",
    "yin2019.tangential-relu": "σ'(2z) is σ'(z)",
    "yin2019.tangential-identity": "σ'(2z) is σ'(z)",
    "yin2019.coarse-relu": "σ'(2z) is σ'(z)",
    "yin2019.coarse-identity": "σ'(2z) is σ'(z)",
    "yin2019.expectation-gradient-v": "σ'(2z) is σ'(z)",
    "yin2019.loss": "σ'(2z) is σ'(z)",
    "yin2019.loss-at-zero": "σ'(2z) is σ'(z)",
    "liu2019.critical-monotone": "a term without the variable has no derivative",
    "li2020nth.k3-closed": "a name of the reader's own on the left",
    "macdonald2023.convolution-fft": "a name of the reader's own on the left",
    "macdonald2023.convolution-lanczos": "a name of the reader's own on the left",
}
"""Statements of which some change of a sign or factor leaves the same claim, and why."""


def mutants(text: str) -> Iterator[str]:
    """The formula with one number, sign, function, prime, root, transpose, factor or term changed."""
    tokens = TOKEN.findall(text)
    words = False
    for i, token in enumerate(tokens):
        words = (words or token in WORDS) and token != "}"
        if words:
            continue

        def put(new: str, until: int = i + 1, at: int = i) -> str:
            return "".join((*tokens[:at], new, *tokens[until:]))

        if token.isdigit() and token != "1":
            yield put(str(int(token) + 1))
        if token in SWAPPED:
            yield put(SWAPPED[token] + " ")
        if token in ("'", r"\sqrt"):
            yield put("")
        if token == r"\frac" and (ends := _two_groups(tokens, i + 1)):
            top, bottom = "".join(tokens[i + 1 : ends[0]]), "".join(tokens[ends[0] : ends[1]])
            yield put(bottom + top, ends[1], i + 1)
            yield put(top, ends[1])
        if re.fullmatch(r"\\(varphi|rho|tau|epsilon|alpha|eta|lambda|theta|pi)|[a-zA-Z]", token):
            yield put("{}")
            yield put(f"2 {token} ") if not tokens[i - 1].isdigit() else put(f" \\cdot 2 {token} ")


def _two_groups(tokens: list[str], at: int) -> tuple[int, int] | None:
    ends: list[int] = []
    for _ in range(2):
        depth, start = 0, ends[-1] if ends else at
        for k in range(start, len(tokens)):
            depth += (tokens[k] == "{") - (tokens[k] == "}")
            if depth == 0:
                ends.append(k + 1)
                break
    return (ends[0], ends[1]) if len(ends) == 2 and ends[1] - ends[0] > 1 and ends[0] - at > 1 else None


def printed(statement: Statement) -> list[str]:
    match statement:
        case Identity(lhs=lhs, rhs=rhs):
            return [f"{latex(lhs)} = {latex(rhs)}", latex(lhs), latex(rhs)]
        case Bound():
            return [rf"{latex(statement.lower)} \le {latex(statement.upper)}"]
        case Gradient(equals=equals):
            return [latex(equals)]
        case Constant(definition=definition, value=value):
            return [latex(definition), *([f"{latex(definition)} = {latex(value)}"] if value is not None else [])]
        case Existence(properties=properties):
            return [latex(p) for p in properties]
    return []


@pytest.mark.parametrize("key", KEYS)
def test_a_changed_formula_is_not_called_equal(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "SHRINK_STEPS", 4000)  # witnesses need not be round here
    monkeypatch.setattr(base, "EXPLAINING_STEPS", 4000)
    home = paper(key)
    every = [(s, text) for s in home.statements for text in printed(s) if len(text) < 400 and s.id not in TRULY_EQUAL]
    random.Random(5).shuffle(every)
    different = 0
    for statement, text in every[:SAMPLE]:
        chosen = [m for m in mutants(text) if m.replace(" ", "") != text.replace(" ", "")]
        for mutant in random.Random(zlib.crc32(text.encode())).sample(chosen, min(3, len(chosen))):
            found = compare(statement, mutant, abbreviations=home.abbreviations)
            assert found.outcome is not Outcome.EQUAL, (statement.id, text, mutant, found)
            different += found.outcome is Outcome.DIFFERENT
    assert different >= SAMPLE  # most are read, and told apart


@pytest.mark.parametrize(
    ("id", "text"),
    [
        # the derivative was taken for a number, out of the reach of its variable
        (
            "du2018.lipschitz-softplus",
            r"\inf_{x\in\mathbb{R}}\left|\frac{d}{dx}\left[\operatorname{softplus}(x)\right]\right|",
        ),
        # twelve points do not see a sign that changes inside σ′
        (
            "zhang2019.gradient-last",
            r"\operatorname{diag}(\sigma'(W_L\sigma(\tau W_1\sigma(2Ax)+\sigma(Ax))))b\,\sigma(\tau W_1\sigma(Ax)+\sigma(Ax))^\top",
        ),
        # another function with the same supremum
        ("du2018.lipschitz-sin", r"\sup_{x\in\mathbb{R}}|\sin x| = 1"),
        # 0 ≤ anything positive
        ("du2018.gram-psd", r"0 \le \|v\|^2"),
        # a wrong index beside the right ones is no other notation
        (
            "macdonald2023.gram-sum",
            r"\|D_4^\top v\|^2 + \|D_2^\top J_3^\top v\|^2 + \|D_1^\top J_2^\top J_3^\top v\|^2",
        ),
        ("du2018.dual-square", r"2q_1q_3\rho^2 + q_1q_3"),
        ("zhang2019.growth-upper-step", r"a_{2l+1} \le a_0(1+\tau^2)^{l+1}"),
        # no real value where the derived side has one
        ("du2018.c-erf", r"\frac{\pi}{2\arcsin(3/2)}"),
        # a matrix for a vector
        ("zhang2019.homogeneous", r"\operatorname{diag}(\sigma'(z))"),
        # one variable twice
        ("du2018.dual-square", r"\mathbb{E}_{(u, u) \sim \mathcal{N}(0, I)}[u^2 u^2]"),
    ],
)
def test_what_was_once_called_equal_or_broke(id: str, text: str) -> None:
    key, _, slug = id.partition(".")
    found = compare(paper(key)[slug], text, abbreviations=paper(key).abbreviations)
    assert found.outcome in (Outcome.DIFFERENT, Outcome.UNDECIDED, Outcome.UNREADABLE), found


def test_points_of_one_size_do_not_make_formulas_equal() -> None:
    """Conditions of the statement left one point, of vectors of one entry, at which √m and m are the same."""
    home = paper("zhang2019")
    given = r"\lVert h \rVert \le {m} \left(c_{b} + \frac{1}{9}\right)"
    assert compare(home["output-stays"], given, abbreviations=home.abbreviations).outcome is not Outcome.EQUAL
    rewritten = r"\lVert h \rVert \le \sqrt{m} c_b + \frac{\sqrt{m}}{9}"
    assert compare(home["output-stays"], rewritten, abbreviations=home.abbreviations).outcome is Outcome.EQUAL


def test_few_points_and_points_of_one_size_are_too_alike() -> None:
    m, c = sp.Symbol("m", integer=True, positive=True), sp.Symbol("c", real=True)
    claim = Identity("sizes", c * m, c * sp.sqrt(m), on={m: sp.S.Naturals, c: sp.S.Reals})
    same = [{m: sp.Integer(1), c: sp.Integer(k)} for k in range(5)]
    assert agreement._too_alike(claim, same)
    assert agreement._too_alike(claim, same[:2])
    assert not agreement._too_alike(claim, [*same, {m: sp.Integer(2), c: sp.Integer(1)}])
    one_size = Identity("one-size", c * m, c * m, on={m: sp.Range(1, 2), c: sp.S.Reals})
    assert not agreement._too_alike(one_size, same)
    constant = Identity("constant", sp.sqrt(2) ** 2, 2)
    assert not agreement._too_alike(constant, [{}])
