"""The paper of the library: whole, sourced, verified where it can be fast, and refuted when it is broken."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
import torch

from checks.papers.liu2019 import READINGS
from checks.papers.liu2019.population import population_gradients, population_loss
from checks.verdicts import Result, Verdict
from derivations.latex import escape, statement_latex
from derivations.papers import paper
from derivations.papers.liu2019.notation import M, g
from derivations.statements import Statement
from derivations.writing.text import text
from numerics.models.liu2019 import (
    StudentCNN,
    StudentResNet,
    Teacher,
    Teachers,
    angle,
    initial_output,
    teachers,
    unit_vectors,
)
from numerics.models.liu2019_descent import Schedule, descend, final_loss

Library = Callable[[str], Result]
Refutation = Callable[[Statement], Result]
PAPER = paper("liu2019")
SLUGS = [s.slug for s in PAPER.statements]
SLOW = {
    "dissipativity-a",
    "iterations",
    "iterations-slack",
    "step-a-decrease",
    "global-optimum",
    "dissipativity-w",
    "initial-angle",
    "step-w-no-overshoot",
    "spurious-basin",
}
FAST = [s for s in SLUGS if not any(r.method in ("sampling", "scaling") for r in READINGS.get(s, ())) and s not in SLOW
        and not s.startswith(("relu-", "kernel", "step-kernel")) and not PAPER[s].mark]  # fmt: skip


def test_the_paper_is_whole() -> None:
    assert len(SLUGS) >= 25
    assert {s.kind for s in PAPER.statements} == {
        "Identity", "Gradient", "Bound", "Constant", "Rate", "Probability", "Existence",
    }  # fmt: skip
    assert all(s.source and s.title for s in PAPER.statements)
    assert set(READINGS) <= set(SLUGS)


def test_uses_exist_and_have_no_circle() -> None:
    own = {s.id: s.rests_on for s in PAPER.statements}
    facts = {s.id for s in paper("facts").statements}
    assert all(u in own or u in facts for found in own.values() for u in found)
    uses = {id: tuple(u for u in found if u in own) for id, found in own.items()}
    done: set[str] = set()
    while len(done) < len(uses):
        ready = {i for i, found in uses.items() if i not in done and set(found) <= done}
        assert ready, f"a circle among {set(uses) - done}"
        done |= ready


@pytest.mark.parametrize("slug", FAST)
def test_quick_statements_are_verified(slug: str, library: Library) -> None:
    result = library(f"liu2019.{slug}")
    assert result.verdict is Verdict.VERIFIED, result


def broken(slug: str, **changes: object) -> Statement:
    return replace(PAPER[slug], **changes, derive=None)  # type: ignore[arg-type]


def mutants() -> list[Statement]:
    """Statements with one thing wrong: a constant, a sign, a direction, a value that is one per cent too sharp."""
    s = {slug: PAPER[slug] for slug in SLUGS}
    percent = sp.Rational(101, 100)
    return [
        broken("loss-completed-square", rhs=s["loss-completed-square"].rhs.xreplace({g: g + sp.Rational(1, 100)})
               + s["loss-completed-square"].rhs / 100),
        broken("g-derivative", rhs=-s["g-derivative"].rhs),
        broken("gradient-a", equals=s["gradient-a"].equals * percent),
        broken("gradient-phi", equals=-s["gradient-phi"].equals),
        broken("gradient-v", equals=s["gradient-v"].equals * percent),
        broken("gradient-w", equals=s["gradient-w"].equals * 2),
        broken("sherman-morrison", lhs=s["sherman-morrison"].lhs * percent),
        broken("spurious-inner", rhs=s["spurious-inner"].rhs * percent),
        broken("spurious-loss", rhs=s["spurious-loss"].rhs * percent),
        broken("recursion-sum", rhs=s["recursion-sum"].rhs * percent),
        broken("recursion-inner", rhs=-s["recursion-inner"].rhs),
        broken("recursion-distance", rhs=s["recursion-distance"].rhs * percent),
        broken("dissipativity-w-identity", rhs=s["dissipativity-w-identity"].rhs * percent),
        broken("dissipativity-w", value=s["dissipativity-w"].value * percent, sharp_at=None),
        broken("dissipativity-w-constant", value=s["dissipativity-w-constant"].value / percent),
        broken("gap-upper", value=sp.pi / 2 / percent, sharp_at=None),
        broken("gap-lower", value=sp.pi / 4 * percent, sharp_at=None),
        broken("gap-upper", value=sp.pi / 2 * percent),  # true, but no longer sharp where it says so
        broken("gap-square-constant", enclosure=(sp.Rational("2.62"), sp.Rational("2.624"))),
        broken("gap-square", value=sp.Rational(260, 100)),
        broken("hessian-a-upper", lhs=s["hessian-a-upper"].rhs, rhs=s["hessian-a-upper"].lhs, sharp_at=None),
        broken("saddle-strict", rhs=s["saddle-strict"].rhs * percent, sharp_at=None),
        broken("critical-monotone", rhs=s["critical-monotone"].rhs * percent, sharp_at=None),
        broken("global-optimum", rhs=s["global-optimum"].rhs - sp.Rational(1, 100), sharp_at=None),
        broken("g-values", rhs=s["g-values"].rhs * percent),
        broken("critical-angle", rhs=s["critical-angle"].rhs * percent),
        broken("step-a-exact", rhs=s["step-a-exact"].rhs * percent),
        broken("step-w-inner", rhs=s["step-w-inner"].rhs * percent),
        broken("step-w-norm", rhs=s["step-w-norm"].rhs * percent),
        broken("step-w-angle", rhs=-s["step-w-angle"].rhs),
    ]  # fmt: skip


@pytest.mark.parametrize("mutant", mutants(), ids=lambda s: s.slug)
def test_a_broken_statement_is_refuted(mutant: Statement, refutation: Refutation) -> None:
    result = refutation(mutant)
    assert result.verdict is Verdict.REFUTED, result


def test_networks_agree_with_loops() -> None:
    gen = torch.Generator().manual_seed(0)
    a, v = torch.randn(2, 3, generator=gen, dtype=torch.float64), torch.randn(2, 4, generator=gen, dtype=torch.float64)
    w = torch.randn(2, 4, generator=gen, dtype=torch.float64)
    Z = torch.randn(5, 3, 4, generator=gen, dtype=torch.float64)
    for r in range(2):
        for i in range(5):
            unit = v[r] / v[r].norm()
            plain = sum(float(a[r, j]) * max(0.0, float(Z[i, j] @ unit)) for j in range(3))
            assert float(StudentCNN(a, v)(Z)[r, i].detach()) == pytest.approx(plain)
            assert float(Teacher(a, v)(Z)[r, i]) == pytest.approx(plain * float(v[r].norm()))
            res = w[r] + 0.5
            plain = sum(float(a[r, j]) * max(0.0, float(Z[i, j] @ (res / res.norm()))) for j in range(3))
            assert float(StudentResNet(a, w)(Z)[r, i].detach()) == pytest.approx(plain)
    own = torch.stack([Z, 2 * Z])
    assert torch.allclose(Teacher(a, v)(own)[1], 2 * Teacher(a, v)(Z)[1])


def test_teachers_are_what_they_say() -> None:
    gen = torch.Generator().manual_seed(1)
    for ratio in (0.0, 1.0, 9.0):
        found = teachers(50, 16, 8, ratio, gen)
        assert found.a_star.norm(dim=-1) == pytest.approx(np.ones(50))
        assert found.a_star.sum(dim=-1) ** 2 == pytest.approx(np.full(50, ratio), abs=1e-12)
        start = torch.full((50, 8), 8**-0.5, dtype=torch.float64)
        assert ((found.v_star - start).norm(dim=-1) <= 1 + 1e-12).all()
        a = initial_output(found.a_star, gen)
        assert (a.norm(dim=-1) <= ratio**0.5 / 4 + 1e-12).all()
    with pytest.raises(ValueError, match="lies in"):
        teachers(1, 4, 2, 5.0, gen)


def test_normalised_descent() -> None:
    gen = torch.Generator().manual_seed(2)
    found = teachers(20, 6, 4, 1.0, gen)
    a, v = initial_output(found.a_star, gen), unit_vectors(20, 4, gen)
    schedule = Schedule(first=20, second=80)
    path = list(descend(a, v, population_gradients(found), schedule))
    assert len(path) == 101
    assert all(torch.allclose(x.norm(dim=-1), torch.ones(20, dtype=torch.float64)) for _, x in path)
    end = population_loss(*path[-1], found)
    ends = final_loss((a, v), found, schedule, population_gradients, population_loss, solved=0.0)
    assert torch.allclose(ends, end)
    assert torch.allclose(angle(-found.v_star, found.v_star), torch.full((20,), torch.pi, dtype=torch.float64))


def test_the_loss_is_the_networks_mean_loss() -> None:
    gen = torch.Generator().manual_seed(4)
    found = Teachers(torch.tensor([[0.5, -1.0]], dtype=torch.float64), unit_vectors(1, 3, gen))
    a, v = torch.tensor([[1.0, 0.25]], dtype=torch.float64), unit_vectors(1, 3, gen)
    Z = torch.randn(400_000, 2, 3, generator=gen, dtype=torch.float64)
    with torch.no_grad():
        sampled = (StudentCNN(a, v)(Z) - Teacher(found.a_star, found.v_star)(Z))[0] ** 2 / 2
    gap = abs(float(sampled.mean() - population_loss(a, v, found)[0]))
    assert gap < 6 * float(sampled.std()) / 400_000**0.5


def test_every_statement_prints() -> None:
    for statement in PAPER.statements:
        printed = statement_latex(statement, PAPER)
        assert printed.count("{") == printed.count("}")
        assert printed.count(r"\left") == printed.count(r"\right")
        assert printed.isascii()
        assert statement_latex(statement, PAPER) == printed
    assert "a⋆" in text(M * sp.MatrixSymbol("a*", M.shape[0], 1))


def test_escaping_loses_nothing() -> None:
    assert escape(r"50% of ab_cd & {c} \ ~ ^ #1 $") == (
        r"50\% of ab\_cd \& \{c\} \textbackslash{} \textasciitilde{} \textasciicircum{} \#1 \$"
    )
    assert escape("σ ≤ 𝟏ᵀa₀ 漢") == r"$\sigma \le \mathbf{1}^{\top}a_{0}$ \texttt{U+6F22}"
