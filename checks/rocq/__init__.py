"""Proofs that Rocq's kernel checks: certificates for the theorems, and coqc."""
