"""From a manuscript in LaTeX to statements: its theorems and displays, what they assume, and a file of proposals."""
