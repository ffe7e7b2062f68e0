"""JUnit XML: one suite per paper, one case per statement, and a suite for the differences to the lock.

Cases have no properties, which strict readers refuse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from checks.ci.words import commands, evidence_lines, headline
from checks.lock.lock import Change
from checks.verdicts import GOOD, Result, Verdict

_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not have."""


def junit(
    results: Sequence[Result], changes: Sequence[Change] | None, again: Mapping[tuple[str, str], str] | None = None
) -> str:
    """The results of a check, and its differences to the lock if it was compared with one.

    `again` gives the commands that show witnesses again, by statement and method.
    """
    root = ET.Element("testsuites", name="lemmata")
    for key in dict.fromkeys(r.paper for r in results):
        mine = [r for r in results if r.paper == key]
        suite = _suite(root, key, len(mine), sum(map(_seconds, mine)))
        for result in mine:
            _case(suite, result, again or {})
        _count(suite)
    if changes is not None:
        suite = _suite(root, "lemmata.lock", max(len(changes), 1), 0.0)
        for change in changes:
            case = ET.SubElement(suite, "testcase", classname="lemmata.lock", name=_clean(f"{change.id} {change.what}"))
            case.set("time", "0")
            if change.regression:
                failure = ET.SubElement(case, "failure", type="regression")
                failure.set("message", _clean(f"{change.what}: was {change.was}, now {change.now}"))
                failure.text = _clean(
                    "\n".join(filter(None, (f"was: {change.was}", f"now: {change.now}", change.remedy)))
                )
            else:
                ET.SubElement(case, "system-out").text = _clean(f"was: {change.was}\nnow: {change.now}")
        if not changes:
            ET.SubElement(suite, "testcase", classname="lemmata.lock", name="nothing changed", time="0")
        _count(suite)
    _count(root)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)


def _seconds(result: Result) -> float:
    return sum(e.seconds for e in result.evidence)


def _suite(root: ET.Element, name: str, tests: int, seconds: float) -> ET.Element:
    return ET.SubElement(root, "testsuite", name=_clean(name), tests=str(tests), time=f"{seconds:.3f}")


def _count(element: ET.Element) -> None:
    """The attributes that readers sum up."""
    element.set("tests", str(len(element.findall(".//testcase"))))
    for name in ("failure", "error", "skipped"):
        plural = {"failure": "failures", "error": "errors", "skipped": "skipped"}[name]
        element.set(plural, str(len(element.findall(f".//{name}"))))


def _case(suite: ET.Element, result: Result, again: Mapping[tuple[str, str], str]) -> None:
    slug = result.id.removeprefix(f"{result.paper}.")
    case = ET.SubElement(suite, "testcase", classname=_clean(result.paper), name=_clean(slug))
    case.set("time", f"{_seconds(result):.3f}")
    lines = [headline(result), *evidence_lines(result)]
    lines += [f"again: {command}" for command in commands(result, again)]
    text = _clean("\n".join(lines))
    if result.verdict in GOOD:
        ET.SubElement(case, "system-out").text = text
        return
    name = "error" if result.verdict is Verdict.ERROR else "failure"
    problem = ET.SubElement(case, name, type=result.verdict.value, message=_clean(headline(result)))
    problem.text = text
