"""Section 5 of MacDonald et al. (2023): more skip, larger singular values, faster loss."""

from __future__ import annotations

from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Statement

STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "mechanism-values",
        MeasuredQuantity(
            "E of the mean log σ of the Jacobian: branch; skip", r"E\,\overline{\log\sigma}: \text{branch; skip}"
        ),
        MeasuredQuantity("skip; skip with pooled identity", r"E\,\overline{\log\sigma}: \text{skip; pooled}"),
        title="More skip, larger singular values from first block to output: at the start and after 15 and 30 steps",
        source="Section 5",
        uses=("skip", "shifted-layer"),
    ),
    Bound(
        "mechanism-loss",
        MeasuredQuantity(
            "E of the mean training loss: skip; skip with pooled identity", r"E\,\bar\ell: \text{skip; pooled}"
        ),
        MeasuredQuantity("branch; skip", r"E\,\bar\ell: \text{branch; skip}"),
        title="More skip, faster loss: its mean over steps 10 … 30",
        source="Section 5",
        uses=("mechanism-values", "pl-composition"),
    ),
)
