"""What is known between norms, eigenvalues and inner products of the same matrices, as inequalities.

Each is a standard theorem of `derivations.facts`: the operator norm bounds ‖Ax‖ and is submultiplicative, norms obey
the triangle inequality, Rayleigh's quotient lies between the extreme eigenvalues, which move by Weyl's inequalities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, pairwise, product
from typing import Any

import sympy as sp

from derivations.spectra.nodes import (
    FrobeniusNorm,
    LambdaMax,
    LambdaMin,
    MaxNorm,
    NuclearNorm,
    OperatorNorm,
)
from derivations.vectors import Inner, MatrixNumber, settled, times

LONGEST = 6
"""The most factors of a product of matrices that is looked at."""
_LARGER: tuple[tuple[type, type], ...] = (
    (MaxNorm, OperatorNorm),
    (OperatorNorm, FrobeniusNorm),
    (FrobeniusNorm, NuclearNorm),
    (MaxNorm, FrobeniusNorm),
    (OperatorNorm, NuclearNorm),
    (MaxNorm, NuclearNorm),
)
"""Norms of which the first is at most the second."""
_NORMS = (OperatorNorm, FrobeniusNorm, NuclearNorm, MaxNorm)
"""What obeys the triangle inequality; the smallest singular value does not."""
_BOUNDING = (OperatorNorm, FrobeniusNorm, NuclearNorm)
"""Norms N with ‖Ax‖ ≤ N(A)‖x‖."""


def relations(numbers: Iterable[Any], products: Iterable[Any], symmetric: Callable[[Any], bool]) -> tuple[Any, ...]:
    """List the inequalities that hold between numbers of matrices and inner products, whatever the matrices are.

    Args:
        numbers: Norms and eigenvalues.
        products: Inner products ⟨y, A⋯B x⟩ of columns, with all matrices multiplied out.
        symmetric: Whether a matrix is known to be symmetric.

    Returns:
        Relations between these and squared norms ‖x‖², each of which is true.

    Source:
        Horn and Johnson 2012, "Matrix Analysis", Sections 4.2, 4.3, 5.6.

    Example:
        >>> from derivations import operator_norm
        >>> from derivations.spectra.relations import relations
        >>> A, B = sp.MatrixSymbol("A", 2, 3), sp.MatrixSymbol("B", 3, 4)
        >>> relations([operator_norm(A), operator_norm(B), operator_norm(A * B)], [], lambda matrix: False)
        (‖A·B‖ <= ‖A‖*‖B‖,)
    """
    known = set(numbers)
    found = [
        *_between_norms(known),
        *(r for n in known if isinstance(n, _NORMS) for r in _of_norm(n, known)),
        *_between_eigenvalues(known, symmetric),
        *(r for p in products for r in _of_product(p, known, symmetric)),
    ]
    kept = dict.fromkeys(r for r in found if r not in (sp.true, sp.false))
    return tuple(sorted(kept, key=sp.default_sort_key))


def _between_norms(known: set[Any]) -> Iterator[Any]:
    for a, b in product((n for n in known if isinstance(n, _NORMS)), repeat=2):
        if (type(a), type(b)) in _LARGER and a.arg == b.arg:
            yield sp.Le(a, b)
        if isinstance(a, FrobeniusNorm) and isinstance(b, OperatorNorm) and a.arg == b.arg:
            yield from (sp.Le(a, sp.sqrt(size) * b) for size in dict.fromkeys(a.arg.shape))


def _of_norm(n: Any, known: set[Any]) -> Iterator[Any]:
    """The norm of a product or a sum, from those of its parts as far as these are known."""
    if isinstance(n.arg, sp.MatAdd):
        parts = [type(n)(part) for part in n.arg.args]
        for one, others in ((None, parts), *((p, [q for q in parts if q is not p]) for p in parts)):
            if all(_is_known(q, known) for q in (*others, *([one] if one is not None else []))):
                yield sp.Le(n, sp.Add(*others)) if one is None else sp.Le(one, n + sp.Add(*others))
    if isinstance(n.arg, sp.MatMul) and isinstance(n, OperatorNorm | FrobeniusNorm | NuclearNorm):
        matrices = list(n.arg.args)
        for groups in _segmented(matrices):
            if len(groups) == 1:
                continue
            # of a Frobenius or nuclear norm, one factor has this norm and the others have the operator norm
            for chosen in range(len(groups)) if not isinstance(n, OperatorNorm) else [None]:
                each = [type(n)(g) if i == chosen else OperatorNorm(g) for i, g in enumerate(groups)]
                if all(_is_known(e, known) for e in each):
                    yield sp.Le(n, sp.Mul(*each))


def _is_known(n: Any, known: set[Any]) -> bool:
    """Whether a norm is among those that are there, perhaps with a factor, or is a number."""
    return all(a in known for a in n.atoms(MatrixNumber)) and not n.has(Inner)


def _segmented(matrices: Sequence[Any]) -> Iterator[list[Any]]:
    """All ways to take neighbours of a product together."""
    if len(matrices) > LONGEST:
        return
    gaps = range(1, len(matrices))
    for count in range(len(matrices)):
        for cuts in combinations(gaps, count):
            ends = (0, *cuts, len(matrices))
            yield [times(*matrices[a:b]) for a, b in pairwise(ends)]


def _between_eigenvalues(known: set[Any], symmetric: Callable[[Any], bool]) -> Iterator[Any]:
    ends = [n for n in known if isinstance(n, LambdaMin | LambdaMax) and _symmetric(n.arg, symmetric)]
    for n in ends:
        if isinstance(n, LambdaMin) and LambdaMax(n.arg) in known:
            yield sp.Le(n, LambdaMax(n.arg))
        norm = next((e for e in (kind(n.arg) for kind in _BOUNDING) if e in known), None)
        if norm is not None:
            yield from (sp.Le(n, norm), sp.Ge(n, -norm))
        if isinstance(n.arg, sp.MatAdd) and all(_symmetric(part, symmetric) for part in n.arg.args):
            yield from _weyl(n, known)


def _weyl(n: Any, known: set[Any]) -> Iterator[Any]:
    """An extreme eigenvalue of a sum: λ_min(A) + λ_min(B) ≤ λ_min(A + B) ≤ λ_min(A) + λ_max(B); for λ_max turned."""
    below = [_end(LambdaMin, part, known) for part in n.arg.args]
    above = [_end(LambdaMax, part, known) for part in n.arg.args]
    ends, relation, others = (below, sp.Ge, above) if isinstance(n, LambdaMin) else (above, sp.Le, below)
    if all(e is not None for e in ends):
        yield relation(n, sp.Add(*ends))
    turned = sp.Le if relation is sp.Ge else sp.Ge
    for i, part in enumerate(n.arg.args):
        mixed = [type(n)(part) if j == i else other for j, other in enumerate(others)]
        if _is_known(mixed[i], known) and all(e is not None for e in mixed):
            yield turned(n, sp.Add(*mixed))


def _end(kind: type, a: Any, known: set[Any]) -> Any:
    """A bound of the eigenvalues of a matrix: its extreme one, or ∓ a norm where only that is known."""
    if _is_known(kind(a), known):
        return kind(a)
    norm = next((n(a) for n in _BOUNDING if _is_known(n(a), known)), None)
    return None if norm is None else -norm if kind is LambdaMin else norm


def _symmetric(a: Any, symmetric: Callable[[Any], bool]) -> bool:
    """Whether a matrix is seen to be symmetric."""
    match a:
        case sp.Identity() | sp.ZeroMatrix():
            return True
        case sp.Transpose():
            return _symmetric(a.arg, symmetric)
        case sp.MatAdd() | sp.HadamardProduct():
            return all(_symmetric(part, symmetric) for part in a.args)
        case sp.MatMul():
            _, matrices = a.as_coeff_matrices()
            return _mirrored(matrices, symmetric)
    return symmetric(a)


def _mirrored(matrices: Sequence[Any], symmetric: Callable[[Any], bool]) -> bool:
    """Whether a product reads the same from behind with each factor turned."""
    half, odd = divmod(len(matrices), 2)
    turned = [settled(sp.Transpose(m)) for m in reversed(matrices[half + odd :])]
    return list(matrices[:half]) == turned and (not odd or _symmetric(matrices[half], symmetric))


def _of_product(p: Any, known: set[Any], symmetric: Callable[[Any], bool]) -> Iterator[Any]:
    """What norms and eigenvalues say of yᵀA⋯Bx."""
    (left, y), (right, x) = (_parts(column) for column in p.args)
    if y is None or x is None:
        return
    matrices = [*(settled(sp.Transpose(m)) for m in reversed(left)), *right]
    if not matrices or len(matrices) > LONGEST:
        return
    length = Inner(x, x)
    if x == y and _mirrored(matrices, symmetric):
        if len(matrices) % 2 == 0:
            yield sp.Ge(p, 0)
        whole = times(*matrices)
        for kind, relation in ((LambdaMin, sp.Ge), (LambdaMax, sp.Le)):
            if _is_known(kind(whole), known):
                yield relation(p, kind(whole) * length)
    for groups in _segmented(matrices):
        # the smallest norm of each that is there: that it is the smallest is said already
        each = [next((e for e in (kind(g) for kind in _BOUNDING) if _is_known(e, known)), None) for g in groups]
        if any(e is None for e in each):
            continue
        most = sp.Mul(*each)
        if x != y:
            yield sp.Le(p**2, most**2 * length * Inner(y, y))
            continue
        yield sp.Le(p, most * length)
        if len(matrices) % 2 or not _mirrored(matrices, symmetric):
            yield sp.Ge(p, -most * length)


def _parts(column: Any) -> tuple[list[Any], Any]:
    """The matrices before a column and the column, None for a multiple of it."""
    if isinstance(column, sp.MatMul):
        factor, matrices = column.as_coeff_matrices()
        return list(matrices[:-1]), matrices[-1] if factor == 1 else None
    return [], column
