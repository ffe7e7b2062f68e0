"""SymPy expressions as Rocq terms: numbers of type R, vectors of an inner product space, names that Rocq accepts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp
from sympy import (
    Add,
    Derivative,
    Expr,
    Identity,
    Integer,
    MatAdd,
    MatMul,
    MatPow,
    MatrixSymbol,
    Mul,
    OneMatrix,
    Pow,
    Rational,
    S,
    Symbol,
    Transpose,
    ZeroMatrix,
)
from sympy.matrices.expressions.inverse import Inverse

from derivations.activations import softplus
from derivations.gaussian import relu, step
from derivations.outcomes.reasons import Reason, Stopped
from derivations.rocq.words import FUNCTIONS, identifier
from derivations.vectors import Inner

CASE, ADD, MUL, NEG, POW, APPLY, ATOM = 60, 50, 40, 35, 30, 10, 0


class Untranslatable(Stopped, ValueError):
    """An expression without a translation; the message names the node."""

    reason = Reason.OUTSIDE


@dataclass
class Names:
    """The term for each symbol: `numbers` are terms of type R, `naturals` of type nat, `vectors` of a space.

    `matrices` are linear maps with a transpose, `ones` is the vector 𝟏 of a dimension and `spaces` the space; `meaning`
    tells what symbols abbreviate, `reserved` are names that are taken beside those in use.
    """

    numbers: dict[Any, str] = field(default_factory=dict)
    naturals: dict[Any, str] = field(default_factory=dict)
    vectors: dict[Any, str] = field(default_factory=dict)
    matrices: dict[Any, str] = field(default_factory=dict)
    ones: dict[Any, str] = field(default_factory=dict)
    spaces: dict[Any, str] = field(default_factory=dict)
    meaning: dict[Any, Any] = field(default_factory=dict)
    reserved: frozenset[str] = frozenset()

    @property
    def taken(self) -> set[str]:
        words = re.findall(r"[A-Za-z_][A-Za-z0-9_']*", " ".join((*self.numbers.values(), *self.vectors.values())))
        return {
            *self.reserved,
            *words,
            *self.naturals.values(),
            *self.ones.values(),
            *self.spaces.values(),
            *self.matrices.values(),
        }

    def fresh(self, name: str) -> str:
        return identifier(name, self.taken)

    def with_numbers(self, more: Mapping[Any, str]) -> Names:
        """These names and more terms of type R."""
        meaning = {s: m for s, m in self.meaning.items() if s not in more}
        return replace(self, numbers={**self.numbers, **more}, meaning=meaning, reserved=frozenset(self.taken))


def bracketed(text: str, own: int, outer: int) -> str:
    return f"({text})" if own > outer else text


def term(expr: Any, names: Names, outer: int = ADD) -> str:
    """The number `expr` as a term of type R; raises Untranslatable."""
    text, own = _term(sp.sympify(expr), names)
    return bracketed(text, own, outer)


def _term(e: Any, names: Names) -> tuple[str, int]:
    if e in names.numbers:
        text = names.numbers[e]
        return text, ATOM if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_']*|\(.*\)", text) else APPLY
    if e in names.naturals:
        return f"INR {names.naturals[e]}", APPLY
    if isinstance(e, Integer):
        return (str(e), ATOM) if e >= 0 else (f"- {-e}", NEG)
    if isinstance(e, Rational):
        return (f"{e.p} / {e.q}", MUL) if e.p >= 0 else (f"- ({-e.p} / {e.q})", NEG)
    if e == S.Pi:
        return "PI", ATOM
    if e == S.Exp1:
        return "exp 1", APPLY
    match e:
        case Add():
            return _sum(e, names), ADD
        case Mul():
            return _product(e, names)
        case Pow():
            return _power(e, names)
        case Inner():
            # plain vectors to the left of what matrices are applied to
            x, y = (vector(a, names) for a in sorted(e.args, key=lambda a: isinstance(a, MatMul)))
            return f"dot {x} {y}", APPLY
        case Derivative():
            return _derivative(e, names), APPLY
        case softplus():
            return f"ln (1 + exp {term(e.args[0], names, ATOM)})", APPLY
        case sp.erfc():
            return f"1 - erf {term(e.args[0], names, ATOM)}", ADD
        case sp.Max() | sp.Min():
            return _extreme(e, names), APPLY
        case relu():
            return f"Rmax 0 {term(e.args[0], names, ATOM)}", APPLY
        case step():
            return f"step {term(e.args[0], names, ATOM)}", APPLY
        case sp.Piecewise():
            return _cases(e.args, names)
        case sp.Sum():
            return _total(e, names), APPLY
    if type(e) in FUNCTIONS:
        return f"{FUNCTIONS[type(e)]} {term(e.args[0], names, ATOM)}", APPLY
    if isinstance(e, Symbol | MatrixSymbol):
        raise Untranslatable(f"the symbol {e} has no range that is a type of Rocq")
    raise Untranslatable(f"{type(e).__name__}: {short(e)}")


def _total(e: sp.Sum, names: Names) -> str:
    """total a (fun k : nat => f) n; raises Untranslatable for several indices and other ends."""
    _, low, high = e.limits[0]
    if len(e.limits) > 1 or not (low.is_Integer and low >= 0):
        raise Untranslatable(f"the sum {short(e)}: one index from a whole number on has a translation")
    length = str(high) if high.is_Integer and high >= 0 else _natural(high, names)
    if length is None:
        raise Untranslatable(f"the sum {short(e)}: its last index is no natural number of the theorem")
    return f"total {low} {total_function(e, names)} {length}"


def total_function(e: sp.Sum, names: Names) -> str:
    """The terms of a sum: (fun k : nat => f)."""
    k = e.limits[0][0]
    bound = names.fresh(k.name)
    inside = replace(names, naturals={**names.naturals, k: bound}, reserved=frozenset(names.taken))
    return f"(fun {bound} : nat => {term(e.function, inside)})"


def _extreme(e: Any, names: Names) -> str:
    """Rmax a (Rmax b c), or the same with Rmin."""
    *first, text = (term(a, names, ATOM) for a in e.args)
    for number, a in enumerate(reversed(first)):
        text = f"{'Rmax' if isinstance(e, sp.Max) else 'Rmin'} {a} {f'({text})' if number else text}"
    return text


def _cases(pairs: Sequence[Any], names: Names) -> tuple[str, int]:
    """(if Rle_dec a b then v else …); raises Untranslatable for a condition that is no order of two numbers."""
    (value, condition), *rest = pairs
    if condition == True:  # noqa: E712
        return _term(value, names)
    if not isinstance(condition, sp.Gt | sp.Lt | sp.Ge | sp.Le) or not rest:
        raise Untranslatable(f"the condition {short(condition)}")
    test = "Rlt_dec" if isinstance(condition, sp.Gt | sp.Lt) else "Rle_dec"
    sides = f"{term(condition.lts, names, ATOM)} {term(condition.gts, names, ATOM)}"
    otherwise = bracketed(*_cases(rest, names), ADD)
    return f"if {test} {sides} then {term(value, names)} else {otherwise}", CASE


def short(e: Any) -> str:
    text = str(e)
    return text if len(text) <= 60 else text[:57] + "…"


def _sum(e: Add, names: Names) -> str:
    text = ""
    for number, t in enumerate(e.as_ordered_terms()):
        minus = t.could_extract_minus_sign()
        body = term(-t if minus else t, names, MUL)
        if number == 0:
            text = f"- {term(-t, names, POW)}" if minus else body
        else:
            text += f" {'-' if minus else '+'} {body}"
    return text


def _product(e: Mul, names: Names) -> tuple[str, int]:
    above: list[Expr] = []
    below: list[Expr] = []
    sign = ""
    for factor in e.args:
        if factor.is_Rational:
            sign = "- " if factor < 0 else ""
            above += [Integer(abs(factor.p))] if abs(factor.p) != 1 else []
            below += [Integer(factor.q)] if factor.q != 1 else []
            continue
        base, power = factor.as_base_exp()
        if power.is_Rational and power < 0 and base != S.Exp1:
            below.append(Pow(base, -power))
        else:
            above.append(factor)
    top = " * ".join(term(f, names, POW) for f in above) or "1"
    if not below and sign and len(above) == 1:
        return f"- {top}", NEG
    if not below:
        return (f"- ({top})", NEG) if sign else (top, MUL)
    bottom = " * ".join(term(f, names, POW) for f in below)
    bottom = f"({bottom})" if len(below) > 1 else bottom
    return (f"- ({top} / {bottom})", NEG) if sign else (f"{top} / {bottom}", MUL)


def _power(e: Pow, names: Names) -> tuple[str, int]:
    base, power = e.as_base_exp()
    if power.is_Rational and power < 0:
        return f"/ {term(Pow(base, -power), names, POW)}", NEG
    if power.is_Integer:
        return f"{term(base, names, APPLY)} ^ {power}", POW
    if power == S.Half:
        return f"sqrt {term(base, names, ATOM)}", APPLY
    if power.is_Rational and power.q == 2:
        return f"sqrt {term(base, names, ATOM)} ^ {power.p}", POW
    natural = _natural(power, names)
    if natural is not None:
        return f"{term(base, names, APPLY)} ^ {natural}", POW
    inverse = _natural(-power, names)
    if inverse is not None:
        return f"/ {term(base, names, APPLY)} ^ {inverse}", NEG
    return f"Rpower {term(base, names, ATOM)} {term(power, names, ATOM)}", APPLY


def _natural(power: Expr, names: Names) -> str | None:
    """An exponent n or n + c as a term of type nat."""
    if power in names.naturals:
        return names.naturals[power]
    if isinstance(power, Add) and len(power.args) == 2:
        number, symbol = power.args
        if number.is_Integer and number > 0 and symbol in names.naturals:
            return f"({names.naturals[symbol]} + {number})"
    return None


def _derivative(e: Derivative, names: Names) -> str:
    """Derive (fun x => …) x, once for each variable, the innermost first."""
    symbols = [s for s, n in e.variable_count for _ in range(int(n))]
    body = e.expr if len(symbols) == 1 else Derivative(e.expr, *symbols[:-1])
    return f"Derive {function(body, symbols[-1], names)} {term(symbols[-1], names, ATOM)}"


def function(body: Any, symbol: Any, names: Names) -> str:
    """(fun x : R => body)."""
    bound = symbol_name(symbol, names)
    return f"(fun {bound} : R => {term(body, names.with_numbers({symbol: bound}))})"


def symbol_name(symbol: Any, names: Names) -> str:
    """The name of a bound variable: the symbol's own if it stands for itself, else a fresh one."""
    own = names.numbers.get(symbol, "")
    return own if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_']*", own) else names.fresh(str(symbol))


