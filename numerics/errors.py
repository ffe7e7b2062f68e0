"""What an expression that has no value raises."""


class EvaluationError(ValueError):
    """An expression has no numerical meaning here; the message names the node."""


class NoValueInDomain(EvaluationError):
    """An expression that can be read has no value at sizes that the domain admits; the message names the condition."""
