"""A limit on the length of a symbolic computation, since some of SymPy's never end: in steps, not in seconds.

A step is one look at the arguments of an expression or one expression made; a polynomial counts by its terms. So the
same computation spends its budget at the same place on every machine, in every thread, and whatever else runs.
Steps are counted inside of budgets only. Processor time is a safety net, far off, for what takes no steps.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from math import inf
from types import TracebackType
from typing import Any, Self, TypeVar

from sympy.core.basic import Basic
from sympy.core.cache import clear_cache
from sympy.core.random import seed
from sympy.polys.rings import PolyElement

F = TypeVar("F", bound=Callable[..., Any])

RATE = 100_000
"""Steps that SymPy takes in a second at least, on a machine of 2026: 120,000 to 550,000 by what it does."""
FAR, NEAREST = 10.0, 20.0
"""How many times the seconds of a budget's steps the safety net allows, and how many seconds at least."""
AGAIN = 0.5
"""Seconds from one look of the safety net to the next."""
TERMS = 8
"""Terms of a polynomial that are looked through in one step."""


class BudgetSpent(Exception):
    """A computation was stopped, its budget spent."""

    def __init__(self, said: str = "budget spent: the safety net of processor time") -> None:
        super().__init__(said)


class _Meter:
    """The steps of one thread: `used` so far, and `stop`, the number of them that ends a budget."""

    __slots__ = ("active", "clock", "ident", "net", "stop", "used")

    def __init__(self) -> None:
        self.used: float = 0
        self.stop: float = inf
        self.active: list[budget] = []
        self.net: float = inf
        self.begin()

    def begin(self) -> None:
        """Measure this thread, by its own clock where the system gives it one."""
        self.ident = threading.get_ident()
        self.clock = time.pthread_getcpuclockid(self.ident) if hasattr(time, "pthread_getcpuclockid") else None

    def seconds(self) -> float:
        """Seconds of the processor that the thread has used; OSError once it has ended."""
        return time.process_time() if self.clock is None else time.clock_gettime(self.clock)

    def settle(self) -> None:
        """The nearest end of the active budgets; the budgets of a suspended generator end out of turn."""
        self.stop = min((b.end for b in self.active), default=inf)


class _Local(threading.local):
    def __init__(self) -> None:
        self.meter = _Meter()


_LOCAL = _Local()


def steps_taken() -> float:
    """The steps that this thread has taken inside of budgets."""
    return _LOCAL.meter.used


def take(steps: float = 1) -> None:
    """Count steps of a loop that looks at no expression; raises BudgetSpent beyond the end of a budget."""
    meter = _LOCAL.meter
    meter.used += steps
    if meter.used > meter.stop:
        raise _spent(meter)


def _spent(meter: _Meter) -> BudgetSpent:
    if meter.stop < 0:
        return BudgetSpent()
    least = min((b for b in meter.active if b.end < meter.used), key=lambda b: b.steps)
    return BudgetSpent(f"budget spent: {least.steps:,} steps")


class budget:
    """Raise BudgetSpent in the body after so many steps, and at every further step until it is left.

    Budgets nest: steps inside of one count for those around it. A body that swallowed the exception is spent as well:
    then it is raised at the end.

    >>> from sympy import Symbol
    >>> with budget(100_000):
    ...     (1 + Symbol("x")) ** 2
    (x + 1)**2
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.end = inf

    def __enter__(self) -> Self:
        meter = self._meter = _LOCAL.meter
        if not meter.active:
            _counted.begin()
            _watch.add(meter, max(FAR * self.steps / RATE, NEAREST))
        self.end = meter.used + self.steps
        meter.active.append(self)
        meter.stop = min(meter.stop, self.end)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        meter = self._meter
        spent = _spent(meter) if meter.used > min(meter.stop, self.end) else None
        self._leave(meter)
        if spent is not None and (error is None or (isinstance(error, Exception) and kind is not BudgetSpent)):
            raise spent from error

    def _leave(self, meter: _Meter) -> None:
        while True:
            try:
                if self in meter.active:
                    meter.active.remove(self)
                    if not meter.active:
                        _watch.remove(meter)
                        _counted.end()
                if meter.stop >= 0 or not meter.active:
                    meter.settle()
                return
            except BudgetSpent:  # the safety net's, which came just now
                continue


class _Counted:
    """The places in SymPy where steps are counted, while any thread is inside of a budget."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.threads = 0
        self.before: dict[tuple[type, str], Any] = {}

    def begin(self) -> None:
        with self.lock:
            self.threads += 1
            if self.threads == 1:
                for (owner, name), put in _places().items():
                    self.before[owner, name] = owner.__dict__[name]
                    setattr(owner, name, put(owner.__dict__[name]))

    def end(self) -> None:
        with self.lock:
            self.threads -= 1
            if self.threads == 0:
                for (owner, name), old in self.before.items():
                    setattr(owner, name, old)
                self.before.clear()


