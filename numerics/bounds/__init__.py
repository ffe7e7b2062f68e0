"""Bounds of torch models: what a model does as a graph of layers, and the constants of each."""
