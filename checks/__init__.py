"""Statements and measurements held together: methods, verdicts, reports, the command, and the same from Python.

`from checks import check`; its companions are in `checks.api`.
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
