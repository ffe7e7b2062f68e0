"""Bounds of torch models: a model as a graph of layers, and the constants of each."""
