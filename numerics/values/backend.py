"""What the evaluator asks of a number system: one class each for NumPy, torch, mpmath and Arb.

`Backend` has numbers and functions of them, `MatrixBackend` matrices too. The systems themselves lie in
`numerics.values.backends`, a file each.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import sympy as sp
from sympy.matrices import MatrixBase

from derivations.vectors import ShapeError
from numerics.errors import EvaluationError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Functions = Mapping[Any, Callable[..., Any]]
"""SymPy functions and what computes each from values."""
ELEMENTARY: tuple[Any, ...] = (
    *(sp.sin, sp.cos, sp.tan, sp.asin, sp.acos, sp.atan, sp.sinh, sp.cosh, sp.tanh),
    *(sp.exp, sp.log, sp.Abs, sp.sign, sp.floor, sp.ceiling),
)
"""Functions that every number system has, most by SymPy's name in small letters."""
NOT_FINITE: dict[Any, str] = {sp.oo: "inf", -sp.oo: "-inf", sp.nan: "nan", sp.zoo: "nan"}
"""How mpmath and Arb spell what is no finite number."""
_REAL_DTYPES: set[Any] = set()
"""Data types of NumPy and torch already seen to be real."""


class Backend(ABC):
    """One number system: its numbers, functions and comparisons, and what it computes by definition."""

    name: ClassVar[str]
    batched: ClassVar[bool] = False
    """Whether a value may be a batch with axes; else it is one number, and a branch not taken is not computed."""
    encloses: ClassVar[bool] = False
    """Whether a value is a set that holds the true one, so that a condition may stay undecided."""
    functions: Functions

    def quiet(self) -> AbstractContextManager[Any]:
        """In which values are computed: an infinity or NaN is the value there, and not worth a warning."""
        return nullcontext()

    @abstractmethod
    def number(self, e: sp.Expr) -> Any:
        """An exact SymPy number; raises EvaluationError for one that the system does not have."""

    @abstractmethod
    def maximum(self, a: Any, b: Any) -> Any:
        """The larger of two values; NaN where one is."""

    @abstractmethod
    def minimum(self, a: Any, b: Any) -> Any:
        """The smaller of two values; NaN where one is."""

    @abstractmethod
    def sqrt(self, a: Any) -> Any:
        """The square root of a value."""

    def raised(self, base: Any, exponent: Any) -> Any:
        """A value raised to another."""
        return base**exponent

    @abstractmethod
    def choose(self, truth: tuple[Any, Any], a: Any, b: Any) -> Any:
        """`a` where a condition holds, `b` where it fails, and what the system makes of neither."""

    @abstractmethod
    def floats(self, value: Any) -> NDArray[np.float64]:
        """A value in float64 as a NumPy array; NaN where a ball is no single number."""

    def own(self, a: Any, like: Any) -> Any:
        """A number or NumPy array in the type and place of `like`; refused by a system without batches."""
        raise EvaluationError(f"{self.name} has no batches")

    def ordered(self, value: Any) -> Any:
        """A value that may be compared, None if it has no order."""
        return value

    def scalar(self, value: Any, name: Any) -> Any:
        """The value that a user gives to the symbol `name`; raises EvaluationError for one that is not real."""
        if isinstance(value, sp.Basic | int | float):
            return self.number(sp.sympify(value))
        _check_dtype(value, name)
        return value

    def matrix(self, value: Any, symbol: Any) -> Any:
        """The value of a matrix symbol with its two trailing axes; a system without matrices has it for its sizes.

        Raises ShapeError for a value with too few axes, EvaluationError for one that is not real.
        """
        if isinstance(value, MatrixBase | list | tuple):
            import numpy as np

            value = np.array(value, dtype=float).reshape(len(rows_of(value)), -1)
            value = value[:, 0] if symbol.shape[1] == 1 else value
        _check_dtype(value, symbol)
        value = value[..., None] if symbol.shape[1] == 1 else value
        if value.ndim < 2:
            raise ShapeError(f"{symbol} has shape {tuple(value.shape)}, expected {symbol.shape}")
        return value

    def shape(self, a: Any) -> tuple[int, int]:
        """Rows and columns of a matrix."""
        rows, cols = a.shape[-2:]
        return rows, cols

    def matrices(self) -> MatrixBackend:
        """The system itself with its matrices; raises EvaluationError if it has none."""
        raise EvaluationError(f"{self.name} has no matrices")

    def expectation(self, node: Any, evaluator: Any) -> Any:
        """A Gaussian expectation by its definition; like the following, refused by a system without a rule for it."""
        self._without_rule(node)

    def integral(self, node: Any, evaluator: Any) -> Any:
        """A definite integral."""
        self._without_rule(node)

    def series(self, node: Any, evaluator: Any) -> Any:
        """A sum with an infinite end."""
        self._without_rule(node)

    def infinite_product(self, node: Any, evaluator: Any) -> Any:
        """A product with an infinite end."""
        self._without_rule(node)

    def limit(self, node: Any, evaluator: Any) -> Any:
        """A limit."""
        self._without_rule(node)

    def extremum(self, node: Any, evaluator: Any) -> Any:
        """The supremum or infimum over an interval."""
        self._without_rule(node)

    def derivative(self, node: Any, evaluator: Any) -> Any:
        """A derivative that is not carried out."""
        self._without_rule(node)

    def _without_rule(self, node: Any) -> NoReturn:
        raise EvaluationError(f"{type(node).__name__} is evaluated in mpmath only")


