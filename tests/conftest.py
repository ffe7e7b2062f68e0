"""One thread of arithmetic a test process: the workers of pytest-xdist, which inherit this, have a core each."""

import os

from checks.schedule.base import ONE_THREAD

for name, count in ONE_THREAD.items():
    os.environ.setdefault(name, count)
