"""The search for points at which a bound fails, or at which its two sides meet."""
