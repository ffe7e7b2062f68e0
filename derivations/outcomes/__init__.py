"""Why a computation ends without an answer: reasons as data, and budgets of steps."""