def vector(x: Any, names: Names) -> str:
    """A column as an element of its space, in brackets where it is a compound; raises Untranslatable."""
    text = _vector(x, names)
    return text if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_']*", text) else f"({text})"


def _vector(x: Any, names: Names) -> str:
    if x in names.vectors:
        return names.vectors[x]
    match x:
        case OneMatrix() if x.shape[1] == 1 and x.shape[0] in names.ones:
            return names.ones[x.shape[0]]
        case ZeroMatrix():
            return "vzero"
        case MatAdd():
            *parts, text = (_vector(a, names) for a in x.args)
            for part in reversed(parts):
                text = f"vplus {_group(part)} {_group(text)}"
            return text
        case MatMul():
            factor, matrices = x.as_coeff_matrices()
            applied = _applied(list(matrices), names)
            return applied if factor == 1 else f"vscal {term(factor, names, ATOM)} {_group(applied)}"
    raise Untranslatable(f"{type(x).__name__}: {short(x)}")


def _group(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_']*", text) else f"({text})"


def _applied(matrices: list[Any], names: Names) -> str:
    """A product of matrices that ends in a column, from the right."""
    *rest, last = matrices
    text = _vector(last, names)
    while rest:
        m = rest.pop()
        if m.shape[0] == 1:
            column = _vector(m.arg if isinstance(m, Transpose) else Transpose(m).doit(), names)
            number = f"(dot {_group(column)} {_group(text)})"
            if not rest:
                raise Untranslatable(f"a 1×1 product: {short(m)}")
            text = f"vscal {number} {_group(_vector(rest.pop(), names))}"
        else:
            text = _matrix_on(m, text, names)
    return text


def _matrix_on(m: Any, x: str, names: Names) -> str:
    """The matrix m applied to the column x."""
    if m in names.matrices:
        return f"on {names.matrices[m]} {_group(x)}"
    if isinstance(m, Transpose) and m.arg in names.matrices:
        return f"turned {names.matrices[m.arg]} {_group(x)}"
    match m:
        case Identity():
            return x
        case OneMatrix() if m.shape[0] == m.shape[1] and m.shape[0] in names.ones:
            one = names.ones[m.shape[0]]
            return f"vscal (dot {one} {_group(x)}) {one}"
        case MatAdd():
            *parts, text = (_matrix_on(a, x, names) for a in m.args)
            for part in reversed(parts):
                text = f"vplus {_group(part)} {_group(text)}"
            return text
        case Inverse() | MatPow() if isinstance(m, Inverse) or m.exp == -1:
            s, c, size = _shifted_ones(m.args[0])
            one = names.ones[size]
            args = " ".join(term(n, names, ATOM) for n in (s, c, size))
            return f"unshifted {args} {one} {_group(x)}"
        case MatMul():
            factor, matrices = m.as_coeff_matrices()
            if all(part.shape[0] == part.shape[1] for part in matrices):
                for part in reversed(matrices):
                    x = _matrix_on(part, x, names)
                return x if factor == 1 else f"vscal {term(factor, names, ATOM)} {_group(x)}"
            if len(matrices) == 2 and matrices[0].shape[1] == 1:
                column, row = matrices
                row = row.arg if isinstance(row, Transpose) else Transpose(row).doit()
                number = f"dot {_group(_vector(row, names))} {_group(x)}"
                number = number if factor == 1 else f"{term(factor, names, POW)} * {number}"
                return f"vscal ({number}) {_group(_vector(column, names))}"
    raise Untranslatable(f"{type(m).__name__}: {short(m)}")


def _shifted_ones(m: Any) -> tuple[Expr, Expr, Expr]:
    """(s, c, n) for a matrix s·I + c·𝟏𝟏ᵀ of n rows; raises Untranslatable for any other."""
    s, c = S.Zero, S.Zero
    for part in m.args if isinstance(m, MatAdd) else (m,):
        factor, matrices = part.as_coeff_matrices() if isinstance(part, MatMul) else (S.One, (part,))
        if len(matrices) == 1 and isinstance(matrices[0], Identity):
            s += factor
        elif len(matrices) == 1 and isinstance(matrices[0], OneMatrix):
            c += factor
        else:
            raise Untranslatable(f"the inverse of {short(m)}")
    if s == 0:
        raise Untranslatable(f"the inverse of {short(m)}")
    return s, c, m.shape[0]
