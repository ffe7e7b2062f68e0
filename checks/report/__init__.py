"""The page: a static site of papers and their statements, made of what is known in this folder; no network needed."""
