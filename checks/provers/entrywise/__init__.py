"""Claims on vectors and matrices of any size as claims on one entry, on lengths, or on vectors of an inner product."""
