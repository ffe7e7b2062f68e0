"""LaTeX that is read, held against the statements."""
