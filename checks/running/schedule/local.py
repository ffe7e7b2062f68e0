"""Processes of this machine, by joblib's loky; if one dies, only the task that killed it is lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from checks.running.schedule.base import ATTEMPTS, ENVIRONMENT, Lost, Pool, Task, call

IDLE = 300
"""Seconds after which a process without a task ends."""


class LocalPool(Pool):
    """At most `jobs` processes; a GPU's tasks go to that GPU alone. With one job, tasks run in this process."""

    def __init__(self, jobs: int, gpu: bool = False) -> None:
        self.slots = jobs
        if gpu:
            import torch

            self.gpus = torch.cuda.device_count()

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]:
        if self.slots == 1 or len(tasks) <= 1:
            for i, task in enumerate(tasks):
                yield i, call(task.function, task.arguments, 0 if self.gpus else None)
            return
        waiting = deque(range(len(tasks)))
        while waiting:
            suspects = yield from self._together(tasks, waiting)
            # any task that ran when a process died may have killed it: run one at a time to find out
            for i in suspects:
                yield i, self._by_itself(tasks[i])

    def _together(self, tasks: Sequence[Task], waiting: deque[int]) -> Generator[tuple[int, Any], None, list[int]]:
        """Run what is waiting, side by side; returns those that ran when a process died, none if none did."""
        from concurrent.futures import FIRST_COMPLETED, wait
        from concurrent.futures.process import BrokenProcessPool

        slots = min(self.slots, len(waiting))
        free = deque(range(slots))
        running: dict[Any, tuple[int, int]] = {}
        suspects: list[int] = []
        while (waiting and not suspects) or running:
            while waiting and free and not suspects:
                try:
                    sent = self._sent(tasks[waiting[0]], slots, free[0])
                except BrokenProcessPool:  # noticed while sending: the running tasks will report it soon
                    break
                running[sent] = (waiting.popleft(), free.popleft())
            if not running:
                continue  # an idle pool broke: the next one is new
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                i, slot = running.pop(future)
                free.append(slot)
                try:
                    result = future.result()
                except BrokenProcessPool:
                    suspects.append(i)
                    continue
                yield i, result
        return sorted(suspects)

    def _by_itself(self, task: Task) -> Any:
        """The result of a task that runs alone; Lost if its process dies repeatedly."""
        from concurrent.futures.process import BrokenProcessPool

        for _ in range(ATTEMPTS - 1):
            try:
                return self._sent(task, 1, 0).result()
            except BrokenProcessPool:
                continue
        return Lost(task.name, ATTEMPTS)

    def _sent(self, task: Task, slots: int, slot: int) -> Any:
        from joblib.externals.loky import get_reusable_executor

        executor = get_reusable_executor(max_workers=slots, timeout=IDLE, env=ENVIRONMENT)
        return executor.submit(call, task.function, task.arguments, slot % self.gpus if self.gpus else None)
