"""A hash of an object's meaning: expressions by their trees, functions by their code and all that it refers to.

Modules that `settled` says are covered otherwise (by the hash of their files or by a version) count by themselves.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import inspect
import re
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from importlib import import_module
from pathlib import PurePath
from typing import Any

import numpy as np
from sympy import Basic, Dummy, MatrixBase, S, srepr
from sympy.core.function import UndefinedFunction

DYNAMIC = frozenset({"globals", "import_module", "__import__", "exec", "eval"})
"""Names by which code reaches objects that its text does not name."""
BY_NAME = frozenset({"getattr", "vars", "__dict__", "attrgetter"})
"""Names by which code reaches any attribute of an object: of a module, all of them."""
MADE = frozenset(
    {"__dict__", "__weakref__", "__doc__", "__module__", "__annotations__", "__dataclass_fields__", "_abc_impl"}
    | {"__abstractmethods__", "__dataclass_params__", "__match_args__", "__parameters__", "__static_attributes__"}
    | {"__firstlineno__", "__slots__", "__orig_bases__"}
)
"""What Python itself adds to a class."""


class Opaque(TypeError):
    """An object that cannot be compared between runs; the message names its type."""


class Content:
    """Hashes of objects; `settled(module)` says that the hash need not look into a module.

    `elsewhere` replaces everything that code may reach by a name made at run time.
    """

    def __init__(self, settled: Callable[[str], bool], elsewhere: str = "") -> None:
        self._settled, self._elsewhere = settled, elsewhere
        self._known: dict[int, tuple[Any, str]] = {}
        self._open: dict[int, int] = {}
        self._lowest = sys.maxsize

    def digest(self, thing: Any) -> str:
        """The hash of an object; raises Opaque where there is none."""
        atom = _atom(thing)
        if atom is not None:
            return _joined("atom", [atom])
        at = id(thing)
        if at in self._known:
            return self._known[at][1]
        if at in self._open:  # a circle, as in a function that calls itself: how far up it closes
            self._lowest = min(self._lowest, self._open[at])
            return f"up {len(self._open) - self._open[at]}"
        depth = len(self._open)
        self._open[at] = depth
        before, self._lowest = self._lowest, sys.maxsize
        try:
            found = self._look(thing)
        finally:
            del self._open[at]
        if self._lowest > depth:  # in no circle, so that the hash does not depend on the path to it
            self._known[at] = (thing, found)
        self._lowest = before if self._lowest >= depth else min(before, self._lowest)
        return found

    def _look(self, thing: Any) -> str:
        match thing:
            case Basic():
                return self._expression(thing)
            case MatrixBase():
                return self._all("matrix", [thing.shape, *thing.flat()])
            case Mapping():
                return self._all(f"mapping {_name(type(thing))}", [x for pair in thing.items() for x in pair])
            case set() | frozenset():
                return _joined("set", sorted(self.digest(x) for x in thing))
            case list() | tuple():
                return self._all(_name(type(thing)), thing)
            case np.ndarray() if thing.dtype != object:
                return _joined(
                    "array", [str(thing.dtype), str(thing.shape), hashlib.sha256(thing.tobytes()).hexdigest()]
                )
            case functools.partial():
                return self._all("partial", [thing.func, thing.args, thing.keywords])
            case types.FunctionType():
                return self._function(thing)
            case types.MethodType():
                return self._all("method", [thing.__func__, thing.__self__])
            case types.CodeType():
                return self._code(thing)
            case inspect.Signature():  # of a wrapper, in addition to the code of the wrapped function
                return _joined("signature", [str(thing)])
            case types.ModuleType():
                return _joined("module", [thing.__name__, self._elsewhere if not self._settled(thing.__name__) else ""])
            case staticmethod() | classmethod():
                return self._all(type(thing).__name__, [thing.__func__])
            case property():
                return self._all("property", [thing.fget, thing.fset])
            case functools.cached_property():
                return self._all("property", [thing.func])
            case types.BuiltinFunctionType() | types.MethodDescriptorType() | types.WrapperDescriptorType():
                return _joined("builtin", [thing.__qualname__, _name(type(getattr(thing, "__self__", None)))])
            case types.CellType():
                return self._all("cell", [thing.cell_contents] if _filled(thing) else [])
            case type():
                return self._class(thing)
        wrapped = getattr(thing, "__wrapped__", None)  # functools.cache and similar wrappers
        if wrapped is not None and callable(thing):
            return self._all("wrapped", [wrapped])
        if dataclasses.is_dataclass(thing):
            values = [getattr(thing, f.name) for f in dataclasses.fields(thing)]
            return self._all("dataclass", [type(thing), *values])
        return self._other(thing)

    def _other(self, thing: Any) -> str:
        """A torch tensor, a ufunc, or an object that is its attributes."""
        kind = type(thing)
        if kind.__module__ == "torch" and hasattr(thing, "detach"):
            return self._all("tensor", [thing.detach().cpu().numpy()])
        if kind in (re.Pattern, type(S)) or (kind.__module__ == "torch" and kind.__name__ in ("dtype", "device")):
            return _joined(
                "named", [_name(kind), getattr(thing, "pattern", ""), str(getattr(thing, "flags", "")), str(thing)]
            )
        name, module = (
            getattr(thing, "__qualname__", getattr(thing, "__name__", None)),
            getattr(thing, "__module__", ""),
        )
        if isinstance(name, str) and isinstance(module, str) and module and self._settled(module):
            return _joined("named", [module, name])
        if isinstance(thing, np.ufunc | np.dtype | np.generic):
            return _joined("numpy", [repr(thing)])
        state = getattr(thing, "__dict__", None)
        if state is None or type(thing).__module__ == "builtins":
            raise Opaque(f"an object of type {_name(type(thing))}")
        return self._all(
            "object", [type(thing), {k: v for k, v in state.items() if not isinstance(v, types.ModuleType)}]
        )

    def _all(self, kind: str, parts: Iterable[Any]) -> str:
        return _joined(kind, [self.digest(part) for part in parts])

    def _expression(self, expr: Basic) -> str:
        """A tree by its head and arguments, so that shared parts are visited once."""
        if isinstance(expr, Dummy):  # their numbers differ from run to run
            return _joined("dummy", [expr.name, str(sorted(expr.assumptions0.items()))])
        if not expr.args:
            return _joined("leaf", [_name(type(expr)), srepr(expr)])
        head = expr.func
        if isinstance(head, UndefinedFunction):
            return _joined("applied", [srepr(head), *(self.digest(a) for a in expr.args)])
        return self._all("tree", [type(expr), *expr.args])

    def _function(self, f: types.FunctionType) -> str:
        if self._settled(f.__module__ or ""):
            return _joined("function", [f.__module__, f.__qualname__])
        parts: list[Any] = [f.__code__, f.__defaults__, f.__kwdefaults__, *(f.__closure__ or ())]
        names = sorted(set(_names(f.__code__)))
        globals_ = f.__globals__
        found: list[Any] = []
        for name in names:
            value = globals_.get(name, _MISSING)
            if isinstance(value, types.ModuleType) and not self._settled(value.__name__):
                found += [name, *self._attributes(value, names)]
            elif value is not _MISSING:
                found.append((name, value))
        found += self._imported(f.__code__, names)
        return self._all("function", [*parts, *found, self._elsewhere if DYNAMIC & set(names) else ""])

    def _attributes(self, module: types.ModuleType, names: Sequence[str]) -> list[Any]:
        """What code with these names may take from a module."""
        if BY_NAME & set(names):
            names = sorted(name for name in vars(module) if not name.startswith("__"))
        return [(name, getattr(module, name)) for name in names if hasattr(module, name)]

    def _imported(self, code: types.CodeType, names: Sequence[str]) -> list[Any]:
        """What a function imports while it runs, from modules that are not settled."""
        found: list[Any] = []
        for module in _imports(code):
            if self._settled(module):
                continue
            try:
                found += [module, *self._attributes(import_module(module), names)]
            except Exception:  # a foreign module may raise any error, and relative imports have other names
                found.append(self._elsewhere)
        return found

    def _code(self, code: types.CodeType) -> str:
        constants = [sorted(map(repr, c)) if isinstance(c, frozenset) else c for c in code.co_consts]
        words = [code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_argcount, code.co_flags]
        return self._all("code", [code.co_code, code.co_exceptiontable, *words, constants])

    def _class(self, kind: type) -> str:
        if isinstance(kind, UndefinedFunction):  # a class that SymPy makes for each function symbol, in no module
            return _joined("function", [kind.__name__, repr(sorted(kind._kwargs.items()))])
        if self._settled(kind.__module__):
            return _joined("class", [_name(kind)])
        inside: list[Any] = [
            (name, value)
            for name, value in sorted(vars(kind).items())
            if name not in MADE and not _generated(value) and not isinstance(value, types.MemberDescriptorType)
        ]
        return self._all("class", [_name(kind), *kind.__bases__, str(getattr(kind, "__annotations__", "")), *inside])


_MISSING = object()


def _atom(thing: Any) -> str | None:
    """An object that its own text distinguishes from every other."""
    if thing is None or thing is Ellipsis or isinstance(thing, bool | int | float | complex | str | bytes | PurePath):
        return f"{_name(type(thing))} {thing!r}"
    if isinstance(thing, Enum):
        return f"enum {_name(type(thing))} {thing.name} {thing.value!r}"
    if isinstance(thing, range | slice):
        return repr(thing)
    if str(type(thing).__module__).startswith("mpmath"):
        return f"mpmath {thing!r}"
    return None


def _joined(kind: str, parts: Iterable[str]) -> str:
    made = hashlib.sha256(kind.encode())
    for part in parts:
        made.update(b"\0" + str(len(part)).encode() + b":" + part.encode())
    return made.hexdigest()


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _filled(cell: types.CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def _generated(value: Any) -> bool:
    """Methods that dataclass writes: what they say is in the fields."""
    function = getattr(value, "__wrapped__", value)
    return isinstance(function, types.FunctionType) and function.__code__.co_filename.startswith("<")


def _names(code: types.CodeType) -> Iterable[str]:
    """The names that code and the code within it use, of globals and of attributes alike."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _imports(code: types.CodeType) -> Iterable[str]:
    """The modules that code imports while it runs."""
    import dis

    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _imports(constant)
