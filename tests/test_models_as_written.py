"""Models as people write them: Gram matrices, curvature and bounds are right, or refused for a reason that is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.measured_models import bounds_outcome, curvature_outcome, gram_outcome
from benchmarks.written_models import MODELS

pytestmark = pytest.mark.filterwarnings("ignore")


# the dense Hessians and Jacobians to compare with take their time: `python -m benchmarks.soak models` has all of them
@pytest.mark.parametrize(("outcome", "step"), [(gram_outcome, 1), (curvature_outcome, 6), (bounds_outcome, 4)])
def test_each_is_right(outcome: Callable[[int], str], step: int) -> None:
    found = [outcome(seed) for seed in range(0, len(MODELS), step)]
    assert not [f for f in found if not f.startswith(("right", "rightly refused"))]
    assert found.count("right") >= 0.75 * len(found)
