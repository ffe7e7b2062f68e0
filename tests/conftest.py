"""One thread of arithmetic a test process: the workers of pytest-xdist, which inherit this, have a core each."""

import os

from checks.running.schedule.base import ENVIRONMENT

for name, count in ENVIRONMENT.items():
    os.environ.setdefault(name, count)
