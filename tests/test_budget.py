"""Budgets of symbolic computations: steps that are the same everywhere, nested, swallowed, in threads."""

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from sympy import Basic, Poly, Symbol, cos, exp, groebner, preorder_traversal, simplify, sin, symbols

from derivations.outcomes import budget as budgets
from derivations.outcomes.budget import BudgetSpent, budget, fresh, remembered, steps_taken, take

x = Symbol("x", real=True)
NEW, ARGS = Basic.__dict__["__new__"], Basic.__dict__["args"]


def _steps(body: Callable[[], object]) -> float:
    before = steps_taken()
    with budget(10**9):
        body()
    return steps_taken() - before


def _work() -> object:
    fresh()
    return simplify(sin(x) ** 2 + cos(x) ** 2 + exp(x) * exp(-x) + (x**2 - 1) / (x - 1))


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    yield
    assert Basic.__dict__["__new__"] is NEW
    assert Basic.__dict__["args"] is ARGS
    assert not budgets._LOCAL.meter.active


def test_the_same_computation_takes_the_same_steps() -> None:
    _work()  # tables that SymPy makes once
    first = _steps(_work)
    assert first > 1000
    assert [_steps(_work) for _ in range(3)] == [first] * 3


def test_it_ends_at_the_same_place_every_time() -> None:
    done: list[int] = []

    def endless() -> None:
        fresh()
        done.append(1)
        while True:
            done[-1] += len((x + done[-1]).args) // 2

    for _ in range(4):
        with pytest.raises(BudgetSpent, match="budget spent: 700 steps"), budget(700):
            endless()
    assert len(set(done[1:])) == 1
    assert 50 < done[1] <= 700


def test_steps_of_an_inner_budget_count_for_the_outer_one() -> None:
    taken = 0

    def rounds() -> None:
        nonlocal taken
        for _ in range(100):
            with suppress(BudgetSpent), budget(100):
                take(60)
                taken += 1
                take(60)

    with pytest.raises(BudgetSpent, match="budget spent: 1,000 steps"), budget(1000):
        rounds()
    assert taken == 8


def test_an_outer_budget_ends_what_an_inner_one_allows() -> None:
    with pytest.raises(BudgetSpent, match=r"^budget spent: 10 steps$"), budget(10), budget(10**6):
        take(11)


def test_a_body_that_swallows_it_does_not_go_on() -> None:
    taken = 0

    def deaf() -> None:
        nonlocal taken
        for _ in range(1000):
            with suppress(BudgetSpent):
                take()
                taken += 1

    with pytest.raises(BudgetSpent), budget(50):
        deaf()
    assert taken == 50


def _ending_with(error: BaseException) -> None:
    try:
        take(51)
    except BudgetSpent:
        raise error from None


def test_a_body_that_makes_another_error_of_it_is_spent() -> None:
    with pytest.raises(BudgetSpent), budget(50):
        _ending_with(ValueError("no closed form"))
    with pytest.raises(ValueError, match="its own"), budget(50):
        raise ValueError("its own")


def test_what_ends_an_interpreter_is_never_replaced() -> None:
    with pytest.raises(KeyboardInterrupt), budget(50):
        _ending_with(KeyboardInterrupt())


def test_what_is_spent_while_leaving() -> None:
    closed: list[int] = []

    class Held:
        def __del__(self) -> None:
            with suppress(BudgetSpent):
                take(100)
            closed.append(1)

    def finished() -> None:
        try:
            take(51)
        finally:
            with suppress(BudgetSpent):
                take()
            closed.append(2)

    def dropped() -> None:
        held = Held()
        del held
        gc.collect()

    with pytest.raises(BudgetSpent), budget(50):
        finished()
    assert closed == [2]
    with pytest.raises(BudgetSpent), budget(50):
        dropped()
    assert closed == [2, 1]
    with budget(50):
        take(50)


def test_budgets_of_suspended_generators_end_out_of_turn() -> None:
    def values() -> Iterator[int]:
        with budget(1000):
            for n in range(10):
                take(10)
                yield n

    first, second = values(), values()
    next(first), next(second)
    first.close()
    assert next(second) == 1
    with pytest.raises(BudgetSpent), budget(100):
        take(101)
    second.close()
    with budget(10**6):
        take(2000)


def test_threads_have_their_own_steps_and_end_where_the_main_one_does() -> None:
    expr = sin(x) + cos(x) * exp(x)

    def ended() -> int:
        n = 0
        with suppress(BudgetSpent), budget(50_000):
            while True:
                list(preorder_traversal(expr))
                n += 1
        return n

    expected = ended()
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(ended())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


@pytest.mark.parametrize("threaded", [False, True], ids=["main", "thread"])
def test_the_safety_net_stops_what_takes_no_steps(threaded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "NEAREST", 0.2)
    said: list[str] = []

    def body() -> None:
        n = 0
        try:
            with budget(10):
                with suppress(BudgetSpent), budget(5):  # swallowed once
                    while n < 10**12:
                        n += 1
                while n < 10**12:
                    n += 1
        except BudgetSpent as error:
            said.append(str(error))

    if threaded:
        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
    else:
        body()
    assert said == ["budget spent: the safety net of processor time"]
    with budget(100):  # nothing of it is left
        take(50)


def test_the_safety_net_waits_for_the_processor_and_not_for_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "NEAREST", 0.2)
    with budget(10):
        time.sleep(1.2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked there")
def test_a_forked_process_has_budgets_of_its_own() -> None:
    def forked() -> int:
        try:
            with budget(50):
                take(51)
        except BudgetSpent:
            return 0
        return 1

    with budget(10**6):  # the watching thread is not there in the child
        child = os.fork()
        if not child:
            os._exit(forked())
        assert os.waitpid(child, 0)[1] == 0


def test_polynomials_count_by_their_terms() -> None:
    a, b, c = symbols("a b c")
    with pytest.raises(BudgetSpent), budget(20_000):
        groebner([a**2 * b - c + 1, b**3 - a * c * 7 + 1, c**2 * a - b + 3, a**3 - b * c], a, b, c, order="lex")
    assert _steps(lambda: Poly((a + b + c) ** 12, a, b, c) ** 2) > 100


def test_what_is_remembered_is_forgotten_where_a_statement_begins() -> None:
    calls = []

    @remembered(8)
    def squared(n: int) -> int:
        calls.append(n)
        return n * n

    assert (squared(3), squared(3)) == (9, 9)
    fresh()
    assert squared(3) == 9
    assert calls == [3, 3]
    budgets._REMEMBERED.pop()
