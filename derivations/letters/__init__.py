"""Letters: a paper's notation, abbreviations, and the library's own names."""
