"""What a manuscript says is proposed as it says it, or not at all: two readings, dropped words, leaks of conditions."""

from __future__ import annotations

from pathlib import Path

import pytest
import sympy as sp

from checks.new.manuscript.findings import Findings
from checks.new.manuscript.outline import outline
from checks.new.manuscript.proposals import proposals
from checks.new.manuscript.source import source_of
from checks.new.manuscript.writing import file_of

x, y, a, b, k, n, c = sp.symbols("x y a b k n c", real=True)
POSITIVE, HALF_LINE = sp.Interval.open(0, sp.oo), sp.Interval(0, sp.oo)


def found_in(text: str, folder: Path, before: str = "") -> Findings:
    path = folder / "paper.tex"
    path.write_text(rf"{before}\begin{{document}}{text}\end{{document}}")
    source = source_of(path)
    return proposals(source, outline(source))


def lemma(body: str) -> str:
    return rf"\begin{{lemma}}{body}\end{{lemma}}"


NOT_READ = [
    # formulas with two readings
    (r"For $x > 0$, \[ x^{(2)} \le x^2 + 1 . \]", "a power or a name"),
    (r"\[ 1/2x \le 1 \]", "the slash may end"),
    (r"\[ \tanh x/2 \le 1 \]", "the argument may end"),
    (r"\[ \log(1+x)^2 \le 2x \]", "the power may be of the argument"),
    (r"\[ |a|b|c| \le 1 \]", "which bars belong together"),
    (r"\[ |S| \le n \]", "the size of a set"),
    (r"\[ f \circ g(x) \le 1 \]", "a composition"),
    (r"\[ w^T x \ge 0 \]", "an exponent or a transpose"),
    (r"\[ n! \ge n \]", "not said that this is an integer"),
    (r"Let $\alpha_l \ge 0$. Then \[ \sum_{l=1}^L \alpha_l \ge 0 \]", "under an index"),
    (r"\[ \sum_{i=1}^n K_{ij} \ge 0 \]", "under an index"),
    (r"\[ \mathrm{Var}(X) \le 1 \]", "nothing is said of this function"),
    (r"\[ \frac{dy}{dx} = y \]", "how one depends on the other"),
    (r"\[ i^2 = -1 \]", "the imaginary unit"),
    # words that no domain holds
    (r"For all $n$ large enough, \[ n^2 \le 2^n .\]", "a limit or an approximation"),
    (r"As $n \to \infty$, \[ (1+1/n)^n = e \]", "an arrow"),
    (r"For some $x > 0$, \[ x^2 \le x/2 .\]", "something that exists"),
    (r"\[ x^2 \le C x \] where $C$ is a constant.", "something that exists"),
    (r"If $x \ge 1$ then $x^2 \ge x$, otherwise $x^2 < x$.", "several cases"),
    (r"If $x \le 0$ or $x \ge 1$, then \[ x^2 \ge x \]", "several cases"),
    (r"It is not true that $x^2 \ge x$ for all $x$.", "a negation"),
    (r"No $x > 0$ satisfies \[ e^x \le 1 . \]", "a negation"),
    (r"\[ x^2 \ge x \] unless $0 < x < 1$.", "a negation or an exception"),
    (r"We have $x^2 \ge 1$ if and only if $|x| \ge 1$.", "in two directions"),
    (r"Let $f$ be convex. Then \[ f(y) \ge f(x) + f'(x)(y - x). \]", "the word 'convex'"),
    (r"Let $n$ be an even integer. Then \[ (-1)^n = 1 \]", "the word 'even'"),
    (r"Let $\eta$ be as in Lemma 3. Then \[ |1-\eta| \le 1 \]", "stand elsewhere"),
    (r"Under the conditions \ref{a}, \[ x \le 1 \]", "stand elsewhere"),
    (r"In the setting of Lemma~\ref{lem:a}, \[ x \le e^x \]", "what stands there belongs to it"),
    (r"If $f$ satisfies the PL inequality, then \[ f(x) \ge 0 \]", "the word 'PL'"),
    (r"\[ w_t \le (1 - q)^t w_0 \]", "where t is a letter of its own"),
    (r"Let $X \sim P$. Then \[ x \le 1 \]", "a statement about chance"),
    (r"\[ |x| > 0 \quad\text{a.e.} \]", "a limit or an approximation"),
    # conditions that cannot be read, or of which it is not clear to what they belong
    (r"Let $x \in \{0, 1\}$. Then \[ x^2 = x \]", "the set"),
    (r"For $x \in [0,1] \cup [2,3]$, \[ x \le 3 \]", r"\cup"),
    (r"\[ x y \le 1 \qquad \text{(for $0 \le x, y \le 1$)} \]", "of one letter or of each"),
    (r"\[ x^2 \ge 1 \text{ if } x \ge 1 \text{ and } x^2 \le 1 \text{ if } 0 \le x \le 1 \]", "several conditions"),
    (r"For $x \ge 1$, \[ x^2 \ge x \] and for $0 \le x \le 1$, \[ x^2 \le x .\]", "conditions between its displays"),
    (r"\[ a^2 \le b, \qquad ab \le 1 \]", "a condition or another claim"),
    (r"\begin{enumerate}\item If $x \ge 1$, then $x^2 \ge x$.\item If $x \le 1$, $x \le 1$.\end{enumerate}", "several"),
    (r"\[ x \ge 0 \] In particular, $x \ge -1$.", "a condition or a claim"),
    (r"\ifdraft \[ x \le 3 \] \else \[ x \le e^x \] \fi", "on or off"),
    (r"\[ x \le x + c, \] \[ c := x + 1 \]", "only behind it"),
    (r"Let $\sigma(x) = \max(0, x)$. Then \[ \sigma(x) + \sigma(-x) = |x| \]", "the definition"),
]


