"""A statement as a Rocq theorem: its variables and hypotheses, what is claimed, and a script for its proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp
from sympy import Derivative, Expr, Interval, MatrixSymbol, S, Symbol
from sympy.core.relational import Relational
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.activations import sigmoid
from derivations.domains import NonnegativeVectors, RealMatrices, UnitVectors
from derivations.extrema import Extremum
from derivations.forms import NotReducible, expand_inner
from derivations.rocq.scripts import Lines, NoScript, Writer, block, equality, indented
from derivations.rocq.terms import _short, ATOM, MUL, Names, Untranslatable, function, symbol_name, term, vector
from derivations.signs import SignProof
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Statement
from derivations.vectors import Inner, is_matrix

Prove = Callable[[Expr, Statement], "tuple[SignProof, dict[Any, Any]]"]
"""Finds a proof that an expression is nonnegative on a statement's domain, and what its symbols stand for."""
Locate = Callable[[Constant], "tuple[Expr, int]"]
"""Finds where an extremum is attained or nearly so, and the sign of the expression there."""


BOUNDS = {
    sp.tanh: ("tanh_low", "tanh_up"),
    sigmoid: ("sigmoid_pos", "sigmoid_up"),
    sp.exp: ("exp_pos",),
    sp.sin: ("sin_low", "sin_up"),
    sp.cos: ("cos_low", "cos_up"),
}
"""What is known of a function that stands for itself in a certificate."""


@dataclass(frozen=True)
class Reading:
    """A term that was printed, and the expression that it was printed from."""

    text: str
    expr: Any
    names: Names


@dataclass(frozen=True)
class Goal:
    """One proposition with its script; `readings` are its sides, to be read back and evaluated."""

    claim: str
    script: tuple[str, ...]
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Theorem:
    """A statement's theorem: `binders` and `hypotheses` come from its domain, `remarks` say what is written differently."""

    name: str
    binders: tuple[str, ...]
    hypotheses: tuple[tuple[str, str], ...]
    opening: tuple[str, ...]
    goals: tuple[Goal, ...]
    names: Names
    remarks: tuple[str, ...] = field(default=())

    def proposition(self, number: int = 0) -> str:
        """What is claimed, hypotheses included, as one proposition."""
        premises = "".join(f"\n  {h} ->" for _, h in self.hypotheses)
        binders = f"forall {' '.join(self.binders)}," if self.binders else ""
        return f"{binders}{premises}\n  {self.goals[number].claim}"

    def text(self) -> str:
        """The theorem with its proof, one lemma a goal, and the question what it assumes."""
        lines: Lines = []
        for number, goal in enumerate(self.goals):
            name = self.name if len(self.goals) == 1 else f"{self.name}_{number + 1}"
            intro = [b[1:].split(" :")[0] if b.startswith("(") else b.strip("{}").split(" :")[0] for b in self.binders]
            names = " ".join((*intro, *(n for n, _ in self.hypotheses)))
            lines += [f"Theorem {name} :", f"  {self.proposition(number)}.", "Proof."]
            lines += indented([f"intros {names}."] if names else [])
            lines += indented([*self.opening, *goal.script])
            lines += ["Qed.", f"Print Assumptions {name}."]
        return "\n".join(lines) + "\n"


def theorem_of(statement: Statement, prove: Prove, locate: Locate) -> Theorem:
    """The theorem of a statement; raises Untranslatable (which node) or NoScript (which certificate is missing)."""
    if isinstance(statement, Gradient) and statement.of is None:
        raise Untranslatable("a gradient without an expression of which it is one")
    if not isinstance(statement, Identity | Gradient | Bound | Constant | Existence):
        raise Untranslatable(f"{statement.kind}: nothing algebraic")
    names, binders, hypotheses, opening, remarks = _context(statement)
    match statement:
        case Identity():
            goals = _identity(statement, statement.lhs, statement.rhs, names)
        case Gradient():
            goals = [_gradient(statement, names)]
        case Bound():
            goals = [_bound(statement, statement.lower, statement.upper, names, prove)]
        case Constant():
            goals = [_constant(statement, names, prove, locate)]
        case Existence():
            goals = []
            for prop in statement.content:
                if isinstance(prop, Relational):
                    goals.append(_bound(statement, prop.lts, prop.gts, names, prove))
                else:
                    goals += _identity(statement, prop, S.Zero, names)
    name = "".join(c if c.isalnum() else "_" for c in statement.slug)
    name = name if name[0].isalpha() else f"s{name}"
    used = "\n".join(g.claim + "\n".join(g.script) for g in goals)
    if "unshifted" in used:
        remarks.append("the inverse is written by Sherman and Morrison's formula (Lemmata.sherman_morrison)")
    return Theorem(name, tuple(binders), tuple(hypotheses), tuple(opening), tuple(goals), names, tuple(remarks))


