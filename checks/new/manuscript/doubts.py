"""Formulas of which LaTeX leaves two readings open, such as 1/2x: they are refused, not guessed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from derivations.tex import syntax as tree
from derivations.tex.errors import Unreadable
from derivations.tex.names import name_key, raised_of
from derivations.vectors import is_matrix


def doubts(node: tree.Chain, symbols: dict[str, Any]) -> None:
    """Raise Unreadable where a formula has two readings.

    Args:
        node: The tree of the formula.
        symbols: The letters that are known at its place.

    Raises:
        Unreadable: Both readings, and how to write the one that is meant.
    """
    indices = set(_indices(node))
    lowered = {
        id(p)
        for q in tree.nodes(node)
        if isinstance(q, tree.Script) and q.kind == "UNDER"
        for p in tree.nodes(q.inside)
    }
    alone = {_key(p) for p in tree.nodes(node) if _is_name(p) and not raised_of(p) and id(p) not in lowered}
    for part in tree.nodes(node):
        if isinstance(part, tree.Run):
            _slashes(part)
            _arguments(part)
            _bars(part)
        if isinstance(part, tree.Operator) and part.flat == "∘":
            raise Unreadable(r"\circ", part.at, r"it may be a composition or a product of entries: write \odot")
        if isinstance(part, tree.Bracket) and part.opening == "|":
            _size_of_a_set(part, symbols)
        if isinstance(part, tree.Binomial):
            _whole(part, indices, symbols, "a binomial coefficient")
        if isinstance(part, tree.Scripted):
            if any(s.kind == "BANG" for s in part.scripts):
                _whole(tree.Scripted(part.at, "", part.nucleus), indices, symbols, "a factorial")
            if _is_name(part) and name_key(part, 0) == "i" and not {"i"} & {*symbols, *indices}:
                raise Unreadable("'i'", part.at, "it may be the imaginary unit: say in which set it lies")
            if _is_name(part):
                _raised(part, symbols, alone)
                _entry(part, indices, symbols)
                _index(part, {*symbols, *alone} - indices, symbols)


def _is_name(part: Any) -> bool:
    return isinstance(part, tree.Scripted) and isinstance(part.nucleus, tree.Leaf) and part.nucleus.kind == "NAME"


def _key(part: tree.Scripted) -> str:
    return name_key(part, len(raised_of(part)))


def _kind(item: Any) -> str:
    """What a factor is: the kind of its leaf, or "BRACKET"; empty for everything else."""
    if not isinstance(item, tree.Scripted):
        return ""
    if isinstance(item.nucleus, tree.Bracket):
        return "BRACKET"
    return item.nucleus.kind if isinstance(item.nucleus, tree.Leaf) else ""


def _slashes(run: tree.Run) -> None:
    """1/2x may be (1/2)x or 1/(2x)."""
    items: tuple[Any, ...] = run.items
    for i, item in enumerate(items):
        if not isinstance(item, tree.Operator) or item.kind != "SLASH":
            continue
        end = i + 2
        if end < len(items) and _kind(items[i + 1]) in ("NAME", "FUNC") and _kind(items[end]) == "BRACKET":
            end += 1  # 1/f(x)
        elif _kind(items[i + 1]) == "FUNC":
            end += 1  # 1/log x
        while end < len(items) and isinstance(items[end], tree.Operator) and items[end].kind == "SPACE":
            end += 1
        if end < len(items) and isinstance(items[end], tree.Scripted) and _kind(items[end]) not in ("BIG", "EXPECT"):
            raise Unreadable(
                f"'/{''.join(p.flat for p in items[i + 1 : end + 1])}'",
                item.at,
                r"the slash may end before or after the last factor: write \frac or brackets",
            )


def _arguments(run: tree.Run) -> None:
    """log x/2 may be (log x)/2 or log(x/2); log(1 + x)² may be the square of either."""
    items: tuple[Any, ...] = run.items
    for i, item in enumerate(items):
        if _kind(item) != "FUNC":
            continue
        end = i + 1
        while end < len(items) and isinstance(items[end], tree.Operator) and items[end].kind == "SPACE":
            end += 1
        if end >= len(items):
            continue
        if _kind(items[end]) == "BRACKET":
            inside = items[end].nucleus
            if item.flat != "exp" and any(s.kind == "CARET" for s in items[end].scripts) and not _single(inside):
                shown = f"{item.flat}{items[end].flat}"
                raise Unreadable(
                    f"'{shown}'", item.at, f"the power may be of the argument: write \\{item.nucleus.flat}^{{…}}(…)"
                )
            continue
        while end < len(items) and isinstance(items[end], tree.Scripted):
            end += 1
        after = items[end] if end < len(items) else None
        if isinstance(after, tree.Operator) and after.kind == "SLASH":
            shown = "".join(p.flat for p in items[i : end + 2])
            raise Unreadable(f"'{shown}'", item.at, "the argument may end before or after the slash: write brackets")


def _single(bracket: tree.Bracket) -> bool:
    """Whether a bracket has one letter or number."""
    leaves = [p for p in tree.nodes(bracket.items) if isinstance(p, tree.Leaf | tree.Fraction | tree.Root | tree.Grid)]
    return len(leaves) == 1 and isinstance(leaves[0], tree.Leaf)


def _bars(run: tree.Run) -> None:
    """|a|b|c| may be |a| · b · |c| or |a · |b| · c|."""
    for first, *middle, last in ((run.items[i : i + 3]) for i in range(len(run.items) - 2)):
        outer = [getattr(getattr(p, "nucleus", None), "opening", "") for p in (first, last)]
        if outer == ["|", "|"] and _kind(middle[0]) in ("NAME", "NUMBER"):
            shown = "".join(p.flat for p in (first, *middle, last))
            raise Unreadable(
                f"'{shown}'", first.at, r"which bars belong together is not clear: write \left| and \right|"
            )


def _size_of_a_set(bracket: tree.Bracket, symbols: dict[str, Any]) -> None:
    """|S| may be the number of elements of S."""
    names = [p for p in tree.nodes(bracket.items) if _is_name(p)]
    if _single(bracket) and len(names) == 1 and names[0].nucleus.flat[:1].isupper() and _key(names[0]) not in symbols:
        raise Unreadable(
            f"'|{names[0].flat}|'", bracket.at, f"it may be the size of a set: say what {names[0].flat} is"
        )


def _whole(part: tree.Node, indices: set[str], symbols: dict[str, Any], what: str) -> None:
    """n! and binomial coefficients of letters need to be told that these are integers."""
    for each in tree.nodes(part):
        if _is_name(each) and each.nucleus.flat not in indices and not _is_integer(symbols.get(_key(each))):
            raise Unreadable(
                f"{what} of {_key(each)}",
                each.at,
                rf"it is not said that this is an integer: ${_key(each)} \in \mathbb{{N}}$",
            )


def _is_integer(symbol: Any) -> bool:
    return bool(getattr(symbol, "is_integer", False))


def _raised(item: tree.Scripted, symbols: dict[str, Any], alone: set[str]) -> None:
    """x^{(2)} may be a power or a name, xᵀ a power or the transpose."""
    base = name_key(item, 0)
    for script, raised in zip((s for s in item.scripts if s.kind in ("CARET", "MARK")), raised_of(item), strict=True):
        if base == "e" or _key(item) in symbols:
            return
        if raised.startswith("(") and raised.endswith(")") and (base in symbols or base in alone or len(raised) > 3):
            raise Unreadable(
                f"'{item.flat}'", item.at, "it may be a power or a name with an index: write a power without brackets"
            )
        if script.kind == "CARET" and raised == "T" and "T" not in symbols and not is_matrix(symbols.get(base)):
            raise Unreadable(
                f"'{item.flat}'", item.at, rf"T may be an exponent or a transpose: say ${base} \in \mathbb{{R}}^d$"
            )


def _indices(node: tree.Chain) -> Iterator[str]:
    """The letters that sums, products, extrema and limits of a formula bind."""
    for part in tree.nodes(node):
        if _kind(part) == "BIG":
            for script in part.scripts:
                if script.kind == "UNDER" and script.inside is not None:
                    yield from (c.sides[0].flat for c in script.inside.items)


_COUNTERS = set("ijklmnrstNT")
"""Letters by which sequences are numbered."""


def _index(item: tree.Scripted, known: set[str], symbols: dict[str, Any]) -> None:
    """wₜ depends on t where t is a letter of its own: a letter w_t would be one number for all t."""
    if item.nucleus.flat in ("I", "nabla", "partial", "E", "bb E"):
        return
    for script in item.scripts:
        if script.kind != "UNDER" or script.inside is None:
            continue
        for each in tree.nodes(script.inside):
            name = each.flat if isinstance(each, tree.Leaf) and each.kind == "NAME" else ""
            if name in known and (name in _COUNTERS or _is_integer(symbols.get(name))):
                what = f"'{item.flat}', where {name} is a letter of its own"
                raise Unreadable(what, item.at, "sequences are not read: write their recursion as a function")


def _entry(item: tree.Scripted, indices: set[str], symbols: dict[str, Any]) -> None:
    """aᵢⱼ under Σᵢ depends on i; only the entries of a vector are read as such."""
    for script in item.scripts:
        inside = script.inside
        indexed = script.kind == "UNDER" or (script.kind == "CARET" and script.flat.startswith("^("))
        if inside is None or not indexed:
            continue
        if not any(isinstance(p, tree.Leaf) and p.kind == "NAME" and p.flat in indices for p in tree.nodes(inside)):
            continue
        bare = tree.Scripted(item.at, item.flat, item.nucleus, tuple(s for s in item.scripts if s is not script))
        vector: Any = symbols.get(name_key(bare, len(raised_of(bare))), symbols.get(name_key(bare, 0)))
        entry = script.kind == "UNDER" and inside.flat in indices and is_matrix(vector) and vector.shape[1] == 1
        if not entry or name_key(item, 0) in symbols:
            raise Unreadable(
                f"'{item.flat}' under an index",
                item.at,
                r"only entries of a vector are read: say that it is in $\mathbb{R}^n$",
            )
