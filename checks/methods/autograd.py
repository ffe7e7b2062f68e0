"""Method `autograd`: a stated derivative against torch's, on a real model.

Tolerance: a running bound on the rounding errors of the formula, and as much again for each rounding
in the model's longest chain. Between that and 1e-6 of the value the method is undecided: rounding
does not explain the difference, but no wrong formula makes one so small.
"""

from __future__ import annotations

import inspect
import keyword
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from checks.context import Context
from checks.methods.trajectory import judged
from checks.readings import Differentiated, Measurement, Reading
from checks.verdicts import Evidence, Verdict
from derivations.activations import specified
from derivations.arguments import first_line
from derivations.outcomes.reasons import Reason, Stopped
from derivations.statements import Gradient, Identity, Statement
from derivations.vectors import is_matrix
from numerics.errors import NoValueInDomain
from numerics.machine.arrays import as_numpy
from numerics.values.evaluate import EvaluationError, evaluate
from numerics.values.points import Chart, NoPoint, point_text, size_choices
from numerics.values.rounding import UNIT_ROUNDOFF, rounding_bound
from numerics.witnesses import Witness

REFUTES = 1e-6
MODELS = 4
MODEL_OPERATIONS = 64


class NotDifferentiable(Stopped, ValueError):
    """A user's model cannot be differentiated as given; the message says why."""


def applies(statement: Statement, readings: Sequence[Reading]) -> bool:
    """Gradients with a torch model, and statements with a reading for it."""
    return any(r.method == "autograd" for r in readings) or (
        isinstance(statement, Gradient) and statement.model is not None
    )


def run(statement: Statement, readings: Sequence[Reading], context: Context) -> Sequence[Evidence]:
    """Compare the formula with each autograd reading, entry by entry."""
    whole = [r for r in readings if r.method == "autograd" and r.both_sides]
    if whole:
        return [e for r in whole for e in judged(r, context, statement, "autograd")]
    formula = formula_of(statement)
    try:
        mine: Sequence[Measurement] = [r.measure(context) for r in readings if r.method == "autograd"]
        if not mine:
            assert isinstance(statement, Gradient)
            mine = _own(statement, context)
        return [_worst([compared(formula, d, context) for d in mine if isinstance(d, Differentiated)])]
    except EvaluationError as error:
        meant = isinstance(error, NoValueInDomain)
        return [Evidence("autograd", Verdict.UNDECIDED, str(error), reachable=meant, reason=error.reason)]
    except (NotDifferentiable, NoPoint) as error:
        return [Evidence("autograd", Verdict.ERROR, str(error), reason=error.reason)]


def _own(statement: Gradient, context: Context) -> list[Differentiated]:
    """The user's model at random points of the domain, one reading for each of a few sizes."""
    import torch

    from numerics.models.autograd import gradient_of

    assert statement.model is not None
    symbols = (*statement.domain.scalars, *statement.domain.vectors, *statement.domain.angles, statement.wrt)
    names = {identifier(str(s)): s for s in symbols}
    wrt = identifier(str(statement.wrt))
    wanted = list(inspect.signature(statement.model).parameters)
    unknown = [n for n in wanted if n not in names]
    if unknown:
        raise NotDifferentiable(
            f"the model's argument {unknown[0]!r} is not a symbol of the statement; it has {', '.join(sorted(names))}"
        )
    if wrt not in wanted:
        raise NotDifferentiable(f"the model does not take {wrt}, by which it is to be differentiated")
    rng = context.rng("autograd")
    found = []
    for sizes in size_choices(statement.sampled, MODELS):
        chart = Chart(statement.sampled, sizes)
        values = chart(rng.random((256, max(chart.dimension, 1))))
        rows = np.flatnonzero(chart.allowed(values))[:3]
        for row in rows:
            point = {s: np.asarray(v[row]) for s, v in values.items()}
            tensors = {n: torch.as_tensor(point[names[n]], dtype=torch.float64, device=context.device) for n in wanted}
            try:
                measured = gradient_of(statement.model, tensors, wrt)
            except (RuntimeError, TypeError, ValueError, IndexError) as error:
                raise NotDifferentiable(f"the model fails for {_shapes(tensors)}: {first_line(error)}") from None
            found.append(Differentiated(point, measured, MODEL_OPERATIONS, point_text(dict(sizes.items()))))
    if not found:
        raise NoPoint("no point of the domain was found for the model")
    return found