def _context(s: Statement) -> tuple[Names, list[str], list[tuple[str, str]], list[str], list[str]]:
    """Variables, hypotheses and facts that follow from them."""
    names, domain = Names(), s.domain
    binders: list[str] = []
    hypotheses: list[tuple[str, str]] = []
    opening: list[str] = []
    remarks: list[str] = []
    content = [c for c in s.content if isinstance(c, sp.Basic)]
    used = {x for c in (*content, *domain.where) for x in getattr(c, "free_symbols", ())} | set(domain.angles)
    used |= {n for d in (s.derivation.steps if s.derivation else ()) for n in getattr(d.expr, "free_symbols", ())}
    spaces: dict[Any, str] = {}
    for v in domain.vectors:
        if v not in used and not any(v in (a.x, a.y) for a in domain.angles.values()):
            continue
        if v.shape[1] != 1 or isinstance(domain.ranges[v], NonnegativeVectors):
            raise Untranslatable(f"MatrixSymbol: {v} of shape {v.shape[0]}×{v.shape[1]}")
        if v.shape[0] not in spaces:
            spaces[v.shape[0]] = names.fresh("V" if not spaces else "W")
            binders.append(f"({spaces[v.shape[0]]} : space)")
        names.vectors[v] = names.fresh(v.name)
    ones = {o.shape[0] for c in (*content, *domain.where) for o in sp.sympify(c).atoms(sp.OneMatrix)}
    ones |= {d for c in content for o in c.atoms(sp.OneMatrix) for d in o.shape} - {S.One}
    if len(ones - {S.One}) > len(spaces) and any(o not in spaces for o in ones - {S.One}):
        for size in sorted(ones - {S.One} - set(spaces), key=str):
            spaces[size] = names.fresh("V")
            binders.append(f"({spaces[size]} : space)")
    for v, name in names.vectors.items():
        binders.append(f"({name} : {spaces[v.shape[0]]})")
    for size in sorted(ones - {S.One}, key=str):
        names.ones[size] = names.fresh("ones_" if len(ones) > 1 else "one")
        binders.append(f"({names.ones[size]} : {spaces[size]})")
        remarks.append(f"{names.ones[size]} is any vector of squared length {size}, such as 1")
    if spaces:
        remarks.append("vectors are those of any real inner product space, such as R^n (Lemmata.coordinate_space)")
    needed = used | {x for size in names.ones for x in size.free_symbols}
    for symbol in (*domain.scalars, *domain.angles):
        if symbol not in needed:
            continue
        values = domain.interval(symbol)
        if values.is_subset(S.Integers):
            _natural(symbol, values, names, binders, hypotheses, opening)
        elif isinstance(values, Interval):
            _real(symbol, values, names, binders, hypotheses)
        else:
            raise Untranslatable(f"{type(values).__name__}: the range {values} of {symbol}")
    for v, name in names.vectors.items():
        if isinstance(domain.ranges[v], UnitVectors):
            hypotheses.append((f"N_{name}".replace("'", ""), f"dot {name} {name} = 1"))
        elif not isinstance(domain.ranges[v], RealMatrices):
            raise Untranslatable(f"{type(domain.ranges[v]).__name__}: the range of {v}")
    for symbol, angle in domain.angles.items():
        if symbol in needed:
            inner = term(Inner(angle.x, angle.y), names)
            hypotheses.append((f"A_{names.numbers[symbol]}", f"{inner} = cos {names.numbers[symbol]}"))
    for size, name in names.ones.items():
        hypotheses.append((f"N_{name}", f"dot {name} {name} = {term(size, names, MUL)}"))
    for number, relation in enumerate(r for r in domain.where if isinstance(r, Relational)):
        if len(relation.free_symbols) == 1 and not relation.atoms(MatrixExpr):
            continue
        sign = "<" if relation.rel_op in ("<", ">") else "<="
        claim = f"{term(relation.lts, names, MUL)} {sign} {term(relation.gts, names, MUL)}"
        hypotheses.append((f"W{number + 1}", claim))
    if any(c.has(sp.pi) for c in content) or any("PI" in h for _, h in hypotheses):
        opening.append("destruct pi_bounds as [PI_low PI_up].")
    return names, binders, hypotheses, opening, remarks


