"""What the pages say, and that nothing from outside is more than words on them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from samples import HOSTILE, Tags

from checks.library.collect import Item, paper_of, resolve
from checks.lock.lock import Change
from checks.report.facts import Known, facts_of
from checks.report.site import site_files
from checks.report.words import number
from checks.verdicts import Result


def test_pages_are_well_formed_and_nothing_from_outside_is_an_element(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) == 1 + 3 + 11
    for page in pages:
        text = page.read_text(encoding="utf-8")
        found = Tags(text)
        assert not found.open, page
        scripts = [a for tag, a in found.tags if tag == "script"]
        assert len(scripts) == 1
        assert scripts[0]["src"].endswith("static/page.js")  # type: ignore[union-attr]
        for tag, attributes in found.tags:
            assert not any(name.startswith("on") for name in attributes), (page, tag, attributes)
            for name in ("href", "src"):
                url = attributes.get(name)
                if url is None or url.startswith(("#", "data:")):
                    continue
                assert ":" not in url, (page, url)  # relative, no network
                assert not url.startswith("/")
                assert (page.parent / url.split("#")[0].split("?")[0]).exists(), (page, url)
        ids = [a["id"] for _, a in found.tags if "id" in a]
        assert len(ids) == len(set(ids)), page
        levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert all(b <= a + 1 for a, b in pairwise(levels)), (page, levels)


def test_what_a_social_card_and_a_bibliography_say(site: Path) -> None:
    for page in sorted(site.rglob("*.html")):
        found = [a for tag, a in Tags(page.read_text(encoding="utf-8")).tags if tag == "meta"]
        said = {a.get("property") or a.get("name"): a.get("content") for a in found}
        assert said["og:title"], page
        assert said["og:description"] == said["description"]
        assert said["description"]
    papers = sorted((site / "papers").glob("*.html"))
    assert papers
    for page in papers:
        assert f"@misc{{lemmata-{page.stem}," in page.read_text(encoding="utf-8")


def test_what_a_statement_page_says(site: Path) -> None:
    text = (site / "statements" / "hostile.third.html").read_text(encoding="utf-8")
    assert "2.5 × 10<sup>−51</sup>" in text
    assert "&lt;script&gt;window.pwned" in text
    assert 'class="plot"' in text
    assert "1 killed" in text
    assert '<a class="id" href="../statements/hostile.second.html"' in text
    assert "lemmata check hostile.py" in text
    second = (site / "statements" / "hostile.second.html").read_text(encoding="utf-8")
    assert '<span class="id">elsewhere.lemma</span>' in second
    assert "not checked: no stronger than" in second
    assert "It has not been checked here" in (site / "statements" / "hostile.lonely.html").read_text(encoding="utf-8")
    upper = (site / "statements" / "liu2019.gap-upper.html").read_text(encoding="utf-8")
    assert "attained at" in upper
    assert "lemmata mutate liu2019.gap-upper" in upper
    assert "liu2019.g-second-derivative" in upper  # used, and on no page of this site


def test_changed_statements_are_not_checked(items: list[Item], known: Known) -> None:
    old = {id: Result(**{**vars(r), "fingerprint": "of another claim"}) for id, r in known.results.items()}
    third = items[-2]
    facts = facts_of(third, resolve(third), paper_of(third), Known(old))
    assert facts.result is None
    assert facts.changed


def test_changes_against_the_lock(items: list[Item], known: Known) -> None:
    change = Change("hostile.third", f"assurance {HOSTILE}", "kernel", "symbolic", True, f"do {HOSTILE}")
    files, _ = site_files(items, Known(known.results, changes=[change], lock="my.lock"))
    for name in ("index.html", "statements/hostile.third.html"):
        text = files[name].decode()
        assert "What changed against the lock" in text
        assert "fails" in text
        assert HOSTILE not in text
    assert "1 difference from <code>my.lock</code>, of which 1 fails a check." in files["index.html"].decode()
    files, _ = site_files(items, Known(known.results, lock="my.lock"))
    assert "Nothing differs from <code>my.lock</code>." in files["index.html"].decode()
    files, _ = site_files(items, known)
    assert "against the lock" not in files["index.html"].decode()


def test_the_same_input_gives_the_same_bytes(folder: Path) -> None:
    command = [sys.executable, "-c", "from checks.cli import main; main()", "report", "liu2019.gap-*", "hostile.py"]
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([*command, "-o", f"again {seed}"], check=True, env=environment, capture_output=True, timeout=240)
    first, second = (
        {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}
        for root in (folder / "again 1", folder / "again 2")
    )
    assert first == second
    assert len(first) > 10


@pytest.mark.parametrize(
    ("x", "text"),
    [(None, "–"), (0.0, "0"), (0.25, "0.25"), (1e-35, "1.0 × 10<sup>−35</sup>"), (float("inf"), "inf"), (12.0, "12")],
)
def test_numbers(x: float | None, text: str) -> None:
    assert str(number(x)) == text
