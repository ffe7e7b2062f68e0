"""The commands of `lemmata`; each module loads what it needs when it runs."""