def identifier(name: str) -> str:
    """The name of a symbol as a model's argument: v_star for v*, v_prime for v', W_2 for W^(2), lambda_."""
    plain = name.replace("*", "_star").replace("'", "_prime")
    plain = re.sub(r"\W+", "_", plain).strip("_")
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def _worst(found: list[Evidence]) -> Evidence:
    """Of the evidence from several models, the weakest: it is shown for all of them."""
    order = [Verdict.REFUTED, Verdict.ERROR, Verdict.UNDECIDED, Verdict.VERIFIED]
    worst = min(found, key=lambda e: (order.index(e.verdict), -(e.residual or 0.0) / (e.tolerance or 1.0)))
    return replace(worst, detail=f"{len(found)} models; {worst.detail}") if len(found) > 1 else worst


def _shapes(tensors: Any) -> str:
    return ", ".join(f"{n} of shape {tuple(t.shape)}" for n, t in tensors.items())


def formula_of(statement: Statement) -> Any:
    """The derivative that a statement claims; raises TypeError for one that claims none."""
    if isinstance(statement, Gradient):
        return statement.equals
    if isinstance(statement, Identity):
        return statement.rhs
    raise TypeError(f"no autograd method for {statement.kind}")


def compared(formula: Any, d: Differentiated, context: Context) -> Evidence:
    """What autograd's derivative of one model says of a formula, entry by entry."""
    values = {s: as_numpy(v) for s, v in d.values.items()}
    measured = as_numpy(d.measured)
    formula = specified(formula, d.activation) if d.activation else formula
    claimed = np.asarray(evaluate(formula, values), dtype=float)
    if is_matrix(formula) and claimed.shape[-1:] != measured.shape[-1:]:
        raise NotDifferentiable(f"autograd gives shape {measured.shape}, the formula {claimed.shape}")
    if not np.isfinite(measured).all():
        said = f"the model returned NaN or infinity {d.model}"
        return Evidence("autograd", Verdict.ERROR, said, witness=d.model, reason=Reason.NO_VALUE)
    own = np.asarray(rounding_bound(formula, values), dtype=float)
    size = float(np.max(np.abs(claimed), initial=0.0))
    bound = np.broadcast_to(own * (1 + d.operations) + 4 * d.operations * UNIT_ROUNDOFF * size, claimed.shape)
    gap = np.abs(measured - claimed)
    worst = np.unravel_index(int(np.argmax(gap - bound)), gap.shape)
    residual, tolerance = float(gap[worst]), float(bound[worst])
    scale = max(float(np.max(np.abs(measured), initial=0.0)), size, 1e-12)
    if residual <= tolerance:
        verdict = Verdict.VERIFIED
    else:
        verdict = Verdict.REFUTED if residual > REFUTES * scale else Verdict.UNDECIDED
    detail = f"{measured.size} entries of autograd's derivative, largest difference {float(gap.max()):.2e}"
    at = None
    if verdict is not Verdict.VERIFIED:
        where = ", ".join(map(str, worst))
        detail += f"; at entry ({where}) autograd gives {measured[worst]:.12g}, the formula {claimed[worst]:.12g}"
        if verdict is Verdict.REFUTED:
            place: dict[str, int | str] = {"model": d.model, "entry": f"({where})"}
            at = Witness(
                f"{d.model} entry ({where})".strip(), None, place, (measured[worst].item(), claimed[worst].item())
            )
    elif d.model:
        detail += f" ({d.model})"
    why = Reason.COARSE if verdict is Verdict.UNDECIDED else None
    return Evidence("autograd", verdict, detail, residual, tolerance, seed=context.seed, at=at, reason=why)


if TYPE_CHECKING:
    from checks.methods import Method, autograd

    _method: Method = autograd