def _natural(
    n: Symbol, values: Any, names: Names, binders: list[str], hypotheses: list[tuple[str, str]], opening: list[str]
) -> None:
    name = names.fresh(n.name)
    names.naturals[n] = name
    binders.append(f"({name} : nat)")
    if not values.inf.is_finite or values.inf < 0:
        raise Untranslatable(f"Symbol: {n} may be a negative integer")
    hypotheses.append((f"L_{name}", f"({values.inf} <= {name})%nat"))
    low = values.inf
    opening.append(f"assert (R_{name} : {low} <= INR {name})")
    opening.append(f"  by (replace {low} with (INR {low}) by (simpl; ring); apply le_INR; assumption).")
    if values.sup.is_finite:
        hypotheses.append((f"U_{name}", f"({name} <= {values.sup})%nat"))


def _real(
    symbol: Symbol, values: Interval, names: Names, binders: list[str], hypotheses: list[tuple[str, str]]
) -> None:
    name = names.fresh(symbol.name)
    names.numbers[symbol] = name
    binders.append(f"({name} : R)")
    clean = name.replace("'", "")
    if values.start.is_finite:
        sign = "<" if values.left_open else "<="
        hypotheses.append((f"L_{clean}", f"{term(values.start, names, MUL)} {sign} {name}"))
    if values.end.is_finite:
        sign = "<" if values.right_open else "<="
        hypotheses.append((f"U_{clean}", f"{name} {sign} {term(values.end, names, MUL)}"))


def _expanding(s: Statement, names: Names, hypothesis: str = "") -> Lines:
    """Multiply inner products out and put in those that the domain fixes, in the goal or in a hypothesis."""
    if not names.vectors and not names.ones:
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
            lines.append(f"rewrite ?(dot_comm {y} {x}) in A_{names.numbers[symbol]}.")
    if fixed := _fixed(s, names):
        lines.append(f"rewrite {fixed}{where}.")
    return lines


def _fixed(s: Statement, names: Names) -> str:
    """The hypotheses that give inner products, as arguments of rewrite."""
    unit = [v for v in names.vectors if isinstance(s.domain.ranges.get(v), UnitVectors)]
    fixed = [f"N_{names.vectors[v]}".replace("'", "") for v in unit] + [f"N_{t}" for t in names.ones.values()]
    fixed += [f"A_{names.numbers[symbol]}" for symbol in s.domain.angles if symbol in names.numbers]
    return ", ".join(f"?{h}" for h in fixed)


def _identity(s: Statement, lhs: Any, rhs: Any, names: Names) -> list[Goal]:
    if isinstance(lhs, sp.MatrixBase):
        right = list(rhs) if isinstance(rhs, sp.MatrixBase) else [S.Zero] * len(lhs)
        return [g for a, b in zip(lhs, right, strict=True) for g in _identity(s, a, b, names)]
    if is_matrix(lhs) or is_matrix(rhs):
        if lhs.shape[1] != 1:
            return [_operator(s, lhs, rhs, names)]
        test = MatrixSymbol("h", *lhs.shape)
        name = names.fresh("h")
        wide = replace(names, vectors={**names.vectors, test: name})
        left, right_text = (
            "0" if side == 0 or isinstance(side, sp.ZeroMatrix) else f"dot {vector(side, wide)} {name}"
            for side in (lhs, rhs)
        )
        products = [S.Zero if t == "0" else Inner(e, test) for t, e in ((left, lhs), (right_text, rhs))]
        lines = [f"intros {name}.", *_expanding(s, wide), *_equal(s, products[0], products[1], wide)]
        readings = (Reading(left, products[0], wide), Reading(right_text, products[1], wide))
        return [Goal(f"forall {name}, {left} = {right_text}", tuple(lines), readings)]
    if isinstance(lhs, Derivative):
        return [_derivative(lhs, rhs, names)]
    left, right_text = term(lhs, names, MUL), term(rhs, names, MUL)
    lines = [*_expanding(s, names), *_equal(s, lhs, rhs, names)]
    return [Goal(f"{left} = {right_text}", tuple(lines), (Reading(left, lhs, names), Reading(right_text, rhs, names)))]


