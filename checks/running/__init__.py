"""A run: statements, their methods, processes, and results that are remembered between runs."""
