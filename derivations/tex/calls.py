"""Functions and their arguments: σ(x), cos 2φ, diag(x), 1{x > 0}, of vectors entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from derivations.activations import gelu, sigmoid, silu, softplus
from derivations.gaussian import relu, step
from derivations.tex import syntax as tree
from derivations.tex import theorems
from derivations.tex.errors import Unreadable
from derivations.tex.names import ACTIVATION, name_key
from derivations.tex.reader import FormulaReader
from derivations.tex.shapes import words
from derivations.vectors import angle_between, elementwise, is_matrix, ones

LARGEST_FACTORIAL = 1_000


def _gaussian_cdf(x: Any) -> Any:
    return (1 + sp.erf(x / sp.sqrt(2))) / 2


def _gamma(x: Any) -> Any:
    if x.is_number and not abs(x) <= LARGEST_FACTORIAL:
        raise ValueError("a value of Γ too large to be computed")
    return sp.gamma(x)


_OF_SYMPY = "sin cos tan cot sec csc sinh cosh tanh asin acos atan exp log erf erfc sign"
_PLAIN: dict[str, Callable[[Any], Any]] = {
    **{name: getattr(sp, name) for name in _OF_SYMPY.split()},
    "sigmoid": sigmoid,
    "softplus": softplus,
    "relu": relu,
    "Abs": sp.Abs,
    "silu": silu,
    "gelu": gelu,
}
_NAMED: dict[str, Callable[[Any], Any]] = {"Gamma": _gamma, "Phi": _gaussian_cdf}
"""Functions written as letters, unless the statement has a symbol of that name."""
_INVERSE = {"sin": sp.asin, "cos": sp.acos, "tan": sp.atan}
_WHOLE = ("tr", "diag", "det", "softmax")


def is_call(reader: FormulaReader, items: Sequence[Any], i: int) -> bool:
    """Whether the factor at `i` is a function with its argument after it."""
    item = items[i]
    match item.nucleus.kind:
        case "FUNC":
            return True
        case "ONES":
            return _condition_behind(items, i) is not None
        case "NAME":
            bracket = _bracket(items, i + 1)
            if theorems.spectral(reader, item, bracket) or theorems.is_chance(reader, item, bracket):
                return True
            if item.nucleus.flat == "nabla" and theorems.slope(reader, items, i, _bracket(items, i + 2)) is not None:
                return True
            if _is_activation(reader, item):
                return True
            if reader.known(name_key(item, 0)) is not None:
                return False
            if is_own_function(reader, items, i):
                return True
            return item.nucleus.flat in (*_NAMED, "angle") and _bracket(items, i + 1) is not None
    return False


def call(reader: FormulaReader, items: Sequence[Any], i: int) -> tuple[Any, int]:
    """The value of a function at its argument, and where the next factor begins."""
    item = items[i]
    name = item.nucleus.flat
    if item.nucleus.kind == "ONES":
        condition = _condition_behind(items, i)
        assert condition is not None
        value = indicator(reader, condition)
        scripts = (*item.scripts, *items[i + 1].scripts)
        return _with_scripts(reader, value, scripts), i + 2
    if name == "angle":
        bracket = _bracket(items, i + 1)
        if bracket is None or len(bracket.items) != 2:
            raise Unreadable("∠ without its two vectors", item.at, r"write \angle(x, y)")
        x, y = (reader.single(c) for c in bracket.items)
        reader.sizes.inner(x, y, item.at)
        value = angle_between(reader.sizes.settled(x), reader.sizes.settled(y))
        return _with_scripts(reader, value, items[i + 1].scripts), i + 2
    if (found := _of_theorems(reader, items, i)) is not None:
        return found
    if is_own_function(reader, items, i):
        return _own_function(reader, items, i)
    argument, behind, end = _argument(reader, items, i + 1)
    primes = sum(s.kind == "PRIME" for s in item.scripts) + (name == "dot sigma")
    raised = [s for s in item.scripts if s.kind != "PRIME"]
    if _is_activation(reader, item):
        value = apply(_activation(reader, primes, item.at), argument)
    elif primes:
        raise Unreadable(f"a prime at {name}", item.at, r"write \frac{d}{dx}")
    else:
        value, raised = _named(reader, name, argument, raised, item.at)
    return _with_scripts(reader, value, (*raised, *behind)), end


def _of_theorems(reader: FormulaReader, items: Sequence[Any], i: int) -> tuple[Any, int] | None:
    """An eigenvalue, a chance or ∇f at its argument, and where the next factor begins; None for another function."""
    item, bracket = items[i], _bracket(items, i + 1)
    raised = [s for s in item.scripts if s.kind not in ("UNDER", "PRIME")]
    function = theorems.spectral(reader, item, bracket) if item.nucleus.kind == "NAME" else None
    if function is not None and bracket is not None:
        value = theorems.of_matrix(reader, function, bracket)
        return _with_scripts(reader, value, (*raised, *items[i + 1].scripts)), i + 2
    if theorems.is_chance(reader, item, bracket) and bracket is not None:
        return _with_scripts(reader, theorems.chance(reader, bracket), (*raised, *items[i + 1].scripts)), i + 2
    behind = _bracket(items, i + 2)
    if (slope := theorems.slope(reader, items, i, behind)) is not None:
        return _with_scripts(reader, slope, items[i + 2].scripts), i + 3
    return None


def _is_activation(reader: FormulaReader, item: tree.Scripted) -> bool:
    """Whether a name is σ, with or without a prime or a dot, or the reader's own letter for it."""
    if item.nucleus.flat in ("sigma", "dot sigma"):
        return reader.known(name_key(item, 0)) is None and reader.known("sigma") is None
    letter = _letter(item)
    return letter in reader.names.sigma or reader.renaming.get(letter) is ACTIVATION


