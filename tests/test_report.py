"""The page: formulas as MathML, the graph, escaping, files; and in a real browser: navigation, search, copying."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from checks.cli import app
from checks.collect import Item, collect, resolve
from checks.constants import Sharpest
from checks.errors import UsageError
from checks.mutation import Fate, Fates
from checks.report.facts import Known, facts_of
from checks.report.files import put
from checks.report.formulas import flowing, fragment, inline
from checks.report.graph import HEIGHT, WIDTH, draw, established
from checks.report.inputs import results_of
from checks.report.site import number, site_files, write_site
from checks.results import dump, report
from checks.verdicts import Assurance, Evidence, Result, Verdict, judge
from derivations.abbreviations import abbreviating
from derivations.latex import domain_latex, latex, statement_formula
from derivations.papers import KEYS, paper

HOSTILE = "<script>window.pwned = true</script>"
FILE = """
from sympy import Rational, Symbol
from derivations import Bound, Identity, Paper

x = Symbol("x", real=True)
bad = Symbol(r"<img src=x onerror='window.pwned=true'>\\href{javascript:pwned}{y}", real=True)
paper = Paper(
    "hostile",
    title="A paper </title><script>window.pwned = true</script>",
    statements=(
        Identity("first", (x + 1) ** 2, x**2 + 2 * x + 1, title="<script>window.pwned = true</script>",
                 source="p. 1 \\"'><b onmouseover='window.pwned=true'>&amp;</script>"),
        Identity("second", bad + bad, 2 * bad, uses=("first", "elsewhere.lemma")),
        Bound("third", x * (1 - x), Rational(1, 4), on={x: (0, 1)}, sharp_at={x: Rational(1, 2)}, uses=("second",)),
        Identity("lonely", x + x, 2 * x),
    ),
)
"""


def result_of(item: Item, *evidence: Evidence) -> Result:
    s = resolve(item)
    return Result(s.id, item.paper, s.kind, s.source, s.fingerprint, evidence, *judge(evidence))


def evidence_for(item: Item) -> tuple[Evidence, ...]:
    """An exact and an empirical key, with hostile words."""
    data: dict[str, Any] = {"proof": [f"because {HOSTILE}"]}
    return (
        Evidence("symbolic", Verdict.VERIFIED, f"seen </td>{HOSTILE}", data=data, seconds=0.5),
        Evidence("precision", Verdict.VERIFIED, "36 points", 2.5e-51, 1e-35, witness=f"x = 1 {HOSTILE}", seed=0),
    )


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


class Tags(HTMLParser):
    """The elements of a page with their attributes, to see that nothing from outside became one."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "input", "br", "img", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag


# formulas


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"\mathbf{1}", "<mn>𝟏</mn>"),
        (r"\mathbb{E}", "<mi>𝔼</mi>"),
        (r"\mathcal{N}", "<mi>𝒩</mi>"),
        (r"\mathrm{diag}", '<mi mathvariant="normal">diag</mi>'),
        (r"\operatorname{tr}", "<mi>tr</mi>"),
        (r"u \sim v", '<mo form="infix">∼</mo>'),
        (r"\sup_{x} f", "<munder><mi>sup</mi><mi>x</mi></munder>"),
        (r"\int\limits_{0}^{1} x", "<msubsup><mo>∫</mo><mn>0</mn><mn>1</mn></msubsup>"),
        (r"\left(- x\right)", '<mo form="prefix">−</mo>'),
        (r"\text{for}\: x", "<mtext>for</mtext>"),
        (r"\sqrt[3]{x}", "<mroot><mi>x</mi><mn>3</mn></mroot>"),
        (r"\left[0, \pi\right]", 'stretchy="false">[</mo>'),  # no taller than what is in it
        (r"\left[\frac{1}{2}, \pi\right]", 'stretchy="true">[</mo>'),
        (r"\Big(1\Big)^k", '<mrow><mo form="postfix" maxsize="1.623em" minsize="1.623em" stretchy="true">)'),
        (r"\sigma'(x)", '<mrow><mi>σ</mi><mo lspace="0" rspace="0">′</mo></mrow><mo'),
        (r"z^{\prime \top}", "</mrow><mo>⊤</mo></msup>"),
        (r"{a^{*}}^{\top}", "<msup><mi>a</mi><mrow><mo>*</mo><mo>⊤</mo></mrow></msup>"),
        (r"\sum_{k=0}^{n} k", "<munderover><mo>∑</mo>"),
        (r"\Gamma(x)", '<mi mathvariant="normal">Γ</mi>'),
        (r"\langle x\rangle", '<mo stretchy="false">⟨</mo>'),
    ],
)
def test_formulas(formula: str, expected: str) -> None:
    assert expected in inline(formula)


