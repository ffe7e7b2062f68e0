"""The work of the commands: proofs, the examination of an installation, sessions, completion."""