def is_own_function(reader: FormulaReader, items: Sequence[Any], i: int) -> bool:
    """Whether the factor at `i` is a short name of the paper, such as g, with its argument after it."""
    leaf = items[i].nucleus
    named = isinstance(leaf, tree.Leaf) and leaf.kind == "NAME" and _letter(items[i]) in reader.names.functions
    return named and _bracket(items, i + 1) is not None


def _letter(item: tree.Scripted) -> str:
    """The name of a function, without its primes."""
    bare = tuple(s for s in item.scripts if s.kind != "PRIME")
    return name_key(tree.Scripted(item.at, item.flat, item.nucleus, bare), 0)


def _own_function(reader: FormulaReader, items: Sequence[Any], i: int) -> tuple[Any, int]:
    """g(x), g'(x) and g(x)² of a short name g(φ) of the paper."""
    item, bracket = items[i], _bracket(items, i + 1)
    assert bracket is not None
    symbol, value = reader.names.functions[_letter(item)]
    argument = reader.sizes.settled(reader.group(bracket))
    if isinstance(value, AppliedUndef) and is_matrix(argument) and not is_matrix(symbol):
        return _with_scripts(reader, elementwise(value.func, argument), items[i + 1].scripts), i + 2
    if is_matrix(argument) != is_matrix(symbol) or (is_matrix(symbol) and argument.shape != symbol.shape):
        raise Unreadable(f"{item.flat} of {words(argument)}", bracket.at, f"it is a function of {words(symbol)}")
    primes = sum(s.kind == "PRIME" for s in item.scripts)
    if primes and is_matrix(symbol):
        raise Unreadable(f"a prime at {item.nucleus.flat}", item.at, r"gradients are written \nabla_{x} f = …")
    if primes:
        value = sp.Derivative(value, (symbol, primes))
        value = value if argument == symbol else value.doit()
    raised = [s for s in item.scripts if s.kind not in ("PRIME", "UNDER")]
    return _with_scripts(reader, value.xreplace({symbol: argument}), (*raised, *items[i + 1].scripts)), i + 2


def mapping(reader: FormulaReader, items: Sequence[Any], i: int) -> tuple[Any, int] | None:
    r"""(t \mapsto f(t))(x), entry by entry; None for another factor."""
    bracket, behind = items[i].nucleus, _bracket(items, i + 1)
    if not isinstance(bracket, tree.Bracket) or behind is None or items[i].scripts or len(bracket.items) != 1:
        return None
    chain = bracket.items[0]
    if chain.relations != ("mapsto",):
        return None
    key, symbol = reader.variable(chain.sides[0])
    with reader.binding({key: symbol}):
        value = reader.sum(chain.sides[1])
    if is_matrix(value):
        raise Unreadable("a function whose values are not numbers", chain.at)
    return _with_scripts(reader, apply(sp.Lambda(symbol, value), reader.group(behind)), items[i + 1].scripts), i + 2


