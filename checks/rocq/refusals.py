"""What a refusal means to its reader: the piece of the proof that failed, the tactic, why, and what can be done."""

from __future__ import annotations

import re
from collections.abc import Sequence

from derivations.outcomes.reasons import Reason

LONGEST = 160
"""Characters of a piece that are quoted."""
_ASSERTED = re.compile(r"assert \((?:\w+ : )?(.*?)\)(?:\.| by\b)")
_REPLACED = re.compile(r"replace \((.*)\) with \((.*)\)")

ADVICE = {
    "interval": "interval arithmetic does not separate the two sides: halve the range into two statements, "
    "leave some room in the constant, or state the place of equality as `sharp_at`",
    "derivative": "the derivative was not recognised: write the function with fewer nested powers and roots, "
    "or give a derivation whose links need no derivative",
    "equality": "the two forms were not brought together: write both sides of the statement in one form, "
    "multiplied out, or add the form in between as a step of the derivation",
    "sign": "the sign does not follow from the hypotheses: add what makes it positive to `where` or to the range, "
    "or give the sign as a statement of its own and a step of the derivation",
    "range": "that a number lies in its range does not follow from the hypotheses: add the end to `on` or to `where`",
    "arithmetic": "linear and quadratic arithmetic did not close it: give the steps between as a derivation",
}
"""What can be done, by the kind of step that failed."""

_KINDS = (
    ("interval", "interval", r"\binterval\b"),
    ("auto_derive", "derivative", r"\bauto_derive\b"),
    ("field", "equality", r"\b(?:ring|field)\b"),
    ("within", "range", r"\bwithin\b"),
    ("above", "sign", r"\babove\b"),
    ("low", "sign", r"\blow\b"),
    ("apart", "sign", r"\bapart\b"),
    ("at_end", "sign", r"\bat_end\b"),
    ("nra", "arithmetic", r"\bnra\b"),
    ("lra", "arithmetic", r"\b(?:lra|assumption)\b"),
)
"""A tactic by its name, the kind of step, and how it is found in a sentence: the first that is there did the work."""

ACTIONS = {
    Reason.OUTSIDE: "write the statement without it; `lemmata check` may decide it as it is, without a theorem",
    Reason.BUDGET: "state it in smaller steps, as a derivation: each link is proved by itself",
    Reason.NO_PROOF: "give a derivation, whose links are proved one by one, or the place of equality as `sharp_at`",
    Reason.CONTRADICTED: "the statement has to be changed, or its range: see `lemmata check`",
    Reason.NOT_ATTAINED: "state the two sides as bounds, or give an enclosure that has some room at its inner end",
    Reason.NO_VALUE: "leave the points without a value out of the range, or add a condition to `where`",
    Reason.UNCONFIRMED: "this is a fault of lemmata: please report the statement",
}
"""What can be done where there is no theorem, by the reason."""


def advised(problem: str, reason: Reason | None) -> str:
    """Why a statement has no theorem, and what its author can do.

    Args:
        problem: What the writer of theorems said.
        reason: The same as data.

    Returns:
        The problem, with one suggestion behind it where there is one for the reason.

    Example:
        >>> advised("no translation of gamma: gamma(x)", Reason.OUTSIDE).split(";")[0]
        'no translation of gamma: gamma(x)'
    """
    action = ACTIONS.get(reason) if reason is not None else None
    return f"{problem}; {action}" if action else problem


def refused(lines: Sequence[str], at: int, said: str, late: bool = False) -> str:
    """What coqc refused, in words: which piece of the proof, by which tactic, why, and what can be done.

    Args:
        lines: The theorem with its proof.
        at: The number of the line at which coqc stopped, counted from 0.
        said: What coqc said.
        late: Whether it ran out of time.

    Returns:
        One line.

    Example:
        >>> proof = ["Theorem t :", "  forall x : R, 0 <= x.", "Proof.", "assert (G1 : 0 <= x).", "{ low. }"]
        >>> refused(proof, 4, "No applicable tactic.").split(" (")[0]
        'step G1, 0 <= x, was not proved by `low`'
    """
    sentence = lines[at].strip() if 0 <= at < len(lines) else ""
    step, claim = piece(lines, at)
    tactic, kind = tactic_of(sentence)
    name = f"step {step}, {claim}," if step else f"the goal {claim}" if claim else "the theorem"
    how = f" by `{tactic}`" if tactic else ""
    why = "took too long" if late else "was not proved"
    advice = ACTIONS[Reason.BUDGET] if late else ADVICE.get(kind, ACTIONS[Reason.NO_PROOF])
    return f"{name} {why}{how} (coqc at line {at}: {said}); {advice}"


def tactic_of(sentence: str) -> tuple[str, str]:
    """The tactic that did the work of a sentence, and the kind of step; both empty where it is none of ours."""
    body = re.sub(r"^.*?\bby \(", "", sentence) if re.match(r"(?:assert|by)\b", sentence) else sentence
    return next(((name, kind) for name, kind, pattern in _KINDS if re.search(pattern, body)), ("", ""))


def piece(lines: Sequence[str], at: int) -> tuple[str, str]:
    """The name and the claim of the innermost step that holds a line; without a name, what the theorem claims."""
    sentence = lines[at].strip() if 0 <= at < len(lines) else ""
    if (same := _equation(lines, at)) is not None:
        return "of rewriting", same
    if " by" in sentence and (found := _ASSERTED.match(sentence)):
        return _named(sentence), _short(found.group(1))
    depth = 0
    for number in range(at, -1, -1):
        line = lines[number]
        opened = line[: len(line) - len(line.lstrip(" {"))].count("{")
        closed = 0 if number == at else _closed(line)
        depth += closed
        while opened and depth:
            opened, depth = opened - 1, depth - 1
        if opened:
            before = lines[number - 1].strip() if number else ""
            found = _ASSERTED.match(re.sub(r"^[{\s]+", "", before))
            if found:
                return _named(before), _short(found.group(1))
    return "", _short(_goal(lines))


def _closed(line: str) -> int:
    """The blocks that end with a line."""
    found = re.search(r"[\s}]*$", line)
    return found.group(0).count("}") if found else 0


def _equation(lines: Sequence[str], at: int) -> str | None:
    """a = b where a line is the proof of `replace (a) with (b)`."""
    for number in (at, at - 1):
        found = _REPLACED.search(lines[number]) if 0 <= number < len(lines) else None
        if found and (number == at or lines[at].strip().startswith("by")):
            return _short(f"{found.group(1)} = {found.group(2)}")
    return None


def _named(line: str) -> str:
    found = re.search(r"assert \((\w+) :", line)
    return found.group(1) if found else ""


def _goal(lines: Sequence[str]) -> str:
    """What the theorem claims, without its binders and hypotheses."""
    end = next((n for n, line in enumerate(lines) if line.strip() == "Proof."), len(lines))
    return lines[end - 1].strip().rstrip(".") if 0 < end <= len(lines) and end - 1 >= 0 else ""


def _short(claim: str) -> str:
    claim = " ".join(claim.split())
    return claim if len(claim) <= LONGEST else f"{claim[:LONGEST]}…"
