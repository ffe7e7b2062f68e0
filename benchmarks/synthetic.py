"""Libraries of any size: user files of N distinct true statements, and the same with one of them made false."""

from __future__ import annotations

from pathlib import Path

HEADER = '''"""{count} statements, written by benchmarks.synthetic."""

from sympy import Rational, Symbol, cos, exp, sin, symbols

from derivations import Bound, Identity, Paper, inner, norm_squared, vector

x, y = symbols("x y", real=True)
n = Symbol("n", integer=True, positive=True)
u, v = vector("u", n), vector("v", n)
paper = Paper(
    "{key}",
    statements=(
'''
KINDS = (
    'Identity("square-{k}", (x + {k}) ** 2, x**2 + {twice} * x + {square}),',
    'Bound("means-{k}", {twice} * x, x**2 + {square}, sharp_at={{x: {k}}}),',
    'Identity("double-{k}", {k} * cos(2 * x) + y, {k} - {twice} * sin(x) ** 2 + y),',
    'Identity("powers-{k}", exp(x + {k} * y) * exp({k} * x - y), exp({more} * x + {less} * y)),',
    'Identity("norm-{k}", norm_squared(u + {k} * v), '
    "norm_squared(u) + {twice} * inner(u, v) + {square} * norm_squared(v)),",
)
"""Identities and sharp bounds of numbers and vectors, k distinct in each; the last is of every size n."""


def line(number: int, slip: int = 0) -> str:
    """The statement of that number as a line of Python; `slip` is added to one of its constants and makes it false."""
    k = number // len(KINDS) + 2
    filled = {"k": k, "twice": 2 * k + slip, "square": k * k, "more": k + 1 + slip, "less": k - 1}
    return KINDS[number % len(KINDS)].format(**filled)


def library(count: int, key: str = "synthetic", false: int | None = None) -> str:
    """The text of a file with the given number of statements; the one numbered `false` has a typing error."""
    lines = [f"        {line(i, int(i == false))}\n" for i in range(count)]
    return HEADER.format(count=count, key=key) + "".join(lines) + "    ),\n)\n"


def write_library(folder: Path, count: int) -> Path:
    """Write the file into a folder and return its path."""
    path = folder / f"synthetic_{count}.py"
    path.write_text(library(count), encoding="utf-8")
    return path