def _operator(s: Statement, lhs: Any, rhs: Any, names: Names) -> Goal:
    """An equation between matrices, applied to every column and tested with every column."""
    x, h = (MatrixSymbol(n, lhs.shape[0], 1) for n in ("x", "h"))
    wide = replace(names, vectors=dict(names.vectors))
    for v in (x, h):
        wide.vectors[v] = wide.fresh(v.name)
    sides = [Inner(sp.MatMul(m, x).doit(), h) for m in (lhs, rhs)]
    left, right = (term(side, wide, MUL) for side in sides)
    bound = f"{wide.vectors[x]} {wide.vectors[h]}"
    lines = [f"intros {bound}.", *_expanding(s, wide), *_equal(s, sides[0], sides[1], wide)]
    return Goal(f"forall {bound}, {left} = {right}", tuple(lines), (Reading(left, sides[0], wide), Reading(right, sides[1], wide)))


def _opened(s: Statement, *sides: Any) -> list[Expr]:
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


def _equal(s: Statement, lhs: Any, rhs: Any, names: Names) -> Lines:
    """What closes an equation between numbers, once inner products are multiplied out."""
    exprs = _opened(s, lhs, rhs)
    if any(e.has(Derivative) for e in exprs):
        raise NoScript("a derivative inside an equation")
    return [f"{equality(exprs, names)}."]


def _derivative(d: Derivative, value: Expr, names: Names) -> Goal:
    """is_derive for the outermost derivative; those inside are found first."""
    symbols = [v for v, n in d.variable_count for _ in range(int(n))]
    *inner, last = symbols
    body = Derivative(d.expr, *inner) if inner else d.expr
    claim_function = function(body, last, names)
    at, claimed = term(last, names, ATOM), term(value, names, ATOM)
    claim = f"is_derive {claim_function} {at} {claimed}"
    lines: Lines = []
    f = d.expr
    bound = symbol_name(last, names)
    inside = names.with_numbers({last: bound})
    for x in inner:
        # the inner derivative as a formula, at every value of the last variable
        slope = f.diff(x)
        lines += [
            f"apply (is_derive_ext {function(slope, last, names)}).",
            *block(
                [
                    f"intros {bound}{'1' if bound == names.numbers.get(last) else ''}. symmetry. apply is_derive_unique.",
                    _auto(f, slope, inside),
                ]
            ),
        ]
        f = slope
    lines.append(_auto(f, value, names))
    return Goal(claim, tuple(lines), (Reading(claimed, value, names),))


def _auto(f: Expr, slope: Expr, names: Names) -> str:
    return f"auto_derive; [side | {equality([f, slope], names, True)}]."


def _gradient(s: Gradient, names: Names) -> Goal:
    if not is_matrix(s.wrt):
        goal = _derivative(Derivative(s.of, s.wrt, evaluate=False), s.equals, names)
        return goal
    h, t = MatrixSymbol("h", *s.wrt.shape), Symbol("t", real=True)
    wide = replace(names, vectors=dict(names.vectors))
    wide.vectors[h] = wide.fresh("h")
    bound = wide.fresh("t")
    inside = wide.with_numbers({t: bound})
    moved = s.of.xreplace({s.wrt: s.wrt + t * h})
    claimed = term(Inner(s.equals, h), wide, ATOM)
    claim = f"forall {wide.vectors[h]}, is_derive (fun {bound} : R => {term(moved, inside)}) 0 {claimed}"
    flat = expand_inner(moved, s.domain.table)
    lines = [
        f"intros {wide.vectors[h]}.",
        "eapply is_derive_ext.",
        *block([f"intros {bound}. symmetry.", *_expanding(s, wide), "reflexivity."]),
        "auto_derive; [dots; at_origin; side |].",
        *_expanding(s, wide),
        f"at_origin. {equality([*_opened(s, Inner(s.equals, h)), flat.xreplace({t: S.Zero})], wide, True)}.",
    ]
    return Goal(claim, tuple(lines), (Reading(claimed, Inner(s.equals, h), wide),))