def _places() -> dict[tuple[type, str], Callable[[Any], Any]]:
    return {
        (Basic, "__new__"): _of_new,
        (Basic, "args"): _of_args,
        (PolyElement, "__init__"): _of_terms,
        (PolyElement, "leading_expv"): _of_own_terms,
        (PolyElement, "_iadd_poly_monom"): _of_own_terms,
    }


def _of_new(old: Any) -> Any:
    new, local = old.__func__, _LOCAL

    def made(cls: Any, *args: Any) -> Any:
        meter = local.meter
        meter.used += 1
        if meter.used > meter.stop:
            raise _spent(meter)
        return new(cls, *args)

    return staticmethod(made)


def _of_args(old: property) -> property:
    get, local = old.fget, _LOCAL
    assert get is not None

    def args(self: Any) -> Any:
        meter = local.meter
        meter.used += 1
        if meter.used > meter.stop:
            raise _spent(meter)
        return get(self)

    return property(args, doc=old.__doc__)


def _of_terms(old: Any) -> Any:
    def made(self: Any, ring: Any, init: Any) -> None:
        take(1 + len(init) // TERMS if hasattr(init, "__len__") else 1)
        old(self, ring, init)

    return made


def _of_own_terms(old: Any) -> Any:
    def looked(self: Any, *args: Any) -> Any:
        take(1 + len(self) // TERMS)
        return old(self, *args)

    return looked


class _Watch:
    """The safety net: a thread that stops others whose budgets have taken far more time than their steps should."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.meters: set[_Meter] = set()
        self.thread: threading.Thread | None = None

    def add(self, meter: _Meter, seconds: float) -> None:
        meter.net = meter.seconds() + seconds
        with self.lock:
            self.meters.add(meter)
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self.run, name="budget", daemon=True)
                self.thread.start()

    def remove(self, meter: _Meter) -> None:
        with self.lock:
            self.meters.discard(meter)
            if meter.stop < 0:  # nothing may be raised any more
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(meter.ident), None)

    def run(self) -> None:
        while True:
            time.sleep(AGAIN)
            with self.lock:
                if not self.meters:
                    self.thread = None
                    return
                for meter in list(self.meters):
                    try:
                        late = meter.seconds() > meter.net
                    except OSError:  # a thread that ended with a generator suspended inside of a budget
                        self.meters.discard(meter)
                        continue
                    if late:
                        meter.stop = -1.0
                        what = ctypes.py_object(BudgetSpent)
                        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(meter.ident), what)


_counted, _watch = _Counted(), _Watch()


def _after_fork() -> None:
    """Other threads, and the locks that they held, are not there in a forked process."""
    _counted.lock, _watch.lock = threading.Lock(), threading.Lock()
    _watch.meters = {m for m in _watch.meters if m is _LOCAL.meter}
    _watch.thread = None
    _LOCAL.meter.begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


_REMEMBERED: list[Any] = []


def remembered(maxsize: int) -> Callable[[F], F]:
    """A function that remembers its last results, until the next `fresh`."""

    def decorated(function: F) -> F:
        found: Any = lru_cache(maxsize)(function)
        _REMEMBERED.append(found)
        return found  # type: ignore[no-any-return]

    return decorated


def fresh() -> None:
    """Forget what earlier computations left behind, here and in SymPy, so that the next ones take the same steps.

    SymPy asks for facts in an order of chance, which starts anew as well.
    """
    clear_cache()
    for function in _REMEMBERED:
        function.cache_clear()
    seed(0)
