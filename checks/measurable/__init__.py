"""What a paper measures beyond a verdict: laws over sizes, and the constants of theorems."""

from checks.measurable.theorems import Setting, TheoremReading

__all__ = ["Setting", "TheoremReading"]
