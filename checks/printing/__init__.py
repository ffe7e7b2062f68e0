"""LaTeX and PDF of whole papers."""
