"""What a run ends with when its loss is no longer a number."""

from __future__ import annotations


class NonFinite(ArithmeticError):
    """A loss that is not finite; `step` is where it happened."""

    def __init__(self, step: int, value: float) -> None:
        super().__init__(f"the loss is {value} at step {step}: take a smaller step size")
        self.step = step
