"""Statements as text, as MathML and in a notebook."""
