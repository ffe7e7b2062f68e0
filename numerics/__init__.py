"""The same things as numbers: expressions, integrals, models and training. Knows no verdicts."""