def test_displayed_formulas_may_be_broken_before_relations_and_signs() -> None:
    assert flowing(r"a + b \le \left(c - d\right)^{2} - e").count("<math") == 4


@pytest.mark.parametrize("formula", [r"\nosuch{x}", "{" * 2000, "", r"\frac{1}", r"x^{", r"\left( x", "\\"])
def test_what_is_not_understood_is_shown_as_it_is(formula: str) -> None:
    assert '<code class="tex">' in flowing(formula)


@pytest.mark.parametrize(
    "formula",
    [
        "<script>alert(1)</script>",
        r"\text{</mtext><script>alert(1)</script>}",
        r"\unicode{x3c}script\unicode{x3e}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(javascript:alert(1))}{x}",
        r"\color{red\" onload=alert(1)}{x}",
        r"&#x3c;script&#x3e;",
        r"\mathbf{<b onclick=alert(1)>}",
        r"\hbox{a $<$ b}",
    ],
)
def test_hostile_formulas_are_harmless(formula: str) -> None:
    known = {"math", "mrow", "mi", "mn", "mo", "mtext", "msup", "msub", "mspace", "mstyle", "wbr", "code", "p", "div"}
    for drawn in (inline(formula), flowing(formula), fragment(f"So ${formula}$: \\[{formula}\\]")):
        for tag, attributes in Tags(drawn).tags:
            assert tag in known
            assert not {"href", "style", "src"} & set(attributes)
            assert not any(name.startswith("on") for name in attributes)


def test_text_with_formulas() -> None:
    drawn = fragment(
        r"For $x \ge 0$, 50\,\% \& \textbackslash{}more:"
        "\n\\begin{align*}\n a & = b \\\\\n & \\quad + c\n\\end{align*}"
    )
    assert drawn.startswith("<p>For <math>")
    assert "&amp; \\more:" in drawn
    assert drawn.count('class="line') == 1  # the sum goes on
    assert drawn.count('lspace="0.222em"') == 1


def test_every_formula_of_the_library_is_drawn() -> None:
    seen = 0
    for key in KEYS:
        home = paper(key)
        for s in home.statements:
            with abbreviating(() if s.slug in home.spelled_out else home.abbreviations):
                drawn = [fragment(statement_formula(s)), fragment(domain_latex(s))]
                derivation = s.derivation
                lines = [derivation.start, *(step.expr for step in derivation.steps)] if derivation else []
                drawn += [flowing(latex(line)) for line in lines]
            for each in drawn:
                assert "\\" not in each, (s.id, each)
                assert "&amp;" not in each, (s.id, each)
                assert "<code" not in each, (s.id, each)
                assert not Tags(each).open
            assert "<math" in drawn[0], s.id
            seen += len(drawn)
    assert seen > 700


# the graph


def test_established_is_the_weakest_of_all_that_is_used() -> None:
    own = {"a": "kernel", "b": "measured", "c": "enclosed", "d": "kernel", "e": "symbolic", "f": "kernel"}
    uses = {"a": ["c"], "c": ["b"], "d": ["e"], "e": ["d"], "f": ["elsewhere"]}
    found = established(own, uses)
    assert found["a"] == ("measured", "b")
    assert found["b"] == ("measured", "b")
    assert found["d"] == found["e"] == ("symbolic", "e")  # a circle
    assert found["f"] == ("unchecked", "elsewhere")


