"""From what a user names to statements."""
