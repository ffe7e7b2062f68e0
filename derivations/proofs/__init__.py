"""Exact proofs of equalities and signs."""
