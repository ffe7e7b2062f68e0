"""Theorems 5.1 and 6.1 of Du et al. (2019) with explicit constants: what the proof asks for, and its lemmas."""
