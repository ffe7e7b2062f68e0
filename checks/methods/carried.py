"""The limits, integrals and sums that SymPy evaluates, compared with their definitions in numbers.

A closed form that SymPy found is used by several methods, which would be one route behind several keys. It is used only
where numbers from the definition do not contradict it, and by methods of numbers only where they confirm it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from mpmath import mp

from checks.methods.equations import without_equations
from derivations.activations import STAND_INS, specified
from derivations.calculus.forms import NotReducible
from derivations.domains import Domain
from derivations.gaussian import Expectation
from derivations.integrals.polar import NoClosedForm
from derivations.outcomes.reasons import Reason
from derivations.proofs.equality import unfold
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.statements import Statement
from numerics.values.evaluate import evaluate
from numerics.values.points import NoPoint, exact_points
from numerics.values.quadrature import NO_NUMBER

BY_SYMPY = (sp.Limit, sp.Integral, sp.Sum)
DIGITS, AGREE = 25, 12
"""Digits that are worked with, and how many of them must agree."""
POINTS, SEED = 3, 1
INSTANCE = STAND_INS["cos(x - 1)"]
"""Where σ is unspecified, this one without a symmetry is looked at."""
CARRYING = ("symbolic", "search", "sampling")
"""Methods that put SymPy's closed forms in place of limits, integrals and sums."""
SYMPY = "SymPy's evaluation"
ROUTES = {
    "symbolic": SYMPY,
    "rocq": "kernel",
    "enclosure": "balls",
    "precision": "digits",
    "sampling": "samples",
    "autograd": "autograd",
    "search": "floats",
    "trajectory": "runs",
    "scaling": "runs",
}
"""By which way the numbers of each method come where nothing is carried out by SymPy."""


@dataclass(frozen=True)
class Doubt:
    """Why SymPy's value of an expression is not used: numbers say another value, or none could be had."""

    said: str
    reason: Reason

    @property
    def contradicted(self) -> bool:
        return self.reason is Reason.CONTRADICTED


def doubt(statement: Statement) -> Doubt | None:
    """The first limit, integral or sum of a statement whose value by SymPy numbers contradict or cannot confirm.

    A contradiction comes before what cannot be confirmed. None where there is nothing to doubt.
    """
    open_: Doubt | None = None
    statement = without_equations(statement)
    for node in _outermost(statement):
        found = _of(node, statement.domain)
        if found is not None and found.contradicted:
            return found
        open_ = open_ or found
    return open_


def route(name: str, statement: Statement) -> str:
    """By which way a method's numbers come: SymPy's evaluation, balls, digits of both sides, quadrature, samples, …"""
    symbolic = [c for c in statement.content if isinstance(c, sp.Basic)]
    if name in CARRYING and any(c.has(*BY_SYMPY) for c in symbolic):
        return SYMPY
    if name == "precision" and any(c.has(*BY_SYMPY, Expectation) for c in symbolic):
        return "quadrature"
    return ROUTES.get(name, name)


def _outermost(statement: Statement) -> Iterator[Any]:
    """The outermost limits, integrals and sums of a statement."""
    waiting = [c for c in statement.content if isinstance(c, sp.Basic) and c.has(*BY_SYMPY)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, BY_SYMPY):
            yield node
        else:
            waiting += [a for a in node.args if a.has(*BY_SYMPY)]


def _of(node: Any, domain: Domain) -> Doubt | None:
    try:
        with foreign_errors():
            closed = unfold(node, domain)
    except (NoClosedForm, NotReducible, ForeignError):
        return None  # nothing was carried out
    if closed == node:
        return None
    seen, why = 0, ""
    try:
        for _, point in exact_points(domain, POINTS, np.random.default_rng(SEED), tame=True):
            try:
                with mp.workdps(DIGITS):
                    said, measured = (evaluate(specified(e, INSTANCE), point, "mpmath") for e in (closed, node))
            except NO_NUMBER as error:
                why = why or str(error)
                continue
            seen += 1
            if not abs(said - measured) <= mp.mpf(10) ** -AGREE * max(abs(said), abs(measured), 1):
                values = f"{mp.nstr(said, 12)}, its definition {mp.nstr(measured, 12)}"
                return Doubt(f"SymPy's value of {node} is {values}: not used", Reason.CONTRADICTED)
    except NoPoint as error:
        why = str(error)
    if seen:
        return None
    return Doubt(f"SymPy's value of {node} could not be confirmed in numbers: {why}", Reason.UNCONFIRMED)
