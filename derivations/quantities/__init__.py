"""Quantities that only a measurement can give: a training run's loss, an eigenvalue on concrete data."""

from __future__ import annotations

from typing import Any

from sympy import Basic, Expr
from sympy.core.symbol import Str


class MeasuredQuantity(Expr):  # type: ignore[misc]
    """A real number that only a measurement can give, described in words and in LaTeX.

    Args:
        text: The description.
        latex: The same in LaTeX; by default the description.

    Example:
        >>> from derivations.quantities import MeasuredQuantity
        >>> MeasuredQuantity("the loss after 100 steps")
        the loss after 100 steps
    """

    is_real = True
    is_commutative = True
    is_number = False

    def __new__(cls, text: str, latex: str = "") -> MeasuredQuantity:
        made: MeasuredQuantity = Expr.__new__(cls, Str(str(text)), Str(str(latex or text)))
        return made

    @property
    def free_symbols(self) -> set[Any]:
        return set()

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        body = self.args[1].name
        return str(body) if exp is None else rf"\left({body}\right)^{{{exp}}}"

    def _sympystr(self, printer: Any) -> str:
        return str(self.args[0].name)


def only_measured(content: tuple[Any, ...]) -> bool:
    """Whether a claim contains a quantity that only a measurement can give.

    Args:
        content: The SymPy objects of the claim.

    Returns:
        True if one of them contains a `MeasuredQuantity`.

    Example:
        >>> from derivations.quantities import MeasuredQuantity, only_measured
        >>> only_measured((MeasuredQuantity("the loss") + 1,))
        True
    """
    return any(isinstance(c, Basic) and c.has(MeasuredQuantity) for c in content)
