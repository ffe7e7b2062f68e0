"""The errors of an expression without a value."""


class EvaluationError(ValueError):
    """An expression has no numerical meaning here; the message names the node."""


class NoValueInDomain(EvaluationError):
    """An expression that can be read has no value at sizes that the domain admits; the message names the condition."""
