"""Inference: intervals of means, and whether points lie on a line."""
