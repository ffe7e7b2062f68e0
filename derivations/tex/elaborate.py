"""The meaning of a formula: its syntax tree as SymPy expressions over the symbols of a statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sympy import Abs, E, ImmutableMatrix, Mul, Rational, S, Symbol, binomial, exp, factorial, oo, pi
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.gaussian import relu
from derivations.spectra import norm_p
from derivations.tex import binders, calls, laws, theorems
from derivations.tex import syntax as tree
from derivations.tex.errors import UnknownName, Unreadable
from derivations.tex.names import ACTIVATION, Vocabulary, name_key, raised_of
from derivations.tex.reader import Conventions
from derivations.tex.shapes import LARGEST_POWER, Sizes, inverted, power, scaled, transposed, words
from derivations.tex.source.words import CASES, is_prose
from derivations.vectors import ShapeError, is_matrix, norm

CONSTANTS = {"pi": pi, "infty": oo}


@dataclass
class Reader:
    """Reads formulas of one statement; `renaming` gives a meaning to names that the statement does not have."""

    names: Vocabulary
    renaming: Mapping[str, Any] = field(default_factory=dict)
    conventions: Conventions = field(default_factory=Conventions)
    sizes: Sizes = field(default_factory=Sizes)
    used: set[Any] = field(default_factory=set)
    """The symbols that the formula named by their own letters."""
    scope: dict[str, Any] = field(default_factory=dict)
    """Variables bound by what is being read."""

    @contextmanager
    def binding(self, variables: Mapping[str, Any]) -> Iterator[None]:
        """Inside, these names mean these variables."""
        before = dict(self.scope)
        self.scope.update(variables)
        try:
            yield
        finally:
            self.scope = before

    def chain(self, node: tree.Chain) -> tuple[list[Any], tuple[str, ...]]:
        """The sides of a chain of relations, all of one shape, and the relations."""
        try:
            values = [self.sum(side) for side in node.sides]
            matrices = [(v, s) for v, s in zip(values, node.sides, strict=True) if is_matrix(v)]
            for value, side in zip(values, node.sides, strict=True):
                if not matrices or value == 0:
                    continue
                first = matrices[0][0]
                if not is_matrix(value) or not self.sizes.alike(first, value):
                    shapes = f"{words(self.sizes.settled(first))} and {words(self.sizes.settled(value))}"
                    raise Unreadable(f"a relation between {shapes}", side.at, "both sides must have one shape")
            return values, node.relations
        except ShapeError as error:
            raise Unreadable(str(error), node.at) from None

    def finished(self, values: Sequence[Any]) -> list[Any]:
        """The values with all sizes substituted; raises Unreadable if one is unknown."""
        return [self.sizes.finished(v) for v in values]

    def single(self, node: tree.Chain) -> Any:
        """The value of a formula without relations."""
        if node.relations:
            raise Unreadable(f"the relation {node.relations[0]} inside an expression", node.sides[1].at)
        return self.sum(node.sides[0])

    def group(self, node: tree.Group | tree.Bracket) -> Any:
        """The value of the content of braces or brackets, which must be a single one."""
        if len(node.items) != 1:
            raise Unreadable("a comma", node.items[1].at, "one value is expected here")
        return self.single(node.items[0])

    def sum(self, node: tree.Sum) -> Any:
        values: list[tuple[Any, int]] = []
        for number, (sign, run) in enumerate(node.terms):
            rest = node.terms[number + 1 :]
            value, taken = self.run(run, rest)
            values.append((value if sign == 1 else scaled(S.NegativeOne, value), run.at))
            if taken:
                break
        return self.sizes.add(values)

    def run(self, node: tree.Run, rest: tuple[tuple[int, tree.Run], ...] = ()) -> tuple[Any, bool]:
        """The value of factors side by side, and whether they took the terms after them, as inf f + g does."""
        parts: list[list[tree.Scripted | tree.Operator]] = [[]]
        for item in node.items:
            if isinstance(item, tree.Operator) and item.kind == "ODOT":
                parts.append([])
            else:
                parts[-1].append(item)
        value, taken = self.product(parts[0], rest if len(parts) == 1 else (), node.at)
        for number, part in enumerate(parts[1:], start=2):
            at = part[0].at if part else node.at
            other, taken = self.product(part, rest if number == len(parts) else (), at)
            value = self.sizes.hadamard(value, other, at)
        return value, taken

    def product(self, items: Sequence[Any], rest: tuple[tuple[int, tree.Run], ...], at: int) -> tuple[Any, bool]:
        factors: list[tuple[Any, int]] = []
        pending: tree.Operator | None = None
        taken, i = False, 0
        while i < len(items):
            item = items[i]
            if isinstance(item, tree.Operator):
                if item.kind != "SPACE":
                    if pending is not None or not factors:
                        raise Unreadable(f"'{item.flat}' without a factor before it", item.at)
                    pending = item
                i += 1
                continue
            value, i, taken = self.factor(items, i, rest)
            if pending is not None and pending.kind == "SLASH":
                divisor = [(value, item.at)]
                while self.conventions.wide_slash and i < len(items) and isinstance(items[i], tree.Scripted):
                    place = items[i].at
                    value, i, taken = self.factor(items, i, rest)
                    divisor.append((value, place))
                value = inverted(self.sizes.multiply(divisor), item.at)
            factors.append((value, item.at))
            pending = None
        if pending is not None:
            raise Unreadable(f"'{pending.flat}' without a factor after it", pending.at)
        if not factors:
            raise Unreadable("nothing", at, "a term is missing")
        return self.sizes.multiply(factors), taken

    def factor(
        self, items: Sequence[Any], i: int, rest: tuple[tuple[int, tree.Run], ...] = ()
    ) -> tuple[Any, int, bool]:
        """The value of the factor that begins at `i`, where the next one begins, and whether it took the rest."""
        item = items[i]
        nucleus = item.nucleus
        if isinstance(nucleus, tree.Leaf):
            if nucleus.kind == "BIG":
                return binders.big(self, items, i, rest)
            if nucleus.kind == "EXPECT" or self._is_expectation(items, i):
                value, i = laws.expectation(self, items, i)
                return value, i, False
            if calls.is_call(self, items, i):
                value, i = calls.call(self, items, i)
                return value, i, False
        if isinstance(nucleus, tree.Bracket) and (mapped := calls.mapping(self, items, i)) is not None:
            return *mapped, False
        if isinstance(nucleus, tree.Fraction) and (head := binders.derivative_head(self, item)) is not None:
            value, i = binders.derivative(self, head, items, i)
            return value, i, False
        return self.atom(item), i + 1, False

    def _is_expectation(self, items: Sequence[Any], i: int) -> bool:
        """E[…] with a plain E that is no symbol."""
        item = items[i]
        if item.nucleus.kind != "NAME" or item.nucleus.flat != "E" or self.known(name_key(item, 0)) is not None:
            return False
        after = items[i + 1] if i + 1 < len(items) else None
        return isinstance(after, tree.Scripted) and isinstance(after.nucleus, tree.Bracket)

    def atom(self, item: tree.Scripted) -> Any:
        """One factor with its scripts."""
        nucleus = item.nucleus
        scripts = list(item.scripts)
        match nucleus:
            case tree.Leaf(kind="NAME"):
                value, scripts = self.name(item)
            case tree.Leaf(kind="NUMBER"):
                value = Rational(nucleus.flat.rstrip("…"))
            case tree.Leaf(kind="PHRASE"):
                value = self.names.meanings[nucleus.flat]
            case tree.Leaf(kind="ONES"):
                value, scripts = self.ones(item)
            case tree.Leaf():
                raise Unreadable(f"'{nucleus.flat}' without its argument", nucleus.at)
            case tree.Group() if len(nucleus.items) == 1:
                value = self.group(nucleus)
            case tree.Bracket():
                value, scripts = self.bracket(nucleus, scripts)
            case tree.Fraction():
                value = self.sizes.multiply(
                    [
                        (self.group(nucleus.top), nucleus.at),
                        (inverted(self.group(nucleus.bottom), nucleus.at), nucleus.at),
                    ]
                )
            case tree.Root():
                degree = self.group(nucleus.degree) if nucleus.degree is not None else S(2)
                inside = self.group(nucleus.inside)
                if is_matrix(inside) or is_matrix(degree) or not degree.is_Integer or not 1 <= degree <= LARGEST_POWER:
                    raise Unreadable("a root that is not one of a number", nucleus.at)
                value = power(inside, 1 / degree, nucleus.at)
            case tree.Binomial():
                value = self.binomial(nucleus)
            case tree.Grid():
                value = self.grid(nucleus)
            case _:
                raise Unreadable("a list or matrix in place of a factor", nucleus.at)
        for script in scripts:
            value = self.scripted(value, script)
        return value

    def grid(self, node: tree.Grid) -> Any:
        """A matrix of numbers, or a number that is defined by cases."""
        if node.name in CASES:
            return calls.cases(self, node)
        rows = [[self.single(c) for c in row] for row in node.rows]
        if len({len(row) for row in rows}) != 1 or any(is_matrix(e) for row in rows for e in row):
            raise Unreadable("a matrix with rows of different lengths or blocks", node.at)
        return ImmutableMatrix(rows)

    def binomial(self, node: tree.Binomial) -> Any:
        top, bottom = self.group(node.top), self.group(node.bottom)
        if any(n.is_number and not abs(n) <= LARGEST_POWER for n in (top, bottom)):
            raise Unreadable("a binomial coefficient too large to be computed", node.at)
        return binomial(top, bottom)

    def bracket(self, node: tree.Bracket, scripts: list[tree.Script]) -> tuple[Any, list[tree.Script]]:
        """Brackets, absolute values, norms, and ⟨a, b⟩; a subscript that names the norm is taken."""
        match node.opening:
            case "⟨":
                if len(node.items) != 2:
                    raise Unreadable("⟨ ⟩ without two vectors", node.at, r"write \langle x, y \rangle")
                a, b = (self.single(c) for c in node.items)
                return self.sizes.inner(a, b, node.at), scripts
            case "|":
                inside = self.group(node)
                if is_matrix(inside):
                    raise Unreadable(f"the absolute value of {words(inside)}", node.at, r"lengths are \|x\|")
                return Abs(inside), scripts
            case "‖":
                return self.length(node, scripts)
        if (node.opening, node.closing) not in (("(", ")"), ("[", "]"), ("{", "}")):
            raise Unreadable(f"an interval {node.opening}… {node.closing}", node.at, "a value is expected here")
        return self.group(node), scripts

    def length(self, node: tree.Bracket, scripts: list[tree.Script]) -> tuple[Any, list[tree.Script]]:
        inside = self.group(node)
        lowered = [s for s in scripts if s.kind == "UNDER"]
        which = lowered[0].flat[1:] if lowered else ""
        if not is_matrix(inside):
            raise Unreadable("the length of a number", node.at, "absolute values are |x|")
        if len(lowered) > 1:
            raise Unreadable(f"the norm ‖·‖_{which}", lowered[0].at, "one subscript names a norm")
        kept = [s for s in scripts if s.kind != "UNDER"]
        x = self.sizes.settled(inside)
        if which in ("", "2", "F") and 1 in x.shape:
            return norm(x if x.shape[1] == 1 else transposed(x)), kept
        if which and not which.isdigit() and self.known(which) is not None and x.shape[1] == 1:
            return norm_p(x, self.known(which)), kept
        return theorems.length_of(x, which, node.at), kept

    def ones(self, item: tree.Scripted) -> tuple[Any, list[tree.Script]]:
        """𝟏, of a size that a subscript may give, and 1{x > 0} with its condition lowered."""
        kept: list[tree.Script] = []
        value = None
        for script in item.scripts:
            if script.kind == "UNDER" and script.inside is not None:
                condition = calls.condition_in(script.inside)
                value = calls.indicator(self, condition) if condition is not None else self._ones_of(script.inside)
            else:
                kept.append(script)
        return (self.sizes.ones(item.at) if value is None else value), kept

    def _ones_of(self, size: tree.Group) -> Any:
        made = self.sizes.ones(size.at)
        self.sizes.same(made.shape[0], self.group(size))
        return self.sizes.settled(made)

    def known(self, key: str) -> Any:
        """The variable or symbol of this name, or None."""
        for each in (key, key.removeprefix("cal ").removeprefix("bb ")):
            found = self.scope.get(each)
            if found is None and self.renaming.get(each) is not ACTIVATION:
                found = self.renaming.get(each)
            if found is None and (found := self.names.symbols.get(each)) is not None:
                self.used.add(found)
            if found is not None:
                return found
        return None

    def name(self, item: tree.Scripted) -> tuple[Any, list[tree.Script]]:
        """The value of a name and the scripts that are not part of it."""
        raised = raised_of(item)
        others = [s for s in item.scripts if s.kind in ("CARET", "MARK")]
        last = [s for s in item.scripts if s.kind == "BANG"]
        for count in range(len(raised), -1, -1):
            found = self.known(name_key(item, count))
            if found is not None:
                return found, [*others[count:], *last]
        key = name_key(item, 0)
        if key in CONSTANTS:
            return CONSTANTS[key], [*others, *last]
        if key == "e":
            return self._exponential(others, last)
        if item.nucleus.flat == "I" and "'" not in key:
            lowered = [s.inside for s in item.scripts if s.kind == "UNDER" and s.inside is not None]
            made = self.sizes.identity(item.at)
            if lowered:
                self.sizes.same(made.shape[0], self.group(lowered[0]))
            return self.sizes.settled(made), [*others, *last]
        for count in range(len(raised), -1, -1):
            if (entry := self._entry(item, count)) is not None:
                return entry, [*others[count:], *last]
        symbol, value = self.names.functions.get(name_key(item, 0), (None, None))
        if symbol is not None and symbol in self.scope.values():
            return value, [*others, *last]  # dg/dφ
        marks = 0
        while marks < len(others) and (others[marks].flat in ("*", "+", "-", "†") or raised[marks].startswith("(")):
            marks += 1
        key = name_key(item, marks)
        if is_prose(key):
            raise Unreadable(f"the words '{key}'", item.at, "words next to a formula are not compared: leave them out")
        raise UnknownName(key, item.at, self.names.listed)

    def variable(self, side: tree.Sum) -> tuple[str, Any]:
        """The key and symbol of a name that something binds."""
        return binders.variable(self, side)

    def _exponential(self, raised: list[tree.Script], last: list[tree.Script]) -> tuple[Any, list[tree.Script]]:
        if not raised or raised[0].inside is None:
            return E, [*raised, *last]
        exponent = self.group(raised[0].inside)
        if is_matrix(exponent):
            raise Unreadable("a vector or matrix in an exponent", raised[0].at, r"entrywise: \exp(x)")
        return exp(exponent), [*raised[1:], *last]

    def _entry(self, item: tree.Scripted, raised: int) -> Any:
        """xᵢ of a vector x, or of x* with `raised` superscripts to its name, for an index that is bound or a number."""
        lowered = [s.inside for s in item.scripts if s.kind == "UNDER" and s.inside is not None]
        if len(lowered) != 1:
            return None
        bare = tuple(s for s in item.scripts if s.kind != "UNDER")
        vector = self.known(name_key(tree.Scripted(item.at, item.flat, item.nucleus, bare), raised))
        if vector is None or not is_matrix(vector) or vector.shape[1] != 1:
            return None
        index = self.group(lowered[0])
        if not (index.is_Integer and index >= 1) and not (isinstance(index, Symbol) and index in self.scope.values()):
            return None
        return vector[index - 1, 0]

    def scripted(self, value: Any, script: tree.Script) -> Any:
        """A value with one script: transposed, to a power, or its factorial."""
        if script.kind == "MARK" and script.flat == "⊤":
            return self._turned(value, script)
        if script.kind == "CARET" and script.inside is not None:
            if script.inside.flat in ("T", "t") and is_matrix(value) and self.known(script.inside.flat) is None:
                return self._turned(value, script)
            return power(self.sizes.settled(value), self.group(script.inside), script.at)
        if script.kind == "UNDER" and script.flat == "_+":
            return calls.apply(relu, self.sizes.settled(value))  # [x]₊
        if script.kind == "BANG":
            if is_matrix(value) or (value.is_number and not (value.is_Integer and 0 <= value <= LARGEST_POWER)):
                raise Unreadable("a factorial that is too large, or not of a whole number", script.at)
            return factorial(value)
        where = {"UNDER": "a subscript", "PRIME": "a prime", "MARK": f"'{script.flat}'"}[script.kind]
        raise Unreadable(f"{where} that is not part of a name", script.at)

    def _turned(self, value: Any, script: tree.Script) -> Any:
        if not is_matrix(value):
            raise Unreadable("the transpose of a number", script.at)
        return transposed(self.sizes.settled(value))


def read_sides(node: tree.Chain, reader: Reader, like: Any = None) -> tuple[list[Any], tuple[str, ...]]:
    """The sides and relations of a whole formula; raises Unreadable.

    Sizes that the formula does not determine are those of `like`, the expression that it is compared with.
    """
    values, relations = reader.chain(node)
    if is_matrix(like):
        for value in values:
            if is_matrix(value) and isinstance(value, MatrixExpr):
                reader.sizes.alike(value, like)
    return reader.finished(values), relations


def is_rounded(side: tree.Sum) -> tuple[Any, int, bool] | None:
    """A side that is one decimal number: its value, its decimals, and whether dots follow; None for others."""
    text = side.flat
    digits = text.lstrip("-").rstrip("…")
    whole, point, decimals = digits.partition(".")
    if not whole.isdigit() or (point and not decimals.isdigit()) or not point:
        return None
    return Mul(-1 if text.startswith("-") else 1, Rational(digits)), len(decimals), text.endswith("…")
