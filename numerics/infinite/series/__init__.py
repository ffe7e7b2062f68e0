"""Series: Hermite's and Mehler's, and polynomials on panels."""
