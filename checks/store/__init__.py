"""What lies on the disk: shelves of results, and files."""
