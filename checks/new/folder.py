"""The folder of a new paper, written from the templates beside this module."""

from __future__ import annotations

import json
import keyword
import re
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from checks.errors import UsageError
from checks.store.results import write_atomically
from derivations.papers import KEYS

TEMPLATE = Path(__file__).parent / "template"
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


def check_key(key: str) -> None:
    """Raise UsageError for what can be no key of a new paper, with what can."""
    if not KEY.fullmatch(key) or keyword.iskeyword(key):
        raise UsageError(f"'{key}' is not a key of a paper: use lower-case letters, digits and _, as in smith2026")
    if key in KEYS:
        raise UsageError(f"the library has a paper '{key}': choose another key")
    # a folder of that name here is no module, and is named with its own remedy below
    if find_spec(key) is not None and not Path(key).is_dir():
        raise UsageError(f"'{key}' is the name of an installed module, which would be hidden: choose another key")


def make(key: str, title: str, into: Path) -> list[Path]:
    """Write the files of a new paper into a folder that is empty or not there yet; raises UsageError otherwise."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    check_key(key)
    try:
        if into.exists() and (not into.is_dir() or any(into.iterdir())):
            raise UsageError(f"{into} exists already and is not empty: choose another folder with --into")
        (into / ".github" / "workflows").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {into}: {error.strerror or error}") from None
    plain = re.sub(r"\s+", " ", title.replace("\\", " ").replace('"', "'")).strip() or key
    # what is written is Python, TOML and YAML, not HTML
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE), undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    written = []
    for source in sorted(p for p in TEMPLATE.rglob("*.jinja")):
        name = source.relative_to(TEMPLATE).as_posix()
        text = environment.get_template(name).render(key=key, title=plain, needs=json.dumps(requirement()))
        path = into / name.removesuffix(".jinja").replace("key", key)
        write_atomically(path, text)
        written.append(path)
    return written


def requirement() -> str:
    """What a new paper's package depends on: this lemmata, from where it was installed."""
    try:
        found = distribution("lemmata")
    except PackageNotFoundError:
        return "lemmata"
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    vcs = origin.get("vcs_info", {})
    if vcs.get("vcs") == "git":
        return f"lemmata @ git+{origin['url']}@{vcs.get('commit_id', 'HEAD')}"
    return f"lemmata>={found.version}"
