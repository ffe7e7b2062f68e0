"""Proofs of claims: their reduction to numbers, and decisions by rules of sign and by balls."""
