"""What theorems ask for, as pages show it: read from the file that `lemmata theorem --json` wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from mpmath import mp, mpf

from checks.report.formulas import inline
from checks.studies.theorems.tables import SHOWN, number, number_latex

MOST = 10
"""Constants that are shown."""


@dataclass(frozen=True)
class Demand:
    """What is asked for, beside what would be asked for with sharp constants and what runs needed; "" where unknown."""

    name: str
    symbol: Markup
    asked: Markup
    sharp: Markup
    needed: Markup
    growth: Markup


@dataclass(frozen=True)
class Waste:
    """A constant: what the proof uses, what is measured, and by how many powers of ten it alone lowers the demand."""

    symbol: Markup
    formula: Markup
    used: Markup
    measured: Markup
    lemma: str
    words: str
    saves: float
    share: float
    """`saves` over all powers of ten that are asked for: the length of a bar."""


@dataclass(frozen=True)
class Asked:
    """A theorem on data."""

    id: str
    setting: str
    demands: tuple[Demand, ...]
    wasted: tuple[Waste, ...]
    binding: str

    @property
    def worst(self) -> Waste | None:
        """The most wasteful constant."""
        return self.wasted[0] if self.wasted else None


def asked_of(data: Any, key: str) -> Asked:
    """An entry of the file as its page shows it; its numbers are strings of digits.

    Args:
        data: An entry of "theorems".
        key: The key of its paper, under which its lemmas have their ids.
    """
    main = next(iter(data["asked"]))
    powers = max(float(abs(mp.log10(mpf(data["asked"][main])))), 1e-9)
    rows = [row for row in data["constants"] if float(row["saves_powers_of_ten"]) > 0]
    rows.sort(key=lambda row: -float(row["saves_powers_of_ten"]))
    wasted = tuple(
        Waste(
            inline(str(row["latex"])),
            inline(str(row["formula_latex"])),
            _number(row["value"]),
            _number(row["measured"]),
            f"{key}.{row['lemma']}" if row["lemma"] else "",
            str(row["words"]),
            float(row["saves_powers_of_ten"]),
            min(float(row["saves_powers_of_ten"]) / powers, 1.0),
        )
        for row in rows[:MOST]
    )
    demands = tuple(
        Demand(
            name,
            inline(str(data["symbols"][name])),
            _number(value),
            _number(data["all_sharp"].get(name)),
            _number(data["needed"].get(name)),
            _growth(data, name),
        )
        for name, value in data["asked"].items()
    )
    told = [f"{part} = {number(mpf(value))}" for part, value in data["binding"]]
    return Asked(str(data["id"]), str(data["setting"]["words"]), demands, wasted, ", ".join(told))


def _number(value: Any) -> Markup:
    return Markup("") if value is None else inline(number_latex(mpf(str(value))))


def _growth(data: Any, name: str) -> Markup:
    """The demand's powers of the data, as a formula."""
    powers = [(data["data_latex"][datum], float(power)) for datum, power in data["growth"].get(name, {}).items()]
    told = [rf"{symbol}^{{{power:.2f}}}" for symbol, power in powers if abs(power) >= SHOWN]
    return inline(rf"{data['symbols'][name]} \propto {' '.join(told)}") if told else Markup("")
