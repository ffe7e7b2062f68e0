"""The page: a static site of papers and their statements, made of the results in this folder; it needs no network."""
