"""Infinite width: dual activations, and the recursions of kernels over them."""
