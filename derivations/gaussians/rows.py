"""Gaussian vectors and matrices: sums over i.i.d. rows, and functions of a few projections.

For a matrix Z with i.i.d. rows the moments of a row give those of aᵀσ(Zv); linear forms ⟨z, v⟩ of a Gaussian column
are Gaussian numbers with the inner products of their vectors as covariances.
"""

from __future__ import annotations

from typing import Any

from sympy import (
    Add,
    DiagMatrix,
    Expr,
    Function,
    HadamardProduct,
    ImmutableMatrix,
    Lambda,
    MatAdd,
    MatMul,
    MatrixSymbol,
    Mul,
    OneMatrix,
    S,
    Symbol,
    Transpose,
    eye,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.utilities.iterables import sift

from derivations.calculus.entries import NotEntrywise, entry
from derivations.calculus.forms import InnerTable, Reducer
from derivations.gaussians.numbers import scalar_moment
from derivations.integrals.polar import NoClosedForm
from derivations.letters.names import OwnMatrix, own
from derivations.vectors import Inner, elementwise, ones


def sums_rows(factor: Expr, variables: tuple[Any, ...]) -> bool:
    """Whether a factor is ⟨c, S⟩ or its square, with S computed entry by entry from Gaussian rows."""
    base, _ = factor.as_base_exp()
    if not isinstance(base, Inner):
        return False
    if all(x in variables for x in base.args):  # ‖a‖² and ⟨a, w⟩ of Gaussian columns
        return True
    return any(x.has(*variables) and (_by_entries(x) or _row_products(x, variables)) for x in base.args)


def _row_products(x: Any, variables: tuple[Any, ...]) -> bool:
    """Whether a column is W x, WᵀW x or similar, for a Gaussian matrix W."""
    if not isinstance(x, MatMul):
        return False
    bare = (m.arg if isinstance(m, Transpose) else m for m in x.as_coeff_matrices()[1])
    return any(m in variables and m.shape[1] != 1 for m in bare)


def _halved(x: Any, y: Any, variables: tuple[Any, ...]) -> tuple[Any, Any]:
    """⟨x, WᵀV y⟩ as ⟨W x, V y⟩: two columns computed from the rows of Gaussian matrices."""
    if isinstance(y, MatMul):
        _, matrices = y.as_coeff_matrices()
        first = matrices[0]
        if isinstance(first, Transpose) and first.arg in variables and len(matrices) > 1:
            rest = MatMul(*matrices[1:]) if len(matrices) > 2 else matrices[1]
            return MatMul(first.arg, x), rest
    return x, y


def _by_entries(x: Any) -> bool:
    """Whether a column is computed entry by entry: σ(·), Hadamard products, diagonal matrices times a column."""
    if isinstance(x, MatMul):
        *diagonals, last = x.as_coeff_matrices()[1]
        return bool(diagonals) and all(isinstance(m, DiagMatrix) for m in diagonals) and last.shape[1] == 1
    return isinstance(x, ElementwiseApplyFunction | HadamardProduct)


def row_sums(factors: list[Expr], variables: tuple[Any, ...], table: InnerTable) -> Expr:
    """E of a product of at most two ⟨c, S⟩, where S has i.i.d. entries.

    E[S Tᵀ] = E[s t] I + E[s] E[t] (𝟏𝟏ᵀ − I) for columns S, T with entries s, t.
    """
    scalar = Reducer(table).scalar
    random: list[tuple[Any, Any]] = []
    for factor in factors:
        base, power = factor.as_base_exp()
        if not (isinstance(base, Inner) and power in (1, 2)):
            raise NoClosedForm(f"{factor} is not a product of at most two sums over rows")
        x, y = sorted(base.args, key=lambda a: isinstance(a, MatMul))
        random += [_halved(x, y, variables)] * int(power)
    pairs = [(x, y) if y.has(*variables) else (y, x) for x, y in random]  # the second is random
    if len(pairs) == 1:
        c, s = pairs[0]
        fixed = _fixed_columns([c, s], variables)
        if c.has(*variables) or fixed:
            return _summed(_entry_moment([c, s], variables, table, fixed), fixed, s.shape[0])
        return _entry_moment([s], variables, table) * scalar(Inner(c, ones(s.shape[0])))
    if len(pairs) == 2 and not any(c.has(*variables) for c, _ in pairs):
        (c, s), (d, t) = pairs
        one = ones(s.shape[0])
        both = _entry_moment([s, t], variables, table)
        apart = _entry_moment([s], variables, table) * _entry_moment([t], variables, table)
        c_d = scalar(Inner(c, d))
        return both * c_d + apart * (scalar(Inner(c, one)) * scalar(Inner(d, one)) - c_d)
    if len(pairs) == 2:
        return _two_sums(pairs[0], pairs[1], variables, table)
    raise NoClosedForm(f"{Mul(*factors)} is of degree larger than two in the rows")


def _two_sums(first: tuple[Any, Any], second: tuple[Any, Any], variables: tuple[Any, ...], table: InnerTable) -> Expr:
    """E of Σ_i S_i · Σ_j T_j, where both columns of an inner product may be random: rows i ≠ j are independent.

    It is Σ_i (E[S_i T_i] − E S_i E T_i) + Σ_i E S_i · Σ_j E T_j; entries of fixed columns differ from row to row.
    """
    fixed: dict[Any, Symbol] = {}
    for column in (*first, *second):
        found = _added(column, variables) if column.has(*variables) else {column} - {ones(column.shape[0])}
        for c in sorted(found - fixed.keys(), key=str):
            fixed[c] = own(f"_{getattr(c, 'name', 'c')}_i{len(fixed)}", real=True)
    both = _entry_moment([*first, *second], variables, table, fixed)
    left, right = (_entry_moment(list(pair), variables, table, fixed) for pair in (first, second))
    size = first[0].shape[0]
    means = _summed(left, fixed, size) * _summed(right, fixed, size)
    return _summed(both - left * right, fixed, size) + means


def _fixed_columns(columns: list[Any], variables: tuple[Any, ...]) -> dict[Any, Symbol]:
    """Columns that are added, entry by entry, to Gaussian ones, with a name for an entry of each."""
    found: set[Any] = set()
    for column in columns:
        if not isinstance(column, MatrixSymbol | OneMatrix):
            found |= _added(column, variables)
        elif len(columns) > 1 and any(_shifted(c, variables) for c in columns):
            found |= {column} - {*variables, ones(column.shape[0])}
    return {c: own(f"_{c.name}_i", real=True) for c in sorted(found, key=str)}


def _shifted(column: Any, variables: tuple[Any, ...]) -> bool:
    return bool(_added(column, variables))


def _added(column: Any, variables: tuple[Any, ...]) -> set[Any]:
    """Named columns among the summands and factors of an entrywise computation that are not Gaussian."""
    match column:
        case MatrixSymbol():
            return set() if column in variables or column.shape[1] != 1 else {column}
        case ElementwiseApplyFunction():
            return _added(column.expr, variables)
        case MatAdd() | HadamardProduct():
            return {c for a in column.args for c in _added(a, variables)}
        case MatMul():
            _, matrices = column.as_coeff_matrices()
            if len(matrices) == 1:
                return _added(matrices[0], variables)
            if isinstance(matrices[0], DiagMatrix):
                rest = MatMul(*matrices[1:]) if len(matrices) > 2 else matrices[1]
                return _added(matrices[0].args[0], variables) | _added(rest, variables)
    return set()


def _summed(entry: Expr, fixed: dict[Any, Symbol], size: Expr) -> Expr:
    """Σ_i of a function of the i-th entries of fixed columns, as inner products of functions of each column."""
    if not fixed:
        return size * entry
    one, total = ones(size), S.Zero
    for term in Add.make_args(entry.expand(func=False)):
        if term == 0:
            continue
        c, rest = term.as_independent(*fixed.values(), as_Add=False)
        columns = []
        for column, name in fixed.items():
            mine, rest = (Mul(*part) for part in sift(Mul.make_args(rest), lambda f, x=name: f.has(x), binary=True))
            if mine.has(*(n for n in fixed.values() if n != name)):
                raise NoClosedForm(f"{mine} mixes the entries of {', '.join(map(str, fixed))}")
            if mine == name:
                columns.append(column)
            elif mine != 1:
                columns.append(elementwise(Lambda(name, mine), column))
        left, *others = [*columns, one, one]
        right = others[0] if len(columns) <= 2 else HadamardProduct(*columns[1:])
        total += c * (size if not columns else Inner(left, right))
    return total


def _entry_moment(
    columns: list[Any], variables: tuple[Any, ...], table: InnerTable, fixed: dict[Any, Symbol] | None = None
) -> Expr:
    """E of the product of one entry of each column: a function of one row of each Gaussian matrix and column.

    `fixed` names the entry of each column that is not Gaussian.
    """
    row = {v: own(f"_{v.name}", real=True) for v in variables if v.shape[1] == 1}
    rows = {v: OwnMatrix(f"z_{v.name}", v.shape[1], 1) for v in variables if v.shape[1] != 1}
    entries = {**row, **(fixed or {})}

    def named(column: Any) -> Expr | None:
        if isinstance(column, MatMul):
            factor, (first, *rest) = column.as_coeff_matrices()
            if factor == 1 and first in rows:
                return Inner(rows[first], MatMul(*rest) if len(rest) > 1 else rest[0])
        return entries.get(column)

    try:
        product = Mul(*(entry(column, named) for column in columns))
    except NotEntrywise as error:
        raise NoClosedForm(f"{error} is not computed entry by entry from Gaussian rows") from None
    return projections(product, tuple(rows.values()), tuple(row.values()), table)


def projections(term: Expr, zs: tuple[Any, ...], others: tuple[Symbol, ...], table: InnerTable) -> Expr:
    """E over z ~ N(0, I) of a function of linear forms Σ c⟨z, v⟩: Gaussians with covariances Σ c c′⟨v, v′⟩.

    `others` are independent standard Gaussian numbers.
    """
    forms: dict[Expr, dict[Any, Any]] = {}
    shifts: dict[Expr, Expr] = {}
    multiples: dict[Expr, tuple[Any, Expr]] = {}
    for argument in sorted(_linear_forms(term, zs), key=str):
        parts: dict[Any, list[tuple[Expr, Any]]] = {z: [] for z in zs}
        shifts[argument] = S.Zero
        for summand in Add.make_args(argument.expand()):
            if not summand.has(*zs, *others):
                shifts[argument] += summand
                continue
            c, product = summand.as_independent(Inner)
            fixed = [a for a in getattr(product, "args", ()) if a not in zs]
            owners = [a for a in getattr(product, "args", ()) if a in zs]
            if not isinstance(product, Inner) or len(owners) != 1 or any(f.has(*zs) for f in fixed) or c.has(*zs):
                raise NoClosedForm(f"{argument} is not a linear form of Gaussian rows")
            parts[owners[0]].append((c, fixed[0]))
        same = next((other for other in forms if _ratio(parts, forms[other]) is not None), None)
        if same is None:
            forms[argument] = parts
        else:
            multiples[argument] = (_ratio(parts, forms[same]), same)
    numbers = dict(zip(forms, (own(f"_u{i}", real=True) for i in range(len(forms))), strict=True))
    names = {argument: u + shifts[argument] for argument, u in numbers.items()}
    names |= {argument: c * numbers[other] + shifts[argument] for argument, (c, other) in multiples.items()}
    reducer = Reducer(table)

    def covariance(left: Any, right: Any) -> Expr:
        return Add(*(c * d * reducer.scalar(Inner(v, w)) for z in zs for c, v in left[z] for d, w in right[z]))

    size = len(forms)
    law = eye(size + len(others)).as_mutable()
    values = list(forms.values())
    for i in range(size):
        for j in range(size):
            law[i, j] = covariance(values[i], values[j])
    opened = term.xreplace(names)
    if opened.has(*zs):
        raise NoClosedForm(f"{term} is not a function of projections of Gaussian rows")
    return scalar_moment(opened, (*numbers.values(), *others), ImmutableMatrix(law))


def _ratio(left: dict[Any, list[tuple[Expr, Any]]], right: dict[Any, list[tuple[Expr, Any]]]) -> Expr | None:
    """The number c for which one linear form is c times another, by its coefficients; None if there is none."""
    found: set[Expr] = set()
    for z, mine in left.items():
        ours = {v: c for c, v in right[z]}
        if len(mine) != len(ours) or any(v not in ours for _, v in mine):
            return None
        found |= {c / ours[v] for c, v in mine}
    return found.pop() if len(found) == 1 else None


def _linear_forms(term: Expr, zs: tuple[Any, ...]) -> set[Expr]:
    """Arguments of functions that hold Gaussian rows, and inner products outside of functions."""
    if isinstance(term, Inner):
        return {term} if term.has(*zs) else set()
    if isinstance(term, Function):
        return {a for a in term.args if a.has(*zs)}
    return {f for a in term.args for f in _linear_forms(a, zs)} if zs and term.has(*zs) else set()
