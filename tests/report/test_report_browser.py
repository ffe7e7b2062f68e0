"""The site in a real browser: navigation, search, copying, keyboard, colours."""

from __future__ import annotations

import re
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from samples import HOSTILE

PAGES = (
    "index.html",
    "papers/liu2019.html",
    "papers/hostile.html",
    "statements/liu2019.kernel.html",
    "statements/hostile.first.html",
    "statements/hostile.second.html",
    "statements/hostile.third.html",
)


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_no_page_scrolls_sideways_or_complains(visit: Any, path: str, width: int) -> None:
    page = visit(viewport={"width": width, "height": 800}).go(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """[...document.querySelectorAll("math")].filter((m) => m.checkVisibility())
        .filter((m) => m.getBoundingClientRect().width < 2 || m.getBoundingClientRect().height < 2).length"""
    )
    assert small == 0
    assert path.startswith("index") or page.locator("math").count() > 0


def test_formulas_are_set_in_the_bundled_font(visit: Any) -> None:
    page = visit().go("statements/liu2019.kernel.html")
    assert page.evaluate('document.fonts.ready.then(() => document.fonts.check("16px \\"Lemmata Math\\""))')
    box = page.locator(".claim.main mfrac").first.bounding_box()
    assert box["height"] > 20


def test_a_node_leads_to_its_page(visit: Any) -> None:
    page = visit().go("index.html")
    page.locator('a.node[data-id="hostile.third"]').click()
    page.wait_for_url("**/statements/hostile.third.html")
    page.locator('dl a.id:text("hostile.second")').first.click()
    page.wait_for_url("**/statements/hostile.second.html")


def test_the_graph_by_keyboard(visit: Any) -> None:
    """One stop for Tab, arrows from node to node; all that a statement rests on and that rests on it lights up."""
    page = visit().go("papers/hostile.html")
    assert page.locator('a.node[tabindex="0"]').count() == 1
    page.locator('a.node[tabindex="0"]').focus()
    assert page.evaluate("document.activeElement.dataset.id") == "hostile.first"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.id") == "hostile.second"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.id") == "hostile.third"
    near = page.eval_on_selector_all("a.node.near", "all => all.map((a) => a.dataset.id)")
    assert sorted(near) == ["hostile.first", "hostile.second", "hostile.third"]
    assert page.locator(".readout").inner_text().startswith("hostile.third: third.")
    page.keyboard.press("Tab")
    assert page.locator(".traced").count() == 0
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/statements/hostile.third.html")
    assert page.locator('a.node[aria-current="page"]').get_attribute("data-id") == "hostile.third"


ROWS = "#view-list li:visible"


def test_search_and_filter(visit: Any) -> None:
    window = visit()
    page = window.go("index.html")
    assert page.locator("#view-graph").is_visible()
    assert page.locator(ROWS).count() == 0
    page.keyboard.press("/")
    page.keyboard.type("gap upper")
    assert page.locator(ROWS).count() == 1  # what is searched for is listed
    assert not page.locator("#view-graph").is_visible()
    assert page.locator("#count").inner_text() == "1 of 11 statements"
    assert page.locator("#count").get_attribute("aria-live") == "polite"
    assert "q=gap" in page.url
    page.check('input[name="view"][value="graph"]')
    assert page.locator("a.node:visible:not(.dim)").count() == 1
    assert page.locator("#view-graph .group:visible").count() == 1
    page.reload()
    assert page.locator("a.node:visible:not(.dim)").count() == 1
    page.locator("button[type=reset]").click()
    page.wait_for_function("document.getElementById('count').textContent === '11 of 11 statements'")
    assert page.url.endswith("#all")
    page.check('input[name="view"][value="list"]')
    page.select_option("#f-paper", "hostile")
    page.select_option("#f-verdict", "unchecked")
    assert page.locator(ROWS).count() == 1
    kept = page.url
    page = window.go("statements/hostile.first.html")
    page.goto(kept)
    assert page.locator(f"{ROWS} .id").inner_text() == "hostile.lonely"
    page = window.go("index.html#q=nothing+has+this&kind=None&view=other")
    page.reload()
    assert page.locator(ROWS).count() == 0
    assert page.locator("#count").inner_text() == "0 of 11 statements"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("phi", "liu2019.gap-lower"),  # letters by their names
        ("||v - v* <=", "liu2019.gap-lower"),  # and formulas as they are typed
        ("‖v - v⋆‖²", "liu2019.distance-angle"),
        ("elementary angle", "liu2019.distance-angle"),
        ("MILLS", "zhang2019.mills"),
        ("<script>", "hostile.first"),
    ],
)
def test_what_can_be_searched_for(visit: Any, words: str, found: str) -> None:
    page = visit().go("index.html")
    page.fill("#q", words)
    assert found in page.locator(f"{ROWS} .id").all_inner_texts()
    assert page.locator(ROWS).count() < 11


