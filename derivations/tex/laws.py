"""Gaussian expectations: the law from a subscript or from the statement, and the integrand in the brackets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from derivations.gaussian import Expectation
from derivations.quantities.chance import Mean
from derivations.tex import syntax as tree
from derivations.tex.binders import number, variable
from derivations.tex.errors import Unreadable
from derivations.tex.names import unwrapped
from derivations.tex.reader import FormulaReader
from derivations.vectors import is_matrix


@dataclass(frozen=True)
class Law:
    """The variables of an expectation by their names, and their covariance (None: of vectors and matrices)."""

    variables: tuple[tuple[str, Any], ...]
    covariance: Any = None

    @property
    def scope(self) -> dict[str, Any]:
        return dict(self.variables)

    def expectation(self, integrand: Any) -> Expectation:
        return Expectation(integrand, [v for _, v in self.variables], self.covariance)


def expectation(reader: FormulaReader, items: Sequence[Any], i: int) -> tuple[Any, int]:
    """E[…] over the law that its subscript gives, or over that of the statement."""
    item = items[i]
    lowered = next((s.inside for s in item.scripts if s.kind == "UNDER"), None)
    behind = list(items[i + 1 :])
    bracket = behind[0].nucleus if behind and isinstance(behind[0], tree.Scripted) else None
    after: tuple[tree.Script, ...] = ()
    if isinstance(bracket, tree.Bracket) and bracket.opening in "([{":
        if len(bracket.items) != 1:
            raise Unreadable("a comma inside an expectation", bracket.items[1].at)
        body, end, after = bracket.items[0], i + 2, behind[0].scripts
    else:
        cut = next((k for k, x in enumerate(behind) if isinstance(x, tree.Operator) and x.kind == "SLASH"), len(behind))
        if cut == 0:
            raise Unreadable("an expectation of nothing", item.at)
        run = tree.Run(behind[0].at, "", tuple(behind[:cut]))
        body = tree.Chain(run.at, "", (tree.Sum(run.at, "", ((1, run),)),), ())
        end = i + 1 + cut
    if lowered is None and reader.names.averaged and not reader.names.laws:
        value = Mean(reader.sizes.settled(number(reader.single(body), item.at)))
    else:
        value = _expected(reader, _laws(reader, lowered, item.at), body, item.at)
    raised = [s for s in item.scripts if s.kind != "UNDER"]
    for script in (*raised, *after):
        value = reader.scripted(value, script)
    return value, end


def _expected(reader: FormulaReader, laws: list[Law], body: tree.Chain, at: int) -> Any:
    """The expectation under the one law of those possible whose variables are all in the body."""
    found: list[Any] = []
    failure: Unreadable | None = None
    for law in laws:
        with reader.binding(law.scope):
            try:
                inside = reader.sizes.settled(number(reader.single(body), at))
            except Unreadable as error:
                failure = failure or error
                continue
        made = law.expectation(inside)
        if len(laws) == 1 or set(made.variables) <= inside.free_symbols:
            found.append(made)
    if len(found) == 1:
        return found[0]
    if not found and failure is not None:
        raise failure
    raise Unreadable("an expectation whose law is not clear", at, r"write it: \mathbb{E}_{u \sim \mathcal{N}(0, 1)}")


def _laws(reader: FormulaReader, lowered: tree.Group | None, at: int) -> list[Law]:
    """The laws that an expectation may mean: the one written, or those of the statement with these variables."""
    written: list[tuple[str, Any]] = []
    open_: list[tree.Sum] = []
    covariances: list[Any] = []
    for chain in lowered.items if lowered is not None else ():
        names = _listed(chain.sides[0])
        if chain.relations == ():
            open_ += names
        elif chain.relations == ("~",):
            made, covariance = _gaussian(reader, [*open_, *names], chain.sides[1])
            written += made
            covariances.append(covariance)
            open_ = []
        else:
            raise Unreadable("a law that is not read", chain.at, r"write u \sim \mathcal{N}(0, 1)")
    twice = {key for key, _ in written if sum(key == k for k, _ in written) > 1}
    if twice:
        raise Unreadable(f"{min(twice)} twice among the variables of an expectation", at)
    if written and not open_:
        if len(covariances) == 1:
            return [Law(tuple(written), covariances[0])]
        if all(c is None for c in covariances):
            return [Law(tuple(written))]
        if any(c is None for c in covariances):
            raise Unreadable("an expectation over both numbers and vectors", at)
        return [Law(tuple(written), sp.ImmutableMatrix(sp.diag(*covariances)))]
    wanted = {variable(reader, side)[0] for side in open_}
    keys = {symbol: key for key, symbol in reader.names.bound.items()}
    known = [
        Law(tuple((keys.get(v, str(v)), v) for v in e.variables), e.covariance if e.is_scalar else None)
        for e in reader.names.laws
    ]
    known = list(dict.fromkeys(law for law in known if not wanted or wanted == law.scope.keys()))
    if not known:
        raise Unreadable("an expectation without its law", at, r"write it: \mathbb{E}_{u \sim \mathcal{N}(0, 1)}")
    return known


def _listed(side: tree.Sum) -> list[tree.Sum]:
    """The names in (u, v), or the one name."""
    item = unwrapped(tree.Chain(side.at, side.flat, (side,), ()))
    if item is not None and isinstance(item.nucleus, tree.Bracket) and not item.scripts:
        return [chain.sides[0] for chain in item.nucleus.items]
    return [side]


def _gaussian(reader: FormulaReader, names: list[tree.Sum], law: tree.Sum) -> tuple[list[tuple[str, Any]], Any]:
    """The variables of N(0, …) and their covariance, None for vectors and matrices with independent entries."""
    items = [x for x in law.terms[0][1].items if isinstance(x, tree.Scripted)]
    bracket = items[1].nucleus if len(items) == 2 and len(law.terms) == 1 else None
    normal = bool(items) and items[0].nucleus.flat in ("cal N", "N", "bb N", "normal")
    if not normal or not isinstance(bracket, tree.Bracket) or len(bracket.items) != 2 or bracket.items[0].flat != "0":
        raise Unreadable(
            "a law that is not read", law.at, r"write \mathcal{N}(0, 1), \mathcal{N}(0, I) or \mathcal{N}(0, Σ)"
        )
    grid = _grid(bracket.items[1])
    found = [variable(reader, side) for side in names]
    matrices = [is_matrix(v) for _, v in found]
    if all(matrices) and bracket.items[1].flat.startswith(("I", "1")):
        return found, None
    if any(matrices):
        raise Unreadable("a law of numbers for vectors or matrices", law.at, "vectors and matrices are N(0, I)")
    if grid is not None:
        rows = [[number(reader.single(c), c.at) for c in row] for row in grid.rows]
        if len(rows) != len(found) or any(len(row) != len(found) for row in rows):
            raise Unreadable(f"a covariance of another size for {len(found)} variables", law.at)
        matrix = sp.ImmutableMatrix(rows)
        if matrix != matrix.T:
            raise Unreadable("a covariance that is not symmetric", law.at)
        return found, matrix
    if bracket.items[1].flat.startswith("I"):
        return found, sp.ImmutableMatrix(sp.eye(len(found)))
    variance = number(reader.single(bracket.items[1]), law.at)
    return found, sp.ImmutableMatrix(sp.eye(len(found)) * variance)


def _grid(chain: tree.Chain) -> tree.Grid | None:
    item = unwrapped(chain)
    if item is None or item.scripts:
        return None
    if isinstance(item.nucleus, tree.Bracket) and len(item.nucleus.items) == 1:
        return _grid(item.nucleus.items[0])
    return item.nucleus if isinstance(item.nucleus, tree.Grid) else None
