"""One function on many items: the same in this process and in others, each with its number, in order if asked."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from checks.errors import UsageError
from checks.running.schedule.each import in_order, on_each


@dataclass(frozen=True)
class Named:
    """An item with a number."""

    id: str
    value: int


def power(item: Named, exponent: int) -> int:
    return item.value**exponent


def dies(item: Named) -> int:
    if item.value == 1:
        os._exit(1)
    return item.value


ITEMS: Sequence[Named] = tuple(Named(f"item {n}", n) for n in range(5))


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_item_has_its_number(jobs: int) -> None:
    assert sorted(on_each(power, ITEMS, jobs, 3)) == [(n, n**3) for n in range(5)]
    assert list(in_order(on_each(power, ITEMS, jobs, 2))) == [n * n for n in range(5)]
    assert list(on_each(power, (), jobs, 2)) == []


def test_an_item_whose_process_dies_is_named_in_one_line() -> None:
    with pytest.raises(UsageError, match="item 1: the worker died 3 times"):
        list(on_each(dies, ITEMS, 2))


def test_any_order_comes_out_in_order() -> None:
    rng = random.Random(0)
    for size in (0, 1, 2, 30):
        numbers = list(range(size))
        rng.shuffle(numbers)
        assert list(in_order((n, str(n)) for n in numbers)) == [str(n) for n in range(size)]
