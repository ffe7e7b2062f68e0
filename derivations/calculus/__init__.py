"""Matrix calculus: shapes, pull-backs, gradients and normal forms."""
