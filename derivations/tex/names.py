"""The names of a statement as they are written in LaTeX: symbols, bound variables, σ, short names of the paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from sympy import Basic, Derivative, Dummy, Function, Integral, MatrixSymbol, Sum, Symbol
from sympy.core.function import AppliedUndef

from derivations.activations import ddsigma, dsigma, sigma
from derivations.calculus.functions import Nabla
from derivations.domains import Angle
from derivations.extrema import Extremum
from derivations.gaussian import Expectation, relu, step
from derivations.latex import latex
from derivations.letters.abbreviations import Abbreviation, abbreviating
from derivations.letters.notation import Notation, NotationError, place
from derivations.quantities import MeasuredQuantity
from derivations.quantities.chance import OverRandom
from derivations.statements import Bound, Existence, Gradient, Identity, Rate, Statement
from derivations.tex import syntax as tree
from derivations.tex.errors import Unreadable
from derivations.tex.parse import parse, phrase_key
from derivations.tex.source.arrange import arrange
from derivations.tex.source.macros import Macros, macro
from derivations.vectors import is_matrix

ACTIVATIONS = (relu, step, sigma, dsigma, ddsigma)
ACTIVATION = Dummy("σ")
"""The meaning of a user's letter that is written in place of σ."""


@dataclass(frozen=True)
class Vocabulary:
    """What the names of a formula may mean.

    `symbols` and `bound` map keys (see `name_key`) to symbols, `activation` holds σ, σ′ and σ″ as far as the statement
    has them, `laws` are its expectations and `extrema` its infima and suprema, `phrases` the marks of its short names
    with what they stand for, `functions` those of the form g(φ) by their letter, with φ and what g(φ) is, `sigma` the
    user's own letters for σ, `activated` whether the statement has one, `averaged` whether it has means over random
    symbols, whose laws are those of the symbols.
    """

    symbols: Mapping[str, Any] = field(default_factory=dict)
    bound: Mapping[str, Any] = field(default_factory=dict)
    activation: tuple[Any, ...] = (relu, step)
    laws: tuple[Expectation, ...] = ()
    extrema: tuple[Extremum, ...] = ()
    phrases: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    meanings: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    sigma: frozenset[str] = frozenset()
    activated: bool = False
    macros: Macros = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    averaged: bool = False

    @property
    def listed(self) -> str:
        """The names in one line, for messages."""
        every = [*sorted(self.symbols), *sorted(self.meanings)]
        return ", ".join(every[:24]) + (", …" if len(every) > 24 else "")

    def parse(self, text: str) -> tree.Chain:
        """The syntax tree of a formula in these names; raises Unreadable."""
        return parse(text, self.macros, self.words, self.phrases)


def name_key(node: tree.Scripted, raised: int) -> str:
    """How a name is compared: its letter, primes, subscripts, and the first `raised` of its superscripts."""
    primes = sum(s.kind == "PRIME" for s in node.scripts)
    lowered = "".join(f"_{s.inside.flat}" for s in node.scripts if s.kind == "UNDER" and s.inside is not None)
    return node.nucleus.flat + "'" * primes + lowered + "".join(f"^{r}" for r in raised_of(node)[:raised])


def raised_of(node: tree.Scripted) -> list[str]:
    """The superscripts of a name as text, in order."""
    return [(s.inside.flat if s.inside is not None else s.flat) for s in node.scripts if s.kind in ("CARET", "MARK")]


@lru_cache(maxsize=4096)
def key_of(text: str) -> str:
    """The key of a name in LaTeX; raises Unreadable for what is not a name."""
    node = unwrapped(parse(text))
    if node is None or not isinstance(node.nucleus, tree.Leaf):
        raise Unreadable(f"{text} is not a name", 0, "write one letter with its sub- and superscripts")
    return name_key(node, len(raised_of(node)))


def unwrapped(chain: tree.Chain) -> tree.Scripted | None:
    """The single factor that a formula consists of, out of its braces; None if there are more."""
    if chain.relations or len(chain.sides[0].terms) != 1:
        return None
    sign, run = chain.sides[0].terms[0]
    item = run.items[0]
    if sign != 1 or len(run.items) != 1 or not isinstance(item, tree.Scripted):
        return None
    if isinstance(item.nucleus, tree.Group) and not item.scripts and len(item.nucleus.items) == 1:
        return unwrapped(item.nucleus.items[0])
    return item


