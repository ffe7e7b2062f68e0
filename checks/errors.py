"""Mistakes of the user: one clear line and exit code 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class UsageError(Exception):
    """Bad usage or input; the message names the file, the statement and the remedy."""


class InputError(ValueError):
    """The same from Python: what was given to a function of `checks.api` cannot be used; one line that says why."""


@contextmanager
def as_input_error() -> Iterator[None]:
    """Raise an InputError in place of a UsageError."""
    try:
        yield
    except UsageError as error:
        raise InputError(str(error)) from None
