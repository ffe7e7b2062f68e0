"""A paper: its statements in reading order, with the words and conventions they share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from derivations.arguments import Kind, Unfit, fitted, names, shown, table, text
from derivations.letters.abbreviations import Abbreviation
from derivations.letters.shown import Shown
from derivations.statements import Statement, StatementError
from derivations.theorems import Theorem


def _of(cls: type, word: str) -> Kind:
    """Several objects of a class, or one by itself."""

    def kind(value: Any) -> tuple[Any, ...]:
        given = tuple(value) if isinstance(value, tuple | list) else (value,)
        for one in given:
            if not isinstance(one, cls):
                raise Unfit(f"not {word}" if len(given) == 1 else f"{shown(one)} is not {word}")
        return given

    return kind


KINDS: Mapping[str, Kind] = {
    "title": text,
    "authors": text,
    "reference": text,
    "statements": _of(Statement, "a statement"),
    "hypotheses": table,
    "conventions": table,
    "abbreviations": _of(Abbreviation, "an Abbreviation"),
    "spelled_out": names,
    "theorems": _of(Theorem, "a Theorem"),
}


class UnknownStatement(KeyError):
    """A paper has no statement of this name; the message names the nearest."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, repr=False)
class Paper(Shown):
    """A paper with its statements.

    Args:
        key: A short name of lower-case letters, digits and _.
        title: The title.
        authors: The authors.
        reference: Where it was published.
        statements: The statements in reading order.
        hypotheses: The wording of each hypothesis by its name.
        conventions: The wording of each convention by its name.
        abbreviations: Short names for long expressions, for display.
        spelled_out: Slugs of the statements that are printed without these short names, since they define them.
        theorems: What its theorems ask for, by the constants of their proofs; see `lemmata theorem`.

    Raises:
        StatementError: An id is used twice, or a statement names a hypothesis or statement that does not exist.

    Example:
        >>> from sympy import Symbol, cos, sin
        >>> from derivations import Identity, Paper
        >>> x = Symbol("x", real=True)
        >>> Paper("mypaper", statements=(Identity("circle", sin(x) ** 2 + cos(x) ** 2, 1),))["circle"].id
        'mypaper.circle'
    """

    key: str
    title: str = ""
    authors: str = ""
    reference: str = ""
    statements: tuple[Statement, ...] = ()
    hypotheses: Mapping[str, str] = field(default_factory=dict)
    conventions: Mapping[str, str] = field(default_factory=dict)
    abbreviations: tuple[Abbreviation, ...] = ()
    spelled_out: tuple[str, ...] = ()
    theorems: tuple[Theorem, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.key, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", self.key):
            raise StatementError(f"{shown(self.key)} is not a key of a paper: use lower-case letters, digits and _")
        for name, kind in KINDS.items():
            object.__setattr__(self, name, fitted(f"{self.key}: {name}", getattr(self, name), kind, StatementError))
        slugs = {s.slug for s in self.statements}
        named: dict[str, Statement] = {}
        for statement in self.statements:
            if statement.slug in named:
                raise StatementError(f"{self.key}.{statement.slug} is defined twice: ids are unique")
            for name in statement.assumes:
                if name not in self.hypotheses:
                    raise StatementError(
                        f"{self.key}.{statement.slug} assumes {name!r}, which the paper does not define"
                    )
            for use in statement.uses:
                if "." not in use and use not in slugs:
                    raise StatementError(f"{self.key}.{statement.slug} uses {use!r}, which does not exist")
            named[statement.slug] = statement if statement.paper else _in_paper(statement, self.key)
        for theorem in self.theorems:
            for slug in (theorem.slug, *theorem.lemmas):
                if slug not in named:
                    raise StatementError(f"{self.key}: the theorem {theorem.slug} names {slug!r}, which does not exist")
        object.__setattr__(self, "statements", tuple(named.values()))
        for statement in self.statements:
            object.__setattr__(statement, "beside", named)
            object.__setattr__(statement, "wordings", self.hypotheses)

    def __getitem__(self, slug: str) -> Statement:
        if slug not in self._by_slug:
            near = get_close_matches(str(slug), list(self._by_slug), 1, 0.5)
            raise UnknownStatement(f"{self.key} has no {slug!r}" + (f": did you mean {near[0]!r}?" if near else ""))
        return self._by_slug[slug]

    def get(self, slug: str) -> Statement | None:
        """The statement with the given slug, or None."""
        return self._by_slug.get(slug)

    @cached_property
    def _by_slug(self) -> dict[str, Statement]:
        return {statement.slug: statement for statement in self.statements}


def _in_paper(statement: Statement, key: str) -> Statement:
    """The statement as one of a paper: a copy, which need not be validated again."""
    own = copy(statement)
    object.__setattr__(own, "paper", key)
    return own
