"""Studies of statements: constants, hypotheses, mutants, values at points, sweeps."""
