"""One function on many items, on this machine's processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from checks.errors import UsageError
from checks.running.schedule.base import Lost, Task
from checks.running.schedule.local import LocalPool

T = TypeVar("T")


class Identified(Protocol):
    """What has an id to be told by."""

    @property
    def id(self) -> str:
        """The name that a person is told."""


def on_each(function: Callable[..., T], items: Sequence[Identified], jobs: int, *more: Any) -> Iterator[tuple[int, T]]:
    """The number of each item and what `function(item, *more)` returns, as they are finished.

    `function` is one of a module, and all arguments can be pickled. With one of `jobs` all runs in this process. Raises
    UsageError for an item whose process dies again and again.
    """
    for number, found in LocalPool(jobs).run([Task(item.id, function, (item, *more)) for item in items]):
        if isinstance(found, Lost):
            raise UsageError(found.said)
        yield number, found


def in_order(found: Iterable[tuple[int, T]]) -> Iterator[T]:
    """What comes with the numbers 0, 1, 2, … in any order, each as soon as those before it are there."""
    waiting: dict[int, T] = {}
    next_ = 0
    for number, value in found:
        waiting[number] = value
        while next_ in waiting:
            yield waiting.pop(next_)
            next_ += 1
