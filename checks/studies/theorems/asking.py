"""What a theorem asks for, as a function for Python and notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from checks.errors import InputError, as_input_error
from derivations.arguments import flag, optional, real, taking, text, whole
from derivations.arguments import seed as seed_kind

if TYPE_CHECKING:
    from checks.studies.theorems.evaluation import Evaluation
    from numerics.data import Dataset


@taking(
    InputError,
    depth=optional(whole(1)),
    width=whole(1),
    delta=real(above=0, most=1),
    epsilon=real(above=0, most=1),
    activation=text,
    seed=seed_kind,
    measure=flag,
)
def theorem(
    what: str | Path,
    data: Dataset | None = None,
    *,
    depth: int | None = None,
    width: int = 512,
    delta: float = 0.1,
    epsilon: float = 0.01,
    activation: str = "softplus",
    seed: int = 0,
    given: Mapping[str, float] | None = None,
    measure: bool = True,
) -> Evaluation:
    """Say what a theorem asks for on data, and which of its lemmas waste how much of that.

    Args:
        what: The id of a theorem, or a Python file and an id as FILE.py:ID.
        data: The inputs and labels, as `numerics.data` makes them; by default ten digits.
        depth: The number of hidden layers, at least 1; by default 3, or more where the theorem needs it.
        width: The width of the networks on which constants are measured, at least 1.
        delta: The chance with which the theorem may fail, in (0, 1].
        epsilon: The loss that is asked for, as a share of the first, in (0, 1].
        activation: The name of the activation.
        seed: The seed of all random numbers, a whole number ≥ 0.
        given: Data of the theorem by the names of their symbols, instead of those computed.
        measure: Whether networks are trained to measure constants.

    Returns:
        An `Evaluation`: width, step and iterations that the proof asks for, and each constant with what it wastes.

    Raises:
        InputError: There is no such theorem, or the data do not give what it needs.

    Example:
        >>> from checks.api import theorem
        >>> found = theorem("liu2019.iterations", given={"k": 4, "s_abs": 1}, epsilon=0.1, measure=False)
        >>> int(found.demands["iterations"])
        134
    """
    from checks.measurable import Setting
    from checks.studies.theorems.evaluation import evaluated
    from checks.studies.theorems.find import theorems
    from numerics.data import digits

    with as_input_error():
        (item, one, reading), *_ = theorems([str(what)])
    chosen = digits(10, seed) if data is None else data
    setting = Setting(chosen, depth or reading.depth, width, delta, epsilon, activation, seed, "cpu", dict(given or {}))
    return evaluated(item.id, one, reading, setting, measure)
