"""Symbols of the engines are their own: plain ones are made for a reason only, and renaming changes nothing."""

import ast
from pathlib import Path

import pytest
from mpmath import mp
from sympy import MatrixSymbol, Rational, S, Symbol, cos, exp

import derivations
from checks.running.runner import check
from checks.verdicts import Verdict
from derivations import Bound, Gradient, Paper, inner, norm_squared, vector
from derivations.domains import RealMatrices, make_domain
from derivations.gaussian import Expectation, relu, step
from derivations.proofs.equality import unfold, vanishes
from derivations.proofs.explicit import explicit
from numerics.values.evaluate import evaluate

ROOT = Path(derivations.__file__).parent.parent
ALLOWED = {
    "derivations/letters/abbreviations.py": "a name that the author chooses, for printing",
    "checks/report/parts.py": "another function of this name, which sets text",
    "derivations/vectors.py": "the slot of an entrywise function is bound, and numbered anew where its name is taken",
    "derivations/extrema.py": "a word in the place of a symbol, inf or sup",
    "derivations/tex/binders.py": "a symbol that the author of a formula names",
    "derivations/tex/names.py": "a place that stands for any argument of an unspecified function, and is replaced",
    "derivations/quantities/families.py": "a name that a family has, for printing",
    "derivations/latex/reasons.py": "a name that a fact has, for printing",
    "derivations/rocq/goals.py": "named by `unused`, since the name is printed",
    "numerics/bounds/layer_constants.py": "numbers of layers, in which nothing of a user's stands",
    "numerics/chains.py": "the radius of a chain, in which nothing of a user's stands",
    "numerics/infinite/resolution.py": "only where the expression has no symbol",
    "checks/compare/agreement.py": "the common form of two expressions, whose bound variables are numbered",
    "checks/compare/findings/equations.py": "both sides are named alike, and printed",
    "checks/provers/algebra/branches.py": "all variables of a branch, by names that differ",
    "checks/rocq/algebraic.py": "all symbols of a claim are renamed at once, and back again",
    "checks/studies/implied.py": "bound variables of both sides, which are named alike to be compared",
    "checks/compare/findings/others.py": "a text of its own, without a user's symbols",
}


def plain_symbols(source: str) -> list[int]:
    """The lines on which Symbol(…), symbols(…) or MatrixSymbol(…) is called."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            found += [node.lineno] if name in ("Symbol", "symbols", "MatrixSymbol") else []
    return found


def test_engines_make_no_plain_symbols() -> None:
    found: dict[str, list[int]] = {}
    for floor in ("derivations", "numerics", "checks"):
        for path in (ROOT / floor).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            source = path.read_text(encoding="utf-8")
            lines = plain_symbols(source) if "ymbol(" in source or "symbols(" in source else []
            if (
                lines
                and "/papers/" not in name
                and "/facts/" not in name
                and "/models/" not in name
                and "/new/" not in name
            ):
                found[name] = lines
    assert {name: lines for name, lines in found.items() if name not in ALLOWED} == {}
    assert sorted(set(ALLOWED) - set(found)) == []


NAMES = ("s", "t", "x", "r", "phi", "theta", "_u0", "_w0", "_e", "s1", "s2", "p0", "h0", "t0", "rho", "a", "_x", "z_W")


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_parameter_changes_no_value(name: str) -> None:
    p, w, v = (Symbol(n, real=True) for n in (name, "first", "second"))
    point = Rational(7, 10)
    integrands = [relu(p * w + v) * step(v), relu(w + p), exp(-p * w) * relu(w), relu(w) * relu(p * v)]
    other = Symbol("parameter", real=True)
    for f in integrands:
        law = [[1, cos(p) / 2], [cos(p) / 2, 2]]
        values = []
        for symbol in (p, other):
            expr = Expectation(f, (w, v), law).xreplace({p: symbol})
            closed = unfold(expr, make_domain({symbol: (Rational(1, 2), 1)}, (), {symbol}))
            with mp.workdps(20):
                values.append(evaluate(closed, {symbol: point}, "mpmath"))
        assert abs(values[0] - values[1]) < 1e-15


@pytest.mark.parametrize("name", ["z_W", "x", "h", "W_1", "z_x"])
def test_the_name_of_a_vector_changes_no_identity(name: str) -> None:
    m, n = (Symbol(s, integer=True, positive=True) for s in "mn")
    W, y = MatrixSymbol("W", m, n), vector(name, n)
    domain = make_domain({}, (), {y})
    assert vanishes(Expectation(norm_squared(W * y), W) - m * norm_squared(y), domain).vanishes is True
    a = vector("a", n)
    mixed = Expectation(inner(W * y, W * a), W)
    assert vanishes(mixed - m * inner(y, a), domain).vanishes is True
    assert vanishes(mixed - m * norm_squared(y), domain).vanishes is not True


def test_entries_meet_no_number_of_the_same_name() -> None:
    n = Symbol("n", integer=True, positive=True)
    x, x_1 = vector("x", n), Symbol("x_1", real=True)
    assert explicit(x_1 * inner(x, x), {n: 1}).diff(x_1) == explicit(inner(x, x), {n: 1})
    claim = Gradient("g", x, 2 * x_1 * x, of=x_1 * inner(x, x))
    result = check(Paper("names", statements=(claim,)).statements[0], readings=[])
    assert result.verdict is Verdict.VERIFIED


def test_products_in_a_bound_meet_no_number_of_the_same_name() -> None:
    n = Symbol("n", integer=True, positive=True)
    x, y, p0 = vector("x", n), vector("y", n), Symbol("p0", real=True)
    anywhere = {p0: (S.Zero, S.One), x: RealMatrices(), y: RealMatrices()}
    claim = Bound("b", p0 * inner(x, x), inner(x, y) * norm_squared(y), on=anywhere)
    result = check(Paper("names", statements=(claim,)).statements[0], readings=[])
    assert not any(e.method == "symbolic" and e.verdict is Verdict.VERIFIED for e in result.evidence)
    assert result.verdict is not Verdict.VERIFIED
