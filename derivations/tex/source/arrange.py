"""Pieces as marks of a grammar: arguments in braces, fonts and sizes gone, scripts sorted, bars opened and closed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from derivations.tex.errors import Unreadable
from derivations.tex.source import words
from derivations.tex.source.decorations import undecorated
from derivations.tex.source.macros import COMMON, Macros, expand
from derivations.tex.source.marks import ENDS, Mark, with_bars, with_double_bars, without_breaks, without_idle_spaces
from derivations.tex.source.scan import Piece, argument, pieces

DEEPEST = 48
"""Groups and brackets inside each other."""

_NEAR = {r"\ll": "≪", r"\gg": "≫", r"\lesssim": "≲", r"\gtrsim": "≳", r"\neq": "≠", r"\ne": "≠", r"\asymp": "≍"}


def arrange(text: str, macros: Macros | None = None, names: frozenset[str] = frozenset()) -> list[Mark]:
    """The marks of a formula.

    `names` are words that may name a symbol when they are written out, such as eta. Raises Unreadable.
    """
    found = undecorated(expand(pieces(text), {**COMMON, **(macros or {})}))
    _check_depth(found)
    marks = _Arranger(found, names).all()
    while marks and marks[-1].kind in ("COMMA", "STOP", "SPACE", "BREAK"):
        marks.pop()
    marks = without_breaks(marks)
    marks = with_bars(with_double_bars(marks))
    return without_idle_spaces(marks)


def _check_depth(found: Sequence[Piece]) -> None:
    depth = 0
    for piece in found:
        if piece.kind == "open" or piece.text in words.OPENING:
            depth += 1
        elif piece.kind == "close" or piece.text in words.CLOSING:
            depth -= 1
        if depth > DEEPEST:
            raise Unreadable(f"more than {DEEPEST} brackets inside each other", piece.at)


class _Arranger:
    def __init__(self, found: list[Piece], names: frozenset[str], depth: int = 0) -> None:
        self.found, self.names, self.depth = found, names, depth
        self.at = 0
        self.marks: list[Mark] = []
        self.grids: list[str] = []

    def all(self) -> list[Mark]:
        while self.at < len(self.found):
            self.step()
        if self.grids:
            raise Unreadable(f"\\begin{{{self.grids[-1]}}} without its \\end", self.found[-1].at)
        return self.marks

    def put(self, kind: str, text: str, at: int) -> None:
        self.marks.append(Mark(kind, text, at))

    def inside(self, found: list[Piece], at: int) -> list[Mark]:
        """The marks of a group or argument."""
        if self.depth >= 2 * DEEPEST:
            raise Unreadable("arguments too deep inside each other", at)
        return _Arranger(found, self.names, self.depth + 1).all()

    def braced(self, found: list[Piece], at: int, of: str) -> list[Mark]:
        made = self.inside(found, at)
        if not made:
            raise Unreadable(f"an empty argument of {of}", at)
        return [Mark("LBRACE", "", at), *made, Mark("RBRACE", "", found[-1].at)]

    def take(self, of: Piece) -> list[Piece]:
        """The next argument: a group, or one piece with the arguments that it has itself."""
        taken, end = argument(self.found, self.at, of)
        piece = self.found[self.at]
        self.at = end
        if piece.kind == "command":
            for _ in range(words.arguments_of(piece.text)):
                more, end = argument(self.found, self.at, piece)
                taken += [replace(piece, kind="open", text="{"), *more, replace(piece, kind="close", text="}")]
                self.at = end
        return taken

    def step(self) -> None:
        piece = self.found[self.at]
        match piece.kind:
            case "letter":
                self.letter(piece)
            case "digit":
                self.number(piece)
            case "open":
                content, self.at = argument(self.found, self.at, piece)
                made = self.over(content) or self.inside(content, piece.at)
                if made and made[0].kind in ("PLUS", "MINUS") and self.marks and self.marks[-1].kind in ENDS:
                    self.signed(made, piece)  # x{+1} prints as x + 1
                elif made:
                    end = content[-1].at
                    self.marks += [Mark("LBRACE", "", piece.at), *made, Mark("RBRACE", "", end)]
            case "close":
                raise Unreadable("a closing brace without an opening one", piece.at, "remove it or add the missing {")
            case _:
                self.at += 1
                self.sign(piece)

    def signed(self, made: list[Mark], piece: Piece) -> None:
        """A group that begins with a sign behind a factor: what it prints as, without its braces."""
        if self.at < len(self.found) and self.found[self.at].text in ("^", "_"):
            raise Unreadable("a script behind braces that begin with a sign", piece.at, "write brackets")
        self.marks += made

    def over(self, content: list[Piece]) -> list[Mark]:
        r"""{a \over b} as a fraction; nothing for another group."""
        depth = 0
        for i, piece in enumerate(content):
            depth += (piece.kind == "open") - (piece.kind == "close")
            if depth == 0 and piece.text == r"\over":
                top, bottom = (self.braced(part, piece.at, r"\over") for part in (content[:i], content[i + 1 :]))
                return [Mark("FRAC", "frac", piece.at), *top, *bottom]
        return []

    def letter(self, piece: Piece) -> None:
        end = self.at + 1
        while end < len(self.found) and self.found[end].kind == "letter" and not self.found[end].spaced:
            end += 1
        word = "".join(p.text for p in self.found[self.at : end])
        following = self.found[end].text if end < len(self.found) else ""
        if word in words.FUNCTIONS and len(word) > 1 and following in ("(", "{", "[", r"\left", r"\bigl", r"\Bigl"):
            self.put("FUNC", words.FUNCTIONS[word], piece.at)
            self.at = end
        elif word in self.names:
            self.put("NAME", word, piece.at)
            self.at = end
        else:
            self.put("NAME", piece.text, piece.at)
            self.at += 1

    def number(self, piece: Piece) -> None:
        text, i = "", self.at
        while i < len(self.found) and (i == self.at or not self.found[i].spaced):
            here = self.found[i]
            decimal = here.text == "." and "." not in text and i + 1 < len(self.found)
            if here.kind != "digit" and not (decimal and self.found[i + 1].kind == "digit"):
                break
            text += here.text
            i += 1
        if len(text) > 200:
            raise Unreadable(f"a number of {len(text)} digits", piece.at, "at most 200 are read")
        if self.marks and self.marks[-1].kind == "NUMBER" and self.at and self.found[self.at - 1].kind == "digit":
            raise Unreadable("two numbers side by side", piece.at, r"write \cdot between them or no blank inside")
        self.at = i
        if i < len(self.found) and self.found[i].text in (r"\ldots", r"\dots"):
            text, self.at = text + "…", i + 1
        self.put("NUMBER", text, piece.at)

    def sign(self, piece: Piece) -> None:
        """A sign or command; `at` is the place after it."""
        text, at = piece.text, piece.at
        if text in ("^", "_"):
            self.script(piece)
        elif text == "'":
            self.put("PRIME", "'", at)
        elif text in words.SPACES:
            self.put("SPACE", "", at)
        elif text in words.NOTHING:
            return
        elif text in words.LETTERS:
            self.put("NAME", words.LETTERS[text], at)
        elif text in words.OPERATORS:
            self.put(*words.OPERATORS[text], at)
        elif text in words.RELATIONS:
            self.put("REL", words.RELATIONS[text], at)
        elif text == ":" and self.at < len(self.found) and self.found[self.at].text == "=":
            self.at += 1
            self.put("REL", "=", at)
        elif text in words.OPENING:
            self.put(*words.OPENING[text], at)
        elif text in words.CLOSING:
            self.put(*words.CLOSING[text], at)
        elif text in words.BARS:
            self.put(words.BARS[text], "|" if words.BARS[text] == "BAR" else "‖", at)
        elif text in words.BIG:
            self.put("BIG", words.BIG[text], at)
        elif text[1:] in words.FUNCTIONS and text[0] == "\\":
            self.put("FUNC", words.FUNCTIONS[text[1:]], at)
        elif text in (".", ":"):
            self.put("STOP" if text == "." else "COLON", text, at)
        elif text in ("&", r"\\", r"\cr"):
            self.cell(piece)
        else:
            self.command(piece)

    def script(self, piece: Piece) -> None:
        if self.at < len(self.found) and self.found[self.at].text == "'":
            raise Unreadable("a prime in a superscript", piece.at, r"write x' or x^{\prime}")
        taken = self.take(piece)
        if piece.text == "_":
            if len(taken) == 1 and taken[0].text in ("+", "-", "*", r"\star", r"\ast"):
                name = Mark("NAME", taken[0].text[-1] if len(taken[0].text) == 1 else "*", taken[0].at)
                self.marks += [Mark("UNDER", "_", piece.at), replace(name, kind="LBRACE", text=""), name]
                self.put("RBRACE", "", name.at)
            elif taken:
                self.marks += [Mark("UNDER", "_", piece.at), *self.braced(taken, piece.at, "_")]
            return
        made = [p for p in taken if p.text not in words.SPACES and p.text not in words.NOTHING]
        while made and made[0].text in words.MARKS:
            self.put(*words.MARKS[made[0].text], made[0].at)
            made = made[1:]
        if len(made) == 1 and made[0].text in "+-":
            self.put("MARK", made[0].text, made[0].at)
        elif made:
            self.marks += [Mark("CARET", "^", piece.at), *self.braced(made, piece.at, "^")]

    def cell(self, piece: Piece) -> None:
        grid = self.grids[-1] if self.grids else ""
        if piece.text != "&" and self.at < len(self.found) and self.found[self.at].text == "[":
            ends = [i for i in range(self.at, min(self.at + 12, len(self.found))) if self.found[i].text == "]"]
            length = "".join(p.text for p in self.found[self.at + 1 : ends[0]]) if ends else ""
            if re.fullmatch(r"-?[0-9.]+(pt|ex|em|mm|cm|in)", length):
                self.at = ends[0] + 1
        if grid in words.CASES and self.marks[-1].kind in ("COMMA", "STOP"):
            self.marks.pop()
        if grid in words.MATRICES | words.CASES:
            self.put("AMP" if piece.text == "&" else "ROW", piece.text, piece.at)
        elif piece.text != "&":
            self.put("BREAK", piece.text, piece.at)

    def command(self, piece: Piece) -> None:
        text, at = piece.text, piece.at
        if text in words.SIZES_OPENING | words.SIZES_CLOSING | words.SIZES:
            self.delimiter(piece)
        elif text in words.DROPPED_WITH_ARGUMENT:
            _, self.at = argument(self.found, self.at, piece)
        elif text in words.FRACTIONS:
            self.put("FRAC", "frac", at)
            for _ in range(2):
                self.marks += self.braced(self.take(piece), at, text)
        elif text in words.BINOMIALS:
            self.put("BINOM", "binom", at)
            for _ in range(2):
                self.marks += self.braced(self.take(piece), at, text)
        elif text == r"\sqrt":
            self.root(piece)
        elif text in words.FONTS | words.UPRIGHT | words.BLACKBOARD:
            self.font(piece)
        elif text in words.ACCENTS:
            made = self.inside(self.take(piece), at)
            name = text[1:].replace("wide", "").replace("overline", "bar")
            self.put("NAME", f"{name} {''.join(m.text for m in made)}", at)
        elif text == r"\begin":
            self.begin(piece)
        elif text == r"\end":
            self.end(piece)
        elif text in _NEAR:
            raise Unreadable(f"the relation {_NEAR[text]}", at, "=, ≤, ≥, ∝ and ≈ are compared")
        elif text in (r"\ldots", r"\dots", r"\cdots"):
            self.put("DOTS", "…", at)
        elif text in (r"\forall", r"\exists"):
            raise Unreadable(f"a condition behind {text}", at, "conditions are not compared: leave it out")
        elif text in (r"\pm", r"\mp"):
            raise Unreadable("± stands for two formulas", at, "write one of them")
        else:
            kind = "the sign" if piece.kind == "sign" else "the command"
            raise Unreadable(
                f"{kind} {text}, which has no meaning here", at, r"define it in [macros] or by \newcommand"
            )

    def delimiter(self, piece: Piece) -> None:
        if self.at >= len(self.found):
            raise Unreadable(f"{piece.text} without its bracket", piece.at)
        bracket = self.found[self.at]
        if bracket.kind == "open" and piece.text in (r"\mathrel", r"\mathbin", r"\mathord"):
            content, self.at = argument(self.found, self.at, piece)
            self.marks += self.inside(content, piece.at)
            return
        self.at += 1
        opening = True if piece.text in words.SIZES_OPENING else False if piece.text in words.SIZES_CLOSING else None
        if bracket.text in words.BARS and opening is not None:
            kind = words.BARS[bracket.text]
            self.put(("L" if opening else "R") + kind, "|" if kind == "BAR" else "‖", bracket.at)
        elif bracket.text in words.BARS or bracket.text in words.OPENING or bracket.text in words.CLOSING:
            self.sign(bracket)
        elif bracket.text == "/":
            self.put("SLASH", "/", bracket.at)
        else:
            raise Unreadable(f"{piece.text} before {bracket.text}", bracket.at, "write a bracket or a bar")

    def root(self, piece: Piece) -> None:
        if self.at < len(self.found) and self.found[self.at].text == "[":
            ends = [i for i in range(self.at, len(self.found)) if self.found[i].text == "]"]
            if not ends:
                raise Unreadable("a bracket [ that is not closed", self.found[self.at].at)
            degree, self.at = self.found[self.at + 1 : ends[0]], ends[0] + 1
            self.put("ROOT", "root", piece.at)
            self.marks += self.braced(degree, piece.at, r"\sqrt")
        else:
            self.put("SQRT", "sqrt", piece.at)
        self.marks += self.braced(self.take(piece), piece.at, r"\sqrt")

    def font(self, piece: Piece) -> None:
        taken, at = self.take(piece), piece.at
        content = "".join((" " if p.spaced and i else "") + p.text for i, p in enumerate(taken)).strip()
        if piece.text in words.UPRIGHT:
            if content in words.FUNCTIONS:
                self.put("FUNC", words.FUNCTIONS[content], at)
            elif "\\" + content in words.BIG:
                self.put("BIG", content, at)
            elif content in ("E", "𝔼") and piece.text != r"\text":
                self.put("NAME", "E", at)
            elif self.grids and self.grids[-1] in words.CASES and content.strip(" ,") in words.IN_CASES:
                return
            elif content and (content.replace(" ", "").isalnum() and not content.isdigit()):
                self.put("NAME", content, at)
            elif piece.text.startswith((r"\text", r"\mbox")) and not content.isdigit():
                if content.strip(" .,;:"):
                    self.put("NAME", content, at)
            else:
                self.marks += self.inside(taken, at)
            return
        if content == "1" and piece.text not in (r"\mathcal", r"\mathscr", r"\mathit"):
            self.put("ONES", "𝟏", at)
        elif piece.text in words.BLACKBOARD:
            curly = piece.text in (r"\mathcal", r"\mathscr", r"\cal")
            found = None if curly else _BLACKBOARD.get(content)
            self.put(*(found or ("NAME", f"{'cal' if curly else 'bb'} {content}")), at)
        else:
            self.marks += self.inside(taken, at)

    def begin(self, piece: Piece) -> None:
        taken, self.at = argument(self.found, self.at, piece)
        name = "".join(p.text for p in taken)
        if name in words.MATRICES | words.CASES:
            self.put("MBEGIN", name, piece.at)
        elif name not in words.ALIGNMENTS:
            raise Unreadable(f"the environment {name}", piece.at, "matrices and align, split, gather, … are read")
        self.grids.append(name)

    def end(self, piece: Piece) -> None:
        taken, self.at = argument(self.found, self.at, piece)
        name = "".join(p.text for p in taken)
        if not self.grids or self.grids[-1] != name:
            raise Unreadable(f"\\end{{{name}}} without its \\begin", piece.at)
        self.grids.pop()
        if name in words.MATRICES | words.CASES:
            while self.marks[-1].kind == "ROW" or (name in words.CASES and self.marks[-1].kind in ("COMMA", "STOP")):
                self.marks.pop()
            self.put("MEND", name, piece.at)


_BLACKBOARD = {"E": ("EXPECT", "E")}
