"""A file of statements from the proposals of a manuscript: Python that its author goes on with."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from checks.new.manuscript.findings import Findings, Proposal
from checks.new.manuscript.python import MADE_BY_OURS, OURS, UNSPECIFIED, NotWritten, as_python, variable
from derivations.domains import (
    Domain,
    NonnegativeVectors,
    PositiveSemidefinite,
    RealMatrices,
    SymmetricMatrices,
    UnitVectors,
)
from derivations.vectors import is_matrix

_RANGES = (RealMatrices, UnitVectors, PositiveSemidefinite, SymmetricMatrices, NonnegativeVectors)


def file_of(found: Findings, key: str, title: str, name: str) -> tuple[str, list[str]]:
    """Write the statements that were proposed as a file for `lemmata check`.

    Args:
        found: What was found of the manuscript.
        key: The key of the paper.
        title: Its title.
        name: The name of the manuscript's file.

    Returns:
        The text of a Python file, in which what was not read and what was taken for granted stands in comments; and a
        line for each statement that was read and cannot be written.
    """
    written: list[str] = []
    left_out: list[str] = []
    used: set[str] = set()
    symbols: dict[str, Any] = {}
    functions: set[str] = set()
    renamed: dict[Any, Any] = {}
    for proposal in found.proposals:
        try:
            text, names, own = _statement(proposal)
        except NotWritten as error:
            left_out.append(f"{proposal.place}: {proposal.title}: {error}")
            continue
        clash = {k: s for k, s in own.items() if symbols.get(k, s) != s}
        for k, s in clash.items():  # one letter, two meanings: the later one has a name of its own
            if s not in renamed:
                renamed[s] = _renamed(s, f"{k}_{2 + sum(r.name.startswith(f'{k}_') for r in renamed.values())}")
            proposal = _with(proposal, s, renamed[s])
        if clash:
            text, names, own = _statement(proposal)
        symbols |= own
        used |= names
        functions |= {str(f.func) for side in (proposal.lhs, proposal.rhs) for f in side.atoms(AppliedUndef)}
        written.append(text)
    unread = [f"{u.place}: {u.title}: {u.reason}" for u in found.unread]
    text = _file(key, title, name, written, symbols, used, sorted(functions), [*unread, *left_out])
    return text, left_out


def _statement(proposal: Proposal) -> tuple[str, set[str], dict[str, Any]]:
    content = [proposal.lhs, proposal.rhs, *([proposal.of] if proposal.of is not None else [])]
    sides = [as_python(side) for side in content]
    used = {f"derivations.{proposal.kind}"}.union(*(names for _, names in sides))
    lines = [f'"{proposal.id}",', *(f"{text}," for text, _ in sides[:2]), *(f"of={text}," for text, _ in sides[2:])]
    symbols = {s for side in content for s in side.atoms(sp.Symbol, sp.MatrixSymbol)}
    ranges = []
    for symbol, values in proposal.letters.ranges.items():
        text, names = _range(values)
        used |= names
        ranges.append(f"{variable(symbol)}: {text}")
        symbols.add(symbol)
    if ranges:
        lines.append(f"on={{{', '.join(ranges)}}},")
    distinct = {c.canonical: c for c in reversed(proposal.letters.where)}
    conditions = [as_python(c) for c in reversed(distinct.values())] if proposal.kind != "Gradient" else []
    if conditions:
        used = used.union(*(names for _, names in conditions))
        symbols |= {s for c in proposal.letters.where for s in c.atoms(sp.Symbol, sp.MatrixSymbol)}
        joined = ", ".join(text for text, _ in conditions)
        lines.append(f"where={joined}," if len(conditions) == 1 else f"where=({joined}),")
    lines += [f"title={_quoted(proposal.title)},", f"source={_quoted(proposal.place)},"]
    notes = [f"# {line}" for line in textwrap.wrap(" ".join(proposal.tex.split()), 100)]
    if proposal.taken:
        notes.append(f"# nothing is said of {', '.join(proposal.taken)}: taken as real; add a range where one is meant")
    unspecified = sorted({str(f.func) for side in content for f in side.atoms(AppliedUndef)} - UNSPECIFIED)
    if unspecified:
        notes.append(f"# nothing is said of {', '.join(unspecified)}: taken as any function of a real number")
    if proposal.strict:
        notes.append("# the text has a strict sign; a Bound claims ≤, and says nothing about equality")
    sizes = {n for s in symbols if is_matrix(s) for d in s.shape for n in d.free_symbols}
    letters = (s for s in symbols | sizes if isinstance(s, sp.Symbol | sp.MatrixSymbol))
    own = {variable(s): s for s in letters if s.name.isidentifier()}  # the direction of a limit is a symbol, too
    body = "\n".join(f"    {line}" for line in lines)
    return "\n".join([*notes, f"{proposal.kind}(\n{body}\n),"]), used, own


def bound_in_python(slug: str, lower: Any, upper: Any, domain: Domain) -> str:
    """A claim lower ≤ upper as a statement in Python, for the file of a paper.

    Args:
        slug: The name of the statement.
        lower: The smaller side.
        upper: The larger side.
        domain: Where it is claimed.

    Returns:
        The call of `Bound`, in lines.

    Raises:
        NotWritten: A side, a range or a condition has no short form.

    Example:
        >>> from sympy import Interval, Symbol
        >>> from derivations.domains import Domain
        >>> x = Symbol("x", real=True)
        >>> print(bound_in_python("below", x**2, x, Domain({x: Interval(0, 1)})))
        Bound(
            "below",
            x ** 2,
            x,
            on={x: (0, 1)},
        ),
    """
    lines = [f'"{slug}",', f"{as_python(lower)[0]},", f"{as_python(upper)[0]},"]
    ranges = [f"{variable(s)}: {_range(r)[0]}" for s, r in sorted(domain.ranges.items(), key=lambda pair: str(pair[0]))]
    lines += [f"on={{{', '.join(ranges)}}},"] if ranges else []
    conditions = ", ".join(as_python(c)[0] for c in domain.where)
    if conditions:
        lines.append(f"where={conditions}," if len(domain.where) == 1 else f"where=({conditions}),")
    body = "\n".join(f"    {line}" for line in lines)
    return f"Bound(\n{body}\n),"


def _range(values: Any) -> tuple[str, set[str]]:
    if isinstance(values, _RANGES):
        name = type(values).__name__
        return f"{name}()", {name}
    for known in ("Naturals", "Naturals0", "Integers", "Reals"):
        if values == getattr(sp.S, known):
            return f"S.{known}", {"S"}
    if isinstance(values, sp.Interval):
        (low, first), (high, second) = as_python(values.start), as_python(values.end)
        left, right = (values.left_open and values.start != -sp.oo, values.right_open and values.end != sp.oo)
        if not left and not right:
            return f"({low}, {high})", first | second
        kind = ".open" if left and right else ".Lopen" if left else ".Ropen"
        return f"Interval{kind}({low}, {high})", first | second | {"Interval"}
    if isinstance(values, sp.Range) and values.step == 1:
        (low, first), (high, second) = as_python(values.start), as_python(values.stop)
        return f"Range({low}, {high})", first | second | {"Range"}
    raise NotWritten(f"the range {values} has no short form in Python")


def _renamed(symbol: Any, name: str) -> Any:
    if isinstance(symbol, sp.MatrixSymbol):
        return sp.MatrixSymbol(name, *symbol.shape)
    return sp.Symbol(name, **symbol.assumptions0)


def _with(proposal: Proposal, old: Any, new: Any) -> Proposal:
    from dataclasses import replace

    letters = proposal.letters.copy()
    letters.ranges = {new if s == old else s: r for s, r in letters.ranges.items()}
    letters.where = [w.xreplace({old: new}) for w in letters.where]

    def put(e: Any) -> Any:
        return None if e is None else e.xreplace({old: new})

    return replace(proposal, letters=letters, lhs=put(proposal.lhs), rhs=put(proposal.rhs), of=put(proposal.of))


def _file(
    key: str,
    title: str,
    name: str,
    written: Sequence[str],
    symbols: dict[str, Any],
    used: set[str],
    functions: Sequence[str],
    unread: Sequence[str],
) -> str:
    vectors = {k: s for k, s in symbols.items() if is_matrix(s) and s.shape[1] == 1}
    matrices = {k: s for k, s in symbols.items() if is_matrix(s) and s.shape[1] != 1}
    scalars = {k: s for k, s in symbols.items() if not is_matrix(s)}
    ours = {"Paper", *(used & OURS), *(n.rpartition(".")[2] for n in used if "." in n)}
    ours |= {n for n in used if n in {*MADE_BY_OURS, *(r.__name__ for r in _RANGES)}}
    ours |= {"vector"} if vectors else set()
    theirs = {n for n in used if "." not in n} - ours - UNSPECIFIED
    theirs |= ({"Symbol"} if scalars else set()) | ({"MatrixSymbol"} if matrices else set())
    theirs |= {"Function"} if functions else set()
    lines = [f'"""{_plain(title)}: statements proposed from {name} by `lemmata read`. Look at each of them.', ""]
    lines += [f"Check them with: lemmata check {key}.py", '"""', ""]
    lines.append(f"from derivations import {', '.join(sorted(ours, key=str.lower))}")
    if used & UNSPECIFIED:
        lines.append(f"from derivations.activations import {', '.join(sorted(used & UNSPECIFIED))}")
    if theirs:
        lines.append(f"from sympy import {', '.join(sorted(theirs, key=str.lower))}")
    lines.append("")
    for k, s in sorted(scalars.items()):
        lines.append(f'{k} = Symbol("{s.name}"{_assumed(s)})')
    for k, s in sorted(vectors.items()):
        lines.append(f'{k} = vector("{s.name}", {as_python(s.shape[0])[0]})')
    for k, s in sorted(matrices.items()):
        lines.append(f'{k} = MatrixSymbol("{s.name}", {", ".join(as_python(n)[0] for n in s.shape)})')
    lines += [f'{f} = Function("{f}", real=True)' for f in functions]
    body = textwrap.indent("\n".join(written), "        ")
    lines += ["", "paper = Paper(", f'    "{key}",', f"    title={_quoted(title)},", "    statements=("]
    lines += [body] if written else []
    lines += ["    ),", ")"]
    if unread:
        lines += ["", "# What was not read, and why:"]
        lines += [f"# {_plain(text)}" for text in unread]
    return "\n".join(lines) + "\n"


def _assumed(symbol: Any) -> str:
    if symbol.is_integer:
        sign = ", positive=True" if symbol.is_positive else ", nonnegative=True" if symbol.is_nonnegative else ""
        return f", integer=True{sign}"
    return ", real=True"


def _plain(text: str) -> str:
    return " ".join(text.replace("\\", " ").replace('"', "'").split())


def _quoted(text: str) -> str:
    return '"' + _plain(text) + '"'
