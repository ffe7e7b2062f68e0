"""Results and files on the disk."""
