"""Errors for mistakes of the user: one clear line, and exit code 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derivations.arguments import InputError

__all__ = ["InputError", "UsageError", "as_input_error"]


class UsageError(Exception):
    """A mistake in a command or in its input; the message names the file, the statement and the remedy."""


@contextmanager
def as_input_error() -> Iterator[None]:
    """Raise InputError instead of UsageError, with the same message.

    Returns:
        A context manager.

    Raises:
        InputError: A UsageError was raised inside.

    Example:
        >>> from checks.errors import InputError, UsageError, as_input_error
        >>> try:
        ...     with as_input_error():
        ...         raise UsageError("no such file")
        ... except InputError as error:
        ...     print(error)
        no such file
    """
    try:
        yield
    except UsageError as error:
        from derivations.arguments import InputError

        raise InputError(str(error)) from None


def __getattr__(name: str) -> Any:
    """`InputError`, loaded on first use: it comes with SymPy, which a process that waits for tasks does not need."""
    if name != "InputError":
        raise AttributeError(f"module 'checks.errors' has no attribute {name!r}")
    from derivations.arguments import InputError

    return InputError
