"""A statement's variables and hypotheses in Rocq, and how inner products are expanded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
from sympy import Expr, Interval, S, Symbol
from sympy.core.relational import Relational
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.calculus.forms import NotReducible, expand_inner
from derivations.domains import Domain, RealMatrices, UnitVectors
from derivations.rocq.tactics import Lines
from derivations.rocq.terms import ATOM, MUL, Names, Untranslatable, term, vector
from derivations.statements import Statement
from derivations.vectors import Inner
from derivations.vectors import ones as ones_of


@dataclass(frozen=True)
class PrintedTerm:
    """A term that was printed, the expression that it was printed from, and the names it is in."""

    text: str
    expr: Any
    names: Names


@dataclass
class Preamble:
    """What a theorem begins with: `binders` and `hypotheses` from the domain, and facts that follow in `opening`."""

    names: Names = field(default_factory=Names)
    binders: list[str] = field(default_factory=list)
    hypotheses: list[tuple[str, str]] = field(default_factory=list)
    opening: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    readings: list[PrintedTerm] = field(default_factory=list)

    def assume(self, name: str, claim: str) -> None:
        self.hypotheses.append((name.replace("'", "0"), claim))


def context_of(s: Statement) -> Preamble:
    """Variables, hypotheses and facts that follow from them; raises Untranslatable for a range without a type."""
    c, domain = Preamble(), s.domain
    content = [e for e in s.content if isinstance(e, sp.Basic)]
    steps = [step.expr for step in (s.derivation.steps if s.derivation else ())]
    used = {x for e in (*content, *domain.where, *steps) for x in getattr(e, "free_symbols", ())} | set(domain.angles)
    vectors = [v for v in domain.vectors if v in used or any(v in (a.x, a.y) for a in domain.angles.values())]
    matrices = {m for e in (*content, *domain.where) for m in sp.sympify(e).atoms(sp.OneMatrix)}
    ones = sorted({size for m in matrices for size in m.shape} - {S.One}, key=str)
    _vectors(c, domain, vectors, ones)
    needed = used | {x for size in ones for x in size.free_symbols}
    for symbol in (s for s in (*domain.scalars, *domain.angles) if s in needed):
        values = domain.interval(symbol)
        if values.is_subset(S.Integers):
            _natural(c, symbol, values)
        elif isinstance(values, Interval):
            _real(c, symbol, values)
        else:
            raise Untranslatable(f"{type(values).__name__}: the range {values} of {symbol}")
    for v in vectors:
        if isinstance(domain.ranges[v], UnitVectors):
            c.assume(f"N_{c.names.vectors[v]}", f"dot {c.names.vectors[v]} {c.names.vectors[v]} = 1")
    for symbol, angle in domain.angles.items():
        name = c.names.numbers[symbol]
        c.assume(f"A_{name}", f"{term(Inner(angle.x, angle.y), c.names)} = cos {name}")
    for size, name in c.names.ones.items():
        c.assume(f"N_{name}", f"dot {name} {name} = {term(size, c.names, MUL)}")
    for size, one in c.names.ones.items():
        for v in (v for v in c.names.vectors if v.shape[0] == size):
            # v without its mean has a length
            fact, name = f"C_{c.names.vectors[v]}".replace("'", "0"), c.names.vectors[v]
            turn = "" if Inner(v, ones_of(size)).args[0] == v else f" rewrite (dot_comm {name} {one}) in {fact}."
            n = term(size, c.names, ATOM)
            c.opening.append(
                f"pose proof (centred_pos {name} {one} {n} N_{one.replace(chr(39), '0')} ltac:(above)) as {fact}.{turn}"
            )
    for number, relation in enumerate(conditions(s), start=1):
        sign = "<" if relation.rel_op in ("<", ">") else "<="
        sides = [term(side, c.names, MUL) for side in (relation.lts, relation.gts)]
        c.assume(f"W{number}", f"{sides[0]} {sign} {sides[1]}")
        c.readings += [PrintedTerm(t, e, c.names) for t, e in zip(sides, (relation.lts, relation.gts), strict=True)]
    if any(e.has(sp.pi) for e in content) or any("PI" in claim for _, claim in c.hypotheses):
        c.opening.append("destruct pi_bounds as [PI_low PI_up].")
    return c


def _vectors(c: Preamble, domain: Domain, vectors: Sequence[Any], ones: Sequence[Any]) -> None:
    """A space for each dimension, its vectors, and the vector 1 where it occurs."""
    for v in vectors:
        if not isinstance(domain.ranges[v], UnitVectors | RealMatrices):
            raise Untranslatable(f"{type(domain.ranges[v]).__name__}: the range of {v}")
    for size in dict.fromkeys([*(n for v in vectors for n in v.shape if n != 1), *ones]):
        c.names.spaces[size] = c.names.fresh("V")
        c.binders.append(f"({c.names.spaces[size]} : space)")
    for m in (v for v in vectors if v.shape[1] != 1):
        c.names.matrices[m] = c.names.fresh(m.name)
        rows, cols = (c.names.spaces[n] for n in m.shape)
        c.binders.append(f"({c.names.matrices[m]} : matrix {rows} {cols})")
    for v in (v for v in vectors if v.shape[1] == 1):
        c.names.vectors[v] = c.names.fresh(v.name)
        c.binders.append(f"({c.names.vectors[v]} : {c.names.spaces[v.shape[0]]})")
    for size in ones:
        c.names.ones[size] = c.names.fresh("one")
        c.binders.append(f"({c.names.ones[size]} : {c.names.spaces[size]})")
        c.remarks.append(f"{c.names.ones[size]} is any vector of squared length {size}, such as 1")
    if c.names.spaces:
        c.remarks.append("vectors are those of any real inner product space, such as R^n (Lemmata.coordinate_space)")
    if c.names.matrices:
        c.remarks.append("matrices are linear maps with a transpose (Lemmata.coordinate_matrix)")


def _natural(c: Preamble, n: Symbol, values: Any) -> None:
    low, high = values.inf, values.sup
    if not low.is_finite or low < 0:
        raise Untranslatable(f"Symbol: {n} may be a negative integer")
    name = c.names.naturals[n] = c.names.fresh(n.name)
    c.binders.append(f"({name} : nat)")
    c.assume(f"L_{name}", f"({low} <= {name})%nat")
    c.opening += [
        f"assert (R_{name} : {low} <= INR {name})",
        f"  by (replace {low} with (INR {low}) by (simpl; ring); apply le_INR; assumption).",
    ]
    if high.is_finite:
        c.assume(f"U_{name}", f"({name} <= {high})%nat")


def _real(c: Preamble, symbol: Symbol, values: Interval) -> None:
    name = c.names.numbers[symbol] = c.names.fresh(symbol.name)
    c.binders.append(f"({name} : R)")
    if values.start.is_finite:
        c.assume(f"L_{name}", f"{term(values.start, c.names, MUL)} {'<' if values.left_open else '<='} {name}")
    if values.end.is_finite:
        c.assume(f"U_{name}", f"{name} {'<' if values.right_open else '<='} {term(values.end, c.names, MUL)}")


def conditions(s: Statement) -> list[Relational]:
    """The conditions of the domain that are not the range of one number."""
    return [r for r in s.domain.where if isinstance(r, Relational) and (len(r.free_symbols) > 1 or r.atoms(MatrixExpr))]


def expanding(s: Statement, names: Names, exprs: Sequence[Any] = (), hypothesis: str = "") -> Lines:
    """Expand inner products and substitute those that the domain fixes, in the goal or in a hypothesis.

    Products with matrices are turned into the form that they have in `exprs`.
    """
    if not names.vectors and not names.ones and not names.matrices:
        return []
    where = f" in {hypothesis}" if hypothesis else ""
    lines = [f"unfold shifted, unshifted in *. {f'dots_in {hypothesis}' if hypothesis else 'dots'}."]
    atoms = [*names.vectors, *(sp.OneMatrix(size, 1) for size in names.ones)]
    pairs = [Inner(x, y).args for i, x in enumerate(atoms) for y in atoms[i + 1 :] if x.shape == y.shape]
    if pairs:
        # the order in which SymPy writes an inner product
        turned = ", ".join(f"?(dot_comm {vector(y, names)} {vector(x, names)})" for x, y in pairs)
        lines.append(f"rewrite {turned}{where}.")
    for symbol, angle in s.domain.angles.items():
        if symbol in names.numbers:
            x, y = (names.vectors[v] for v in Inner(angle.x, angle.y).args)
            hypothesis_of = f"A_{names.numbers[symbol]}".replace("'", "0")
            lines.append(f"rewrite ?(dot_comm {y} {x}) in {hypothesis_of}.")
    for number, (claim, how) in enumerate(_turned(exprs, names)):
        name = f"Turn{number}{hypothesis}"
        lines.append(f"assert ({name} : {claim}) by ({how}). rewrite ?{name}{where}.")
    if given := fixed(s, names):
        lines.append(f"rewrite {given}{where}.")
    return lines


def _turned(exprs: Sequence[Any], names: Names) -> list[tuple[str, str]]:
    """⟨y, Wᵀx⟩ = ⟨x, Wy⟩ for the products ⟨x, Wy⟩ that occur, each with its proof."""
    found = []
    products = {p for e in exprs for p in sp.sympify(e).atoms(Inner)}
    for p in sorted(products, key=sp.default_sort_key):
        x, image = sorted(p.args, key=lambda a: isinstance(a, sp.MatMul))
        if not isinstance(image, sp.MatMul) or isinstance(x, sp.MatMul):
            continue
        *word, y = image.args
        back = sp.MatMul(*(sp.Transpose(m).doit() for m in reversed(word)), x)
        claim = f"dot {vector(y, names)} {vector(back, names)} = {term(p, names, MUL)}"
        if back != image or x != y:
            found.append((claim, "rewrite dot_comm; repeat progress rewrite ?adjoint, ?turned_adjoint; reflexivity"))
    return found


def fixed(s: Statement, names: Names) -> str:
    """The hypotheses that give inner products, as arguments of rewrite."""
    unit = [v for v in names.vectors if isinstance(s.domain.ranges.get(v), UnitVectors)]
    given = [f"N_{t}" for t in (*(names.vectors[v] for v in unit), *names.ones.values())]
    given += [f"A_{names.numbers[symbol]}" for symbol in s.domain.angles if symbol in names.numbers]
    return ", ".join(f"?{h}".replace("'", "0") for h in given)


def opened(s: Statement, *sides: Any) -> list[Expr]:
    """Both sides with inner products multiplied out, and the roots in them before SymPy takes their squares."""
    found: list[Expr] = []
    for side in sides:
        try:
            found.append(expand_inner(side, s.domain.table))
            found += [
                sp.sqrt(expand_inner(p.base, s.domain.table))
                for p in side.atoms(sp.Pow)
                if p.exp.is_Rational and p.exp.q == 2
            ]
        except NotReducible:
            found.append(side)
    return found
