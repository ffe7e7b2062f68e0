"""Section 5 of MacDonald et al. (2023): more skip, larger singular values, faster loss."""

from __future__ import annotations

from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Statement

STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "mechanism-values",
        MeasuredQuantity("mean log σ of the Jacobian: branch; skip", r"\overline{\log\sigma}: \text{branch; skip}"),
        MeasuredQuantity("skip; skip with pooled identity", r"\overline{\log\sigma}: \text{skip; pooled}"),
        title="More skip, larger singular values of the Jacobian from first block to output, all through training",
        source="Section 5",
        uses=("skip", "shifted-layer"),
    ),
    Bound(
        "mechanism-loss",
        MeasuredQuantity("mean training loss: skip; skip with pooled identity", r"\bar\ell: \text{skip; pooled}"),
        MeasuredQuantity("branch; skip", r"\bar\ell: \text{branch; skip}"),
        title="More skip, faster loss",
        source="Section 5",
        uses=("mechanism-values", "pl-composition"),
    ),
)