def test_drawn_edges_are_the_uses() -> None:
    ids = [f"p.{s}" for s in "abcdefgh"]
    uses = {"p.c": ["p.a", "p.b"], "p.d": ["p.c"], "p.e": ["p.d", "p.a", "elsewhere.x"], "p.f": ["p.f"]}
    drawing = draw(ids, uses)
    edges = {(c.source, c.target) for c in drawing.curves}
    assert edges == {("p.a", "p.c"), ("p.b", "p.c"), ("p.c", "p.d"), ("p.d", "p.e"), ("p.a", "p.e")}
    at = {p.id: (p.x, p.y) for p in drawing.places}
    assert all(at[a][0] < at[b][0] for a, b in edges)
    assert drawing.rule is not None
    assert {at[i][1] for i in ("p.f", "p.g", "p.h")} == {at["p.f"][1]}  # in a row of their own, below
    assert at["p.f"][1] > drawing.rule


def test_circles_are_drawn() -> None:
    drawing = draw(["p.a", "p.b", "p.c"], {"p.a": ["p.c"], "p.b": ["p.a"], "p.c": ["p.b"]})
    assert len(drawing.curves) == 3


@pytest.mark.parametrize("key", KEYS)
def test_no_two_nodes_overlap(key: str) -> None:
    home = paper(key)
    drawing = draw([s.id for s in home.statements], {s.id: s.rests_on for s in home.statements})
    assert len(drawing.places) == len(home.statements)
    spots = [(p.x, p.y) for p in drawing.places]
    for n, (x, y) in enumerate(spots):
        assert 0 <= x <= drawing.width - WIDTH + 1e-9
        assert 0 <= y <= drawing.height - HEIGHT + 1e-9
        for u, v in spots[:n]:
            assert abs(x - u) >= WIDTH or abs(y - v) >= HEIGHT


# pages


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
    facts = facts_of(items[-2], Known(old))
    assert facts.result is None
    assert facts.changed


def test_changes_against_the_lock(items: list[Item], known: Known) -> None:
    lock = pytest.importorskip("checks.lock", reason="there are no locks yet")
    change = lock.Change("hostile.third", f"assurance {HOSTILE}", "kernel", "symbolic", True)
    files, _ = site_files(items, Known(known.results, changes=[change]), compared=True)
    for name in ("index.html", "statements/hostile.third.html"):
        text = files[name].decode()
        assert "What changed against the lock" in text
        assert "worse" in text
        assert HOSTILE not in text


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


# files


def test_a_second_report_removes_pages_of_the_first_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path, {"index.html": b"1", "statements/a.b.html": b"2"})
    (tmp_path / "mine.txt").write_text("kept")
    (tmp_path / "statements" / "mine.html").write_text("kept")
    listing = tmp_path / "static" / "files.txt"
    outside = tmp_path.parent / f"{tmp_path.name}.txt"
    outside.write_text("kept")
    listing.write_text(listing.read_text() + f"../{outside.name}\n/etc/passwd\nmine.txt\nstatements/../mine.txt\n")
    put(tmp_path, {"index.html": b"3"})
    assert (tmp_path / "index.html").read_bytes() == b"3"
    assert not (tmp_path / "statements" / "a.b.html").exists()
    assert (tmp_path / "mine.txt").exists()
    assert (tmp_path / "statements" / "mine.html").exists()
    assert outside.exists()


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        put(tmp_path / "file" / "site", {"index.html": b""})


def test_the_command(folder: Path, known: Known) -> None:
    results = folder / "check ü.json"
    results.write_text(dump(report(list(known.results.values()), seed=0, device="cpu")), encoding="utf-8")
    outcome = CliRunner().invoke(app, ["report", "hostile.py", "-o", "site of a command", "--json", str(results)])
    assert outcome.exit_code == 0, outcome.output
    assert "index.html" in outcome.output
    assert "✓" in (folder / "site of a command" / "statements" / "hostile.first.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema": 1, "statements": [{"id": "liu', "cut off"),
        ('{"schema": 7, "statements": []}', "schema 7"),
        ('{"schema": 1}', "not what `lemmata check --json` writes"),
        ('{"schema": 1, "statements": [{"id": "a.b"}]}', "not what"),
        ("[1, 2]", "not what"),
        ("<<<<<<< HEAD", "is no JSON"),
        ("[" * 100_000, "not what"),
    ],
)
def test_other_files_than_reports_are_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=re.escape(said)) as caught:
        results_of(path)
    assert "\n" not in str(caught.value)