def _with_scripts(reader: FormulaReader, value: Any, scripts: Sequence[tree.Script]) -> Any:
    for script in scripts:
        value = reader.scripted(value, script)
    return value


def _activation(reader: FormulaReader, order: int, at: int) -> Callable[[Any], Any]:
    if order >= len(reader.names.activation):
        raise Unreadable(f"σ with {order} primes, which the statement's σ does not have", at)
    found: Callable[[Any], Any] = reader.names.activation[order]
    return found


def _named(
    reader: FormulaReader, name: str, argument: Any, scripts: list[tree.Script], at: int
) -> tuple[Any, list[tree.Script]]:
    """A function by its name, and the scripts of its name that are left: cos⁻¹ and log₂ take theirs."""
    if name in _WHOLE:
        return _of_matrix(reader, name, argument, at), scripts
    if scripts and scripts[0].kind == "CARET" and scripts[0].flat == "^-1":
        if name not in _INVERSE:
            raise Unreadable(f"{name}^{{-1}}", at, "write the inverse function by its name, a power as 1/…")
        return apply(_INVERSE[name], argument), scripts[1:]
    lowered = [s for s in scripts if s.kind == "UNDER"]
    if lowered and name == "log" and lowered[0].inside is not None:
        base = reader.group(lowered[0].inside)
        return sp.log(argument) / sp.log(base), [s for s in scripts if s.kind != "UNDER"]
    function = _PLAIN.get(name) or _NAMED[name]
    try:
        return apply(function, argument), scripts
    except ValueError as error:
        raise Unreadable(str(error), at) from None


def _of_matrix(reader: FormulaReader, name: str, x: Any, at: int) -> Any:
    x = reader.sizes.settled(x)
    if not is_matrix(x) and name in ("tr", "det"):
        return x
    if not is_matrix(x):
        raise Unreadable(f"{name} of a number", at, "a column is needed")
    if name in ("diag", "softmax"):
        if x.shape[1] != 1:
            raise Unreadable(f"{name} of {words(x)}", at, "a column is needed")
        if name == "diag":
            return sp.DiagMatrix(x)
        raised = elementwise(sp.exp, x)
        return raised / sp.Add(reader.sizes.inner(ones(x.shape[0]), raised, at))
    if x.shape[0] != x.shape[1]:
        raise Unreadable(f"{name} of {words(x)}", at, "a square matrix is needed")
    return sp.Trace(x) if name == "tr" else sp.Determinant(x)


def apply(function: Callable[[Any], Any], x: Any) -> Any:
    """function(x), of a vector or matrix entry by entry."""
    return elementwise(function, x) if is_matrix(x) else function(x)


def _bracket(items: Sequence[Any], i: int) -> tree.Bracket | None:
    """The bracket at `i`, or the one that braces hold there."""
    if i >= len(items) or not isinstance(items[i], tree.Scripted):
        return None
    nucleus = items[i].nucleus
    while isinstance(nucleus, tree.Group) and len(nucleus.items) == 1:
        chain = nucleus.items[0]
        terms = chain.sides[0].terms
        if chain.relations or len(terms) != 1 or terms[0][0] != 1 or len(terms[0][1].items) != 1:
            return None
        inside = terms[0][1].items[0]
        if not isinstance(inside, tree.Scripted) or inside.scripts:
            return None
        nucleus = inside.nucleus
    return nucleus if isinstance(nucleus, tree.Bracket) and nucleus.opening in "([{" else None


def _argument(reader: FormulaReader, items: Sequence[Any], i: int) -> tuple[Any, tuple[tree.Script, ...], int]:
    """The argument that begins at `i`, the scripts behind its bracket, and where the next factor begins."""
    while i < len(items) and isinstance(items[i], tree.Operator) and items[i].kind == "SPACE":
        i += 1
    if i >= len(items) or isinstance(items[i], tree.Operator):
        at = items[i].at if i < len(items) else items[-1].at
        raise Unreadable("a function without its argument", at, "write the argument in brackets")
    bracket = _bracket(items, i)
    if bracket is not None:
        return reader.group(bracket), items[i].scripts, i + 1
    factors: list[tuple[Any, int]] = []
    plain = 0
    while i < len(items) and isinstance(items[i], tree.Scripted):
        item = items[i]
        nested = isinstance(item.nucleus, tree.Leaf) and item.nucleus.kind in ("FUNC", "BIG", "EXPECT", "ONES")
        if factors and (nested or isinstance(item.nucleus, tree.Bracket) or is_named_call(reader, items, i)):
            break
        if plain and reader.conventions.short_arguments:
            break
        value, end, _ = reader.factor(items, i)
        if factors and is_matrix(value) and not any(is_matrix(v) for v, _ in factors):
            break  # sin φ aᵀb is (sin φ)aᵀb
        factors.append((value, item.at))
        i = end
        plain += not (isinstance(item.nucleus, tree.Leaf) and item.nucleus.kind == "NUMBER")
        if nested:
            break
    return reader.sizes.multiply(factors), (), i


