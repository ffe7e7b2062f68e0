"""LaTeX read in and compared: formulas as people write them, right and wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from comparing import against
from sympy import Limit

from checks.compare.comparison import Outcome, compare
from checks.compare.texfile import marked
from derivations.latex import latex
from derivations.letters.notation import Notation
from derivations.papers import KEYS, paper
from derivations.quantities.schemas import ForAll
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Statement

DATA = Path(__file__).parent / "data"
EQUAL, NOTATION, DIFFERENT, UNDECIDED, UNREADABLE = (
    Outcome.EQUAL,
    Outcome.NOTATION,
    Outcome.DIFFERENT,
    Outcome.UNDECIDED,
    Outcome.UNREADABLE,
)


FORMULAS = [
    # Liu et al.: the kernel and its relatives
    ("liu2019.kernel", r"\frac{1}{2\pi}\left((\pi-\phi)\cos\phi+\sin\phi\right)", EQUAL),
    ("liu2019.kernel", r"\frac1{2\pi}\bigl[(\pi-\varphi)\cos(\varphi)+\sin{\varphi}\bigr].", EQUAL),
    ("liu2019.kernel", r"\frac{g(\phi)}{2\pi}", EQUAL),
    ("liu2019.kernel", r"\nicefrac{1}{2\pi}\,\{\sin\phi + (\pi - \phi)\cos\phi\}", EQUAL),
    ("liu2019.kernel", r"((\pi-\phi)\cos\phi+\sin\phi)/2\pi", EQUAL),
    ("liu2019.kernel", r"\E[\sigma(u)\sigma(x)] = \frac{\sin\phi+(\pi-\phi)\cos\phi}{2\pi}", EQUAL),
    ("liu2019.kernel", r"\frac{1}{2\pi}((\pi-\theta)\cos\theta+\sin\theta)", NOTATION),
    ("liu2019.kernel", r"\frac{1}{2\pi}\left((\pi-\phi)\cos\phi-\sin\phi\right)", DIFFERENT),
    ("liu2019.kernel", r"\frac{1}{\pi}\left((\pi-\phi)\cos\phi+\sin\phi\right)", DIFFERENT),
    ("liu2019.kernel", r"\frac{1}{2\pi}\left((\pi-\phi)\cos2\phi+\sin\phi\right)", DIFFERENT),
    ("liu2019.kernel", r"\mathbb{E}[\sigma(u)\sigma(x)] = \frac{\sin\phi}{2\pi}", DIFFERENT),
    ("liu2019.step-kernel", r"\mathbb{E}\left[\sigma'(u)\sigma'(x)\right] = \frac{\pi-\phi}{2\pi}", EQUAL),
    ("liu2019.step-kernel", r"\E[\mathbf{1}\{u>0\}\mathbf{1}\{x>0\}] = \tfrac12 - \frac{\phi}{2\pi}", EQUAL),
    ("liu2019.step-kernel", r"\frac12-\frac{\phi}{3\pi}", DIFFERENT),
    ("liu2019.relu-mean", r"\mathbb{E}_{u\sim N(0,1)}[\sigma(u)] = \frac1{\sqrt{2\pi}}", EQUAL),
    ("liu2019.relu-mean", r"1/\sqrt{2\pi} \approx 0.3989", EQUAL),
    ("liu2019.relu-mean", r"0.399", EQUAL),
    ("liu2019.relu-mean", r"0.398", DIFFERENT),
    ("liu2019.relu-mean", r"\sqrt{2/\pi}", DIFFERENT),
    ("liu2019.relu-second-moment", r"\E_{z\sim\mathcal{N}(0,1)}[\max\{0,z\}^2] = \tfrac12.", EQUAL),
    ("liu2019.relu-powers", r"\frac{2^{n/2-1}}{\sqrt\pi}\,\Gamma\Big(\frac{n+1}{2}\Big)", EQUAL),
    ("liu2019.relu-powers", r"\frac{2^{n/2}}{\sqrt\pi}\,\Gamma\Big(\frac{n+1}{2}\Big)", DIFFERENT),
    ("liu2019.kernel-squares", r"\tfrac{1}{2\pi}[3\sin\phi\cos\phi + (\pi-\phi)(1+2\cos^2\phi)]", EQUAL),
    ("liu2019.kernel-squares", r"\tfrac{1}{2\pi}[3\sin\phi\cos\phi + (\pi-\phi)(1-2\cos^2\phi)]", DIFFERENT),
    ("liu2019.g-derivative", r"\frac{d}{d\phi}g(\phi)=-(\pi-\phi)\sin\phi", EQUAL),
    ("liu2019.g-derivative", r"\frac{\mathrm{d}}{\mathrm{d}\phi}\,g(\phi)=(\pi-\phi)\sin\phi", DIFFERENT),
    # their loss, gradients, landscape
    (
        "liu2019.loss",
        r"""\frac12\E_Z\left[\left(a^\top\sigma(Zv) - (a^*)^\top\sigma(Zv^*)\right)^2\right]
        = \frac{1}{4\pi}\Bigl((\mathbf{1}^\top a-\mathbf{1}^\top a^*)^2 + (\pi-1)\|a-a^*\|^2
        + 2(\pi-g(\phi))a^\top a^*\Bigr)""",
        EQUAL,
    ),
    (
        "liu2019.loss",
        r"L(a,\phi) = \frac{1}{2\pi}\left((\mathbf 1^\top a-\mathbf 1^\top a^*)^2 + (\pi-1)\|a-a^*\|^2\right)",
        DIFFERENT,
    ),
    (
        "liu2019.gradient-a",
        r"\nabla_a L = \frac{1}{2\pi}\big(\mathbf 1\mathbf 1^\top + (\pi-1)I\big)(a-a^*) + \frac{\pi-g(\phi)}{2\pi}a^*",
        EQUAL,
    ),
    ("liu2019.gradient-a", r"\frac{1}{2\pi}\big(\mathbf 1\mathbf 1^\top + \pi I\big)(a-a^*)", DIFFERENT),
    ("liu2019.gradient-phi", r"\frac{\partial L}{\partial\phi} = \frac{(\pi-\phi)\sin\phi\,a^\top a^*}{2\pi}", EQUAL),
    ("liu2019.gradient-phi", r"\frac{\partial L}{\partial\phi} = \frac{\pi-\phi}{2\pi}\sin\phi a^\top a^*", EQUAL),
    ("liu2019.gradient-phi", r"\frac{\partial L}{\partial a} = \frac{\pi-\phi}{2\pi}\sin\phi a^\top a^*", DIFFERENT),
    ("liu2019.gradient-v", r"-\frac{a^T a^*(\pi-\phi)}{2\pi}(I - vv^T)v^*", EQUAL),
    ("liu2019.gradient-v", r"-\frac{a^\intercal a^\star(\pi-\phi)}{2\pi}(I - v v^{\top})v^\star", EQUAL),
    ("liu2019.gradient-v", r"-\frac{a^\top a^*(\pi-\phi)}{2\pi}(I + vv^\top)v^*", DIFFERENT),
    ("liu2019.gradient-v", r"-\frac{a^\top a^*(\pi-\phi)}{2\pi}(I - vv)v^*", UNREADABLE),
    ("liu2019.distance-angle", r"\|v-v^*\|_2^2 = 2(1-\cos\phi)", EQUAL),
    ("liu2019.distance-angle", r"\norm{v-v^*}^2 - 2 + 2\cos\phi = 0", EQUAL),
    ("liu2019.distance-angle", r"\|v-v^*\|^2 = 2(1-\cos\phi) = 4\sin^2\frac{\phi}2", EQUAL),
    ("liu2019.distance-angle", r"\|v-v^*\|^2 = 2(1-\cos\phi) = 2\sin^2\frac{\phi}2", DIFFERENT),
    ("liu2019.distance-angle", r"\|v-v^*\|^2 = 2 - \cos\phi", DIFFERENT),
    ("liu2019.distance-angle", r"\cos^2\phi + \sin^2\phi = 1", UNDECIDED),
    ("liu2019.distance-angle", r"\|v-v^*\|^2 = \|v-v^*\|^2", DIFFERENT),
    (
        "liu2019.sherman-morrison",
        r"(\mathbf{1}\mathbf{1}^\top+(\pi-1)I)\left(I - \frac{\mathbf{1}\mathbf{1}^\top}{\pi+k-1}\right) = (\pi-1)I",
        EQUAL,
    ),
    ("liu2019.initial-angle", r"\arccos(1-\tfrac r2) \le \frac{\pi}{3}", EQUAL),
    ("liu2019.initial-angle", r"\arccos(1-r/2) \le \frac{\pi}{2}", DIFFERENT),
    ("liu2019.step-w-no-overshoot", r"\phi \geq \tan^{-1}(t\sin\phi)", EQUAL),
    ("liu2019.gap-upper", r"\pi - g(\varphi) \leq \frac{\pi}{2}\|v-v^\star\|^2", EQUAL),
    ("liu2019.gap-upper", r"2\pi - 2g(\varphi) - \pi\lVert v-v^\star\rVert^2 \le 0", EQUAL),
    ("liu2019.gap-upper", r"\pi - g(\varphi) \leq \frac{\pi}{3}\|v-v^\star\|^2", DIFFERENT),
    ("liu2019.gap-upper", r"\pi - g(\varphi) \geq \frac{\pi}{2}\|v-v^\star\|^2", DIFFERENT),
    ("liu2019.dissipativity-w", r"\langle -\nabla_v L, v^*-v\rangle \ge \frac18 a^\top a^* \|v-v^*\|^2", DIFFERENT),
    ("liu2019.hessian-a-upper", r"h^\top(\mathbf{1}\mathbf{1}^\top+(\pi-1)I)h \le (k+\pi-1)\|h\|^2", EQUAL),
    # Du et al.: duals, gradients, Gram matrices, rates
    ("du2018.c-relu", r"c_\sigma = \left(\E_{x\sim N(0,1)}\left[\sigma(x)^2\right]\right)^{-1} = 2", EQUAL),
    ("du2018.smoothness-tanh", r"\sup_{x\in\mathbb{R}} |\tfrac{d^2}{dx^2}\tanh(x)| = \frac{4}{3\sqrt 3}", EQUAL),
    ("du2018.smoothness-tanh", r"\frac{4}{3\sqrt 2}", DIFFERENT),
    ("du2018.c-softplus", r"1.0854865\ldots", EQUAL),
    ("du2018.c-softplus", r"1.0855865", DIFFERENT),
    ("du2018.dual-relu", r"\frac{\sqrt{q_1q_2}}{2\pi}\left(\sqrt{1-\rho^2}+(\pi-\arccos\rho)\rho\right)", EQUAL),
    ("du2018.dual-relu", r"\frac{\sqrt{q_1q_2}}{2\pi}\left(\sqrt{1-\rho^2}+(\pi-\arcsin\rho)\rho\right)", DIFFERENT),
    ("du2018.dual-erf", r"\frac{2}{\pi}\arcsin\frac{2\rho\sqrt{q_1q_2}}{\sqrt{(1+2q_1)(1+2q_2)}}", EQUAL),
    ("du2018.dual-exp", r"e^{(q_1+q_2+2\rho\sqrt{q_1q_2})/2}", EQUAL),
    ("du2018.layer-fc", r"\nabla_W f = \sqrt{\frac{c_\sigma}{m}} \operatorname{diag}(\sigma'(Wz)) b z^\top", EQUAL),
    ("du2018.layer-fc", r"\frac{\partial f}{\partial W} = \sqrt{\frac{c_\sigma}{m}} (b\odot\sigma'(Wz))z^\top", EQUAL),
    ("du2018.layer-fc", r"\frac{c_\sigma}{m} \left(b\odot\sigma'(Wz)\right) z^\top", DIFFERENT),
    (
        "du2018.backprop-resnet",
        r"\left(I + \frac{c_{\mathrm{res}}}{H\sqrt m}W^\top \operatorname{diag}(\sigma'(Wz))\right)b",
        EQUAL,
    ),
    (
        "du2018.backprop-resnet",
        r"\left(I + \frac{c_{\mathrm{res}}}{H\sqrt m}W \operatorname{diag}(\sigma'(Wz))\right)b",
        DIFFERENT,
    ),
    (
        "du2018.two-layer-relu",
        r"\frac{1}{m}\E_W[x^\top y \sigma'(Wx)^\top\sigma'(Wy)] = x^\top y\frac{\pi-\phi}{2\pi}",
        EQUAL,
    ),
    ("du2018.theorem-5-1", r"L(k)/L(0) \le \left(1-\frac{\eta\lambda_{\min}(K^{(H)})}{2}\right)^k", EQUAL),
    # Zhang et al.
    (
        "zhang2019.moment",
        r"\E_g[\sigma(h+\tau s g)^2] = (h^2+\tau^2s^2)\Phi\left(\frac{h}{\tau s}\right)"
        r" + \frac{\tau s h}{\sqrt{2\pi}} e^{-\frac{h^2}{2\tau^2s^2}}",
        EQUAL,
    ),
    (
        "zhang2019.layer-upper",
        r"\E\left\|\sigma\left(h+\frac{\tau}{\sqrt m}Wh\right)\right\|^2 \le (1+\tau^2)\|h\|^2",
        EQUAL,
    ),
    ("zhang2019.layer-upper", r"\frac{\E\|\sigma(h+\frac{\tau}{\sqrt m}Wh)\|^2}{\|h\|^2} \le 1+\tau^2", EQUAL),
    ("zhang2019.layer-upper", r"\E\|\sigma(h+\frac{\tau}{\sqrt m}Wh)\|^2 \le (1+\tau)\|h\|^2", DIFFERENT),
    ("zhang2019.mills", r"1-\Phi(u) \le \frac{1}{u\sqrt{2\pi}}e^{-u^2/2}", EQUAL),
    ("zhang2019.bernoulli", r"(1+y)^L \ge 1+Ly", EQUAL),
    ("zhang2019.bernoulli", r"(1+y)^L > 1+Ly", DIFFERENT),
    ("zhang2019.bernoulli", r"(1+y)^L \gg 1+Ly", UNREADABLE),
    ("zhang2019.exponential-moment", r"\E[e^{ag+bg^2}] = (1-2b)^{-1/2}\exp\{\frac{a^2}{2(1-2b)}\}", EQUAL),
    ("zhang2019.exponential-moment", r"\E[e^{ag+bg^2}] = (1-2b)^{-1/2}\exp\{\frac{a^2}{2(1-b)}\}", DIFFERENT),
    # MacDonald et al.
    (
        "macdonald2023.en-first",
        r"\frac{d}{dw}\frac{w}{\sqrt{w^2+\varepsilon}} = \varepsilon(w^2+\varepsilon)^{-3/2}",
        EQUAL,
    ),
    ("macdonald2023.en-smooth", r"\frac{3\epsilon w}{(\epsilon+w^2)^{5/2}} \le \frac{48\sqrt5}{125\epsilon}", EQUAL),
    (
        "macdonald2023.en-smooth",
        r"\frac{3\epsilon w}{(\epsilon+w^2)^{5/2}} \le \frac{48\sqrt5}{120\epsilon}",
        DIFFERENT,
    ),
    ("macdonald2023.wn-potential", r"\nabla_w\sqrt{\epsilon+\|w\|^2} = \frac{w}{\sqrt{\epsilon+\|w\|^2}}", EQUAL),
    ("macdonald2023.ce-gradient", r"\operatorname{softmax}(z)-e_y", EQUAL),
    ("macdonald2023.ce-gradient", r"\operatorname{softmax}(z)+e_y", DIFFERENT),
    ("macdonald2023.mp-mean", r"\int_{1/4}^{9/4}\frac{2}{\pi}\sqrt{(\tfrac94-t)(t-\tfrac14)}\,dt = 1", EQUAL),
    ("macdonald2023.spread-upper", r"\|\exp(u)\|^2 \le (\sum_{i=1}^{q} e^{u_i})^2", EQUAL),
]


@pytest.mark.parametrize(
    ("id", "text", "expected"), FORMULAS, ids=[f"{i}-{id}" for i, (id, _, _) in enumerate(FORMULAS)]
)
def test_formula_as_people_write_it(id: str, text: str, expected: Outcome) -> None:
    found = against(id, text)
    assert found.outcome is expected, found
    if expected in (EQUAL, NOTATION):
        assert found.understood  # it is printed back
        assert not found.witness
    if expected is UNREADABLE:
        assert found.at is not None


def test_there_are_many_formulas_and_many_are_wrong() -> None:
    assert len(FORMULAS) >= 50
    assert sum(expected is DIFFERENT for _, _, expected in FORMULAS) >= 25


def _printed(statement: Statement) -> list[str]:
    match statement:
        case Identity(lhs=lhs, rhs=rhs):
            return [f"{latex(lhs)} = {latex(rhs)}", latex(rhs)]
        case Bound(lhs=lhs, rhs=rhs):
            return [rf"{latex(lhs)} \le {latex(rhs)}"]
        case Gradient(equals=equals):
            return [latex(equals)]
        case Constant(definition=definition, value=value):
            return [latex(definition)] if value is None else [f"{latex(definition)} = {latex(value)}"]
        case Existence(properties=properties):
            return [latex(p) for p in properties]
    return []


@pytest.mark.parametrize("key", KEYS)
def test_what_is_printed_is_read_back(key: str) -> None:
    home = paper(key)
    unreadable = []
    for statement in home.statements:
        if any(isinstance(c, ForAll) or (hasattr(c, "has") and c.has(ForAll, Limit)) for c in statement.content):
            continue  # claims for all values and limits are printed, and not read
        for text in _printed(statement):
            found = compare(statement, text, abbreviations=home.abbreviations)
            if found.outcome is UNREADABLE:
                unreadable.append(f"{statement.id}: {found.how}")
            else:
                assert found.outcome is EQUAL, (statement.id, found)
    # lines of li2020nth begin with functions without a name at vectors of ones or zeros, and the residuals r(t) of
    # zhang2019.relu-convergence and x(l) of zhang2019.explosion are members of a family, which are printed and not read
    assert len(unreadable) <= {"li2020nth": 6, "zhang2019": 4}.get(key, 2), unreadable


def test_a_difference_names_its_term_and_a_round_point() -> None:
    found = against("liu2019.step-kernel", r"\frac12-\frac{\phi}{3\pi}")
    assert found.term == r"the term - \frac{\varphi}{3 \pi} should be - \frac{\varphi}{2 \pi}"
    assert found.witness == "phi = 1"
    assert found.given.startswith("0.3938")
    assert found.derived.startswith("0.3408")
    factor = against("liu2019.kernel", r"\frac{g(\phi)}{\pi}")
    assert "the formula is 2 times the derived one" in factor.notes


def test_a_missing_and_a_superfluous_term_are_named() -> None:
    missing = against("liu2019.distance-angle", r"\|v-v^*\|^2 = -2\cos\phi")
    assert missing.term == "the term 2 is missing"
    extra = against("liu2019.kernel-across", r"\frac{(\pi-\phi)\sin\phi}{2\pi} + \phi")
    assert extra.term == r"the term \varphi is too much"


@pytest.mark.parametrize(
    ("constant", "word"),
    [(r"\pi", "weaker"), (r"\frac{\pi}{3}", "stronger")],
)
def test_a_bound_with_another_constant_is_weaker_or_stronger(constant: str, word: str) -> None:
    found = against("liu2019.gap-upper", rf"\pi - g(\phi) \le {constant}\|v-v^*\|^2")
    assert found.outcome is DIFFERENT
    assert any(word in note for note in found.notes)


def test_the_constant_that_the_paper_prints_is_recognised() -> None:
    found = against("liu2019.dissipativity-w", r"\frac18 a^\top a^* \|v-v^*\|^2 \le -\nabla_v L^\top (v^*-v)")
    assert any("as the paper prints it" in note for note in found.notes)


def test_notation_of_the_user() -> None:
    letters = Notation({"phi": r"\theta", "v*": r"w^\star", "v": "w"}, {r"\len": r"\left\| #1 \right\|"})
    assert against("liu2019.distance-angle", r"\len{w-w^\star}^2 = 2-2\cos\theta", letters).outcome is EQUAL
    assert against("liu2019.distance-angle", r"\len{w-w^\star}^2 = 2-\cos\theta", letters).outcome is DIFFERENT
    found = against("liu2019.kernel", r"\theta", Notation({"phi": r"\theta +"}))
    assert found.outcome is UNREADABLE


def test_letters_are_matched_only_where_all_are() -> None:
    assert against("liu2019.distance-angle", r"2 - 2\cos\alpha").outcome is NOTATION
    found = against("liu2019.distance-angle", r"2 - 3\cos\alpha")
    assert found.outcome is UNREADABLE
    assert "unknown name alpha" in found.how


def test_macros_of_the_file() -> None:
    preamble = r"""
    \newcommand{\vv}{v^*} \def\dist#1#2{\|#1-#2\|} \newcommand*{\sq}[2][2]{{#2}^{#1}}  % a comment
    \DeclareMathOperator{\cosine}{cos}
    """
    assert against("liu2019.distance-angle", r"\sq{\dist{v}{\vv}} = 2-2\cosine\phi", preamble=preamble).outcome is EQUAL


def test_two_readings_are_told() -> None:
    found = against("liu2019.step-kernel", r"(\pi-\phi)/2\pi")
    assert found.outcome is EQUAL
    assert any("second of two ways" in note for note in found.notes)


def test_sides_may_be_named() -> None:
    assert against("liu2019.gap-upper", r"\pi - g(\phi)", side="lhs").outcome is EQUAL
    assert against("liu2019.gap-upper", r"\pi - g(\phi)", side="rhs").outcome is DIFFERENT


def test_rows_and_whole_environments() -> None:
    whole = "% lemmata: a.b\n\\begin{align}\n x &= y \\\\\n &= z\n\\end{align}\n"
    (mark,), _ = marked(whole)
    assert "x &= y" in mark.text
    assert "&= z" in mark.text
    rows = "\\begin{align}\n x &= y \\\\ % lemmata: a.b\n u &= z % lemmata: a.c\n\\end{align}\n"
    first, second = marked(rows)[0]
    assert ("x" in first.text, "u" in first.text) == (True, False)
    assert ("x" in second.text, "u" in second.text) == (False, True)


def test_a_second_formula_in_one_environment_is_not_multiplied_in() -> None:
    found = against("liu2019.distance-angle", "\\begin{align} 2 &= 2 - 2\\cos\\phi \\\\ 3 &= 3 \\end{align}")
    assert found.outcome is UNREADABLE
    assert "a second formula" in found.how


def test_an_outcome_has_no_truth_value() -> None:
    with pytest.raises(TypeError):
        bool(Outcome.EQUAL)
    assert replace(against("liu2019.kernel", "x x"), at=0).outcome is UNREADABLE


def test_dots_are_not_dropped() -> None:
    for text in (r"0.3989\ldots + x", r"0.3\ldots\phi", r"1 + \cdots + n", r"3\ldots"):
        assert against("liu2019.relu-mean", text).outcome is UNREADABLE
    assert against("liu2019.relu-mean", r"0.3989\ldots").outcome is EQUAL
    assert against("liu2019.kernel", r"0.3989\ldots").outcome is UNREADABLE
