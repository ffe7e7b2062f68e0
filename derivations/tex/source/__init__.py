"""The text of a formula before it is parsed: macros, definitions, words, and their places."""
