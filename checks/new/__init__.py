"""A paper of one's own: a folder with statements, a model, a reading, tests and CI that all pass, to write over."""
