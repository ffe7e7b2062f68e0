"""Statements with every symbol renamed: the same claims in other letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import sympy as sp

from derivations.statements import Statement

Letters = Callable[[int, int], str]
"""The name of the i-th of n symbols, which are counted in the order of their old names."""
LETTERS: Mapping[str, Letters] = {
    "the other way round": lambda i, n: f"a{n - i:02d}",
    "with g": lambda i, n: f"g{i}",
    "ours": lambda i, n: ("t0", "p0", "h0", "omega", "s0", "f_tanh", "rho0", "_x", "_x1")[i] if i < 9 else f"p{i}",
}
"""Names that turn the order of the symbols round, and names that the code gives to symbols of its own."""


def renamed(statement: Statement, letters: Letters) -> Statement:
    """The statement with all of its symbols renamed, without its model and with its derivation."""
    names = sorted(statement.symbols, key=str)
    sizes = {d for v in names if isinstance(v, sp.MatrixSymbol) for n in v.shape for d in n.free_symbols}
    names = sorted({*names, *sizes}, key=str)
    fresh = {s: letters(i, len(names)) for i, s in enumerate(names)}
    numbers = {s: sp.Symbol(name, **s.assumptions0) for s, name in fresh.items() if isinstance(s, sp.Symbol)}
    to = {s: type(s)(name, *(n.xreplace(numbers) for n in s.shape)) for s, name in fresh.items() if s not in numbers}
    to |= numbers
    changed = {f.name: _put(getattr(statement, f.name), to) for f in fields(statement) if f.init}
    changed |= {"model": None} if "model" in changed else {}
    if statement.derive is not None:
        changed["derive"] = lambda: _put(statement.derivation, to)
    return replace(statement, **changed)


def _put(thing: Any, to: Mapping[Any, Any]) -> Any:
    match thing:
        case sp.Basic() | sp.MatrixBase():
            return thing.xreplace(to)
        case Mapping():
            return type(thing)((_put(k, to), _put(v, to)) for k, v in thing.items())
        case tuple():
            return tuple(_put(a, to) for a in thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{f.name: _put(getattr(thing, f.name), to) for f in fields(thing) if f.init})
    return thing