def is_named_call(reader: FormulaReader, items: Sequence[Any], i: int) -> bool:
    """Whether a letter at `i` is a function, such as σ(x)."""
    nucleus = items[i].nucleus
    return isinstance(nucleus, tree.Leaf) and nucleus.kind == "NAME" and is_call(reader, items, i)


def condition_in(group: tree.Group | tree.Bracket) -> tree.Chain | None:
    """The relation that braces hold, within further braces or not."""
    if len(group.items) != 1:
        return None
    chain = group.items[0]
    if chain.relations:
        return chain
    terms = chain.sides[0].terms
    if len(terms) == 1 and len(terms[0][1].items) == 1 and isinstance(terms[0][1].items[0], tree.Scripted):
        nucleus = terms[0][1].items[0].nucleus
        if isinstance(nucleus, tree.Group | tree.Bracket):
            return condition_in(nucleus)
    return None


def _condition_behind(items: Sequence[Any], i: int) -> tree.Chain | None:
    bracket = _bracket(items, i + 1)
    return condition_in(bracket) if bracket is not None else None


def indicator(reader: FormulaReader, condition: tree.Chain) -> Any:
    """1{x > y} as a step, 1{x ≥ y} as one minus the step the other way."""
    if len(condition.relations) != 1 or condition.relations[0] not in ("<", ">", "<=", ">="):
        raise Unreadable("an indicator of something that is not one inequality", condition.at, "write 1{x > 0}")
    values = [(reader.sum(side), side.at) for side in condition.sides]
    low, high = values if condition.relations[0] in ("<", "<=") else values[::-1]
    gap = reader.sizes.settled(reader.sizes.add([high, (-low[0], low[1])]))
    if condition.relations[0] in ("<", ">"):
        return apply(step, gap)
    return apply(lambda x: 1 - step(-x), gap)


def extreme(reader: FormulaReader, name: str, bracket: tree.Bracket) -> Any:
    """max(x, y, …) and min(x, y, …); max(x, 0) is ReLU."""
    values = [reader.single(c) for c in bracket.items]
    matrices = [v for v in values if is_matrix(v)]
    if matrices:
        if len(matrices) != 1 or len(values) != 2 or 0 not in values or name != "max":
            raise Unreadable(f"{name} of vectors", bracket.at, "of a vector x only max(x, 0) is read")
        return elementwise(relu, matrices[0])
    if name == "max" and len(values) == 2 and 0 in values:
        return relu(next((v for v in values if v != 0), sp.S.Zero))
    return (sp.Max if name == "max" else sp.Min)(*values)


def cases(reader: FormulaReader, node: tree.Grid) -> Any:
    """A number by cases, each with a condition behind it; the last one may be for all other values."""
    found: list[tuple[Any, Any]] = []
    for row in node.rows:
        if len(row) != 2:
            raise Unreadable("a case without its condition", row[0].at, "write the value & the condition")
        value = reader.single(row[0])
        if is_matrix(value):
            raise Unreadable("a vector or matrix in a case", row[0].at, "numbers are read")
        if row[1].flat.rstrip(".") in ("otherwise", "else"):
            found.append((value, sp.true))
            continue
        if not row[1].relations or any(r not in theorems.RELATIONS for r in row[1].relations):
            raise Unreadable("a case whose condition is no inequality", row[1].at, "<, ≤, > and ≥ are read")
        ends = [reader.sum(side) for side in row[1].sides]
        parts = zip(ends, row[1].relations, ends[1:], strict=False)
        found.append((value, sp.And(*(theorems.RELATIONS[r](a, b) for a, r, b in parts))))
    return sp.Piecewise(*found)
