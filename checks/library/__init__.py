"""The statements that a user's ids, globs and files name."""