def _gap_goal(
    s: Statement, lhs: Expr, rhs: Expr, names: Names, prove: Prove, extra: dict[Any, str] | None = None
) -> Lines:
    """The lines that prove lhs <= rhs from a sign proof of the difference."""
    proof, stands_for = prove(rhs - lhs, s)
    inside = names.with_numbers(extra or {})
    facts: Lines = []
    back: dict[Any, Any] = {}
    inside.meaning.update({a: b for a, b in stands_for.items() if a != b})
    for number, relation in enumerate(r for r in s.domain.where if isinstance(r, Relational)):
        if len(relation.free_symbols) == 1 and not relation.atoms(MatrixExpr):
            continue
        lemma = "gap_of_strict" if relation.rel_op in ("<", ">") else "gap_of"
        facts.append(f"pose proof ({lemma} _ _ W{number + 1}) as T{number + 1}.")
        facts += _expanding(s, names, f"T{number + 1}")
    for symbol, meaning in stands_for.items():
        if meaning in inside.numbers:
            inside.numbers[symbol] = inside.numbers[meaning]
        elif meaning in inside.naturals:
            inside.naturals[symbol] = inside.naturals[meaning]
        else:
            inside.numbers[symbol] = f"({term(meaning, inside)})"
        back[symbol] = meaning
        if symbol.is_nonnegative and isinstance(meaning, Inner) and meaning.args[0] == meaning.args[1]:
            facts.append(f"pose proof (dot_pos {vector(meaning.args[0], inside)}).")
        elif symbol.name.startswith("g") and isinstance(meaning, sp.Add) and meaning.has(Inner):
            (pair,) = (p for p in meaning.atoms(Inner) if p.args[0] != p.args[1])
            x, y = (vector(v, inside) for v in pair.args)
            facts += [f"pose proof (cauchy_gap {x} {y}) as CS.", *_expanding(s, names, "CS")]
            facts.append(f"assert (0 <= {term(meaning, inside, MUL)}) by (eapply Rle_trans; [exact CS | right; ring]).")
        elif type(meaning) in BOUNDS:
            at = term(meaning.args[0], inside, ATOM)
            facts += [f"pose proof ({lemma} {at})." for lemma in BOUNDS[type(meaning)]]
        elif symbol.is_nonnegative and meaning not in inside.numbers and not meaning.is_Symbol:
            by = "; ".join(
                f"first [solve [eapply Rle_trans; [exact T{i + 1} | right; {equality([meaning], inside)}]] | idtac]"
                for i, r in enumerate(r for r in s.domain.where if isinstance(r, Relational))
                if len(r.free_symbols) > 1 or r.atoms(MatrixExpr)
            )
            facts.append(f"assert (0 <= {term(meaning, inside, MUL)}) by first [low | solve [{by}]].")
    writer = Writer()
    name, lines = writer.asserted(proof, inside)
    exprs = [*_opened(s, rhs, lhs), proof.f, proof.f.xreplace(back)]
    return [
        *facts,
        *lines,
        f"apply from_gap. apply (Rle_trans _ ({term(proof.f, inside)})); [exact {name} | right].",
        *_expanding(s, names),
        f"symmetry. {equality(exprs, inside)}.",
    ]


def _without_derivatives(expr: Expr) -> Expr:
    return expr.doit() if expr.has(Derivative) else expr


def _bound(s: Statement, lhs: Expr, rhs: Expr, names: Names, prove: Prove) -> Goal:
    left, right = term(lhs, names, MUL), term(rhs, names, MUL)
    lines: Lines = []
    for e in sorted({d for side in (lhs, rhs) for d in side.atoms(Derivative)}, key=str):
        value = e.doit()
        ((x, order),) = e.variable_count
        if order != 1:
            raise NoScript("a higher derivative inside a bound")
        lines += [
            f"replace ({term(e, names)}) with ({term(value, names)})",
            f"  by (symmetry; apply is_derive_unique; {_auto(e.expr, value, names)[:-1]}).",
        ]
    lhs, rhs = _without_derivatives(lhs), _without_derivatives(rhs)
    try:
        lines += _gap_goal(s, lhs, rhs, names, prove)
    except NoScript:
        if s.derivation is None or not isinstance(s, Bound) or not s.derivation.steps:
            raise
        lines += _chain(s, lhs, rhs, names, prove)
    return Goal(f"{left} <= {right}", tuple(lines), (Reading(left, lhs, names), Reading(right, rhs, names)))


