"""Letters: a paper's notation, abbreviations, and names of our own."""
