"""Links of derivations that follow from facts by instance."""
