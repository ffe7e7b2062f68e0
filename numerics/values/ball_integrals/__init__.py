"""Integrals and limits in balls, from their definition."""
