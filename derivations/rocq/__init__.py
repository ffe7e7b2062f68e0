"""Statements as theorems for the proof assistant Rocq (Coq 8.16), with the certificates that SymPy finds."""
