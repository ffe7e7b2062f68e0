"""Readings of Neyshabur et al. (2018): exact complexities beside bounds and ascent, and networks on digits."""

from __future__ import annotations

from checks.papers.neyshabur2018 import digits, planes
from checks.readings import Reading

READINGS: dict[str, tuple[Reading, ...]] = {**planes.READINGS, **digits.READINGS}
