"""What all statements have in common: a name, a domain, the statements that it uses, and the checks of its form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

from sympy import Basic, Dummy, Eq, MatrixSymbol, Set, Symbol, srepr

from derivations.arguments import Kind, fields, fitted, is_ours, one_line, shown
from derivations.calculus.forms import NotReducible, Reducer
from derivations.calculus.shapes import check_shapes
from derivations.domains import Dependent, Domain, DomainError, make_domain
from derivations.domains.ranges import relations
from derivations.letters.shown import Shown
from derivations.quantities.chance import MadeWithout
from derivations.quantities.families import families
from derivations.steps import Derivation
from derivations.vectors import ShapeError, shape_of

SLUG = re.compile(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*")


class StatementError(ValueError):
    """A statement is not valid; the message names it and the remedy."""


@dataclass(frozen=True, eq=False, repr=False)
class Statement(Shown):
    """One claim of a paper; use one of its seven kinds, such as `Identity` or `Bound`.

    Args:
        slug: Its name within the paper: letters and digits, joined by - or _.
        title: A title for people.
        source: Where the paper states it, such as "Lemma 1".
        on: The range of each symbol; a pair (a, b) means [a, b]. See `derivations.domains.make_domain`.
        where: A condition or several, such as `x + y <= 1`.
        sample_on: Narrower ranges of some numbers, from which points are drawn; the claim is made on all of `on`.
        assumes: The names of the paper's hypotheses that it needs.
        uses: Slugs or ids of the statements that it uses, in addition to those named in its derivation.
        derive: A function that makes the derivation; it is called when the derivation is needed.
        paper: The key of its paper, which `Paper` fills in.
        mark: "definition" where nothing is claimed, "bookkeeping" where the claim follows by substitution from what it
            cites; neither counts as verified. "cited" for a theorem of its source: tested where it is not proved.

    Raises:
        StatementError: The statement is not valid; the message names the remedy.

    Example:
        >>> from sympy import Symbol, exp
        >>> from derivations import Bound
        >>> x = Symbol("x", real=True)
        >>> Bound("tangent", 1 + x, exp(x), title="The tangent at 0").title
        'The tangent at 0'
    """

    beside: ClassVar[Mapping[str, Statement]] = {}
    """The statements of its paper by their slugs, which `Paper` fills in: its derivation may name them."""
    wordings: ClassVar[Mapping[str, str]] = {}
    """The hypotheses of its paper in words by their names, which `Paper` fills in."""
    kind: ClassVar[str] = "statement"
    pointwise: ClassVar[bool] = False
    """Whether it claims something of each point of its domain by itself, so that equations may restrict it."""
    kinds: ClassVar[Mapping[str, Kind]] = {}
    """What the fields of its own must be."""

    slug: str
    title: str = field(default="", kw_only=True)
    source: str = field(default="", kw_only=True)
    on: Mapping[Any, Any] = field(default_factory=dict, kw_only=True)
    where: Any = field(default=(), kw_only=True)
    sample_on: Mapping[Any, Any] = field(default_factory=dict, kw_only=True)
    assumes: tuple[str, ...] = field(default=(), kw_only=True)
    uses: tuple[str, ...] = field(default=(), kw_only=True)
    derive: Callable[[], Derivation] | None = field(default=None, kw_only=True)
    paper: str = field(default="", kw_only=True)
    mark: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.slug, str) or not SLUG.fullmatch(self.slug):
            raise StatementError(f"{shown(self.slug)} is not a valid slug: use letters and digits joined by - or _")
        for name, kind in {**fields.COMMON, **self.kinds}.items():
            object.__setattr__(self, name, fitted(f"{self.slug}: {name}", getattr(self, name), kind, StatementError))
        try:
            self.validate()
            for c in self.content:
                if isinstance(c, Basic):
                    check_shapes(c)
            _ = self.sampled
            self._refuse_conditioned()
            self._refuse_equations()
        except (DomainError, ShapeError) as error:
            raise StatementError(f"{self.id}: {error}") from None
        except RecursionError as error:
            raise StatementError(f"{self.id}: nested too deeply to be read") from error
        except Exception as error:
            if is_ours(error):
                raise
            raise StatementError(f"{self.id}: {one_line(error)}") from error

    @property
    def id(self) -> str:
        """The paper's key and the slug, joined by a dot."""
        return f"{self.paper}.{self.slug}" if self.paper else self.slug

    @property
    def described(self) -> str:
        """Its kind, with its mark: "Bound", or "Bound, bookkeeping"."""
        return f"{self.kind}, {self.mark}" if self.mark else self.kind

    @property
    def content(self) -> tuple[Any, ...]:
        """The SymPy objects that make up the claim."""
        raise NotImplementedError

    def validate(self) -> None:
        """Raise StatementError or ShapeError for content that is not valid."""

    def but(self, **changed: Any) -> Any:
        """The same statement of the same paper with other fields: its derivation finds the lemmas that it names."""
        made = replace(self, **changed)
        for name in ("beside", "wordings"):
            object.__setattr__(made, name, getattr(self, name))
        return made

    @cached_property
    def domain(self) -> Domain:
        """Where the statement is claimed to hold."""
        return make_domain(self.on, self.where, self.symbols)

    @cached_property
    def sampled(self) -> Domain:
        """Where points are drawn: the domain, narrowed by `sample_on` to where numbers are good."""
        if not self.sample_on:
            return self.domain
        drawn = make_domain({**self.on, **self.sample_on}, self.where, self.symbols)
        for symbol in self.sample_on:
            claimed, narrowed = self.domain.ranges.get(symbol), drawn.ranges[symbol]
            if claimed is None or not (isinstance(claimed, Set) and isinstance(narrowed, Set)):
                raise StatementError(f"{self.id}: sample_on names {symbol}, which is no number of the domain")
            if narrowed.is_subset(claimed) is not True:
                raise StatementError(f"{self.id}: sample_on draws {symbol} outside of its range {claimed}")
        return drawn

    @property
    def symbols(self) -> set[Any]:
        """The free symbols and vectors of the claim."""
        return {s for c in self.content if isinstance(c, Basic) for s in c.free_symbols}

    @cached_property
    def derivation(self) -> Derivation | None:
        """The derivation, or None."""
        return self.derive() if self.derive else None

    @property
    def conditions_given(self) -> tuple[Any, ...]:
        """The relations in `where`, of which there may be one or several."""
        return relations(self.where)

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The ids of the statements that it uses: those in the derivation, then those in `uses`."""
        named = (*(self.derivation.uses if self.derivation else ()), *self.uses)
        return tuple(dict.fromkeys(n if "." in n else f"{self.paper}.{n}" for n in named))

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the claim and its domain: it changes only if the claim does."""
        parts = [self.kind, *(srepr(c) if isinstance(c, Basic) else repr(c) for c in self.content)]
        parts.append(self.domain.describe())
        text = re.sub(r"dummy_index=Integer\(\d+\)|dummy_index=\d+", "", "\n".join(parts))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _refuse_conditioned(self) -> None:
        """StatementError for a condition on a random symbol: chances and means are over its whole law."""
        for condition in self.domain.where:
            if isinstance(condition, Basic) and condition.has(MadeWithout):
                raise StatementError(
                    f"{self.id}: where = {condition} assumes what is independent of what: say by an equation what is "
                    "made of what, and derive it with have(MadeWithout(…), …)"
                )
        dependent = {s for s, law in self.domain.random.items() if isinstance(law, Dependent)}
        random = set(self.domain.random) - dependent
        for condition in self.domain.where if random else ():
            if families(dependent) & families(condition.atoms(MatrixSymbol, Symbol)):
                continue  # it says for every outcome how what depends on the others does
            bare = condition.replace(lambda e: getattr(e, "is_over_random", False), lambda e: Dummy(real=True))
            if caught := random & bare.free_symbols:
                name = min(map(str, caught))
                raise StatementError(
                    f"{self.id}: where = {condition} restricts the random {name}: put it into the event"
                )

    def _refuse_equations(self) -> None:
        """StatementError for a claim on a surface that is no claim about points of it."""
        on_it = [r for r in self.domain.where if isinstance(r, Eq)]
        if on_it and not self.pointwise:
            raise StatementError(
                f"{self.id}: where = {on_it[0]} restricts a {self.kind} to a surface: solve it for a variable and put "
                "that in"
            )

    def _same_shape(self, lhs: Any, rhs: Any) -> None:
        left, right = shape_of(lhs), shape_of(rhs)
        if left != right and not (rhs == 0 or lhs == 0):
            raise ShapeError(f"its sides have different shapes, {shape_text(left)} and {shape_text(right)}")
        for side in (lhs, rhs):
            if isinstance(side, Basic):
                try:
                    Reducer().form(side)
                except NotReducible:
                    continue

    def _same_symbols(self, lhs: Any, rhs: Any) -> None:
        """A symbol on one side only is a slip of the pen, unless it is declared or the other side is a constant."""
        every = lhs.free_symbols | rhs.free_symbols
        left, right = ({s for s in side.free_symbols if not _is_size(s, every)} for side in (lhs, rhs))
        if not left or not right:
            return
        declared = set(self.on) | {s for r in self.conditions_given for s in getattr(r, "free_symbols", ())}
        lonely = (families(left) ^ families(right)) - families(declared)
        if lonely:
            names = ", ".join(sorted(map(str, lonely)))
            raise StatementError(
                f"{self.id}: its sides have different free symbols ({names} on one side only); "
                f"if that is meant, declare the range in on={{…}}"
            )


def shape_text(shape: tuple[Any, ...]) -> str:
    """The shape in words: "3×4", or "a number"."""
    return "×".join(map(str, shape)) if shape else "a number"


def _is_size(symbol: Any, symbols: set[Any]) -> bool:
    return any(symbol in n.free_symbols for s in symbols if isinstance(s, MatrixSymbol) for n in s.shape)
