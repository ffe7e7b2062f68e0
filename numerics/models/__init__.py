"""Networks of the papers, in their notation, with batched parameters."""
