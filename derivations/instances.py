"""Instances of facts: what a standard theorem, or a lemma, says of the objects that are put in for its symbols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sympy import Basic, Eq, Lambda, Le, MatAdd, MatrixSymbol, S, Symbol, ZeroMatrix, default_sort_key, expand
from sympy.core.function import FunctionClass, UndefinedFunction
from sympy.core.relational import Relational

from derivations import papers
from derivations.arguments import first_line
from derivations.calculus.columns import as_multiple
from derivations.calculus.forms import NotReducible
from derivations.calculus.functions import putting, unspecified
from derivations.claim import Statement
from derivations.domains import Range
from derivations.outcomes.budget import remembered
from derivations.spectra.nodes import MatrixNorm
from derivations.statements import Bound, Constant, Identity
from derivations.steps import Instance
from derivations.vectors import Inner, ShapeError, canonical, is_matrix, settled


class InstanceError(ValueError):
    """An instance that cannot be made; the message names the fact and the remedy."""


@dataclass(frozen=True)
class Instantiated:
    """A fact with objects in the place of its symbols.

    Args:
        fact: The fact.
        put: What stands for each of its symbols and for each of its unspecified functions.
        ranges: Each expression that was put in, with the range in which the fact wants it.
        hypotheses: The conditions of the fact, about what was put in.
        conclusion: What it says then.
        applied: The values of functions that were put in, where the fact speaks of them.
    """

    fact: Statement
    put: Mapping[Any, Any]
    ranges: tuple[tuple[Any, Range], ...]
    hypotheses: tuple[Any, ...]
    conclusion: Any
    applied: tuple[Any, ...] = ()


def found(statement: Statement, name: str) -> Statement:
    """Find the fact or lemma that a step of a derivation names.

    Args:
        statement: The statement whose derivation it is.
        name: An id such as "facts.weyl-min", or the slug of a statement of the same paper.

    Returns:
        The statement of that name.

    Raises:
        InstanceError: There is none; the message names the nearest.

    Example:
        >>> from derivations.instances import found
        >>> from derivations.papers import paper
        >>> found(paper("liu2019")["loss"], "kernel").id
        'liu2019.kernel'
    """
    key, _, slug = name.rpartition(".")
    beside = statement.beside
    if not key or key == statement.paper:
        if slug in beside:
            return beside[slug]
        raise InstanceError(f"{name} does not exist{_nearest(slug, beside)}")
    known = papers.keys()
    if key not in known:
        raise InstanceError(f"{name}: there is no paper {key}{_nearest(key, known)}")
    other = papers.paper(key)
    fact = other.get(slug)
    if fact is None:
        raise InstanceError(f"{name} does not exist{_nearest(slug, [s.slug for s in other.statements], f'{key}.')}")
    return fact


def _nearest(name: str, known: Any, before: str = "") -> str:
    near = get_close_matches(name, list(known), 1, 0.5)
    return f": did you mean {before}{near[0]}?" if near else ""


def cited_by(statement: Statement) -> tuple[str, ...]:
    """List the standard theorems that a statement rests on, directly or through what it uses.

    Args:
        statement: A statement of a paper.

    Returns:
        The ids of those marked "cited", sorted.

    Example:
        >>> from derivations.instances import cited_by
        >>> from derivations.papers import paper
        >>> cited_by(paper("liu2019")["error-shrinks"])
        ('facts.triangle',)
    """
    cited: set[str] = set()
    seen: set[str] = set()
    waiting = [statement]
    while waiting:
        one = waiting.pop()
        for name in one.rests_on:
            if name in seen:
                continue
            seen.add(name)
            try:
                other = found(one, name)
            except (InstanceError, papers.BrokenPaper):
                continue
            if other.mark == "cited":
                cited.add(other.id)
            waiting.append(other)
    return tuple(sorted(cited))


def instantiated(fact: Statement, instance: Instance) -> Instantiated:
    """Put objects in for the symbols of a fact.

    Args:
        fact: The fact: a bound, an identity or a constant.
        instance: The names of its symbols with what stands for them; sizes follow from the shapes of matrices.

    Returns:
        Its conclusion and its hypotheses about these objects.

    Raises:
        InstanceError: A name is none of the fact's, a symbol is left, or shapes do not fit.

    Example:
        >>> from sympy import Symbol
        >>> from derivations import Bound
        >>> from derivations.instances import instantiated
        >>> from derivations.steps import Instance
        >>> x, a = Symbol("x", real=True), Symbol("a", real=True)
        >>> young = Bound("square", 2 * x, 1 + x**2)
        >>> instantiated(young, Instance("square", (("x", a),))).conclusion
        2*a <= a**2 + 1
    """
    put, functions = _put(fact, instance)
    _refuse_captured(fact, instance)
    applied: list[Any] = []

    def at(expr: Any) -> Any:
        try:
            return normal(putting(expr, put, functions, applied))
        except (TypeError, ShapeError, NotReducible) as error:
            raise InstanceError(f"{instance.text}: {first_line(error)}") from None

    match fact:
        case Bound():
            conclusion = Le(at(fact.lower), at(fact.upper), evaluate=False)
        case Identity():
            conclusion = Eq(at(fact.lhs), at(fact.rhs), evaluate=False)
        case Constant() if fact.value is not None:
            conclusion = Eq(at(fact.definition), at(fact.value), evaluate=False)
        case _:
            raise InstanceError(
                f"{instance.fact} is a {fact.kind}: only bounds, identities and constants have instances"
            )
    ranges = tuple((at(symbol), values) for symbol, values in fact.domain.ranges.items())
    hypotheses = tuple(at(r) for r in fact.domain.where)
    return Instantiated(fact, put | functions, ranges, hypotheses, conclusion, tuple(dict.fromkeys(applied)))


def _refuse_captured(fact: Statement, instance: Instance) -> None:
    """InstanceError for something put in with a symbol over which the fact sums, integrates or averages."""
    said = [c for c in (*fact.content, *fact.domain.where) if isinstance(c, Basic)]
    free = {s for c in said for s in c.free_symbols}
    bound = {s for c in said for s in c.atoms(Symbol)} - free - {d for s in free if is_matrix(s) for d in _sizes(s)}
    for word, value in instance.put:
        caught = bound & value.free_symbols if isinstance(value, Basic) else set()
        if caught:
            name = min(map(str, caught))
            raise InstanceError(
                f"{instance.fact}: {word} = {value} has {name}, which is bound in it: name yours otherwise"
            )


def _sizes(matrix: Any) -> Iterator[Any]:
    return (d for size in matrix.shape for d in size.free_symbols)


def _put(fact: Statement, instance: Instance) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """What stands for each symbol of a fact, sizes included, and for each of its unspecified functions."""
    name = instance.fact
    symbols = {str(s): s for s in fact.domain.ranges}
    heads = unspecified((*fact.content, *fact.domain.where))
    put: dict[Any, Any] = {}
    functions: dict[Any, Any] = {}
    for word, value in instance.put:
        if word in heads:
            if not isinstance(value, FunctionClass | Lambda):
                raise InstanceError(f"{name}: {word} is a function, {value} is not")
            functions[heads[word]] = value
        elif word in symbols:
            if isinstance(value, FunctionClass | Lambda):
                raise InstanceError(f"{name}: {word} is no function, {value} is")
            put[symbols[word]] = value
        else:
            known = ", ".join(sorted({*symbols, *heads}))
            raise InstanceError(f"{name} has no symbol {word}{_nearest(word, [*symbols, *heads])} (it has {known})")
    for symbol, value in list(put.items()):
        if is_matrix(symbol) is not is_matrix(value):
            raise InstanceError(
                f"{name}: {symbol} is {'a matrix' if is_matrix(symbol) else 'a number'}, {value} is not"
            )
        if isinstance(symbol, MatrixSymbol):
            for size, given in zip(symbol.shape, value.shape, strict=True):
                if size.is_Symbol and put.setdefault(size, given) != given:
                    raise InstanceError(f"{name}: {symbol} has {size} rows or columns, {value} has {given}")
    left = [word for word, s in symbols.items() if s not in put] + [w for w, h in heads.items() if h not in functions]
    if left:
        raise InstanceError(f"{name}: nothing is put in for {', '.join(sorted(left))}")
    for symbol, value in put.items():
        if isinstance(symbol, MatrixSymbol):
            for size, given in zip(symbol.shape, value.shape, strict=True):
                if expand(size.xreplace(put) - given) != 0:
                    raise InstanceError(f"{name}: {symbol} has {size} rows or columns, {value} has {given}")
    return put, functions


@remembered(8192)
def normal(expr: Any) -> Any:
    """An expression in which equal matrices, and equal columns of inner products, are written the same.

    >>> from sympy import Symbol
    >>> from derivations import norm, vector
    >>> n = Symbol("n", integer=True, positive=True)
    >>> x, y = vector("x", n), vector("y", n)
    >>> normal(norm(2 * (x + y) - 2 * y)) == 2 * norm(x)
    True
    """
    if not getattr(expr, "args", ()) or isinstance(expr, UndefinedFunction):
        return expr
    args = [normal(a) for a in expr.args]
    if any(a is not b for a, b in zip(args, expr.args, strict=True)):
        expr = expr.func(*args, evaluate=False) if isinstance(expr, Relational) else expr.func(*args)
    if isinstance(expr, Inner):
        if any(isinstance(v, ZeroMatrix) for v in expr.args):
            return S.Zero
        (c, x), (d, y) = ((factor, settled(column)) for factor, column in map(as_multiple, expr.args))
        if x == y and isinstance(x, MatAdd):
            # ‖x − y‖ and ‖y − x‖ are one number
            x = y = min(x, settled(as_multiple(-x)[1]), key=default_sort_key)
        return c * d * Inner(x, y)
    if isinstance(expr, MatrixNorm) and isinstance(expr.args[0], MatAdd):
        # ‖G − K‖ and ‖K − G‖ are one number
        return expr.func(min(expr.args[0], settled(-expr.args[0]), key=default_sort_key))
    return canonical(settled(expr)) if is_matrix(expr) else expr
