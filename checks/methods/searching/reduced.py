"""A bound as numbers see it: its derivatives carried out, known inner products put in, and its domain to match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from derivations.calculus.forms import expand_inner
from derivations.domains import Angle, Domain, make_domain
from derivations.proofs.equality import unfold
from derivations.statements import Bound
from numerics.errors import EvaluationError


@dataclass(frozen=True)
class Reduced:
    """The sides of a bound and its domain, rewritten: a claim of the same truth, and not a statement of a paper."""

    id: str
    lhs: Any
    rhs: Any
    domain: Domain
    constant: Any = None
    value: Any = None
    printed: Any = None
    sharp_at: Mapping[Any, Any] | None = None

    @property
    def lower(self) -> Any:
        """The left side with the constant put in."""
        return self.lhs.xreplace({self.constant: self.value}) if self.constant is not None else self.lhs

    @property
    def upper(self) -> Any:
        """The right side with the constant put in."""
        return self.rhs.xreplace({self.constant: self.value}) if self.constant is not None else self.rhs

    @property
    def content(self) -> tuple[Any, Any]:
        return self.lower, self.upper


def reduced(statement: Bound) -> Reduced:
    """The same bound with derivatives carried out and known inner products put in.

    Where this leaves an angle without its vectors, the angle becomes a number of its own. Raises NoClosedForm or
    NotReducible where a side has no such form.
    """
    domain = statement.domain
    lhs, rhs = (_put_in(unfold(side, domain), domain) for side in (statement.lhs, statement.rhs))
    where = tuple(_reduced_relation(r, domain) for r in domain.where)
    used = (lhs + rhs).free_symbols.union(*(r.free_symbols for r in where))
    ranges: dict[Any, Any] = {}
    for symbol, values in domain.ranges.items():
        if isinstance(values, Angle) and not {values.x, values.y} & used:
            ranges[symbol] = sp.Interval(0, sp.pi)
        elif symbol in used or any(isinstance(a, Angle) and {a.x, a.y} & used for a in domain.ranges.values()):
            ranges[symbol] = values
    known = {} if statement.constant is None else {statement.constant: statement.value}
    symbols = {s for side in (lhs, rhs) for s in side.xreplace(known).free_symbols}
    return Reduced(
        statement.id,
        lhs,
        rhs,
        make_domain(ranges, where, symbols),
        statement.constant,
        statement.value,
        statement.printed,
        statement.sharp_at,
    )


def _reduced_relation(relation: Any, domain: Any) -> Any:
    if relation in (True, sp.true):
        return relation
    return relation.func(*(_put_in(side, domain) for side in relation.args))


def _put_in(side: Any, domain: Any) -> Any:
    """A side with known inner products put in; ‖x − y‖² is written out for them alone, since its parts cancel."""
    return expand_inner(side, domain.table) if domain.table else side


def affine(statement: Bound | Reduced) -> tuple[Any, Any, Any]:
    """rhs − lhs = base + slope·c, and the stated c: the named constant, or the factor 1 before rhs."""
    if statement.constant is None:
        return -statement.lhs, statement.rhs, sp.S.One
    c = statement.constant
    gap = sp.expand(statement.rhs - statement.lhs)
    slope = gap.diff(c)
    if slope.has(c):
        raise EvaluationError(f"{statement.id}: the bound is not linear in its constant {c}")
    return gap.xreplace({c: sp.S.Zero}), slope, statement.value
