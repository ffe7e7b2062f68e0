"""A status badge: how many statements hold and how strongly, as a small SVG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from checks.verdicts import COUNTED, Assurance, Result, Verdict

_WIDE, _NARROW = set("mwMW"), set("fijlrtI1.,:;|' ")
_COLOURS = {"good": "#22604f", "measured": "#7c4568", "open": "#7a5a10", "bad": "#9c2b22", "none": "#5f646c"}


def badge(results: Sequence[Result], regressions: int = 0) -> str:
    """The badge of a check."""
    words, colour = _said(results, regressions)
    left, right = _width("lemmata"), _width(words)
    total = left + right
    title = escape(f"lemmata: {words}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="20" role="img" aria-label="{title}">'
        f"<title>{title}</title>"
        f'<clipPath id="r"><rect width="{total}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#33373d"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{_COLOURS[colour]}"/></g>'
        f'<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">'
        f'<text x="{left / 2:g}" y="14" textLength="{left - 12}">lemmata</text>'
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 12}">{escape(words)}</text></g></svg>\n'
    )


def _said(results: Sequence[Result], regressions: int) -> tuple[str, str]:
    verdicts = Counter(r.verdict for r in results)
    bad = verdicts[Verdict.REFUTED] + verdicts[Verdict.ERROR]
    if bad:
        return f"{bad} of {len(results)} refuted" if verdicts[Verdict.REFUTED] == bad else f"{bad} fail", "bad"
    if regressions:
        return f"{regressions} regressed", "bad"
    if verdicts[Verdict.UNDECIDED]:
        return f"{verdicts[Verdict.UNDECIDED]} of {len(results)} undecided", "open"
    if not results:
        return "nothing checked", "none"
    kernel = sum(r.assurance is Assurance.KERNEL for r in results)
    counts = [f"{verdicts[v]} {v.value}" for v in COUNTED if verdicts[v]]
    said = ", ".join(counts) + (f", {kernel} by kernel" if kernel else "")
    return said, "good" if verdicts[Verdict.VERIFIED] else "measured"


def _width(text: str) -> int:
    """About how many pixels a text takes in 11 px Verdana, with room beside it."""
    return round(sum(10.2 if ch in _WIDE else 4.4 if ch in _NARROW else 7.0 for ch in text)) + 12
