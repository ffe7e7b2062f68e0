"""What Jupyter and a terminal show of an object, made by a printer that is loaded on first use."""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module
from typing import Any, ClassVar


class Shown:
    """An object with a picture of itself: one line of text, HTML, and LaTeX where there is any.

    `_printed_by` names the module whose `text_of`, `html_of` and `latex_of` make them: by name, since a printer knows
    what it prints and not the other way round.
    """

    _printed_by: ClassVar[str] = "derivations.writing.notebook"

    def __repr__(self) -> str:
        return str(self._printer.text_of(self))

    def _repr_html_(self) -> str:
        return str(self._printer.html_of(self))

    def _repr_latex_(self) -> str | None:
        made: str | None = self._printer.latex_of(self)
        return made

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        makers = {"text/plain": self.__repr__, "text/html": self._repr_html_, "text/latex": self._repr_latex_}
        wanted = [k for k in makers if (not include or k in include) and k not in (exclude or ())]
        return {kind: made for kind in wanted if (made := makers[kind]()) is not None}

    @property
    def _printer(self) -> Any:
        return import_module(self._printed_by)
