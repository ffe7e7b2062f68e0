"""A copy of the fork server finds what a new interpreter finds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import forked

ROOT = Path(__file__).parent.parent
TOLD = """
from checks.store import sources
known = sources.core.cache_info().currsize
print(sources.core().digest, len(sources.core().modules), sources.every_source())
import sys
print(known, file=sys.stderr)
"""


def test_what_was_done_before_is_what_a_command_would_do(tmp_path: Path) -> None:
    (tmp_path / "told.py").write_text(TOLD)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    new = subprocess.run(
        [sys.executable, "-m", "told"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    copy = forked.run(tmp_path, "told", environment=environment)
    assert copy.stdout == new.stdout
    assert (copy.stderr, new.stderr) == ("1\n", "0\n")
