"""The documentation builds without a warning, and names only what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import forked
import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md"])
OF_OTHERS = {
    "--num-gpus",
    "--nthreads",
    "--resources",
    "--help",
    "--no-index",
    "--install-completion",
    "--inplace",
    "--fail-on-warning",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sphinx")
    pytest.importorskip("furo")
    pytest.importorskip("myst_parser")
    out = tmp_path_factory.mktemp("docs")
    # the contents in the margin are copied into every page, and are not looked at here
    options = ["--fail-on-warning", "--keep-going", "--quiet", "-D", "toc_object_entries=0"]
    built = forked.run(ROOT, "sphinx", *options, str(DOCS), str(out), seconds=900)
    assert built.returncode == 0, built.stderr
    return out


def _options() -> dict[str, set[str]]:
    import typer

    from checks.cli import app

    group: Any = typer.main.get_command(app)
    leaves: dict[str, Any] = {}
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None) or {}
        leaves |= {f"{name} {n}": c for n, c in inner.items()} or {name: command}
    return {name: {o for p in c.params for o in p.opts} for name, c in leaves.items()}


def test_every_command_and_the_three_packages_are_there(site: Path) -> None:
    commands = (site / "reference" / "commands.html").read_text()
    for name, options in _options().items():
        assert f'id="{name.replace(" ", "-")}"' in commands
        for option in options - {"--help"}:
            assert option in commands or not option.startswith("--"), option
    for name in (
        "derivations.statements.Bound",
        "numerics.gram.layer_grams",
        "checks.api.check",
        "checks.readings.Reading",
    ):
        assert f'id="{name}"' in (site / "reference" / f"{name.split('.')[0]}.html").read_text(), name
    assert "<math" in (site / "tutorial.html").read_text()


def test_every_module_says_what_it_is(site: Path) -> None:
    for package in ("derivations", "numerics", "checks"):
        text = (site / "reference" / f"{package}.html").read_text()
        sections = re.findall(r"<section id=\"module-([\w.]+)\".*?</h2>\s*<p>", text, re.DOTALL)
        assert len(sections) > 15, package


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_options_and_commands_that_are_named_exist(page: Path) -> None:
    known = _options()
    every = {o for options in known.values() for o in options} | OF_OTHERS
    text = page.read_text()
    plugin = {"--lemmata", "--lemmata-file", "--lemmata-seed", "--lemmata-quick", "--lemmata-device", "--lemmata-lock"}
    pytest_own = {"--junitxml"}
    for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", text):
        assert option in every | plugin | pytest_own, option
    for command in re.findall(r"(?:`|\$ )lemmata ([a-z]+)", text):
        assert command in {name.partition(" ")[0] for name in known}, command


@pytest.mark.parametrize("page", [p for p in PAGES if p.stem != "README"], ids=lambda p: p.stem)
def test_code_is_python(page: Path) -> None:
    for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
        compile(block, page.name, "exec")


def test_the_gradients_of_the_python_page() -> None:
    import numpy as np

    from derivations.calculus.differentials import NotAVariable
    from numerics.values.evaluate import evaluate

    page = (DOCS / "python.md").read_text().partition("## Gradients, Jacobians, Hessians")[2]
    block = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    names: dict[str, Any] = {}
    exec(block, names)  # the page's own code
    n, x, a = (names[k] for k in ("n", "x", "a"))
    softmax = names["softmax"](x)
    slopes = names["gradient"](names["logsumexp"](x), x)
    assert np.allclose(evaluate(slopes, {x: [0.3, -1.0, 2.0]}), evaluate(softmax, {x: [0.3, -1.0, 2.0]}))
    assert names["hessian"](names["logsumexp"](x), x).shape == (n, n)
    wrong = [x.name, type(n)("n"), type(x)("x", n + 1, 1)]
    for variable in wrong:
        with pytest.raises(NotAVariable):
            names["gradient"](n * names["inner"](a, x), variable)
