"""What the commands of LaTeX mean to a formula: letters, functions, operators, relations, spaces."""

from __future__ import annotations

_GREEK = (
    "alpha beta gamma delta zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
LETTERS: dict[str, str] = {
    **{f"\\{name}": name for name in _GREEK.split()},
    r"\phi": "phi",
    r"\varphi": "phi",
    r"\epsilon": "epsilon",
    r"\varepsilon": "epsilon",
    r"\vartheta": "theta",
    r"\varrho": "rho",
    r"\varsigma": "sigma",
    r"\ell": "ell",
    r"\infty": "infty",
    r"\partial": "partial",
    r"\nabla": "nabla",
    r"\angle": "angle",
    r"\imath": "imath",
    r"\hbar": "hbar",
    r"\Re": "Re",
}
"""Letters; the two forms of a Greek letter are one letter."""

_NAMED = (
    "sin cos tan cot sec csc sinh cosh tanh arcsin arccos arctan asin acos atan exp log ln erf erfc tr diag det "
    "Abs sigmoid softplus relu silu gelu softmax sign"
)
FUNCTIONS: dict[str, str] = {
    **{name: name for name in _NAMED.split()},
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "ln": "log",
    "ReLU": "relu",
    "RELU": "relu",
    "Tr": "tr",
    "trace": "tr",
    "Diag": "diag",
    "sgn": "sign",
}
"""Functions by their names in text, with the name that they have here."""

BIG: dict[str, str] = {
    r"\sum": "sum",
    r"\prod": "prod",
    r"\int": "int",
    r"\max": "max",
    r"\min": "min",
    r"\inf": "inf",
    r"\sup": "sup",
    r"\lim": "lim",
}
OPERATORS: dict[str, tuple[str, str]] = {
    r"\cdot": ("DOT", "·"),
    r"\times": ("DOT", "·"),
    r"\ast": ("DOT", "·"),
    "*": ("DOT", "·"),
    "/": ("SLASH", "/"),
    r"\div": ("SLASH", "/"),
    r"\odot": ("ODOT", "⊙"),
    r"\circ": ("ODOT", "⊙"),
    "+": ("PLUS", "+"),
    "-": ("MINUS", "-"),
    ",": ("COMMA", ","),
    ";": ("COMMA", ","),
    "!": ("BANG", "!"),
}
RELATIONS: dict[str, str] = {
    "=": "=",
    r"\equiv": "=",
    r"\coloneqq": "=",
    r"\triangleq": "=",
    "<": "<",
    r"\lt": "<",
    ">": ">",
    r"\gt": ">",
    r"\le": "<=",
    r"\leq": "<=",
    r"\leqslant": "<=",
    r"\ge": ">=",
    r"\geq": ">=",
    r"\geqslant": ">=",
    r"\sim": "~",
    r"\in": "in",
    r"\propto": "propto",
    r"\approx": "approx",
    r"\simeq": "approx",
    r"\mapsto": "mapsto",
    r"\to": "to",
    r"\rightarrow": "to",
}
MARKS: dict[str, tuple[str, str]] = {
    "*": ("MARK", "*"),
    r"\ast": ("MARK", "*"),
    r"\star": ("MARK", "*"),
    r"\dagger": ("MARK", "†"),
    r"\top": ("MARK", "⊤"),
    r"\intercal": ("MARK", "⊤"),
    r"\prime": ("PRIME", "'"),
    "'": ("PRIME", "'"),
}
"""Superscripts that are not powers."""
OPENING: dict[str, tuple[str, str]] = {
    "(": ("OPEN", "("),
    "[": ("OPEN", "["),
    r"\lbrack": ("OPEN", "["),
    r"\{": ("OPEN", "{"),
    r"\lbrace": ("OPEN", "{"),
    r"\langle": ("OPEN", "⟨"),
    r"\lvert": ("LBAR", "|"),
    r"\lVert": ("LNORM", "‖"),
}
CLOSING: dict[str, tuple[str, str]] = {
    ")": ("CLOSE", ")"),
    "]": ("CLOSE", "]"),
    r"\rbrack": ("CLOSE", "]"),
    r"\}": ("CLOSE", "}"),
    r"\rbrace": ("CLOSE", "}"),
    r"\rangle": ("CLOSE", "⟩"),
    r"\rvert": ("RBAR", "|"),
    r"\rVert": ("RNORM", "‖"),
}
BARS: dict[str, str] = {"|": "BAR", r"\vert": "BAR", r"\mid": "BAR", r"\|": "NORM", r"\Vert": "NORM"}
"""Delimiters that open and close alike."""

SIZES_OPENING = {r"\left", r"\bigl", r"\Bigl", r"\biggl", r"\Biggl", r"\mathopen"}
SIZES_CLOSING = {r"\right", r"\bigr", r"\Bigr", r"\biggr", r"\Biggr", r"\mathclose"}
SIZES = {r"\big", r"\Big", r"\bigg", r"\Bigg", r"\middle", r"\bigm", r"\Bigm", r"\mathrel", r"\mathbin", r"\mathord"}
SPACES = {r"\,", r"\;", r"\:", r"\>", r"\ ", r"\quad", r"\qquad", r"\enspace", r"\thinspace", r"\medspace", "~"}
NOTHING = {
    r"\!",
    r"\displaystyle",
    r"\textstyle",
    r"\scriptstyle",
    r"\scriptscriptstyle",
    r"\limits",
    r"\nolimits",
    r"\nonumber",
    r"\notag",
    r"\mathstrut",
    r"\strut",
    r"\bf",
    r"\it",
    r"\rm",
    r"\sf",
    r"\boldmath",
    r"\allowbreak",
    r"\nobreak",
    r"\qedhere",
    r"\noindent",
    r"\negthinspace",
    r"\ensuremath",
}
DROPPED_WITH_ARGUMENT = {
    r"\label",
    r"\tag",
    r"\hspace",
    r"\hspace*",
    r"\vspace",
    r"\phantom",
    r"\vphantom",
    r"\hphantom",
}
FONTS = {r"\mathbf", r"\bm", r"\boldsymbol", r"\pmb", r"\mathit", r"\mathnormal", r"\vec", r"\symbf", r"\mathfrak"}
UPRIGHT = {
    r"\mathrm",
    r"\text",
    r"\textrm",
    r"\textnormal",
    r"\textup",
    r"\textit",
    r"\textbf",
    r"\textsf",
    r"\mbox",
    r"\operatorname",
    r"\operatorname*",
    r"\mathop",
    r"\mathsf",
    r"\mathtt",
    r"\symup",
}
BLACKBOARD = {r"\mathbb", r"\mathbbm", r"\mathds", r"\mathbbold", r"\mathcal", r"\mathscr", r"\cal"}
ACCENTS = {
    r"\hat",
    r"\widehat",
    r"\tilde",
    r"\widetilde",
    r"\bar",
    r"\overline",
    r"\dot",
    r"\ddot",
    r"\check",
    r"\underline",
}
FRACTIONS = {r"\frac", r"\tfrac", r"\dfrac", r"\cfrac", r"\nicefrac", r"\sfrac"}
BINOMIALS = {r"\binom", r"\tbinom", r"\dbinom"}
ALIGNMENTS = {
    "aligned",
    "align",
    "align*",
    "alignat",
    "alignat*",
    "alignedat",
    "split",
    "gathered",
    "gather",
    "gather*",
    "multline",
    "multline*",
    "multlined",
    "equation",
    "equation*",
    "dmath",
    "dmath*",
    "flalign",
    "flalign*",
    "eqnarray",
    "eqnarray*",
    "displaymath",
    "math",
}
CASES = {"cases", "dcases", "cases*", "dcases*"}
IN_CASES = {"if", "for", "when", "where", "for all", "if and only if"}
"""Words before a condition of a case."""
MATRICES = {"matrix", "pmatrix", "bmatrix", "smallmatrix", "psmallmatrix", "bsmallmatrix", "Bmatrix"}


def arguments_of(command: str) -> int:
    """How many arguments a command has that may itself be an argument without braces."""
    if command in FRACTIONS or command in BINOMIALS:
        return 2
    return int(command == r"\sqrt" or command in FONTS | UPRIGHT | BLACKBOARD | ACCENTS)


def is_prose(key: str) -> bool:
    """Whether a name is words beside a formula, such as "for all", and no letter in a font or under an accent."""
    first, _, rest = key.strip().partition(" ")
    marked = first in ("bb", "cal") or "\\" + first in ACCENTS
    return (bool(rest) and not marked) or key in {"if", "where", "when", "otherwise", "for", "and", "or", "with"}
