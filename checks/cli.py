"""The command `lemmata`."""

from __future__ import annotations

import sys
from importlib import import_module

from checks.commands.app import app
from checks.errors import UsageError

PARTS = (
    "listing",
    "new",
    "read",
    "check",
    "sweep",
    "lock",
    "prove",
    "studies",
    "theorem",
    "latex",
    "compare",
    "report",
    "data",
    "cache",
    "doctor",
)
"""The modules of `checks.commands`, in the order in which `--help` shows their commands."""

for _part in PARTS:
    import_module(f"checks.commands.{_part}")


def main() -> None:
    """Run the command; a user's mistake is one line and exit code 2."""
    try:
        app(standalone_mode=True)
    except UsageError as error:
        if "--debug" in sys.argv:
            raise
        print(f"lemmata: {error}", file=sys.stderr)
        sys.exit(2)
