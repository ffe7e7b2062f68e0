"""The sharpest constants: what a paper prints, what holds, what is best possible, and by how much they differ."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, isinf
from typing import Any

import sympy as sp

from checks.context import Context
from checks.library.collect import Item, resolve
from checks.methods import enclosure, method, search
from checks.methods.equations import without_equations
from checks.methods.searching.reduced import affine, reduced
from checks.methods.unspecified import found_by
from checks.provers.portfolio import nonnegative
from checks.running.schedule.each import in_order, on_each
from checks.verdicts import Found, Verdict
from derivations.calculus.forms import NotReducible
from derivations.extrema import Extremum
from derivations.gaussian import Expectation
from derivations.integrals.definitions import carried_out
from derivations.integrals.polar import NoClosedForm
from derivations.outcomes.budget import BudgetSpent, budget, fresh
from derivations.quantities import only_measured
from derivations.statements import Bound, Constant, Statement
from numerics.values.points import NoPoint
from numerics.values.quadrature import NO_NUMBER

STEPS = (1e-9, 1e-6, 1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3)
"""At which relative distances above the best constant found a proof is tried, the nearest first."""
PROOF_STEPS = 4_000_000
"""The most steps for which proofs are looked for."""
CLOSE = 1e-6
"""How near to equality, relatively, points must come for a constant to count as approached."""
DIGITS = 30


@dataclass(frozen=True, repr=False)
class Sharpest(Found):
    """The best constant of one statement: `low` ≤ best ≤ `high`, where it is attained, and how that is known.

    `what` is the constant's name, `printed` what the paper says, `stated` what is claimed here; `slack` is by how much
    the outermost is off. `known` is "exact" (the statement is proved, and equality attained at `at` or the value one
    of its own), "approached" (it is proved, and points come within CLOSE of equality), "enclosed" (one end is reached,
    a bound with the other is proved), "searched" (one end is reached at a point, the other is what is stated and
    proved), "attained" (nothing is proved, and equality is attained: no better constant than `stated` can hold) or
    "met" (nothing is proved: no better constant than the one met at a point can hold). Of a constant, "stated" is a
    value without a proof. An unknown end is infinite.
    """

    statement: str
    what: str
    printed: str
    stated: str
    stated_value: float
    low: float
    high: float
    at: str
    known: str
    slack: float
    digits: str = ""

    @property
    def best(self) -> str:
        """The best constant in digits, or the interval that it is in."""
        if self.known in ("exact", "approached"):
            return self.digits or f"{self.stated_value:.9g}"
        if isinf(self.low) and isinf(self.high):
            return "not known"
        if isinf(self.high):
            return f"at least {self.low:.9g}"
        if isinf(self.low):
            return f"at most {self.high:.9g}"
        return self.digits or f"[{self.low:.9g}, {self.high:.9g}]"

    @property
    def slack_text(self) -> str:
        """The slack in per cent, 0 below what rounding explains."""
        return f"{self.slack:.3%}" if self.slack >= 5e-6 else "0"


def sharpest_of(item: Item, seed: int = 0) -> Sharpest | None:
    """The sharpest constant of an item's statement."""
    return sharpest(resolve(item), seed)


def sharpest(statement: Statement, seed: int = 0) -> Sharpest | None:
    """The sharpest constant of a bound or the value of a constant; None for other statements, or if none was found."""
    if only_measured(statement.content):
        return None
    context = Context(seed, "cpu", statement.id)
    statement = without_equations(statement)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            if isinstance(statement, Constant):
                return _value(statement, context)
            if isinstance(statement, Bound):
                return _bound(statement, context)
    except (*NO_NUMBER, NoPoint, NoClosedForm, NotReducible):
        return None
    return None


def all_sharpest(items: Sequence[Item], seed: int, jobs: int) -> Iterator[tuple[Item, Sharpest | None]]:
    """The sharpest constant of every item, in their order."""
    yield from zip(items, in_order(on_each(sharpest_of, items, jobs, seed)), strict=True)


def _proof(statement: Statement, context: Context) -> bool | None:
    """The exact method that proves the statement itself; None if there is none."""
    for name in ("symbolic", "enclosure"):
        if not method(name).applies(statement, ()):
            continue
        found = found_by(name, statement, (), context)
        if any(e.verdict is Verdict.REFUTED for e in found):
            return False
        if found and all(e.verdict is Verdict.VERIFIED for e in found):
            return True
    return None


def _value(statement: Constant, context: Context) -> Sharpest | None:
    """A constant: its value to 30 digits, or its enclosure, where they are proved; None where they are refuted."""
    what = "sup" if isinstance(statement.definition, Extremum) and statement.definition.is_supremum else "value"
    what = "inf" if isinstance(statement.definition, Extremum) and what == "value" else what
    proof = _proof(statement, context)
    if proof is False:
        return None
    at = _where(statement) if proof else ""
    if statement.value is not None:
        value = statement.value
        number = float(value) if value.is_number else float("nan")
        if not proof:
            return Sharpest(statement.id, what, "", str(value), number, -inf, inf, at, "stated", 0.0)
        digits = str(sp.N(value, DIGITS)) if value.is_number else ""
        return Sharpest(statement.id, what, "", str(value), number, number, number, at, "exact", 0.0, digits)
    low, high = statement.enclosure or (sp.nan, sp.nan)
    stated = f"[{float(low):.10g}, {float(high):.10g}]"
    slack = float((high - low) / high) if high != 0 else float(high - low)
    if not proof:
        return Sharpest(statement.id, what, "", stated, float(high), -inf, inf, at, "stated", slack)
    digits = _common(low, high)
    return Sharpest(statement.id, what, "", stated, float(high), float(low), float(high), at, "enclosed", slack, digits)


