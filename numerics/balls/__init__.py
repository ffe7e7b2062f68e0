"""Rigorous enclosures: signs on boxes and rays, integrals over strips."""
