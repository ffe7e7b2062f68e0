"""Speed, measured against plain peers in the same run."""
