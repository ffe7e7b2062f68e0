"""Closed forms of integrals against Gaussian densities."""
