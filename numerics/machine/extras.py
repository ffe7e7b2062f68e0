"""Libraries that few uses need: extras of the installation, and the line that names the one that is missing."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple


class Extra(NamedTuple):
    """An extra by its library's name on PyPI, the module that is imported, and what it is for."""

    library: str
    module: str
    use: str


EXTRAS = {
    "data": Extra("pooch", "pooch", "lemmata data: fetching MNIST"),
    "figures": Extra("matplotlib", "matplotlib.figure", "pictures of results"),
    "images": Extra("pillow", "PIL.Image", "folders of images as data"),
    "report": Extra("networkx", "networkx", "lemmata report"),
    "watch": Extra("watchfiles", "watchfiles", "lemmata check --watch"),
}


def missing(extra: str, use: str) -> str:
    """Why `use` cannot be had without an extra, with the command that installs it; "" where it is there.

    >>> missing("images", "photos/")
    ''
    """
    library, module, _ = EXTRAS[extra]
    try:
        import_module(module)
    except ModuleNotFoundError:
        said = "is not installed"
    except ImportError as error:
        said = f"cannot be imported ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
    else:
        return ""
    return f"{use} needs {library}, which {said}: pip install 'lemmata[{extra}]'"
