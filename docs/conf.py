"""Sphinx: the pages of this folder, the commands and the API as the code has them. `make docs` builds build/docs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import generated  # noqa: E402

project = "lemmata"
author = "the authors of lemmata"
project_copyright = "2026, the authors of lemmata"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_static", "**/.ipynb_checkpoints"]
html_theme = "furo"
html_title = "lemmata"
html_static_path: list[str] = []
html_show_sourcelink = False
html_copy_source = False
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
# set by the browser: no network is needed to read these pages
html_math_renderer = "mathml"
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
# two modules may each have a Reading
suppress_warnings = ["ref.python"]
toc_object_entries_show_parents = "hide"


def setup(app: Any) -> None:
    """Write the generated pages, and read docstrings as plain text."""
    app.connect("builder-inited", lambda app: generated.write(HERE))
    app.connect("autodoc-process-docstring", generated.plain)
    app.connect("autodoc-skip-member", generated.foreign)
    generated.add_math(app)
