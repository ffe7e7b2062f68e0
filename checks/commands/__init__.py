"""The parts of the command `lemmata`, one module for what belongs together; they load the rest when they run."""
