"""What an expression that has no value raises."""


class EvaluationError(ValueError):
    """An expression has no numerical meaning here; the message names the node."""
