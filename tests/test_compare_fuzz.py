r"""Formulas that strangers write: each ends in an answer or in one line, in bounded time and memory."""

import random
import time
from typing import Any

import pytest
import sympy as sp

import derivations as d
from checks.compare.comparison import Comparison, Outcome, compare

x = sp.Symbol("x", real=True)
n = sp.Symbol("n", integer=True, positive=True)
v = d.vector("v", n)
STATEMENTS = (
    d.Identity("square", (x + 1) ** 2, x**2 + 2 * x + 1),
    d.Identity("length", d.norm_squared(v), d.inner(v, v)),
    d.Bound("sine", sp.sin(x), x, on={x: (0, 1)}),
)
SECONDS = 20.0
"""Of process time, for one formula; nearly all take less than a tenth."""

LARGE = (
    r"10^{10^{10}}", r"x^{10^{10}}", r"(x+1)^{1000000}", r"\sum_{k=1}^{1000000000} k", r"\sum_{k=1}^{10^{12}} x^k",
    r"\prod_{k=1}^{1000000000} k", r"1000000000!", r"((10!)!)!", r"\binom{10^9}{5\cdot 10^8}", r"e^{10^{10}}",
    r"2^{2^{2^{2^{2^{2}}}}}", r"2^{-10^{12}}", r"1.5^{10^9}", "9" * 5000, r"\sqrt[10^{10}]{x}", r"I_{1000000000}",
    r"\operatorname{tr}(I_{10^{9}})", r"\mathbf{1}_{10^9}^\top \mathbf{1}_{10^9}", r"\sup_{t\in[0,1]} t^{10^{10}}",
    r"\frac{d^{10^{9}}}{dx^{10^{9}}} \sin x", r"\mathbb{E}_{x\sim N(0,1)}[x^{10^{10}}]", r"\log_2 2^{10^{10}}",
    r"\|v\|^{10^{10}}", r"\begin{pmatrix}1&2\\3&4\end{pmatrix}^{10^9}", r"\Gamma(10^{10})",
)  # fmt: skip
DEEP = (
    "{" * 500 + "x" + "}" * 500, "(" * 500 + "x" + ")" * 500, r"\sqrt{" * 200 + "x" + "}" * 200, "x^{" * 200 + "x" + "}" * 200,
    r"\frac{1}{" * 100 + "x" + "}" * 100, "{" * 500, "}" * 500, r"\left(" * 500, r"\sin " * 500 + "x", "-" * 3000 + "x",
)  # fmt: skip
LONG = (
    "+".join(["x"] * 20000), r"\cdot".join(["(x+1)"] * 200), "x" * 800, "x=" * 500 + "x", r"\text{" + "foo " * 3000 + "}",
    r"\begin{pmatrix}" + r"\\".join("&".join("1" for _ in range(30)) for _ in range(30)) + r"\end{pmatrix}",
)  # fmt: skip
BROKEN = (
    "", " ", "$", "$$$$", "\\", "%", "&", "\\\\", "#1", "~", "^", "_", "x^^2", "x__2", "=", "x=", "=x", "x<y<", "+", "x++", "*",
    "x/", "!", "|x", "||x|", ",", "1.2.3", r"\frac", r"\frac{1}", r"\frac{}{}", r"\sqrt[]{x}", r"\sum", r"\sum_{k=1}",
    r"\int", r"\int_0^1 x", r"\int dx", r"\lim", r"\max_x x", r"\frac{1}{0}", r"0^{-1}", r"\infty-\infty", r"0\cdot\infty",
    r"\begin{pmatrix}1&2\\3\end{pmatrix}", r"\begin{pmatrix}\end{pmatrix}", r"\begin{pmatrix}1&2", r"\end{pmatrix}",
    r"\begin{unknown}x\end{unknown}", r"\begin{pmatrix}1\end{bmatrix}", r"\begin{cases}\end{cases}", r"\mathbb{E}[x",
    r"\def\a{\a\a}\a", r"\def\a{\b}\def\b{\a}\a", r"\newcommand{\a}[1]{\a{#1}}\a{x}", r"\newcommand{\a}[99]{x}\a",
    r"\input{/etc/passwd}", r"\write18{ls}", r"\csname foo\endcsname", r"\catcode`\$=3", r"\undefinedmacro{x}{y}", r"v^v",
    "ξ²+ψ", "x²", "½", "∑_{k=1}^n k", "√x", "😀", "\u202ex", "\x00", "x\ny", "\ufeffx", "x\u0301", "𝒙", "x\u200by", "１２",
)  # fmt: skip
PIECES = (
    "x", "n", "v", "k", "2", "0", "10^{9}", "+", "-", "=", "^", "_", "{", "}", "(", ")", "[", "]", "|", ",", "!", "'", "&", r"\\",
    r"\frac", r"\sqrt", r"\sum_{k=1}^{n}", r"\int_0^1", r"\sin", r"\log", r"\exp", r"\left(", r"\right)", r"\|", r"\top", r"\cdot",
    r"\begin{pmatrix}", r"\end{pmatrix}", r"\mathbb{E}", r"\max", r"\partial", r"\nabla", r"\infty", r"\text{if }", r"\foo", "é",
)  # fmt: skip


def answered(statement: d.Statement, formula: str) -> Comparison:
    """What is said of a formula: one line, in time."""
    started = time.process_time()
    found = compare(statement, formula)
    assert time.process_time() - started < SECONDS, formula[:60]
    assert found.how, formula[:60]
    assert "\n" not in found.how
    assert len(found.how) < 600
    return found


@pytest.mark.parametrize("formula", [*LARGE, *DEEP, *LONG, *BROKEN], ids=lambda f: repr(f)[:40])
def test_formulas_of_strangers_are_answered(formula: str) -> None:
    for statement in STATEMENTS[:1] if formula in LONG else STATEMENTS:
        answered(statement, formula)


def test_random_formulas_are_answered() -> None:
    rng = random.Random(20)
    for _ in range(400):
        formula = " ".join(rng.choice(PIECES) for _ in range(rng.randint(1, 12)))
        answered(rng.choice(STATEMENTS), formula)


@pytest.mark.parametrize(("at", "put"), [(i, p) for i in range(0, 20, 4) for p in ("}", "{", r"\frac", "^", "&", "x")])
def test_a_right_formula_with_a_slip_is_answered(at: int, put: str) -> None:
    right = r"x^{2} + 2 x + \frac{2}{2}"
    answered(STATEMENTS[0], right[:at] + put + right[at:])


def test_sizes_that_cannot_be_written_out_are_named() -> None:
    found: Any = answered(STATEMENTS[0], r"\operatorname{tr}(I_{10^{9}})")
    assert found.outcome is Outcome.UNREADABLE
    assert "sizes up to 1000 are read" in found.how
