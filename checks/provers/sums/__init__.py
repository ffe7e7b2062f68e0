"""Sums of squares: bases, semidefinite programs, rational rounding, and certificates that are checked exactly."""
