"""One run: statements, their methods, processes and what is remembered between runs."""
