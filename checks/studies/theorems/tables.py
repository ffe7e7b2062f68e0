"""An evaluated theorem as text, JSON and LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mpmath import mp, mpf

from checks.studies.theorems.evaluation import Evaluation, Row
from derivations.latex import latex

SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
PLAIN = 1e5
"""Numbers up to this size, and down to one over it, are written out."""
SHOWN = 0.05
"""Powers below this are not shown: they come from logarithms."""


def scientific(value: Any) -> tuple[str, int]:
    """Mantissa and exponent of a positive number of any size.

    >>> scientific(mpf(10) ** 1000 * 2.5)
    ('2.50', 1000)
    """
    value = mpf(value)
    exponent = int(mp.floor(mp.log10(value)))
    mantissa = f"{float(value / mpf(10) ** exponent):.2f}"
    return (mantissa, exponent) if float(mantissa) < 10 else ("1.00", exponent + 1)


def number(value: Any) -> str:
    """A number as people write it: 512, 0.069, 1.08·10⁴¹.

    >>> number(mpf("1.084e41")), number(4960.3), number(0.0690)
    ('1.08·10⁴¹', '4960', '0.069')
    """
    value = mpf(value)
    if value == 0:
        return "0"
    if 1 / PLAIN < abs(value) < PLAIN:
        whole = int(mp.nint(value))
        if abs(value) >= 100 or abs(value - whole) < mpf(10) ** -9 * abs(value):
            return str(whole)
        return f"{float(value):.3g}"
    mantissa, exponent = scientific(abs(value))
    return f"{'−' if value < 0 else ''}{mantissa}·10{str(exponent).translate(SUPERSCRIPTS)}"


def number_latex(value: Any) -> str:
    r"""The same in LaTeX.

    >>> number_latex(mpf("1.084e41"))
    '1.08\\cdot 10^{41}'
    """
    value = mpf(value)
    if value == 0 or 1 / PLAIN < abs(value) < PLAIN:
        return number(value)
    mantissa, exponent = scientific(abs(value))
    return rf"{'-' if value < 0 else ''}{mantissa}\cdot 10^{{{exponent}}}"


def growth(found: Evaluation, demand: str) -> str:
    """How a demand grows in the data, as a product of powers."""
    powers = {name: power for name, power in found.powers.get(demand, {}).items() if abs(power) >= SHOWN}
    symbol = found.theorem.demands[demand]
    return f"{symbol} ∝ " + " · ".join(f"{name}^{power:.2f}" for name, power in powers.items())


SIZES = {"n": "", "d": "", "epsilon": "ε", "delta": "δ", "lambda_0": "λ₀"}
"""Data that are said with the inputs, or by another letter."""


def setting_words(found: Evaluation) -> str:
    """The data and sizes in words."""
    s, values = found.setting, {str(q.symbol): found.values[q.symbol] for q in found.theorem.data}
    words = [s.data.name] if {"n", "d"} & set(values) else []
    words += [f"{SIZES.get(name, name)} = {number(value)}" for name, value in values.items() if SIZES.get(name, name)]
    said = ", ".join(words)
    measured = any(row.measured is not None for row in found.rows)
    if not measured:
        return said
    width = f" at width {s.width}" if "width" in found.demands else ""
    return f"{said}; constants measured{width}, seed {s.seed}"


def covered(found: Evaluation) -> bool:
    """Whether the networks that were measured are as wide as the theorem asks: narrower ones cannot refute it."""
    return "width" not in found.demands or bool(found.setting.width >= found.demands["width"])


def beyond_proof(found: Evaluation) -> list[Row]:
    """Constants that are measured beyond what the proof says: where the theorem covers the networks, it is refuted."""
    slack = mpf(1) + mpf(10) ** -9

    def beyond(row: Row) -> bool:
        if row.measured is None:
            return False
        small, large = (row.measured, row.value) if row.quantity.from_below else (row.value, row.measured)
        return bool(large > small * slack)

    return [row for row in found.rows if beyond(row)]


def as_json(found: Evaluation) -> dict[str, Any]:
    """The evaluation for a file; numbers as strings of digits, since they may be too large for floats."""

    def told(value: Any) -> str | None:
        return None if value is None else mp.nstr(mpf(value), 12)

    s = found.setting
    return {
        "id": found.id,
        "setting": {
            "data": s.data.name,
            "inputs": len(s.data),
            "depth": s.depth,
            "width": s.width,
            "delta": s.delta,
            "epsilon": s.epsilon,
            "activation": s.activation,
            "seed": s.seed,
            "words": setting_words(found),
        },
        "symbols": {name: latex(symbol) for name, symbol in found.theorem.demands.items()},
        "data_latex": {str(q.symbol): latex(q.symbol) for q in found.theorem.data},
        "asked": _told(found.demands),
        "needed": _told(found.needed),
        "all_sharp": _told(found.sharp),
        "growth": {name: dict(powers) for name, powers in found.powers.items()},
        "binding": [[str(part), told(value)] for part, value in found.binding()],
        "constants": [
            {
                "symbol": str(row.quantity.symbol),
                "latex": latex(row.quantity.symbol),
                "formula": None if row.quantity.formula is None else str(row.quantity.formula),
                "formula_latex": "" if row.quantity.formula is None else latex(row.quantity.formula),
                "lemma": row.quantity.lemma,
                "words": row.quantity.words,
                "from_below": row.quantity.from_below,
                "value": told(row.value),
                "measured": told(row.measured),
                "asked_if_sharp": _told(row.asked),
                "saves_powers_of_ten": round(found.saved(row), 3),
            }
            for row in found.rows
        ],
    }


def _told(table: Mapping[str, Any]) -> dict[str, str]:
    return {name: mp.nstr(mpf(value), 12) for name, value in table.items()}


def as_latex(found: Evaluation) -> str:
    """The constants of the proof as displays, and a table of what each costs; needs amsmath and booktabs."""
    return "\n".join([*_formulas(found), *_table(found)]) + "\n"


def _formulas(found: Evaluation) -> Iterator[str]:
    yield r"\begin{align*}"
    lines = [q for q in found.theorem.quantities if q.formula is not None]
    for number_, q in enumerate(lines):
        by = rf" && \text{{({q.lemma})}}" if q.lemma else ""
        end = r" \\" if number_ < len(lines) - 1 else ""
        yield rf"{latex(q.symbol)} &= {latex(q.formula)}{by}{end}"
    yield r"\end{align*}"


def _table(found: Evaluation) -> Iterator[str]:
    asked = ", ".join(f"{name} ${number_latex(value)}$" for name, value in found.demands.items())
    yield r"\begin{table}"
    yield rf"\caption{{What the proof asks for on {found.setting.data.name}: {asked}; and by how many powers of ten the"
    yield rf"{found.main} falls if one constant alone is the measured one.}}"
    yield r"\begin{tabular}{llrrr}"
    yield r"\toprule"
    yield r"constant & lemma & used & measured & saves \\"
    yield r"\midrule"
    for row in found.wasteful():
        q = row.quantity
        cells = (
            f"${latex(q.symbol)}$",
            q.lemma,
            f"${number_latex(row.value)}$",
            f"${number_latex(row.measured)}$",
            f"$10^{{{found.saved(row):.1f}}}$",
        )
        yield " & ".join(cells) + r" \\"
    yield r"\bottomrule"
    yield r"\end{tabular}"
    yield r"\end{table}"