@pytest.mark.parametrize(("body", "reason"), NOT_READ, ids=range(len(NOT_READ)))
def test_two_readings_are_none(body: str, reason: str, tmp_path: Path) -> None:
    found = found_in(lemma(body), tmp_path)
    assert found.proposals == []
    assert any(reason in u.reason for u in found.unread), found.unread


READ = [
    # the twins of the above, in which only one reading is left
    (r"For $x > 0$, \[ x^2 \le x^2 + 1 . \]", x**2, x**2 + 1, {x: POSITIVE}, []),
    (r"\[ \sin 2x \le x/2 \]", sp.sin(2 * x), x / 2, {}, []),
    (r"\[ \log^2(1+x) \le 2x \]", sp.log(1 + x) ** 2, 2 * x, {}, []),
    (r"\[ ||a| - |b|| \le |a - b| \]", sp.Abs(sp.Abs(a) - sp.Abs(b)), sp.Abs(a - b), {}, []),
    (r"Let $x$ and $y$ be positive reals. Then \[ x \le x + y .\]", x, x + y, {x: POSITIVE, y: POSITIVE}, []),
    (r"For all nonnegative $x$, $x \ge \tanh x$.", sp.tanh(x), x, {x: HALF_LINE}, []),
    (r"Let $x \ne 0$. Then \[ x \le x^2/x \]", x, x, {}, [sp.Ne(x, 0)]),
    (r"\[ x \le e^x \qquad (x \ge 0) \]", x, sp.exp(x), {x: HALF_LINE}, []),
    (r"\[ x \le e^x, x \ge 0 \]", x, sp.exp(x), {x: HALF_LINE}, []),
    (r"\[ x \le e^x, \qquad |x| < 1 \]", x, sp.exp(x), {}, [sp.Lt(sp.Abs(x), 1)]),
    (r"\[ x \le e^x \] whenever $x \ge 0$.", x, sp.exp(x), {x: HALF_LINE}, []),
    (r"Assume that \[ x \ge 0. \] Then \[ x \le e^x \]", x, sp.exp(x), {x: HALF_LINE}, []),
    (r"\[ x \le c + e^x \] where \[ c = x^2 . \]", x, x**2 + sp.exp(x), {}, []),
    (r"\iffalse \[ x \le 3 \] \fi For $x>0$ \[ x \le e^x \]", x, sp.exp(x), {x: POSITIVE}, []),
    (r"Let $f(x) = x^2$. Then \[ f(-x) \ge x \]", x, x**2, {}, []),
    (r"The inequality $x \le e^x$ holds for all $x \ge 0$.", x, sp.exp(x), {x: HALF_LINE}, []),
]


@pytest.mark.parametrize(("body", "lhs", "rhs", "ranges", "where"), READ, ids=range(len(READ)))
def test_one_reading_is_read(
    body: str, lhs: object, rhs: object, ranges: dict[object, object], where: list[object], tmp_path: Path
) -> None:
    found = found_in(lemma(body), tmp_path)
    assert len(found.proposals) == 1, found
    (made,) = found.proposals
    assert (sp.sympify(made.lhs) - lhs, sp.sympify(made.rhs) - rhs) == (0, 0)
    assert made.letters.ranges == ranges
    assert made.letters.where == where


