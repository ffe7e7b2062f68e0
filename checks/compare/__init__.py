"""Formulas in LaTeX, parsed and compared with the statements."""
