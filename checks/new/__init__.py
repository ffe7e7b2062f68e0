"""A template for a user's paper: a folder with statements, a model, a reading, tests and CI, all passing."""
