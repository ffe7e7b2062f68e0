"""A limit on the time of a symbolic computation, since some of SymPy's never end."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

AGAIN = 0.1
"""Seconds between one signal and the next."""


class TooSlow(Exception):
    """A computation was stopped at its deadline."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise TooSlow in the body after `seconds` of the process's own time, which does not depend on other processes.

    Deadlines nest: the earlier one counts. Outside the main thread, or where there is no interval
    timer, the body runs without a limit.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    outer, _ = signal.getitimer(signal.ITIMER_PROF)
    started = time.process_time()
    # the signal repeats, because an exception raised inside a callback of the interpreter is swallowed there
    signal.setitimer(signal.ITIMER_PROF, min(seconds, outer) if outer else seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        if outer:
            signal.setitimer(signal.ITIMER_PROF, max(outer - (time.process_time() - started), 1e-3), AGAIN)
