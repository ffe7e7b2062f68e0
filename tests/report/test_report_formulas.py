"""Formulas as MathML: as TeX sets them, and harmless whatever they are."""

from __future__ import annotations

import pytest
from samples import Tags

from checks.report.formulas import flowing, fragment, inline
from derivations.latex import domain_latex, latex, statement_formula
from derivations.letters.abbreviations import abbreviating
from derivations.papers import KEYS, paper


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"\mathbf{1}", "<mn>𝟏</mn>"),
        (r"\mathbb{E}", "<mi>𝔼</mi>"),
        (r"\mathcal{N}", "<mi>𝒩</mi>"),
        (r"\mathrm{diag}", '<mi mathvariant="normal">diag</mi>'),
        (r"\operatorname{tr}", "<mi>tr</mi>"),
        (r"u \sim v", '<mo form="infix">∼</mo>'),
        (r"\sup_{x} f", "<munder><mi>sup</mi><mi>x</mi></munder>"),
        (r"\int\limits_{0}^{1} x", "<msubsup><mo>∫</mo><mn>0</mn><mn>1</mn></msubsup>"),
        (r"\left(- x\right)", '<mo form="prefix">−</mo>'),
        (r"\text{for}\: x", "<mtext>for</mtext>"),
        (r"\sqrt[3]{x}", "<mroot><mi>x</mi><mn>3</mn></mroot>"),
        (r"\left[0, \pi\right]", 'stretchy="false">[</mo>'),  # no taller than what is in it
        (r"\left[\frac{1}{2}, \pi\right]", 'stretchy="true">[</mo>'),
        (r"\Big(1\Big)^k", '<mrow><mo form="postfix" maxsize="1.623em" minsize="1.623em" stretchy="true">)'),
        (r"\bigg\| x \bigg\|", 'stretchy="true">‖</mo><mi>x</mi>'),
        (r"\Big\lVert x \Big\rVert^2", 'stretchy="true">‖</mo><mi>x</mi>'),
        (r"\big\{ x \big\}", '<mo form="postfix" maxsize="1.2em" minsize="1.2em" stretchy="true">}</mo>'),
        (r"\Bigl\langle x \Bigr\rangle", ">⟩</mo>"),
        (r"\begin{cases} x & x > 0 \\ 0 & x \le 0 \end{cases}", '<mtd class="left"><mi>x</mi></mtd>'),
        (r"\sigma'(x)", '<mrow><mi>σ</mi><mo lspace="0" rspace="0">′</mo></mrow><mo'),
        (r"z^{\prime \top}", '</mrow><mo lspace="0" rspace="0">⊤</mo></msup>'),
        (
            r"{a^{*}}^{\top}",
            '<msup><mi>a</mi><mrow><mo lspace="0" rspace="0">*</mo><mo lspace="0" rspace="0">⊤</mo></mrow></msup>',
        ),
        (r"\sum_{k=0}^{n} k", "<munderover><mo>∑</mo>"),
        (r"\Gamma(x)", '<mi mathvariant="normal">Γ</mi>'),
        (r"\langle x\rangle", '<mo stretchy="false">⟨</mo>'),
    ],
)
def test_formulas(formula: str, expected: str) -> None:
    assert expected in inline(formula)


def test_displayed_formulas_may_be_broken_before_relations_and_signs() -> None:
    assert flowing(r"a + b \le \left(c - d\right)^{2} - e").count("<math") == 4


@pytest.mark.parametrize("formula", [r"\nosuch{x}", "{" * 2000, "", r"\frac{1}", r"x^{", r"\left( x", "\\"])
def test_what_is_not_understood_is_shown_as_it_is(formula: str) -> None:
    assert '<code class="tex">' in flowing(formula)


