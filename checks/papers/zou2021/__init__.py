"""Readings of Zou et al. (2021): recursions along torch's optimisers, the convex case, and test errors."""

from __future__ import annotations

from checks.papers.zou2021 import convex, errors, steps
from checks.readings import Reading

READINGS: dict[str, tuple[Reading, ...]] = {**steps.READINGS, **convex.READINGS, **errors.READINGS}
