"""What commands do behind their options: proofs, the examination of an installation, sessions, completion."""
