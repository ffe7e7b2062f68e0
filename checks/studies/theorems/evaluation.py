"""A theorem on data: what it asks for, what of that each lemma loses, and what is seen to be needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from mpmath import mp

from checks.errors import InputError
from checks.measurable import Setting, TheoremReading
from derivations.letters.shown import Shown
from derivations.theorems import Quantity, Theorem
from numerics.errors import EvaluationError
from numerics.values.theorems import DIGITS, Values, exponents, parts, values

SIZES = frozenset({"n", "d", "H"})
"""Data that are whole numbers: of inputs, their dimension, layers."""


@dataclass(frozen=True)
class Row:
    """One constant: the value that the proof uses, what is measured, and what would be asked for if it were sharp.

    Attributes:
        quantity: The constant, with its formula and its lemma.
        value: What the proof uses.
        measured: The sharpest value that is measured on these data; None where nothing is measured.
        asked: What would be asked for if this constant alone were the measured one, by the name of the demand.
    """

    quantity: Quantity
    value: Any
    measured: Any = None
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def slack(self) -> Any:
        """The value over the measured one, or None."""
        return None if self.measured is None or self.measured == 0 else self.value / self.measured


@dataclass(frozen=True, repr=False)
class Evaluation(Shown):
    """What a theorem asks for on data.

    Attributes:
        id: The id of the theorem's statement.
        theorem: The chain of its constants.
        setting: The data and sizes.
        rows: Its constants in order, data first.
        demands: What is asked for, by name.
        needed: What is seen to be needed, by name, where it is measured.
        sharp: What would be asked for if all measured constants were in place of those used, by name.
        powers: With which power each demand grows in each datum, by the name of the demand and of the datum's symbol.
    """

    _printed_by: ClassVar[str] = "checks.studies.theorems.shown"

    id: str
    theorem: Theorem
    setting: Setting
    rows: tuple[Row, ...]
    demands: Mapping[str, Any]
    needed: Mapping[str, Any]
    sharp: Mapping[str, Any]
    powers: Mapping[str, Mapping[str, float]]

    @property
    def values(self) -> Values:
        """Every quantity by its symbol."""
        return {row.quantity.symbol: row.value for row in self.rows}

    @property
    def main(self) -> str:
        """What is asked for first, such as "width"."""
        return next(iter(self.demands))

    def saved(self, row: Row, demand: str = "") -> float:
        """By how many powers of ten a demand falls if this constant alone is sharp; 0 where it is not measured."""
        demand = demand or self.main
        if demand not in row.asked:
            return 0.0
        with mp.workdps(DIGITS):
            change = mp.log10(self.demands[demand] / row.asked[demand])
        return float(-change if demand == "step" else change)

    def wasteful(self, demand: str = "") -> list[Row]:
        """The constants whose sharp value would lower a demand, the most wasteful first."""
        told = [row for row in self.rows if self.saved(row, demand) > 0.0]
        return sorted(told, key=lambda row: -self.saved(row, demand))

    def binding(self, demand: str = "") -> list[tuple[Any, Any]]:
        """The parts of a demand that is a sum, the largest or the least of several, the one that counts first."""
        return parts(self.theorem, self.theorem.demands[demand or self.main], self.values)


def evaluated(id: str, theorem: Theorem, reading: TheoremReading, setting: Setting, measure: bool = True) -> Evaluation:
    """Evaluate a theorem.

    Args:
        id: The id of its statement.
        theorem: The chain of its constants.
        reading: What the data give, and what is measured.
        setting: The data and sizes.
        measure: Whether constants are measured.

    Returns:
        What it asks for, constant by constant.

    Raises:
        InputError: The data do not give what the theorem needs, or a name is none of its quantities.

    Example:
        >>> from sympy import Symbol
        >>> from checks.measurable import Setting, TheoremReading
        >>> from derivations.theorems import Quantity, Theorem
        >>> from numerics.data import sphere
        >>> n, c, M = (Symbol(name, positive=True) for name in ("n", "c", "M"))
        >>> made = Theorem("main", (Quantity(n), Quantity(c, 3 + 0 * n), Quantity(M, c * n**2)), {"width": M})
        >>> reading = TheoremReading(lambda s: {"n": len(s.data)}, lambda s, v: {"c": 2.0})
        >>> found = evaluated("mine.main", made, reading, Setting(sphere(4, 10, 0)))
        >>> int(found.demands["width"]), int(found.sharp["width"])
        (48, 32)
    """
    try:
        return _evaluated(id, theorem, reading, setting, measure)
    except EvaluationError as error:
        raise InputError(str(error)) from None


def _evaluated(id: str, theorem: Theorem, reading: TheoremReading, setting: Setting, measure: bool) -> Evaluation:
    given = {**_chosen(theorem, setting), **reading.data(setting), **setting.given}
    unknown = [name for name in setting.given if name not in {str(q.symbol) for q in theorem.data}]
    if unknown:
        known = ", ".join(str(q.symbol) for q in theorem.data)
        raise InputError(f"{id} has no datum {unknown[0]}; it has {known}")
    for name in SIZES & set(setting.given):
        if float(given[name]) % 1 != 0:
            raise InputError(f"{name} = {given[name]}: a whole number is needed")
    found = values(theorem, given)
    named = {str(symbol): value for symbol, value in found.items()}
    measured = _measured(theorem, reading, setting, named) if measure else {}
    asked = {name: found[symbol] for name, symbol in theorem.demands.items()}

    def demanded(instead: Mapping[Any, Any]) -> dict[str, Any]:
        try:
            changed = values(theorem, given, instead)
        except EvaluationError:  # a measured constant of 0, or formulas that need one as large as the proof's
            return {}
        return {name: changed[symbol] for name, symbol in theorem.demands.items()}

    rows = tuple(
        Row(
            q,
            found[q.symbol],
            measured.get(q.symbol),
            demanded({q.symbol: measured[q.symbol]}) if q.symbol in measured else {},
        )
        for q in theorem.quantities
    )
    powers = {
        name: {str(datum): power for datum, power in exponents(theorem, symbol, given).items()}
        for name, symbol in theorem.demands.items()
    }
    needed = dict(reading.needed(setting, named)) if measure and reading.needed is not None else {}
    return Evaluation(id, theorem, setting, rows, asked, needed, demanded(measured) if measured else {}, powers)


def _chosen(theorem: Theorem, setting: Setting) -> dict[str, Any]:
    """The data that the setting has, under the names that theorems use for them."""
    n, d = setting.data.x.shape
    chosen = {"n": n, "d": d, "H": setting.depth, "delta": setting.delta, "epsilon": setting.epsilon}
    return {name: value for name, value in chosen.items() if name in {str(q.symbol) for q in theorem.data}}


def _measured(theorem: Theorem, reading: TheoremReading, setting: Setting, named: Mapping[str, Any]) -> Values:
    """The measured constants by symbol; never above what the proof uses, which holds for sure."""
    if reading.measured is None:
        return {}
    symbols = {str(q.symbol): q.symbol for q in theorem.quantities}
    found: Values = {}
    for name, value in reading.measured(setting, named).items():
        if name not in symbols:
            raise InputError(f"{theorem.slug}: a measured value is given for {name}, which is not one of its constants")
        if not mp.isfinite(value):
            raise InputError(f"{theorem.slug}: the measured value of {name} is {value}, which is not a number")
        found[symbols[name]] = value
    return found
