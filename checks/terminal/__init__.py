"""The output in a terminal."""