def _where(statement: Constant) -> str:
    """Where an extremum is attained, as its enclosure found it."""
    if not isinstance(statement.definition, Extremum):
        return ""
    for e in enclosure.run(statement, (), Context(0, "cpu", statement.id)):
        if "reached" in e.data:
            return str(e.data["reached"])
    return ""


def _common(low: Any, high: Any) -> str:
    """The digits that both ends share."""
    a, b = (str(sp.N(e, DIGITS + 5)) for e in (low, high))
    same = 0
    while same < min(len(a), len(b), DIGITS + 2) and a[same] == b[same]:
        same += 1
    return a[:same] + "…" if same > 2 else ""


def _bound(statement: Bound, context: Context) -> Sharpest | None:
    """The constant that search found is reached at a point; a proof for one near it encloses the best one."""
    if statement.lower.has(Expectation) or statement.upper.has(Expectation):
        return None
    (found,) = search.run(statement, (), context)
    data = found.data
    stated = data.get("stated_value")
    if found.verdict is not Verdict.VERIFIED or not data.get("sharpest") or stated is None:
        return None
    best = float(data["sharpest"])
    outermost = data.get("printed_value", stated)
    name = str(statement.constant) if statement.constant is not None else "factor of the right side"
    printed, at = str(data.get("printed", "")), str(data.get("at", ""))
    value, sense = float(stated), data.get("sense", 0)
    proof = _proof(statement, context)
    if proof is False:
        return None

    def row(known: str, ends: tuple[float, float], off_from: float) -> Sharpest:
        slack = abs(outermost / off_from - 1) if off_from else abs(outermost)
        return Sharpest(statement.id, name, printed, str(data["stated"]), value, *ends, at, known, slack)

    # a point shows that no better constant can hold; that this one does, only a proof shows
    if proof and data.get("sharp"):
        return row("exact", (value, value), value)
    if proof and abs(value / best - 1) < CLOSE:
        return row("approached", (min(best, value), max(best, value)), value)
    better = None if data.get("sharp") else _proved(statement, best, value)
    if better is not None and abs(better / best - 1) < abs(value / best - 1):
        return row("enclosed", (min(best, better), max(best, better)), best)
    if proof:
        return row("searched", (min(best, value), max(best, value)), best)
    known = "attained" if data.get("sharp") else "met"
    return row(known, (best if sense > 0 else -inf, best if sense < 0 else inf), best)


def _proved(statement: Bound, best: float, stated: float) -> float | None:
    """A constant near the best one found for which the bound is proved without SymPy's closed forms, or None."""
    if carried_out(statement.lhs) or carried_out(statement.rhs):
        return None
    claim = reduced(statement)
    base, slope, _ = affine(claim)
    sense = 1 if stated >= best else -1
    fresh()
    try:
        with budget(PROOF_STEPS):
            for step in STEPS:
                tried = sp.Rational(f"{best * (1 + sense * step) if best > 0 else best * (1 - sense * step):.14g}")
                if sense * (float(tried) - stated) >= 0:
                    return None
                gap = base + slope * tried
                if nonnegative(gap, claim.domain) is not None:
                    return float(tried)
    except BudgetSpent:
        return None
    return None


def latex_table(paper: str, found: Sequence[Sharpest]) -> str:
    """A table of a paper's constants for a document with the package booktabs."""
    lines = [
        r"\begin{table}",
        rf"\caption{{Constants of {paper}: printed, stated, best possible (exact where the bound is proved and",
        r"equality is attained, enclosed where a proof bounds it, else an end that search met), and the slack of",
        r"the printed or else the stated one.}",
        r"\begin{tabular}{lllllr}",
        r"\toprule",
        r"statement & constant & printed & stated & best & slack \\",
        r"\midrule",
    ]
    for s in found:
        best = _best_text(s)
        cells = (
            s.statement.split(".", 1)[1],
            s.what,
            s.printed or "--",
            _rounded(s),
            best,
            f"{100 * s.slack:.2g}\\,\\%",
        )
        lines.append(" & ".join(_escaped(c) for c in cells) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}"]) + "\n"


def _rounded(s: Sharpest) -> str:
    number = f"{s.stated_value:.7g}"
    return s.stated if s.stated == number or len(s.stated) > 24 else f"{s.stated} = {number}"


def _best_text(s: Sharpest) -> str:
    if s.known in ("exact", "approached"):
        return s.digits[:14] if s.digits else f"{s.stated_value:.8g}"
    if s.known == "enclosed":
        return f"[{s.low:.8g}, {s.high:.8g}]"
    if isinf(s.low) or isinf(s.high):
        return s.best
    return f"at least {s.low:.8g}" if s.low != s.stated_value else f"at most {s.high:.8g}"


def _escaped(text: str) -> str:
    for a, b in (("\\,\\%", "\0"), ("_", r"\_"), ("%", r"\%"), ("**", "^"), ("^", r"\^{}"), ("\0", r"\,\%")):
        text = text.replace(a, b)
    return text