@pytest.mark.parametrize(
    "formula",
    [
        "<script>alert(1)</script>",
        r"\text{</mtext><script>alert(1)</script>}",
        r"\unicode{x3c}script\unicode{x3e}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(javascript:alert(1))}{x}",
        r"\color{red\" onload=alert(1)}{x}",
        r"&#x3c;script&#x3e;",
        r"\mathbf{<b onclick=alert(1)>}",
        r"\hbox{a $<$ b}",
    ],
)
def test_hostile_formulas_are_harmless(formula: str) -> None:
    known = {"math", "mrow", "mi", "mn", "mo", "mtext", "msup", "msub", "mspace", "mstyle", "wbr", "code", "p", "div"}
    for drawn in (inline(formula), flowing(formula), fragment(f"So ${formula}$: \\[{formula}\\]")):
        for tag, attributes in Tags(drawn).tags:
            assert tag in known
            assert not {"href", "style", "src"} & set(attributes)
            assert not any(name.startswith("on") for name in attributes)


def test_text_with_formulas() -> None:
    drawn = fragment(
        r"For $x \ge 0$, 50\,\% \& \textbackslash{}more:"
        "\n\\begin{align*}\n a & = b \\\\\n & \\quad + c\n\\end{align*}"
    )
    assert drawn.startswith("<p>For <math>")
    assert "&amp; \\more:" in drawn
    assert drawn.count('class="line') == 1  # the sum goes on
    assert drawn.count('lspace="0.222em"') == 1


def test_rows_within_a_formula_are_a_table() -> None:
    r"""Rows between \begin{aligned} came as text with & in it."""
    inner = r"\begin{aligned} & c, \\ & \quad d \end{aligned}"
    drawn = inline(rf"P\left(\begin{{aligned}} & a > 3 \\ & \vee {inner} \end{{aligned}}\right)")
    tags = [tag for tag, _ in Tags(drawn).tags]
    assert (tags.count("mtable"), tags.count("mtr"), tags.count("mtd")) == (2, 4, 8)
    assert "&amp;" not in drawn
    assert "<mi></mi>" not in drawn


def test_bars_grow_only_where_they_are_told_to() -> None:
    assert inline(r"\lVert \sqrt{x} \rVert").count('<mo stretchy="false">‖</mo>') == 2
    assert inline(r"\left\|\sqrt{\frac{a}{b}}\right\|").count('stretchy="true">‖</mo>') == 2


def test_no_line_begins_with_the_comma_after_a_formula() -> None:
    drawn = fragment("For $x$, $y$: it holds, $z$.")
    assert [drawn.count(f"<mtext>{sign}</mtext></mrow></math>") for sign in ",:."] == [1, 1, 1]
    assert "</math> it holds, <math>" in drawn


def test_conditions_of_several_rows_are_displayed() -> None:
    told = domain_latex(paper("du2018")["theorem-5-1-chain"])
    line, *displays = told.split("\n\\[\n")
    assert "aligned" not in line
    assert len(displays) == 3
    assert [d.split(r"\end{aligned}")[-2].strip()[-1] for d in displays] == [",", ",", ":"]


def test_every_formula_of_the_library_is_drawn() -> None:
    seen = 0
    for key in KEYS:
        home = paper(key)
        for s in home.statements:
            with abbreviating(() if s.slug in home.spelled_out else home.abbreviations):
                drawn = [fragment(statement_formula(s)), fragment(domain_latex(s))]
                derivation = s.derivation
                lines = [derivation.start, *(step.expr for step in derivation.steps)] if derivation else []
                drawn += [flowing(latex(line)) for line in lines]
            for each in drawn:
                assert "\\" not in each, (s.id, each)
                assert "&amp;" not in each, (s.id, each)
                assert "<code" not in each, (s.id, each)
                assert not Tags(each).open
            assert "<math" in drawn[0], s.id
            seen += len(drawn)
    assert seen > 700


@pytest.mark.parametrize("key", KEYS)
def test_every_statement_is_mathml_without_its_abbreviations(key: str) -> None:
    for statement in paper(key).statements:
        assert '<code class="tex">' not in fragment(statement_formula(statement)), statement.id
