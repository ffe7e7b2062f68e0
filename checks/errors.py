"""Mistakes of the user: one clear line and exit code 2."""


class UsageError(Exception):
    """Bad usage or input; the message names the file, the statement and the remedy."""
