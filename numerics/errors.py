"""The errors of an expression without a value."""

from derivations.outcomes.reasons import Reason, Stopped


class EvaluationError(Stopped, ValueError):
    """An expression has no numerical meaning here; the message names the node."""

    reason = Reason.OUTSIDE


class NoValueInDomain(EvaluationError):
    """An expression that can be read has no value at sizes that the domain admits; the message names the condition."""

    reason = Reason.NO_VALUE
