"""Functions near a point or infinity: sums of powers, logarithms and exponentials with enclosed remainders."""

from __future__ import annotations

from numerics.balls.germs.constants import NoGerm as NoGerm
from numerics.balls.germs.expansion import expand_at as expand_at
from numerics.balls.germs.series import Germ as Germ
