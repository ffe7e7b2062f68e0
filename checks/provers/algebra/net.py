"""A safety net of processor time for steps that z3 does not count, such as long resultants."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS = 10.0
"""Of the processor, ten times what the steps of a claim take: a machine that is four times slower decides the same."""
AGAIN = 0.1


@contextmanager
def safety_net(interrupt: Callable[[], object], seconds: float = SECONDS) -> Iterator[threading.Event]:
    """Call `interrupt` once the body has taken so many seconds of this thread's processor time, until it ends.

    Args:
        interrupt: What stops the body; it is called in another thread.
        seconds: How long the body may take.

    Yields:
        What is set once it was interrupted.
    """
    clock = time.pthread_getcpuclockid(threading.get_ident()) if hasattr(time, "pthread_getcpuclockid") else None

    def taken() -> float:
        return time.process_time() if clock is None else time.clock_gettime(clock)

    end, done, struck = taken() + seconds, threading.Event(), threading.Event()

    def watch() -> None:
        while not done.wait(AGAIN):
            if taken() > end:
                struck.set()
                interrupt()

    thread = threading.Thread(target=watch, name="safety net", daemon=True)
    thread.start()
    try:
        yield struck
    finally:
        done.set()
        thread.join()
