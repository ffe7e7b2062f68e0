"""Questions beyond a verdict: constants, hypotheses, mutants, points, sweeps."""
