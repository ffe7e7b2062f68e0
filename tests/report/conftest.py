"""A small site with hostile words in it, results and all, and a browser to look at it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from samples import FILE, HOSTILE, Visit, evidence_for, result_of

from checks.library.collect import Item, collect
from checks.report.facts import Known
from checks.report.site import write_site
from checks.studies.constants import Sharpest
from checks.studies.mutation import Fate, Fates


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty folder to work in, so that no results of other checks are seen."""
    here, made = Path.cwd(), tmp_path_factory.mktemp("a folder – ü")
    (made / "hostile.py").write_text(FILE, encoding="utf-8")
    os.chdir(made)
    yield made
    os.chdir(here)


@pytest.fixture(scope="module")
def items(folder: Path) -> list[Item]:
    return collect(["liu2019.kernel", "liu2019.gap-*", "liu2019.distance-angle", "zhang2019.mills", "hostile.py"])


@pytest.fixture(scope="module")
def known(items: list[Item]) -> Known:
    results = {i.id: result_of(i, *evidence_for(i)) for i in items if i.slug not in ("lonely", "kernel")}
    fates = Fates("hostile.third", (Fate("hostile.third", f"rhs {HOSTILE}", "killed", "precision", "x = 1/2"),))
    best = Sharpest("liu2019.gap-upper", "c", "", "pi/2", 1.5707963, 1.5707963, 1.5707963, "phi = 0", "exact", 0.0)
    return Known(results, {"liu2019.gap-upper": best}, {"hostile.third": fates})


@pytest.fixture(scope="module")
def site(folder: Path, items: list[Item], known: Known) -> Path:
    return write_site(folder / "the site", items, known).index.parent


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as started:
        made = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def visit(browser: Any, site: Path) -> Iterator[Any]:
    visits: list[Visit] = []

    def made(**options: Any) -> Visit:
        visits.append(Visit(browser, site, **options))
        return visits[-1]

    yield made
    for each in visits:
        assert each.said == []
        assert each.page.evaluate("window.pwned") is None
        each.context.close()
