"""Models as people write them: Gram matrices, curvature and bounds are right, or refused for a reason that is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.measured_models import bounds_outcome, curvature_outcome, gram_outcome
from benchmarks.written_models import MODELS

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("outcome", [gram_outcome, curvature_outcome, bounds_outcome])
def test_each_is_right(outcome: Callable[[int], str]) -> None:
    found = [outcome(seed) for seed in range(len(MODELS))]
    assert not [f for f in found if not f.startswith(("right", "rightly refused"))]
    assert found.count("right") >= 0.85 * len(found)
