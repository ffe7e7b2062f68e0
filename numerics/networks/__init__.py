"""Torch models as people write them: left as found, their layers, losses, Jacobians and products."""
