"""Gaussian expectations: of numbers, of vectors and of rows of matrices."""