def test_a_letter_on_one_side_only_is_read_where_its_set_is_stated(tmp_path: Path) -> None:
    claim = r"\[ \|x\|^2 = \|x - y\|^2 + 2 \langle x - y, y \rangle + \langle y, y \rangle \]"
    assert len(found_in(lemma(r"For all $x, y \in \mathbb{R}^d$ we have " + claim), tmp_path).proposals) == 1
    assert found_in(lemma(r"\[ x \le y + 1 \]"), tmp_path).proposals == []


def test_claims_joined_by_and_are_claims(tmp_path: Path) -> None:
    found = found_in(lemma(r"\[ x \le e^x \quad \text{and} \quad e^x \ge e x \]"), tmp_path)
    assert [p.letters.where for p in found.proposals] == [[], []]
    found = found_in(lemma(r"Let $x$ be nonnegative. Then $x \ge 0$ and $-x \le 0$."), tmp_path)
    assert [(p.lhs, p.rhs, p.letters.where) for p in found.proposals] == [(0, x, []), (-x, 0, [])]


def test_a_condition_of_running_text_is_one_of_its_paragraph(tmp_path: Path) -> None:
    text = "For $x > 0$ we use that \\[ \\log x \\le x . \\]\n\n" + lemma(r"\[ x^2 \ge 0 \]")
    first, second = found_in(text, tmp_path).proposals
    assert first.letters.ranges == {x: POSITIVE}
    assert second.letters.ranges == {}


def test_an_assumption_holds_where_it_is_named(tmp_path: Path) -> None:
    assumption = r"\begin{assumption}\label{as:x} $x \ge 5$.\end{assumption}"
    named = lemma(r"Under Assumption~\ref{as:x}, \[ x \le x^2 . \]")
    other = lemma(r"\[ x \le e^x \]")
    first, second = found_in(assumption + named + other, tmp_path).proposals
    assert first.letters.ranges == {x: sp.Interval(5, sp.oo)}
    assert second.letters.ranges == {}
    unread = assumption.replace("$x", "The data is bounded and $x").replace(r"\ge 5", r"\in K")
    found = found_in(unread + named, tmp_path)
    assert found.proposals == []
    assert found.unread[-1].reason.startswith("'Under Assumption'"), found.unread


def test_a_definition_and_an_assumption_claim_nothing(tmp_path: Path) -> None:
    text = r"\begin{definition} $f$ is good if \[ |x| \le 1 . \] \end{definition}"
    text += r"\begin{assumption} \[ x \le 1 \] \end{assumption}"
    assert found_in(text, tmp_path).proposals == []


def test_a_letter_that_is_defined_is_not_restricted_anew(tmp_path: Path) -> None:
    found = found_in(r"Here \[ c := x + 1 . \]" + lemma(r"For any $c > 0$, \[ c \le c^2 + 1 . \]"), tmp_path)
    assert found.proposals == []
    assert "another letter here" in found.unread[0].reason


def test_a_claim_about_a_derivative_is_no_definition(tmp_path: Path) -> None:
    found = found_in(lemma(r"\[ h(w) = w^2, \quad h'(w) = 3 w \]"), tmp_path)
    (made,) = found.proposals
    w = sp.Symbol("w", real=True)
    assert (made.lhs.doit(), made.rhs) == (2 * w, 3 * w)


def test_of_a_display_that_is_read_in_part_nothing_is_proposed(tmp_path: Path) -> None:
    assert found_in(lemma(r"\[ x \le e^x, \quad x \ge \foo \]"), tmp_path).proposals == []


def test_restatable_theorems_and_short_names(tmp_path: Path) -> None:
    text = r"\begin{restatable}[Log]{lemma}{log}\label{lem:log} For $x > 0$, \[ \log x \le x \] \end{restatable}"
    text += r"\begin{lem}\label{l:ü/1 & 2} \[ x ≤ e^x \] \end{lem}"
    first, second = found_in(text, tmp_path).proposals
    assert (first.id, first.title, first.letters.ranges) == ("lem-log", "Lemma 1", {x: POSITIVE})
    assert second.letters.ranges == {}


def test_a_strict_sign_is_noted(tmp_path: Path) -> None:
    strict, plain = found_in(lemma(r"\[ x < e^x \]") + lemma(r"\[ x \le e^x \]"), tmp_path).proposals
    assert (strict.strict, plain.strict) == (True, False)
    text, _ = file_of(Findings([strict, plain]), "signs", "Signs", "paper.tex")
    assert text.count("says nothing about equality") == 1
