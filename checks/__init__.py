"""Statements and measurements held together: methods, verdicts, reports and the command."""
