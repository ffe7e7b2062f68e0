"""z3 alone: polynomials, fractions, roots and absolute values; it has no exp, log or sums."""

from __future__ import annotations

from benchmarks.inequalities.provers import OPEN, PROVED, REFUTED, UNREAD, Answer
from benchmarks.inequalities.smt import Unreadable, negation
from derivations.statements import Statement


def decide(statement: Statement) -> Answer:
    """Whether z3 finds no point at which the claim fails."""
    import z3

    try:
        text = negation(statement, logic="ALL")
    except Unreadable as error:
        return Answer(UNREAD, said=str(error))
    solver = z3.Solver()
    solver.from_string(text)
    found = solver.check()
    if found == z3.unsat:
        return Answer(PROVED, "a program's word")
    # a number known to 12 digits is a range: a point in it shows nothing
    if found == z3.sat and "number" not in text:
        return Answer(REFUTED, said=str(solver.model())[:200])
    return Answer(OPEN, said=str(found))