def mentioned(node: Any, names: Vocabulary) -> set[Any]:
    """The statement's symbols whose own letters a formula has anywhere."""
    found: set[Any] = set()
    for part in tree.nodes(node):
        if isinstance(part, tree.Scripted) and isinstance(part.nucleus, tree.Leaf):
            keys = (name_key(part, n) for n in range(len(raised_of(part)), -1, -1))
            found |= {names.symbols[key] for key in keys if key in names.symbols}
    return found


def vocabulary(
    statement: Statement,
    abbreviations: Iterable[Abbreviation] = (),
    notation: Notation | None = None,
    macros: Macros | None = None,
) -> Vocabulary:
    """The names that a statement gives; the user's notation comes before its own.

    Raises Unreadable for a notation that names what is not a name.
    """
    abbreviations = tuple(abbreviations)
    content = _content(statement)
    free = _free(statement, content)
    local = _bound(content)
    symbols: dict[str, Any] = {}
    with abbreviating(()):
        for s in sorted(free, key=str):
            _add(symbols, latex(s), s)
        bound: dict[str, Any] = {}
        for s in sorted(local, key=str):
            _add(bound, latex(s), s)
        meanings, phrases = _phrases(content, abbreviations, {*symbols, *bound})
    given = dict(notation.symbols) if notation is not None else {}
    for s in sorted(free | local, key=str):
        if str(s) in given:
            (symbols if s in free else bound)[key_of(given[str(s)])] = s
    named = {s.name for s in free | local if len(s.name) > 1 and s.name.isalpha()}
    words = frozenset(w for w in named if not all(ch in symbols for ch in w))
    for word in words:
        symbols.setdefault(word, next(s for s in free | local if s.name == word))
    letters = {key_of(given[name]) for name in ("sigma", "σ") if name in given and _has_activation(content)}
    own = {name: macro(body) for name, body in notation.macros.items()} if notation is not None else {}
    return Vocabulary(
        symbols,
        bound,
        _activation(content),
        tuple(dict.fromkeys(e for c in content for e in _atoms(c, Expectation))),
        tuple(dict.fromkeys(e for c in content for e in _atoms(c, Extremum))),
        phrases,
        meanings,
        {
            k: f
            for k, f in {**_unspecified(content), **_functions(abbreviations)}.items()
            if k not in symbols and k not in bound
        },
        frozenset(letters),
        _has_activation(content),
        {**(macros or {}), **own},
        words,
        any(c.has(OverRandom) for c in content),
    )


def _add(table: dict[str, Any], printed: str, symbol: Any) -> None:
    try:
        table.setdefault(key_of(printed), symbol)
    except Unreadable:
        table.setdefault(str(symbol), symbol)


def _content(statement: Statement) -> list[Any]:
    content = [c for c in statement.content if isinstance(c, Basic)]
    match statement:
        case Bound() | Identity():
            content += [statement.lhs, statement.rhs]
        case Existence():
            content += [*statement.properties, *statement.point, *(v for v in statement.point.values())]
        case Gradient():
            content += [statement.wrt]
        case Rate():
            content += [statement.variable]
    content += [r for r in statement.domain.where if isinstance(r, Basic)]
    return [c for c in content if isinstance(c, Basic)]


def _free(statement: Statement, content: Iterable[Any]) -> set[Any]:
    free = {s for c in content for s in c.free_symbols} | set(statement.domain.ranges)
    for values in statement.domain.ranges.values():
        if isinstance(values, Angle):
            free |= {values.x, values.y}
    sizes = {d for s in free if isinstance(s, MatrixSymbol) for n in s.shape for d in n.free_symbols}
    return {s for s in free | sizes if isinstance(s, Symbol | MatrixSymbol)}


def _atoms(c: Any, kind: Any) -> list[Any]:
    return sorted(c.atoms(kind), key=str)


def _bound(content: Iterable[Any]) -> set[Any]:
    """The variables of expectations, integrals, sums, derivatives, infima and suprema."""
    found: set[Any] = set()
    for c in content:
        for e in c.atoms(Expectation):
            found |= set(e.variables)
        for e in c.atoms(Integral, Sum):
            found |= {limits[0] for limits in e.limits}
        found |= {e.args[1] for e in c.atoms(Extremum)}
        found |= {v for e in c.atoms(Derivative) for v in e.variables}
    return found


