"""Claims with symbolic exponents, sums and products of symbolic length, and pairs of points, reduced to plain claims.

A claim is put into a form in which it is a polynomial in powers and logarithms; rules reduce it to claims with fewer
of them, which the polynomial decision and the rules of sign settle. All that a rule uses has a proof of its own.
"""