def test_search_from_another_page(visit: Any) -> None:
    page = visit().go("statements/liu2019.kernel.html")
    page.keyboard.press("/")
    page.keyboard.type("mills")
    page.keyboard.press("Enter")
    page.wait_for_url("**/index.html?q=mills*")
    assert page.locator(ROWS).count() == 1
    page.fill("#q", "gap")
    page.reload()
    assert page.input_value("#q") == "gap"


@pytest.mark.parametrize("clipboard", [True, False])
def test_copying(browser: Any, site: Path, clipboard: bool) -> None:
    """By the clipboard of a page from a server, and by selecting where a page may not use it."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(site))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context()
    try:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        if not clipboard:
            page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
        page.goto(f"http://127.0.0.1:{server.server_port}/statements/liu2019.gap-upper.html")
        page.locator("summary", has_text="its derivation").click()
        button = page.get_by_role("button", name="Copy LaTeX")
        button.click()
        page.get_by_role("button", name="Copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()").startswith("\\begin{bound}")
        assert page.locator("#said").inner_text() == "Copied"
    finally:
        context.close()
        server.shutdown()


def test_dark_and_light(visit: Any) -> None:
    def paper_colour(page: Any) -> int:
        return int(re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[0])

    light, dark = visit(color_scheme="light"), visit(color_scheme="dark")
    assert paper_colour(light.go("index.html")) > 200
    page = dark.go("index.html")
    assert paper_colour(page) < 60
    page.locator("button.theme").click()
    assert paper_colour(page) > 200
    assert page.locator("button.theme").get_attribute("aria-pressed") == "false"
    assert paper_colour(dark.go("statements/hostile.first.html")) > 200  # it is remembered


CONTRAST = """() => {
  const parts = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const lum = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => { for (; e; e = e.parentElement) {
    const c = parts(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c; } };
  const bad = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !e.checkVisibility() || e.closest(".unseen, script, svg, option")) continue;
    const [a, b] = [lum(parts(getComputedStyle(e).color)), lum(behind(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) bad.push([e.className, e.textContent.slice(0, 40), (a + 0.05) / (b + 0.05)]);
  }
  return bad;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["index.html", "papers/hostile.html", "statements/hostile.third.html"])
def test_contrast(visit: Any, path: str, scheme: str) -> None:
    page = visit(color_scheme=scheme).go(path)
    assert page.evaluate(CONTRAST) == []


def test_the_keyboard_reaches_the_content_first(visit: Any) -> None:
    page = visit().go("statements/hostile.third.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_all_content_is_there_without_scripts(visit: Any) -> None:
    page = visit(java_script_enabled=False).go("index.html")
    assert page.locator(ROWS).count() == 11
    assert not page.locator("form.filter").is_visible()
    assert page.locator("a.node").count() == 11


def test_hostile_words_are_shown_as_words(visit: Any) -> None:
    page = visit().go("statements/hostile.first.html")
    page.wait_for_timeout(200)
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.title().startswith(HOSTILE)