def _activation(content: Iterable[Any]) -> tuple[Any, ...]:
    if any(c.has(sigma, dsigma, ddsigma) for c in content):
        return sigma, dsigma, ddsigma
    return relu, step


def _has_activation(content: Iterable[Any]) -> bool:
    return any(c.has(*ACTIVATIONS) for c in content)


def check_names(notation: Notation, path: Path | None) -> None:
    """Raise NotationError for letters that are not names."""
    for name, written in notation.symbols.items():
        try:
            key_of(written)
        except Unreadable as error:
            where = place(path, "symbols", name)
            raise NotationError(f"{where}: [symbols] {name}: {written!r} is not a name: {error.found}") from None
    for name, body in notation.macros.items():
        try:
            macro(body)
        except Unreadable as error:
            raise NotationError(f"{place(path, 'macros', name)}: [macros] {name}: {error}") from None


def _is_taken(written: str, taken: set[str]) -> bool:
    """Whether a short name of the paper is the name of one of the statement's own symbols."""
    try:
        return key_of(written) in taken
    except Unreadable:
        return False


def _phrases(
    content: Iterable[Any], abbreviations: Iterable[Abbreviation], taken: set[str]
) -> tuple[dict[str, Any], dict[tuple[str, ...], str]]:
    """The paper's short names and the statement's measured quantities, by the marks they are written with."""
    named = {a.text: (a.latex, a.expr) for a in abbreviations}
    for quantity in sorted({q for c in content for q in c.atoms(MeasuredQuantity)}, key=str):
        named[str(quantity)] = (quantity.args[1].name, quantity)
    meanings: dict[str, Any] = {}
    phrases: dict[tuple[str, ...], str] = {}
    for name, (written, expr) in named.items():
        try:
            marks = arrange(written)
        except Unreadable:
            continue
        if _is_taken(written, taken):
            continue
        meanings[name] = expr
        phrases[phrase_key(marks)] = name
    return meanings, phrases


def _functions(abbreviations: Iterable[Abbreviation]) -> dict[str, tuple[Any, Any]]:
    """The short names that are one letter with one symbol in brackets, such as g(φ)."""
    found: dict[str, tuple[Any, Any]] = {}
    for each in abbreviations:
        try:
            node = parse(each.latex)
        except Unreadable:
            continue
        items = node.sides[0].terms[0][1].items
        if len(items) != 2 or not all(isinstance(i, tree.Scripted) for i in items):
            continue
        letter, bracket = items
        assert isinstance(letter, tree.Scripted)
        assert isinstance(bracket, tree.Scripted)
        if not isinstance(letter.nucleus, tree.Leaf) or not isinstance(bracket.nucleus, tree.Bracket):
            continue
        with abbreviating(()):
            keys = {key_of(latex(s)): s for s in each.expr.free_symbols if isinstance(s, Symbol | MatrixSymbol)}
        argument = unwrapped(bracket.nucleus.items[0])
        symbol = keys.get(name_key(argument, len(raised_of(argument)))) if argument is not None else None
        if symbol is not None and len(bracket.nucleus.items) == 1 and not bracket.scripts:
            found.setdefault(name_key(letter, len(raised_of(letter))), (symbol, each.expr))
    return found


def _unspecified(content: Iterable[Any]) -> dict[str, tuple[Any, Any]]:
    """The functions known only by their class, by their letters, each with an argument and its value there."""
    found: dict[str, tuple[Any, Any]] = {}
    for c in content:
        for node in sorted(c.atoms(AppliedUndef), key=str):
            at = node.args[0]
            symbol = MatrixSymbol("at", *at.shape) if is_matrix(at) else Dummy("at", real=True)
            found.setdefault(node.func.__name__, (symbol, node.func(symbol)))
        for node in sorted(c.atoms(Nabla), key=str):
            symbol = MatrixSymbol("at", *node.shape)
            function = Function(node.args[0].name, real=True)
            found.setdefault(node.args[0].name, (symbol, function(symbol)))
    return found
