"""The comparison of statements with numbers: methods, verdicts, reports, the command, and functions for Python.

Write `from checks import check`; the other functions are in `checks.api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checks.api import check

__all__ = ["check"]


def __getattr__(name: str) -> Any:
    """`check`, loaded on first use, so that the command starts without it."""
    if name != "check":
        raise AttributeError(f"module 'checks' has no attribute {name!r}")
    from checks import api

    return api.check
