"""The lock: what a library's verdicts were, and what has changed."""
