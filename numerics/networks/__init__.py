"""Torch models of users, which are left as they were: their layers, losses, Jacobians and products."""
