"""Sweeps: a law measured over sizes and seeds, one task each, with what is finished kept on disk."""
