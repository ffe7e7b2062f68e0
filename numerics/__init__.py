"""The statements as numbers: expressions, integrals, models and training; without verdicts."""
