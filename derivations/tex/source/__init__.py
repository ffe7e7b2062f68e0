"""The text of a formula before it is parsed: macros, definitions, words, and what stands where."""
