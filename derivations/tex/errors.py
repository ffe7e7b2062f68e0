"""The error of a formula that cannot be read: what was found, where, and what would be accepted."""

from __future__ import annotations


class Unreadable(ValueError):
    """A formula that cannot be read; `at` is the number of characters before the place, `accepted` a remedy."""

    def __init__(self, found: str, at: int, accepted: str = "") -> None:
        super().__init__(f"{found}; {accepted}" if accepted else found)
        self.found = found
        self.at = at
        self.accepted = accepted


class UnknownName(Unreadable):
    """A letter or word that the statement does not have; `key` is how names are compared."""

    def __init__(self, key: str, at: int, known: str) -> None:
        super().__init__(f"unknown name {key}", at, f"the statement has {known}" if known else "")
        self.key = key