def _chain(s: Statement, lhs: Expr, rhs: Expr, names: Names, prove: Prove) -> Lines:
    """Link by link, as the derivation goes."""
    assert s.derivation is not None
    lines: Lines = []
    before = s.derivation.start
    hypotheses = []
    for number, step in enumerate(s.derivation.steps):
        a, b = (_without_derivatives(e) for e in (before, step.expr))
        if step.relation == ">=":
            a, b = b, a
        name = f"Step{number + 1}"
        relation = "=" if step.relation == "=" else "<="
        lines.append(f"(* {step.reason.replace('*', '·').replace('(', '[').replace(')', ']')} *)")
        lines.append(f"assert ({name} : {term(a, names, MUL)} {relation} {term(b, names, MUL)}).")
        if relation == "=":
            lines += block([*_expanding(s, names), *_equal(s, a, b, names)])
        else:
            lines += block(_gap_goal(s, a, b, names, prove))
        hypotheses.append(name)
        before = step.expr
    return [*lines, *_expanding(s, names), *(f"dots_in {h}." for h in hypotheses if names.vectors), "lra."]


def _constant(s: Constant, names: Names, prove: Prove, locate: Locate) -> Goal:
    if isinstance(s.definition, Extremum):
        return _extremum(s, names, prove, locate)
    if s.value is None:
        raise Untranslatable("a constant between two ends that is no extremum")
    return _identity(s, s.definition, s.value, names)[0]


def _extremum(s: Constant, names: Names, prove: Prove, locate: Locate) -> Goal:
    """sup or inf over an interval: every value is on one side of it, and one point reaches it."""
    expr, x, interval, _ = s.definition.args
    above = s.definition.is_supremum
    size = isinstance(expr, sp.Abs)
    body = (expr.args[0] if size else expr).doit()
    whole = sp.Abs(body, evaluate=False) if size else body
    name = names.fresh(x.name)
    inside = names.with_numbers({x: name})
    conditions = []
    if interval.inf.is_finite:
        conditions.append(f"{term(interval.inf, names, MUL)} {'<' if interval.left_open else '<='} {name}")
    if interval.sup.is_finite:
        conditions.append(f"{name} {'<' if interval.right_open else '<='} {term(interval.sup, names, MUL)}")
    region = " /\\ ".join(conditions) or "True"
    over = f"(fun {name} : R => {term(whole, inside)}) (fun {name} : R => {region})"
    low, high = s.enclosure or (s.value, s.value)
    inner, outer = (low, high) if above else (high, low)
    kind = "sup" if above else "inf"
    point, sign = locate(s)
    at = term(point, names, ATOM)
    there = names.with_numbers({x: at})
    ends = [term(e, names, ATOM) for e in (low, high)]
    reached = [f"(* at {x} = {_short(point)} *)", "cbv beta."]
    if size:
        how = "Rabs_right" if sign == 1 else "Rabs_left1"
        reached.append(f"rewrite {how} by (first [apply Rle_ge | apply Ropp_le_cancel; rewrite Ropp_0]; at_end).")
    if s.enclosure is None:
        claim = f"is_{kind} {over} {ends[0]}"
        head = f"apply ({kind}_attained _ _ {ends[0]} {at})."
        exprs = [sign * body.xreplace({x: point}), sp.Tuple(*body.atoms(sp.Pow), *sp.sympify(point).atoms(sp.Pow)), inner]
        reached.append(f"rewrite ?sigmoid_at, ?tanh_at by above. ends. {equality(exprs, there)}.")
    else:
        claim = f"exists m, is_{kind} {over} m /\\ {term(low, names, MUL)} <= m <= {term(high, names, MUL)}"
        head = f"apply ({kind}_between _ _ {ends[0]} {ends[1]} {at})."
        reached.append("unfold Rminus; interval with (i_prec 160).")
    wide = _on_interval(s, x, interval)
    pattern = f"[{' '.join(f'D{i}' for i in range(len(conditions)))}]" if len(conditions) > 1 else "D0"
    everywhere = [f"intros {name} {pattern}. cbv beta."]
    if size:
        everywhere.append("apply abs_below.")
        for a, b in ((body, outer), (-outer, body)):
            everywhere += block(_gap_goal(wide, a, b, inside, prove))
    else:
        everywhere += _gap_goal(wide, *((body, outer) if above else (outer, body)), inside, prove)
    lines = [head, *block(["cbv beta. repeat split; first [exact I | lra | interval]."]), *block(reached), *block(everywhere)]
    return Goal(claim, tuple(lines), (Reading(term(whole, inside), whole, inside),))


def _on_interval(s: Constant, x: Symbol, interval: Any) -> Statement:
    """The statement's domain and the interval of the extremum, as a statement on which inequalities are proved."""
    return Identity(s.slug, x, x, on={**s.domain.ranges, x: interval}, where=s.domain.where, paper=s.paper)


__all__ = ["Goal", "Reading", "Theorem", "theorem_of"]
