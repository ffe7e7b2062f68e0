"""Claims reduced to numbers, and decided."""
