"""Matrices: their nodes, powers and inverses in each number system."""
