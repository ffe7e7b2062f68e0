"""Matrices in numbers: what each matrix operation of an expression is in a number system that has matrices."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import sympy as sp
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.inverse import Inverse
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.calculus.accumulated import BasisVector, MatrixIntegral, MatrixSum
from derivations.calculus.matrix_functions import Cofactors
from derivations.calculus.pullback import outermost
from derivations.outcomes.budget import remembered
from derivations.spectra.nodes import Eigenvalues, LambdaMax, LambdaMin
from derivations.vectors import ShapeError, elementwise
from numerics.errors import EvaluationError, NoValueInDomain
from numerics.values.backend import Backend
from numerics.values.linear.inverses import inverted
from numerics.values.linear.spectra import eigenvalues, singular_values


class MatrixNodes:
    """The matrix half of an `Evaluator`."""

    backend: Backend
    values: dict[Any, Any]
    memo: dict[Any, Any]

    def at(self, node: Any) -> Any:
        raise NotImplementedError

    def with_values(self, values: Mapping[Any, Any]) -> Any:
        raise NotImplementedError

    def _size(self, size: Any) -> int:
        raise NotImplementedError

    def _Inner(self, node: Any) -> Any:
        x, y = (self.at(a) for a in node.args)
        b = self.backend.matrices()
        rows = [b.shape(a)[0] for a in (x, y)]
        if rows[0] != rows[1]:
            raise ShapeError(f"{node}: sizes {rows[0]} and {rows[1]}")
        return b.inner(x, y)

    def _Trace(self, node: Any) -> Any:
        return self.backend.matrices().trace(self.at(node.arg))

    def _Determinant(self, node: Any) -> Any:
        a = self.at(node.arg)
        if self._rank_is_short(node.arg) is not None:
            # rounding would leave a small number of either sign
            return self._Trace(sp.Trace(node.arg)) * 0
        return self.backend.matrices().det(a)

    def _log(self, node: Any) -> Any:
        inside = node.args[0].args[0] if isinstance(node.args[0], sp.Abs) else node.args[0]
        if isinstance(inside, sp.Determinant) and (why := self._rank_is_short(inside.arg)) is not None:
            raise NoValueInDomain(f"{node} has no value, since {why}")
        return self.backend.functions[sp.log](self.at(node.args[0]))

    def _rank_is_short(self, node: Any) -> str | None:
        """Why a product is singular whatever its factors are: an inner size is too small; None if it is not."""
        if isinstance(node, sp.MatMul):
            _, matrices = _split(node)
            outer = matrices[0].shape[0]
            for m in matrices[:-1]:
                inner = m.shape[1]
                if self._size(inner) < self._size(outer):
                    known = [n if sp.sympify(n).is_Integer else f"{n} = {self._size(n)}" for n in (inner, outer)]
                    sizes = f"{known[0]} < {known[1]}"
                    return f"{node} is singular for {sizes}: the domain needs where={inner} >= {outer}"
        return None

    def _LambdaMin(self, node: Any) -> Any:
        return self._spectrum(node)[0]

    def _LambdaMax(self, node: Any) -> Any:
        return self._spectrum(node)[-1]

    def _OperatorNorm(self, node: Any) -> Any:
        return self._spectrum(node)[0]

    def _SigmaMin(self, node: Any) -> Any:
        return self._spectrum(node)[-1]

    def _NuclearNorm(self, node: Any) -> Any:
        return reduce(lambda x, y: x + y, self._spectrum(node))

    def _FrobeniusNorm(self, node: Any) -> Any:
        a, b = self.at(node.arg), self.backend.matrices()
        return b.sqrt(b.trace(b.matmul(b.transpose(a), a)))

    def _MaxNorm(self, node: Any) -> Any:
        a, b = self.at(node.arg), self.backend.matrices()
        rows, cols = b.shape(a)
        size = b.functions[sp.Abs]
        return reduce(b.maximum, (size(b.entry(a, i, j)) for i in range(rows) for j in range(cols)))

    def _spectrum(self, node: Any) -> Any:
        """The eigenvalues, least first, or the singular values, greatest first, that a node takes one of."""
        symmetric = isinstance(node, LambdaMin | LambdaMax | Eigenvalues)
        key = (symmetric, node.arg)
        if key not in self.memo:
            a, b = self.at(node.arg), self.backend.matrices()
            self.memo[key] = eigenvalues(a, b, str(node)) if symmetric else singular_values(a, b)
        return self.memo[key]

    def _MatrixElement(self, node: Any) -> Any:
        a, indices = self.at(node.parent), [self._index(n) for n in node.args[1:]]
        b = self.backend.matrices()
        rows, cols = b.shape(a)
        if not (0 <= indices[0] < rows and 0 <= indices[1] < cols):
            raise EvaluationError(f"{node}: no entry {tuple(indices)} in a {rows}×{cols} matrix")
        return b.entry(a, *indices)

    def _index(self, index: Any) -> int:
        if index.is_Integer:
            return int(index)
        value = float(self.at(index))
        if not value.is_integer():
            raise EvaluationError(f"the index {index} is {value}, which is not a whole number")
        return int(value)

    def _matrix(self, node: Any) -> Any:
        b = self.backend.matrices()
        match node:
            case sp.MatrixSymbol():
                if node in self.values:
                    return self.values[node]
                raise EvaluationError(f"no value for {node}")
            case sp.MatAdd():
                return reduce(lambda x, y: x + y, (self.at(a) for a in node.args))
            case sp.MatMul():
                return self._MatMul(node)
            case sp.HadamardProduct():
                return reduce(b.hadamard, (self.at(a) for a in node.args))
            case sp.HadamardPower() if not isinstance(node.exp, MatrixExpr | MatrixBase):
                return self.at(elementwise(lambda s: s**node.exp, node.base))
            case sp.DiagMatrix():
                column = self.at(node.args[0])
                return b.diagonal_matrix(column if node.args[0].shape[1] == 1 else b.transpose(column))
            case DiagonalOf():
                return b.diagonal(self.at(node.arg))
            case DiagonalMatrix():
                return self.at(sp.HadamardProduct(node.arg, sp.Identity(node.arg.shape[0])))
            case sp.Transpose():
                return b.transpose(self.at(node.arg))
            case sp.Adjoint():
                return b.transpose(self.at(node.arg))
            case Inverse():
                return self._inverted(node.arg)
            case sp.MatPow():
                if node.exp.is_Integer and node.exp.is_negative:
                    inverse = self._inverted(node.base)
                    return inverse if node.exp == -1 else b.power(inverse, self.at(-node.exp), str(node))
                exponent = self.at(node.exp)
                try:
                    return b.power(self.at(node.base), exponent, str(node))
                except (ZeroDivisionError, ArithmeticError, RuntimeError, ValueError) as error:
                    raise _singular(error, node) from None
            case Eigenvalues():
                return b.stack(self._spectrum(node), b.shape(self.at(node.arg))[0], 1)
            case Cofactors():
                return b.cofactors(self.at(node.arg))
            case sp.KroneckerProduct():
                return reduce(b.kronecker, (self.at(a) for a in node.args))
            case sp.BlockMatrix() | sp.BlockDiagMatrix():
                return self._blocks(node.blocks)
            case BasisVector():
                return self._basis(node)
            case MatrixSum():
                return self._matrix_sum(node)
            case MatrixIntegral():
                return self._matrix_integral(node)
            case sp.OneMatrix():
                return b.ones(*(self._size(n) for n in node.shape))
            case sp.Identity():
                return b.eye(self._size(node.shape[0]))
            case sp.ZeroMatrix():
                return b.ones(*(self._size(n) for n in node.shape)) * 0
            case ElementwiseApplyFunction():
                return self._elementwise(node)
            case MatrixBase():
                return self._stack(node)
        raise EvaluationError(f"{type(node).__name__} has no meaning in {b.name}: {node}")

    def _inverted(self, node: Any) -> Any:
        why = self._rank_is_short(node)
        if why is not None:
            raise NoValueInDomain(f"no inverse: {why}")
        try:
            return inverted(self.at(node), self.backend.matrices(), str(node))
        except (ZeroDivisionError, ArithmeticError, RuntimeError, ValueError) as error:
            raise _singular(error, node) from None

    def _blocks(self, blocks: Any) -> Any:
        """Blocks side by side, as Σ Eᵢ·block·Eⱼᵀ with columns of the identity: this broadcasts batches."""
        rows = [self._size(blocks[i, 0].shape[0]) for i in range(blocks.shape[0])]
        cols = [self._size(blocks[0, j].shape[1]) for j in range(blocks.shape[1])]
        b = self.backend.matrices()
        left, right = b.eye(sum(rows)), b.eye(sum(cols))
        total: Any = None
        for i, height in enumerate(rows):
            for j, width in enumerate(cols):
                top, start = sum(rows[:i]), sum(cols[:j])
                rows_in, cols_in = left[:, top : top + height], right[start : start + width, :]
                part = b.matmul(b.matmul(rows_in, self.at(blocks[i, j])), cols_in)
                total = part if total is None else total + part
        return total

    def _basis(self, node: Any) -> Any:
        size, index = self._size(node.args[0]), self._index(node.args[1])
        if not 0 <= index < size:
            raise EvaluationError(f"{node}: no entry {index} in {size}")
        return self.backend.matrices().eye(size)[:, index : index + 1]

    def _matrix_sum(self, node: Any) -> Any:
        body, index, low, high = node.args
        start, end = self._index(low), self._index(high)
        total = self.backend.matrices().ones(*(self._size(n) for n in node.shape)) * 0
        for k in range(start, end + 1):
            total = total + self.with_values({index: self.backend.number(sp.Integer(k))}).at(body)
        return total

    def _matrix_integral(self, node: Any) -> Any:
        rows, cols = (self._size(n) for n in node.shape)
        return self.backend.matrices().matrix_integral(node, (rows, cols), self)

    def _elementwise(self, node: Any) -> Any:
        inside = self.at(node.expr)
        name = sp.Dummy("x", real=True)
        body = node.function(name)
        held = outermost(body)
        free = {a: sp.Dummy("held", real=True) for a in held if not a.has(name)}
        values = {d: self.at(a) for a, d in free.items()}
        body = body.xreplace(free)
        b = self.backend.matrices()
        if not b.batched or len(free) < len(held):
            # one entry at a time, also where the entry stands inside another vector
            return b.apply(inside, lambda x: self.with_values({**values, name: x}).at(body))
        # a batch of numbers belongs to the leading axes, not to the entries
        numbers = {s: v for s, v in {**self.values, **values}.items() if not isinstance(s, MatrixExpr)}
        lifted = {s: v[..., None, None] if getattr(v, "ndim", 0) else v for s, v in numbers.items()}
        found = self.with_values({**lifted, name: inside}).at(body)
        if getattr(found, "ndim", 0) >= 2:
            return found
        return found * b.ones(*b.shape(inside))

    def _MatMul(self, node: Any) -> Any:
        factor, matrices = _split(node)
        b = self.backend.matrices()
        total = self.at(matrices[0])
        for m in matrices[1:]:
            other = self.at(m)
            left, right = b.shape(total)[1], b.shape(other)[0]
            if left != right:
                raise ShapeError(f"{node}: a matrix with {left} columns times one with {right} rows")
            total = b.matmul(total, other)
        return total if factor is sp.S.One else b.scaled(total, self.at(factor))

    def _stack(self, node: Any) -> Any:
        return self.backend.matrices().stack([self.at(e) for e in node], node.rows, node.cols)


def _singular(error: Exception, node: Any) -> EvaluationError:
    return (
        error if isinstance(error, EvaluationError) else EvaluationError(f"{node} has no inverse here: it is singular")
    )


@remembered(4096)
def _split(node: Any) -> tuple[Any, tuple[Any, ...]]:
    """The scalar factor and the matrices of a product."""
    factor, matrices = node.as_coeff_matrices()
    return factor, tuple(matrices)
