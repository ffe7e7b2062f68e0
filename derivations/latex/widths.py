r"""How wide a displayed formula is, in em: Computer Modern's own widths of letters and signs, TeX's rules of spacing.

Close enough to choose where to break a line: within some per cent of what TeX measures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


def _table(text: str) -> dict[str, int]:
    words = text.split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


ITALIC = _table(
    "a 529 b 429 c 433 d 520 e 466 f 598 g 513 h 576 i 345 j 469 k 552 l 318 m 878 n 600 o 485 p 503 q 482 r "
    "479 s 469 t 361 u 572 v 521 w 743 x 572 y 526 z 509 A 750 B 809 C 787 D 856 E 796 F 782 G 786 H 912 I 518 "
    "J 651 K 921 L 681 M 1079 N 912 O 791 P 781 Q 791 R 767 S 671 T 723 U 792 V 805 W 1083 X 906 Y 803 Z 755"
)
GREEK = _table(
    "alpha 644 beta 619 gamma 574 delta 482 epsilon 406 zeta 512 eta 533 theta 497 iota 354 kappa 576 lambda "
    "583 mu 603 nu 558 xi 484 pi 606 rho 517 sigma 607 tau 550 upsilon 576 phi 596 chi 626 psi 687 omega 658 "
    "varepsilon 466 vartheta 591 varpi 856 varrho 517 varsigma 443 varphi 654 Gamma 625 Delta 833 Theta 778 "
    "Lambda 694 Xi 667 Pi 750 Sigma 722 Upsilon 778 Phi 722 Psi 778 Omega 722"
)
ROMAN = _table(
    "a 500 b 556 c 444 d 556 e 444 f 306 g 500 h 556 i 278 j 306 k 528 l 278 m 833 n 556 o 500 p 556 q 528 r "
    "392 s 394 t 389 u 556 v 528 w 722 x 528 y 528 z 444 A 750 B 708 C 722 D 764 E 681 F 653 G 785 H 750 I 361 "
    "J 514 K 778 L 625 M 917 N 750 O 778 P 681 Q 778 R 736 S 556 T 722 U 750 V 750 W 1028 X 750 Y 750 Z 611 0 "
    "500 1 500 2 500 3 500 4 500 5 500 6 500 7 500 8 500 9 500 ! 278 ( 389 ) 389 * 500 + 778 , 278 - 333 . 278 "
    "/ 500 : 278 ; 278 = 778 ? 472 [ 278 ] 278 ' 278 @ 778"
)
_SIGNS = _table(
    "top 778 infty 1000 partial 579 nabla 833 ell 417 mathbb 722 mathcal 800 ldots 1170 cdots 1170 | 278 lvert 278 "
    "rvert 278 lVert 500 rVert 500 langle 389 rangle 389 { 500 } 500 angle 722 prime 275 surd 833 % 833 & 778 # 833 "
    "$ 500 _ 500 int 667 sum 1444 prod 1278 imath 322 jmath 384 hat 0 forall 556 exists 556 emptyset 500"
)
_RELATIONS = frozenset(("=", "<", ">", "le", "ge", "leq", "geq", "ne", "in", "sim", "propto", "approx", "to", "mapsto"))
_BINARY = frozenset(("+", "-", "cdot", "times", "odot", "pm", "circ", "otimes", "cup", "cap"))
_NARROW = frozenset(("cdot",))
_NAMES = frozenset(
    "sin cos tan sinh cosh tanh arcsin arccos arctan log exp max min sup inf lim det ker arg cot sec csc".split()
)
_LIMITS = frozenset(("sup", "inf", "max", "min", "lim", "sum", "prod"))
_SPACES = {"quad": 1000, "qquad": 2000, ",": 167, ";": 278, ":": 222, " ": 333, "!": -167, "limits": 0}
_SIZES = {"big": 470, "Big": 600, "bigg": 740, "Bigg": 800}
_FONTS = frozenset(("mathbf", "mathrm", "operatorname", "text", "textit", "mathit", "mathsf", "texttt", "textbf"))
_TOKEN = re.compile(r"\\([A-Za-z]+)\*?\s*|\\(.)|(\s+)|(.)", re.DOTALL)
SCALES = (1.0, 0.74, 0.56)
"""Letters in scripts and in scripts of scripts, of 11 pt."""


@dataclass
class _Reader:
    tokens: list[str]
    at: int = 0
    binary: bool = field(default=False, init=False)

    def look(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.look()
        self.at += 1
        return token

    def group(self, level: int, *, display: bool = False) -> float:
        """The width of an argument: a group in braces, or one token."""
        if self.look() != "{":
            return self.atom(level, display)
        self.take()
        width = self.row(level, display, "}")
        self.take()
        return width

    def word(self) -> str:
        """The letters of an argument, as text."""
        if self.look() != "{":
            return self.take().lstrip("\\")
        depth, start = 0, self.at + 1
        while self.at < len(self.tokens):
            token = self.take()
            depth += (token == "{") - (token == "}")
            if depth == 0:
                break
        return "".join(t.lstrip("\\") for t in self.tokens[start : self.at - 1])

    def row(self, level: int, display: bool, end: str = "") -> float:
        width, first = 0.0, True
        while (token := self.look()) and token != end and token != r"\right":
            sign = token.lstrip("\\")
            if sign in _RELATIONS and level == 0:
                width += 2 * 278
            elif sign in _BINARY and level == 0 and not first:
                width += 2 * 222
            elif token == "," and level == 0:
                width += 167
            width += self.scripted(level, display)
            first = sign in _RELATIONS or sign in ("(", "[", "{", ",", "&")
        return width

    def scripted(self, level: int, display: bool) -> float:
        below = self.look().lstrip("\\") in _LIMITS and display
        base = self.atom(level, display)
        scripts: dict[str, float] = {}
        while self.look() in ("^", "_", "'", r"\limits", r"\nolimits"):
            kind = self.take()
            if kind == "'":
                scripts["^"] = scripts.get("^", 0.0) + 275 * SCALES[min(level + 1, 2)]
            elif kind in "^_":
                scripts[kind] = scripts.get(kind, 0.0) + self.group(min(level + 1, 2))
        widest = max(scripts.values(), default=0.0)
        return max(base, widest) if below else base + widest + (50 if scripts else 0)

    def atom(self, level: int, display: bool) -> float:
        token, scale = self.take(), SCALES[level]
        name = token[1:] if token.startswith("\\") else ""
        if token == "{":
            width = self.row(level, display, "}")
            self.take()
            return width
        if name in ("frac", "tfrac", "dfrac"):
            inner = level if display and name != "tfrac" else min(level + 1, 2)
            return max(self.group(inner), self.group(inner)) + 240
        if name == "sqrt":
            return (900 if display else 840 * scale) + self.group(level)
        if name == "left":
            opening = self.delimiter()
            width = self.row(level, display)
            self.take()
            return opening + width + self.delimiter() + (333 if level == 0 else 0)
        if name.rstrip("lrm") in _SIZES:
            self.take()
            return float(_SIZES[name.rstrip("lrm")])
        if name in ("begin", "end"):
            return self.matrix(level) if name == "begin" else float(len(self.word()) * 0)
        if name in _FONTS or name in ("mathbb", "mathcal"):
            letters = self.word()
            table = ROMAN if name in _FONTS else {}
            wide = 1.12 if name in ("mathbf", "textbf") else 1.0
            return sum(table.get(ch, 333 if ch == " " else 720) for ch in letters) * scale * wide
        if name in ("overline", "hat", "bar", "tilde", "widehat", "dot"):
            return self.group(level)
        if name in _NAMES:
            return (
                sum(ROMAN[ch] for ch in name) + (167 if self.look() not in ("(", "^", "_", r"\left") else 0)
            ) * scale
        if name in _SPACES or token == "~":
            return float(_SPACES.get(name, 333))
        if name in _NARROW or token in ("&", "}"):
            return 278.0 if name else 0.0
        plain = name or token
        if token == "-":
            return 778 * scale
        if token in ITALIC:
            return ITALIC[token] * scale
        return GREEK.get(plain, _SIGNS.get(plain, ROMAN.get(plain, 778))) * scale

    def delimiter(self) -> float:
        return {".": 120.0, "|": 333.0, r"\|": 556.0}.get(self.take(), 560.0)

    def matrix(self, level: int) -> float:
        """Columns of a matrix, side by side; rows below each other."""
        small = "small" in self.word()
        inner, gap = (1, 280) if small else (level, 1000.0)
        columns: list[float] = [0.0]
        at = 0
        while self.look() and self.look() != r"\end":
            if self.look() == r"\\":
                self.take()
                at = 0
            elif self.look() == "&":
                self.take()
                at += 1
                columns += [0.0] * (at + 1 - len(columns))
            else:
                cell = 0.0
                while self.look() not in ("&", r"\\", r"\end", ""):
                    cell += self.scripted(inner, False)
                columns[at] = max(columns[at], cell)
        self.take()
        self.word()
        return sum(columns) + gap * len(columns)


def width_of(latex: str) -> float:
    """The width of a displayed formula in em."""
    tokens = [("\\" + (m[1] or m[2])) if m[1] or m[2] else m[4] for m in _TOKEN.finditer(latex) if m[3] is None]
    reader = _Reader(tokens)
    width = 0.0
    while reader.look():
        width += reader.row(0, display=True)
        if reader.look():
            reader.take()  # a closing bracket without its opening one
    return width / 1000


def text_width(text: str, scale: float = 1.0) -> float:
    """The width of plain text in em."""
    return sum(ROMAN.get(ch, 333 if ch == " " else 600) for ch in text) * scale / 1000