class MatrixBackend(Backend):
    """A number system with matrices; a batch of them has leading axes where the system has batches."""

    def matrices(self) -> MatrixBackend:
        return self

    @abstractmethod
    def ones(self, rows: int, cols: int) -> Any:
        """The matrix of ones."""

    @abstractmethod
    def eye(self, n: int) -> Any:
        """The identity."""

    @abstractmethod
    def stack(self, parts: Sequence[Any], rows: int, cols: int) -> Any:
        """Values, row by row, as the entries of a matrix."""

    @abstractmethod
    def column(self, a: Any) -> Any:
        """A column as it is given back: without the axis of length 1 where there are axes."""

    @abstractmethod
    def entry(self, a: Any, i: int, j: int) -> Any:
        """One entry of a matrix."""

    @abstractmethod
    def apply(self, a: Any, function: Callable[[Any], Any]) -> Any:
        """A function of each entry, one entry at a time."""

    @abstractmethod
    def scaled(self, a: Any, factor: Any) -> Any:
        """A matrix times a number."""

    @abstractmethod
    def matmul(self, a: Any, b: Any) -> Any:
        """The matrix product."""

    @abstractmethod
    def hadamard(self, a: Any, b: Any) -> Any:
        """The product entry by entry."""

    @abstractmethod
    def kronecker(self, a: Any, b: Any) -> Any:
        """The Kronecker product."""

    @abstractmethod
    def inner(self, x: Any, y: Any) -> Any:
        """The inner product of two columns of one length."""

    @abstractmethod
    def transpose(self, a: Any) -> Any:
        """The transpose."""

    @abstractmethod
    def diagonal(self, a: Any) -> Any:
        """The diagonal of a matrix, as a column."""

    @abstractmethod
    def diagonal_matrix(self, column: Any) -> Any:
        """The matrix with a column on its diagonal."""

    @abstractmethod
    def trace(self, a: Any) -> Any:
        """The sum of the diagonal."""

    @abstractmethod
    def det(self, a: Any) -> Any:
        """The determinant."""

    @abstractmethod
    def inverse(self, a: Any) -> Any:
        """The inverse as the library computes it; see `numerics.values.linear.inverses`."""

    @abstractmethod
    def inverse_error(self, a: Any, inverse: Any) -> Any:
        """About the relative error of an inverse: κ·ε for κ = ‖a‖·‖a⁻¹‖ and the unit of rounding ε."""

    @abstractmethod
    def cofactors(self, a: Any) -> Any:
        """The matrix of cofactors, by singular values: det(U)·det(V)·U·diag(Π_{j≠i} s_j)·Vᵀ; singular ones have it."""

    @abstractmethod
    def eigenvalues(self, a: Any) -> Any:
        """The eigenvalues of a symmetric matrix, least first, as a column; see `numerics.values.linear.spectra`."""

    @abstractmethod
    def singular_values(self, a: Any) -> Any:
        """The min(rows, columns) singular values of a matrix, greatest first, as a column."""

    @abstractmethod
    def power(self, base: Any, exponent: Any, name: str) -> Any:
        """base^exponent for a number or batch of them; raises EvaluationError where no real power exists.

        Whole exponents give repeated products, of inverses where they are negative. A symmetric matrix needs
        eigenvalues ≥ 0, any other one none on the ray (−∞, 0].
        """

    def matrix_integral(self, node: Any, shape: tuple[int, int], evaluator: Any) -> Any:
        """A definite integral of matrices, entry by entry."""
        raise EvaluationError(f"an integral of matrices is evaluated in mpmath only: {node}")


def elementary(rule: Callable[[str], Callable[..., Any]], **renamed: str) -> dict[Any, Callable[..., Any]]:
    """The elementary functions of a system by their names there, which are SymPy's in small letters if not renamed."""
    names = {f: str(f.__name__).lower() for f in ELEMENTARY}
    return {f: rule(renamed.get(name, name)) for f, name in names.items()}


def as_float(e: sp.Expr) -> float:
    """An exact SymPy number in float64; raises EvaluationError for a complex one."""
    try:
        return float(e)
    except TypeError:
        raise EvaluationError(f"{e} is no real number") from None


def rows_of(value: Any) -> list[list[Any]]:
    """A sequence, array or matrix as a list of rows; a plain sequence is a column."""
    rows = value.tolist() if hasattr(value, "tolist") else list(value)
    return [list(r) if isinstance(r, list | tuple) else [r] for r in rows]


def _check_dtype(value: Any, name: Any) -> None:
    kind = getattr(value, "dtype", None)
    if kind is None or kind in _REAL_DTYPES:
        return
    said = str(kind)
    if "float" not in said and "int" not in said:
        raise EvaluationError(f"{name} has dtype {said}; real numbers are needed")
    _REAL_DTYPES.add(kind)
