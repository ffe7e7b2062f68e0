"""The value of an expression at a point, in mpmath, Arb, NumPy and torch."""