def test_results_of_others_do_no_harm(items: list[Item]) -> None:
    data = {"sharpest": "much", "stated_value": [1], "proof": {"a": 1}, "variable": [1e400], "theorem": 5, "remarks": 7}
    third = next(i for i in items if i.slug == "third")
    odd = Evidence("rocq", Verdict.VERIFIED, "", float("nan"), float("inf"), data=data)
    made = result_of(third, odd)
    files, _ = site_files([third], Known({third.id: Result(**{**vars(made), "paper": "drawing"})}))
    assert "statements/hostile.third.html" in files


# in a browser


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


class Visit:
    """A page in a fresh window, with all that its console says."""

    def __init__(self, browser: Any, site: Path, **options: Any) -> None:
        self.said: list[str] = []
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.on("console", lambda m: self.said.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.said.append(str(e)))
        self.page.on("requestfailed", lambda r: self.said.append(r.url))
        self.root = site.as_uri()

    def go(self, path: str) -> Any:
        self.page.goto(f"{self.root}/{path}")
        return self.page


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


def test_neighbours_light_up(visit: Any) -> None:
    page = visit().go("papers/hostile.html")
    page.locator('a.node[data-id="hostile.second"]').focus()
    near = page.eval_on_selector_all("a.node.near", "all => all.map((a) => a.dataset.id)")
    assert sorted(near) == ["hostile.first", "hostile.second", "hostile.third"]
    page.locator("#content").focus()
    assert page.locator(".traced").count() == 0
    page.locator('a.node[data-id="hostile.second"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/statements/hostile.second.html")


def test_search_and_filter(visit: Any) -> None:
    window = visit()
    page = window.go("index.html")
    page.keyboard.press("/")
    page.keyboard.type("gap upper")
    assert page.locator("tr.row:visible").count() == 1
    assert page.locator("#count").inner_text() == "1 of 11 statements"
    assert page.locator("#count").get_attribute("aria-live") == "polite"
    assert page.locator("a.node:not(.dim)").count() == 1
    assert "q=gap" in page.url
    page.locator("button[type=reset]").click()
    page.wait_for_function("document.querySelectorAll('tr.row:not([hidden])').length === 11")
    page.select_option("#f-paper", "hostile")
    page.select_option("#f-verdict", "unchecked")
    assert page.locator("tr.row:visible").count() == 1
    kept = page.url
    page = window.go("statements/hostile.first.html")
    page.goto(kept)
    assert page.locator("tr.row:visible").get_attribute("data-id") == "hostile.lonely"
    page = window.go("index.html#q=nothing+has+this&kind=None")
    page.reload()
    assert page.locator("tr.row:visible").count() == 0


def test_search_from_another_page(visit: Any) -> None:
    page = visit().go("statements/liu2019.kernel.html")
    page.keyboard.press("/")
    page.keyboard.type("mills")
    page.keyboard.press("Enter")
    page.wait_for_url("**/index.html?q=mills*")
    assert page.locator("tr.row:visible").count() == 1


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
    assert page.locator("tr.row:visible").count() == 11
    assert not page.locator("form.filter").is_visible()
    assert page.locator("a.node").count() == 11


def test_hostile_words_are_shown_as_words(visit: Any) -> None:
    page = visit().go("statements/hostile.first.html")
    page.wait_for_timeout(200)
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.title().startswith(HOSTILE)


def test_results_can_be_read_back(known: Known, tmp_path: Path) -> None:
    path = tmp_path / "check.json"
    path.write_text(json.dumps(report(list(known.results.values()), seed=0, device="cpu")))
    assert results_of(path)["hostile.third"].assurance is Assurance.SYMBOLIC
