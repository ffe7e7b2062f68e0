"""Claims on vectors of any size as claims on one entry: sums over entries, largest entries, homogeneous functions."""
