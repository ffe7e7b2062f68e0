"""A false statement and the methods that apply to it: one that refutes it decides, whatever the others say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from checks.context import Options
from checks.readings import Reading
from checks.running.runner import check_work
from checks.running.work import work_on
from checks.studies.mutation import CHEAP_FIRST
from checks.verdicts import Result, Verdict
from derivations.statements import Statement


def first_refutation(statement: Statement, options: Options, readings: Sequence[Reading]) -> Result:
    """The result of the first method alone that refutes a statement, cheap ones first; of all of them if none does.

    The verdict is the one of a whole check, since a refutation by any method but SymPy's refutes (tested in
    test_verdicts), and SymPy's alone is asked for here only where no other method refutes.
    """
    work = work_on(statement, tuple(readings))
    others = [m for m in CHEAP_FIRST if m in work.methods and m != "symbolic"]
    others += [m for m in work.methods if m not in CHEAP_FIRST]
    for name in others:
        found = check_work(work, replace(options, methods=(name,)))
        if found.verdict is Verdict.REFUTED:
            return found
    return check_work(work, options)
