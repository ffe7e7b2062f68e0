"""What the letters of a manuscript stand for: declared by its words, defined by a formula, or taken as real."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from checks.new.manuscript.doubts import doubts
from derivations.activations import ddsigma, dsigma, sigma, sigmoid, softplus
from derivations.gaussian import relu, step
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.tex import syntax as tree
from derivations.tex.elaborate import Reader, read_sides
from derivations.tex.errors import UnknownName, Unreadable
from derivations.tex.names import Vocabulary, name_key, raised_of, unwrapped
from derivations.tex.reader import Conventions
from derivations.tex.source.macros import Macros
from derivations.tex.source.words import LETTERS
from derivations.vectors import vector

MOST_LETTERS = 40
STEPS = 2_000_000
NOT_FUNCTIONS = ("e", "pi", "sigma", "infty", "Gamma", "Phi", "nabla", "E", "bb E", "bb P", "cal N", "N", "normal")
"""Names with brackets behind that the reader of formulas knows."""


def _with_slopes(function: Callable[[Any], Any]) -> tuple[Callable[[Any], Any], ...]:
    """A function with its first and second derivative, which stay as they are: σ′ is what a claim may be about."""

    def slope(order: int) -> Callable[[Any], Any]:
        def at(z: Any) -> Any:
            x = z if isinstance(z, sp.Symbol) else sp.Dummy("x", real=True)
            made = sp.Derivative(function(x), (x, order))
            return made if x == z else made.doit().xreplace({x: z})

        return at

    return function, slope(1), slope(2)


ACTIVATIONS: Mapping[str, tuple[Any, ...]] = {
    "": (sigma, dsigma, ddsigma),
    "relu": (relu, step),
    "sigmoid": _with_slopes(sigmoid),
    "tanh": _with_slopes(sp.tanh),
    "softplus": _with_slopes(softplus),
}
"""σ with its derivatives by what a manuscript calls it; unspecified where it says nothing."""
_CALLED = re.compile(
    r"\\sigma[^.]{0,80}?\b(relu|rectifie[rd]|sigmoid|logistic|tanh|hyperbolic tangent|softplus)|"
    r"\b(relu|sigmoid|logistic|tanh|softplus)\b[^.]{0,40}?\\sigma",
    re.IGNORECASE,
)
_ALSO = {"rectifier": "relu", "rectified": "relu", "logistic": "sigmoid", "hyperbolic tangent": "tanh"}


def named_activation(text: str) -> str:
    """What a text calls σ, such as `sigmoid`; empty where it does not."""
    found = _CALLED.search(text)
    word = (found[1] or found[2]).lower() if found else ""
    return _ALSO.get(word, word)


@dataclass
class Letters:
    """The letters in force at a place: symbols, or what they are defined to be, by their keys.

    `functions` are those with one argument: its symbol and the value; `ranges` and `where` are the domain as far as it
    was stated, `taken` the letters of which nothing was said.
    """

    symbols: dict[str, Any] = field(default_factory=dict)
    functions: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    ranges: dict[Any, Any] = field(default_factory=dict)
    where: list[Any] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    activation: str = ""

    def copy(self) -> Letters:
        """Letters of their own for a theorem, whose assumptions end with it."""
        return Letters(
            dict(self.symbols),
            dict(self.functions),
            dict(self.ranges),
            list(self.where),
            set(self.taken),
            self.activation,
        )

    def symbol(self, key: str, integer: bool = False) -> Any:
        """The symbol of a letter, made if it is new."""
        if key not in self.symbols:
            self.symbols[key] = sp.Symbol(identifier(key), real=True, **({"integer": True} if integer else {}))
        return self.symbols[key]

    def becomes(self, key: str, made: Any, same: bool = False) -> Any:
        """Give a letter a meaning: what was said of it before it had one is said of the new one.

        With `same` it is the old letter, of which more is known now.
        """
        old = self.symbols.get(key)
        if (same or key in self.taken) and old is not None and old != made and isinstance(old, sp.Symbol):
            self.symbols = {k: _put(v, old, made) for k, v in self.symbols.items()}
            self.functions = {k: (_put(s, old, made), _put(v, old, made)) for k, (s, v) in self.functions.items()}
            self.ranges = {_put(s, old, made): r for s, r in self.ranges.items()}
            self.where = [_put(w, old, made) for w in self.where]
        self.symbols[key] = made
        self.taken.discard(key)
        return made


def _put(value: Any, old: Any, new: Any) -> Any:
    if value == old:
        return new
    return value.xreplace({old: new}) if isinstance(value, sp.Basic) and isinstance(new, sp.Symbol) else value


def identifier(key: str) -> str:
    """A Python name for the key of a name, such as lambda_1 or w_star."""
    words = key.replace("'", "_prime").replace("*", "_star").replace("+", "_plus").replace("†", "_dagger")
    name = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9_]", "_", words)).strip("_") or "x"
    name = f"x_{name}" if name[0].isdigit() else name
    return f"{name}_" if keyword.iskeyword(name) and name != "lambda" else name


def names_in(text: str) -> list[str]:
    """The keys of a list of names, such as `x, y`; empty if it is something else."""
    from derivations.tex.names import key_of

    try:
        keys = [key_of(part.strip()) for part in text.split(",")]
    except Unreadable:
        return []
    # x² is no name, x* and x^{(2)} are
    return [] if any(r[0] not in "*+-†(" for k in keys for r in k.split("^")[1:] if r) else keys


def read(node: tree.Chain, letters: Letters, macros: Macros) -> tuple[list[Any], tuple[str, ...]]:
    """The sides of a formula and the relations between them, in letters that are added where they are new.

    Args:
        node: The tree of the formula.
        letters: The letters in force, which this changes.
        macros: The macros in force.

    Raises:
        Unreadable: What was not understood, with its place.
    """
    _functions(node, letters)
    _vectors(node, letters)
    doubts(node, letters.symbols)
    for _ in range(MOST_LETTERS):
        names = Vocabulary(
            symbols=letters.symbols,
            functions=letters.functions,
            activation=ACTIVATIONS[letters.activation],
            activated=True,
            macros=macros,
        )
        try:
            with budget(STEPS), foreign_errors():
                found = read_sides(node, Reader(names, {}, Conventions()))
                _depends(found[0], node.at)
                return found
        except UnknownName as error:
            if not re.match(r"[A-Za-z]", error.key) or (" " in error.key and not error.key.startswith(("cal ", "bb "))):
                raise Unreadable(f"the name {error.key}", error.at, "it has no meaning yet") from None
            letters.symbol(error.key)
            letters.taken.add(error.key)
        except BudgetSpent:
            raise Unreadable("a formula that takes too long to be put together", node.at) from None
        except ForeignError as error:
            raise Unreadable(f"a formula that cannot be put together ({str(error)[:80]})", node.at) from None
    raise Unreadable(f"more than {MOST_LETTERS} letters in one formula", node.at)


def _depends(values: list[Any], at: int) -> None:
    """Raise Unreadable for dy/dx of a letter y that is no function of x."""
    for value in values:
        for each in value.atoms(sp.Derivative):
            if isinstance(each.expr, sp.Symbol) and each.expr not in each.variables:
                what = f"a derivative of {each.expr} by {each.variables[0]}"
                raise Unreadable(what, at, "it is not said how one depends on the other: define it")


def called(items: tuple[Any, ...], i: int) -> tree.Bracket | None:
    """The bracket behind a letter, as of f(x)."""
    first = items[i]
    if not isinstance(first, tree.Scripted) or not isinstance(first.nucleus, tree.Leaf) or first.nucleus.kind != "NAME":
        return None
    if i + 1 >= len(items) or not isinstance(items[i + 1], tree.Scripted):
        return None
    behind = items[i + 1].nucleus
    return behind if isinstance(behind, tree.Bracket) and behind.opening == "(" and behind.closing == ")" else None


def _functions(node: tree.Chain, letters: Letters) -> None:
    """Take f(x) for the value of a function; raise Unreadable where it may as well be a product."""
    seen: dict[str, list[tree.Bracket]] = {}
    alone: set[str] = set()
    places: dict[str, int] = {}
    bases: dict[str, str] = {}
    for part in tree.nodes(node):
        if not isinstance(part, tree.Run):
            continue
        for i, item in enumerate(part.items):
            if not isinstance(item, tree.Scripted) or not isinstance(item.nucleus, tree.Leaf):
                continue
            bracket = called(part.items, i)
            if item.nucleus.kind != "NAME":
                continue
            if bracket is not None:  # f″(x) is of the function f
                item = tree.Scripted(item.at, item.flat, item.nucleus, _without_primes(item))
            key = name_key(item, len(raised_of(item)))
            if bracket is None:
                alone.add(key)
            elif item.nucleus.flat not in NOT_FUNCTIONS:
                seen.setdefault(key, []).append(bracket)
                places.setdefault(key, item.at)
                bases[key] = name_key(item, 0)
    for key, brackets in seen.items():
        if key in letters.functions or key in letters.symbols or bases[key] in letters.symbols:
            continue
        at = places[key]
        if key in ("O", "cal O", "Theta", "Omega", "o", "tilde O"):
            raise Unreadable(f"{key.removeprefix('cal ')}(…)", at, "an order has no constant that could be checked")
        if len(key) > 1 and key.isalpha() and key not in LETTERS.values():
            raise Unreadable(f"{key}(…)", at, "nothing is said of this function")
        if any(len(b.items) != 1 for b in brackets):
            raise Unreadable(f"{key}(…) of several arguments", at, "define it by a formula, or write one argument")
        if key in alone or not any(_is_name(b) for b in brackets):
            raise Unreadable(f"{key}(…)", at, "it may be a function or a product: write \\cdot for a product")
        at_symbol = sp.Dummy("at", real=True)
        letters.functions[key] = (at_symbol, sp.Function(identifier(key), real=True)(at_symbol))


def _without_primes(item: tree.Scripted) -> tuple[tree.Script, ...]:
    return tuple(s for s in item.scripts if s.kind != "PRIME")


def _is_name(bracket: tree.Bracket) -> bool:
    chain = bracket.items[0]
    if chain.relations or len(chain.sides[0].terms) != 1:
        return False
    items = chain.sides[0].terms[0][1].items
    return len(items) == 1 and isinstance(items[0], tree.Scripted) and isinstance(items[0].nucleus, tree.Leaf)


def _vectors(node: tree.Chain, letters: Letters) -> None:
    """Find new letters that can only be vectors: behind a matrix, with an index that is summed over, or in ‖…‖."""
    for part in tree.nodes(node):
        if isinstance(part, tree.Run):
            _behind_matrices(part, letters)
            _summed(part, letters)
    for part in tree.nodes(node):
        if isinstance(part, tree.Bracket) and part.opening == "‖" and len(part.items) == 1:
            _measured(part, letters)


def _new(item: Any, letters: Letters, scripts: int | None = None) -> str:
    """The key of a letter of which nothing is known yet; empty for anything else."""
    if not isinstance(item, tree.Scripted) or not isinstance(item.nucleus, tree.Leaf) or item.nucleus.kind != "NAME":
        return ""
    key = name_key(item, len(raised_of(item)) if scripts is None else scripts)
    known = key in letters.symbols or key in letters.functions or item.nucleus.flat in ("e", "pi", "infty", "E", "I")
    return "" if known else key


def _behind_matrices(run: tree.Run, letters: Letters) -> None:
    for before, item in zip(run.items, run.items[1:], strict=False):
        if not isinstance(before, tree.Scripted) or not isinstance(before.nucleus, tree.Leaf):
            continue
        matrix = letters.symbols.get(name_key(before, 0))
        key = _new(item, letters, 0)
        if isinstance(matrix, sp.MatrixSymbol) and matrix.shape[1] != 1 and key and key[0].islower():
            turned = any(s.flat in ("⊤", "^T", "^⊤") or s.kind == "MARK" for s in before.scripts)
            letters.symbols[key] = vector(identifier(key), matrix.shape[0 if turned else 1])
            letters.taken.add(key)


def _summed(run: tree.Run, letters: Letters) -> None:
    """Take aᵢ under Σᵢ for the entries of a vector."""
    for i, item in enumerate(run.items):
        if not isinstance(item, tree.Scripted) or item.nucleus.flat not in ("sum", "prod"):
            continue
        lowered = next((s.inside for s in item.scripts if s.kind == "UNDER" and s.inside), None)
        raised = next((s.inside for s in item.scripts if s.kind == "CARET" and s.inside), None)
        if lowered is None or raised is None or not lowered.flat.endswith("=1"):
            continue
        index = lowered.flat.removesuffix("=1")
        end = _single(raised)
        if end is None:
            continue
        if end.kind == "NAME":
            _size_of(end, letters)
        for part in tree.nodes(tree.Run(item.at, "", run.items[i + 1 :])):
            if not isinstance(part, tree.Scripted) or not isinstance(part.nucleus, tree.Leaf):
                continue
            under = [s for s in part.scripts if s.kind == "UNDER" and s.inside]
            if len(under) != 1 or under[0].inside is None or under[0].inside.flat != index:
                continue
            bare = tree.Scripted(part.at, part.flat, part.nucleus, ())
            key = _new(bare, letters)
            if key:
                letters.symbols[key] = vector(identifier(key), _size_of(end, letters))
                letters.taken.add(key)


def _single(group: tree.Group) -> tree.Leaf | None:
    if len(group.items) != 1 or group.items[0].relations or len(group.items[0].sides[0].terms) != 1:
        return None
    items = group.items[0].sides[0].terms[0][1].items
    item = items[0]
    if (
        len(items) != 1
        or not isinstance(item, tree.Scripted)
        or item.scripts
        or not isinstance(item.nucleus, tree.Leaf)
    ):
        return None
    return item.nucleus


def _size_of(end: tree.Leaf, letters: Letters) -> Any:
    if end.kind == "NUMBER":
        return sp.Integer(int(end.flat))
    known = letters.symbols.get(end.flat)
    if known is not None and (not isinstance(known, sp.Symbol) or (known.is_integer and known.is_positive)):
        return known
    made = letters.becomes(end.flat, sp.Symbol(identifier(end.flat), integer=True, positive=True), same=True)
    if made in letters.ranges:
        letters.ranges[made] = letters.ranges[made].intersect(sp.S.Integers)
    return made


def _measured(bracket: tree.Bracket, letters: Letters) -> None:
    """Take new letters that stand by themselves in ‖…‖ for vectors, of the size of those beside them."""
    runs = [run for side in bracket.items[0].sides for _, run in side.terms]
    single = [run.items[0] for run in runs if len(run.items) == 1]
    known = [letters.symbols.get(name_key(i, len(raised_of(i)))) for i in single if isinstance(i, tree.Scripted)]
    sizes = [k.shape[0] for k in known if isinstance(k, sp.MatrixSymbol) and k.shape[1] == 1]
    for item in single:
        key = _new(item, letters)
        if not key:
            continue
        if key[:1].isupper():
            assert isinstance(item, tree.Scripted)
            raise Unreadable(
                f"the norm of {key}, of which nothing is said", item.at, f"say {key} \\in \\mathbb{{R}}^{{m \\times n}}"
            )
        if not sizes:
            size = letters.symbols.get("d")
            if size is None or not size.is_integer:
                size = letters.becomes("d", sp.Symbol("d", integer=True, positive=True))
            sizes.append(size)
        letters.symbols[key] = vector(identifier(key), sizes[0])
        letters.taken.add(key)


def gradient_of(node: tree.Chain, letters: Letters, macros: Macros) -> tuple[Any, Any, Any] | None:
    """Of ∇f(w) = …, for a function that was defined: w, the claimed gradient, and f(w); None for another formula."""
    if node.relations != ("=",) or len(node.sides[0].terms) != 1 or node.sides[0].terms[0][0] != 1:
        return None
    items = node.sides[0].terms[0][1].items
    if len(items) != 3 or not all(isinstance(i, tree.Scripted) for i in items):
        return None
    sign, name, argument = (i for i in items if isinstance(i, tree.Scripted))
    bracket = called(items, 1)
    if sign.flat.partition("_")[0] != "nabla" or bracket is None or len(bracket.items) != 1:
        return None
    at, value = letters.functions.get(name_key(name, len(raised_of(name))), (None, None))
    inside = unwrapped(bracket.items[0])
    if at is None or inside is None or isinstance(value, AppliedUndef):
        return None
    wrt = letters.symbols.get(name_key(inside, len(raised_of(inside))))
    lowered = next((s.inside.flat for s in sign.scripts if s.kind == "UNDER" and s.inside), inside.flat)
    if wrt is None or lowered != inside.flat or argument.scripts:
        return None
    rest = tree.Chain(node.sides[1].at, node.flat, node.sides[1:], ())
    (equals,), _ = read(rest, letters, macros)
    return wrt, equals, value.xreplace({at: wrt})
