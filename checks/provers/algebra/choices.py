"""Every way in which a computation can choose: it is run again for each, and chooses as it is told."""

from __future__ import annotations

from collections.abc import Iterator

from checks.provers.algebra.quotients import TooLarge

MOST_BRANCHES = 128
"""The most ways that are looked at."""


class Dead(Exception):
    """A way to choose that leaves no point."""


class Choices:
    """The choices of one run: those of `before` again, then the first of each."""

    def __init__(self, before: list[int]) -> None:
        self.before = before
        self.made: list[tuple[int, int]] = []

    def among(self, count: int) -> int:
        """The number of the alternative that this run takes."""
        place = len(self.made)
        chosen = self.before[place] if place < len(self.before) else 0
        self.made.append((chosen, count))
        return chosen


def every_choice() -> Iterator[Choices]:
    """Runs in which each alternative of every choice is taken once, the last choice first."""
    before: list[int] | None = []
    runs = 0
    while before is not None:
        choices = Choices(before)
        yield choices
        runs += 1
        if runs > 8 * MOST_BRANCHES:
            raise TooLarge(f"more than {MOST_BRANCHES} cases")
        made = choices.made
        while made and made[-1][0] + 1 == made[-1][1]:
            made.pop()
        before = [chosen for chosen, _ in made[:-1]] + [made[-1][0] + 1] if made else None
