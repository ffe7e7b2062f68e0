"""Closed forms of Gaussian expectations, derived by integration.

Smooth functions: the rules of `smooth`. Kinked ones in one variable: the half-lines x > 0 and x < 0, in
two correlated variables: polar coordinates
u = √q₁ r cos θ, v = √q₂ r cos(θ − φ), in which the signs of u and v are constant on four sectors, so
that ReLU, step, |·| and powers become trigonometric polynomials. Independent variables factorise.
For a matrix Z with i.i.d. rows the moments of a row give those of aᵀσ(Zv).
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
    Integral,
    Lambda,
    MatAdd,
    MatMul,
    MatrixSymbol,
    Mul,
    OneMatrix,
    S,
    Symbol,
    Transpose,
    cos,
    default_sort_key,
    exp,
    eye,
    integrate,
    oo,
    pi,
    sin,
    sqrt,
    tanh,
    trigsimp,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.utilities.iterables import sift

from derivations.activations import ddsigma, dsigma, sigma, sigmoid, softplus
from derivations.forms import InnerTable, Reducer
from derivations.gaussian import Expectation
from derivations.names import own
from derivations.polar import (
    KINKED,
    THETA,
    NoClosedForm,
    R,
    angle_of,
    angular_integral,
    kink_arguments,
    on_sign,
    one_gaussian,
    radial_moment,
    sectors,
    two_gaussians,
)
from derivations.smooth import is_smooth, smooth_expectation
from derivations.truncated import polynomial_between, shifted_gaussian
from derivations.vectors import Inner, canonical, elementwise, ones

OPEN = (sigma, dsigma, ddsigma, softplus, sigmoid, tanh)
"""Functions whose Gaussian expectations have no closed form here."""


def expected(expectation: Expectation, table: InnerTable | None = None) -> Expr:
    """The closed form of an expectation, by linearity, independence and the rules for one and two Gaussians.

    What has no closed form, such as E σ(u) for an unspecified σ, stays as an expectation over one or two
    numbers; raises NoClosedForm where no rule applies or nothing is gained.
    """
    table = table or {}
    if expectation.is_scalar:
        found = _scalars(expectation.integrand, expectation.variables, expectation.covariance)
    else:
        integrand = Reducer(table).scalar(canonical(expectation.integrand)).expand()
        found = S.Zero
        for term in Add.make_args(integrand):
            found += _term(term, expectation.variables, table)
    return found


def _term(term: Expr, variables: tuple[Any, ...], table: InnerTable) -> Expr:
    """One product: sums over rows together, other factors by the independent variable they depend on."""
    groups: dict[Any, list[Expr]] = {}
    constant: list[Expr] = []
    rows: list[Expr] = []
    for factor in Mul.make_args(term):
        owners = [v for v in variables if factor.has(v)]
        if not owners:
            constant.append(factor)
        elif _sums_rows(factor, variables):
            rows.append(factor)
        elif len(owners) > 1:
            raise NoClosedForm(f"{factor} mixes several Gaussian vectors")
        else:
            groups.setdefault(owners[0], []).append(factor)
    result = Mul(*constant)
    if rows:
        if groups:
            raise NoClosedForm(f"{term} mixes sums over rows with other functions of them")
        result *= _rows(rows, variables, table)
    for variable, factors in groups.items():
        if isinstance(variable, MatrixSymbol) and variable.shape[1] == 1:
            result *= _projections(Mul(*factors), (variable,), (), table)
        elif isinstance(variable, MatrixSymbol):
            raise NoClosedForm(f"{Mul(*factors)} is not a sum over the rows of {variable}")
        else:
            result *= _scalars(Mul(*factors), (variable,), eye(1))
    return result


def _sums_rows(factor: Expr, variables: tuple[Any, ...]) -> bool:
    """Whether a factor is ⟨c, S⟩ or its square, with S computed entry by entry from Gaussian rows."""
    base, _ = factor.as_base_exp()
    if not isinstance(base, Inner):
        return False
    return any(x.has(*variables) and (_by_entries(x) or _row_products(x, variables)) for x in base.args)


def _row_products(x: Any, variables: tuple[Any, ...]) -> bool:
    """Whether a column is W x, or WᵀW x and the like, for a Gaussian matrix W."""
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


def _rows(factors: list[Expr], variables: tuple[Any, ...], table: InnerTable) -> Expr:
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
    raise NoClosedForm(f"{Mul(*factors)} is of degree larger than two in the rows")


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
    rows = {v: MatrixSymbol(f"z_{v.name}", v.shape[1], 1) for v in variables if v.shape[1] != 1}
    product = Mul(*(_entry(column, {**row, **(fixed or {})}, rows) for column in columns))
    return _projections(product, tuple(rows.values()), tuple(row.values()), table)


def _entry(column: Any, row: dict[Any, Symbol], rows: dict[Any, MatrixSymbol]) -> Expr:
    """One entry of a column that is computed entry by entry."""
    match column:
        case _ if column in row:
            return row[column]
        case OneMatrix():
            return S.One
        case ElementwiseApplyFunction():
            return column.function(_entry(column.expr, row, rows))
        case HadamardProduct():
            return Mul(*(_entry(a, row, rows) for a in column.args))
        case MatAdd():
            return Add(*(_entry(a, row, rows) for a in column.args))
        case MatMul():
            factor, matrices = column.as_coeff_matrices()
            if len(matrices) == 1:
                return factor * _entry(matrices[0], row, rows)
            if isinstance(matrices[0], DiagMatrix):
                rest = MatMul(*matrices[1:]) if len(matrices) > 2 else matrices[1]
                return factor * _entry(matrices[0].args[0], row, rows) * _entry(rest, row, rows)
            if matrices[0] in rows:
                rest = MatMul(*matrices[1:]) if len(matrices) > 2 else matrices[1]
                return factor * Inner(rows[matrices[0]], rest)
    raise NoClosedForm(f"{column} is not computed entry by entry from Gaussian rows")


def _projections(term: Expr, zs: tuple[Any, ...], others: tuple[Symbol, ...], table: InnerTable) -> Expr:
    """E over z ~ N(0, I) of a function of linear forms Σ c⟨z, v⟩: Gaussians with covariances Σ c c′⟨v, v′⟩.

    `others` are independent standard Gaussian numbers.
    """
    forms: dict[Expr, dict[Any, Any]] = {}
    shifts: dict[Expr, Expr] = {}
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
        forms[argument] = parts
    numbers = [own(f"_u{i}", real=True) for i in range(len(forms))]
    names = {argument: u + shifts[argument] for argument, u in zip(forms, numbers, strict=True)}
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
    return _scalars(opened, (*numbers, *others), ImmutableMatrix(law))


def _linear_forms(term: Expr, zs: tuple[Any, ...]) -> set[Expr]:
    """Arguments of functions that hold Gaussian rows, and inner products that stand alone."""
    if isinstance(term, Inner):
        return {term} if term.has(*zs) else set()
    if isinstance(term, Function):
        return {a for a in term.args if a.has(*zs)}
    return {f for a in term.args for f in _linear_forms(a, zs)} if zs and term.has(*zs) else set()


def _scalars(integrand: Expr, variables: tuple[Any, ...], covariance: Any) -> Expr:
    integrand = integrand.expand(func=False)
    total = S.Zero
    for term in Add.make_args(integrand):
        factors = Mul.make_args(term)
        constant = Mul(*(f for f in factors if not f.has(*variables)))
        random = Mul(*(f for f in factors if f.has(*variables)))
        total += constant * (_moment(random, variables, covariance) if random != 1 else 1)
    return total


def _moment(term: Expr, variables: tuple[Any, ...], covariance: Any) -> Expr:
    """E of one product, split over the blocks of independent variables that it involves."""
    used = [i for i, v in enumerate(variables) if term.has(v)]
    blocks: list[set[int]] = []
    for i in used:
        linked = [b for b in blocks if any(covariance[i, j] != 0 for j in b)]
        blocks = [b for b in blocks if b not in linked] + [{i}.union(*linked)]
    result = S.One
    rest = term
    for block in blocks:
        names = [variables[i] for i in sorted(block)]
        mine = Mul(*(f for f in Mul.make_args(rest) if f.has(*names)))
        if mine.has(*(v for v in variables if v not in names)):
            return _rotated(term, variables, covariance)
        rest = rest / mine
        index = sorted(block)
        law = covariance.extract(index, index)
        if mine.has(*OPEN):
            result *= _kept(mine, names, law)
        elif not mine.has(*KINKED) and is_smooth(mine):
            result *= smooth_expectation(mine, tuple(names), law)
        elif len(index) == 1 and any(a.xreplace({names[0]: S.Zero}) != 0 for a in kink_arguments(mine, names[0])):
            result *= shifted_gaussian(mine, names[0], covariance[index[0], index[0]])
        elif len(index) == 1:
            result *= one_gaussian(mine, names[0], covariance[index[0], index[0]])
        elif len(index) == 2:
            q1, q2, c = covariance[index[0], index[0]], covariance[index[1], index[1]], covariance[index[0], index[1]]
            result *= two_gaussians(mine, (names[0], names[1]), (q1, q2), angle_of(c, q1, q2))
        else:
            raise NoClosedForm(f"{mine} depends on {len(index)} correlated Gaussians")
    return result


def _kept(term: Expr, names: list[Any], law: Any) -> Expr:
    """An expectation without closed form, written in one way: fixed names, in the order that sorts first."""
    fixed = [own("_u", real=True), own("_v", real=True)]
    if len(names) > 2:
        raise NoClosedForm(f"{term} depends on {len(names)} correlated Gaussians")
    orders = [range(len(names)), range(len(names))[::-1]]
    ways = [
        Expectation(
            term.xreplace({names[i]: fixed[k] for k, i in enumerate(o)}), fixed[: len(names)], law.extract(o, o)
        )
        for o in map(list, orders)
    ]
    return min(ways, key=default_sort_key)


def _rotated(term: Expr, variables: tuple[Any, ...], covariance: Any) -> Expr:
    """A product of functions of linear forms of the variables, as one of the forms themselves."""
    arguments = {a for f in term.atoms(*KINKED) for a in f.args[:1] if a.has(*variables)}
    rows = []
    for argument in sorted(arguments, key=str):
        row = [argument.diff(v) for v in variables]
        if any(entry.has(*variables) for entry in row):
            raise NoClosedForm(f"{argument} is not linear in the Gaussian variables")
        rows.append((argument, row))
    names = {argument: own(f"_w{i}", real=True) for i, (argument, _) in enumerate(rows)}
    if not 1 <= len(rows) <= 2:
        raise NoClosedForm(f"{term} is not a function of one or two linear forms")
    stack = ImmutableMatrix([row for _, row in rows])
    opened = term.xreplace(names)
    if opened.has(*variables):
        if stack.rows != stack.cols or trigsimp(stack.det()) == 0:
            raise NoClosedForm(f"{term} is not a function of its kinks' arguments alone")
        back = stack.inv() * ImmutableMatrix(list(names.values()))
        opened = opened.xreplace(dict(zip(variables, back, strict=True)))
    mixed = (stack * covariance * stack.T).applyfunc(lambda e: trigsimp(e.expand()))
    return _scalars(opened, tuple(names.values()), mixed)


def polar_steps(expectation: Expectation) -> list[tuple[Expr, str]]:
    """The derivation of a two-variable expectation in polar coordinates, as expressions with reasons."""
    (u, v), cov = expectation.variables, expectation.covariance
    phi = angle_of(cov[0, 1], cov[0, 0], cov[1, 1])
    variances = (cov[0, 0], cov[1, 1])
    weight = exp(-(R**2) / 2)
    double, separated, angular = S.Zero, S.Zero, S.Zero
    for sector in sectors(expectation.integrand, (u, v), variances, phi):
        limits = (THETA, sector.lower, sector.upper)
        for degree, h in sector.powers.items():
            double += Integral(h * R ** (degree + 1) * weight, limits, (R, 0, oo)) / (2 * pi)
            separated += Integral(R ** (degree + 1) * weight, (R, 0, oo)) * Integral(h, limits) / (2 * pi)
            angular += radial_moment(degree + 1) * Integral(h, limits) / (2 * pi)
    return [
        (double, "polar coordinates of the two independent Gaussians behind the pair, where its integrand is not 0"),
        (separated, "the integrand is homogeneous"),
        (angular, "the radial integral, by t = r²/2"),
        (two_gaussians(expectation.integrand, (u, v), variances, phi), "the angular integral of a cosine polynomial"),
    ]


def integrated(integral: Integral) -> Expr:
    """A definite integral of the kinds that occur here: radial, angular, or both; else by SymPy."""
    value: Expr = integral.function
    for symbol, lower, upper in integral.limits:
        total = S.Zero
        if (found := _truncated(value, symbol, lower, upper)) is not None:
            value = found
            continue
        for term in Add.make_args(value.expand(func=False)):
            c, rest = term.as_independent(symbol)
            weight = exp(-(symbol**2) / 2)
            if rest.has(weight) and (lower, upper) == (0, oo) and (rest / weight).as_base_exp()[0] in (symbol, 1):
                base, degree = (rest / weight).as_base_exp()
                total += c * radial_moment(degree if base == symbol else S.Zero)
            elif rest.has(cos, sin) and not rest.has(exp) and symbol == THETA:
                total += c * angular_integral(rest, lower, upper)
            else:
                total += c * integrate(rest, (symbol, lower, upper))
        value = total
    return value


def half_line_steps(expectation: Expectation) -> list[tuple[Expr, str]]:
    """The derivation of a one-variable expectation of a positively homogeneous function."""
    (u,), variance = expectation.variables, expectation.covariance[0, 0]
    f = expectation.integrand
    split = S.Zero
    for s in (1, -1):
        piece = on_sign(f, {u: s}).xreplace({u: s * sqrt(variance) * R})
        if piece != 0:
            split += Integral(piece * exp(-(R**2) / 2), (R, 0, oo)) / sqrt(2 * pi)
    return [
        (split, "the half-lines on which the integrand does not vanish"),
        (one_gaussian(f, u, variance), "the substitution t = r²/2 and the Gamma integral"),
    ]


def _truncated(f: Expr, u: Symbol, lower: Expr, upper: Expr) -> Expr | None:
    """∫ of a polynomial against e^{−u²/(2q)}, None for other integrands."""
    weights = {e for e in f.atoms(exp) if e.has(u)}
    if len(weights) != 1:
        return None
    (weight,) = weights
    curvature = -weight.args[0].diff(u, 2)
    polynomial = (f / weight).expand()
    if (weight.args[0] + curvature * u**2 / 2).expand() != 0 or not polynomial.is_polynomial(u):
        return None
    try:
        return sqrt(2 * pi / curvature) * polynomial_between(polynomial, u, lower, upper, 1 / curvature)
    except NoClosedForm:
        return None
