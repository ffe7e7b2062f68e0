"""Claims as polynomials: quotients, signs, roots, numbers, cases."""
