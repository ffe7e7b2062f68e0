"""Papers as LaTeX documents: the preamble that all output needs, headings, an appendix with its legend of marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from derivations.latex.words import escape
from derivations.letters.notation import Notation
from derivations.paper import Paper

ENVIRONMENTS = (
    "proposition",
    "theorem",
    "lemma",
    "corollary",
    "definition",
    "claim",
    "remark",
    "bound",
    "constant",
    "observation",
)
MARKS: Mapping[str, tuple[str, str, str]] = {
    "kernel": (r"\blacksquare", "kernel", "a proof that Rocq's kernel has checked, and an independent measurement"),
    "enclosed": (r"\blacklozenge", "enclosed", "ball arithmetic over the whole domain, and an independent measurement"),
    "symbolic": (r"\blacktriangle", "symbolic", "computer algebra, each step checked, and an independent measurement"),
    "cited": (r"\vartriangle", "cited", "a theorem of the source that is named; tested here, and not proved"),
    "measured": (r"\circ", "measured", "measurement alone, at the stated tolerance or confidence"),
    "bookkeeping": (r"\mapsto", "bookkeeping", "follows by substitution from what it cites; checked, and not counted"),
    "definition": (":=", "definition", "nothing is claimed; checked, and not counted"),
    "undecided": ("?", "undecided", "checked, and neither established nor refuted"),
    "refuted": (r"\times", "refuted", "false: a witness was found"),
    "error": ("!", "error", "a check broke down"),
    "unchecked": ("-", "not checked", "nothing is known of it here, or it was changed after its check"),
}
"""How strongly a statement is known: its sign, its name, and what the name means."""

_DOCUMENT = r"""\documentclass[11pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[a4paper,margin=25mm]{geometry}
"""
_PACKAGES = r"""\usepackage{amsmath,amssymb,amsthm}
\usepackage{booktabs,longtable}
"""
_MACROS = r"""\ifcsname derivation\endcsname\else\newenvironment{derivation}%
  {\par\noindent\emph{Derivation.}}{\par\medskip}\fi
\providecommand{\LemmataReason}[1]{\tag*{\footnotesize\itshape #1}}
\providecommand{\LemmataLongReason}[1]{\tag*{\parbox{0.8\linewidth}{\raggedleft\footnotesize\itshape #1}}}
\providecommand{\LemmataSource}[1]{{\footnotesize\upshape Source: #1.}}
\providecommand{\LemmataRef}[2]{\ifcsname r@lemmata:#2\endcsname #1~\ref{lemmata:#2}\else
  \texttt{\detokenize{#2}}\fi}
\providecommand{\LemmataMark}[1]{\hspace*{0pt plus 1fill}\mbox{\footnotesize\upshape
  $\csname LemmataSign#1\endcsname$~\csname LemmataName#1\endcsname}}
"""
_SETTING = r"""\allowdisplaybreaks
\setlength{\emergencystretch}{12em}
"""


def preamble(notation: Notation | None = None) -> str:
    r"""Write the LaTeX commands that a document needs before \begin{document} to include the output of this module.

    Commands and environments that the document already has are not changed.

    Args:
        notation: The user's letters, from `derivations.letters.notation.read_notation`.

    Returns:
        The commands.

    Example:
        >>> from derivations.latex import preamble
        >>> preamble().splitlines()[0]
        '\\usepackage{amsmath,amssymb,amsthm}'
    """
    theorems = "".join(
        f"\\ifcsname {name}\\endcsname\\else\\newtheorem{{{name}}}"
        f"{'' if name == ENVIRONMENTS[0] else f'[{ENVIRONMENTS[0]}]'}{{{name.capitalize()}}}\\fi\n"
        for name in ENVIRONMENTS
    )
    signs = "".join(
        f"\\expandafter\\providecommand\\csname LemmataSign{key}\\endcsname{{{sign}}}\n"
        f"\\expandafter\\providecommand\\csname LemmataName{key}\\endcsname{{{name}}}\n"
        for key, (sign, name, _) in MARKS.items()
    )
    return f"{_PACKAGES}{theorems}{_MACROS}{signs}{notation.newcommands() if notation is not None else ''}"


def paper_heading(paper: Paper, title: str = "", level: str = "section*") -> str:
    r"""Write a section heading with the authors and the conventions of a paper.

    Args:
        paper: The paper.
        title: A title in place of the paper's own.
        level: The sectioning command, without its backslash.

    Returns:
        The heading, as LaTeX.

    Example:
        >>> from derivations import Paper
        >>> from derivations.latex import paper_heading
        >>> paper_heading(Paper("smith", title="On kernels")).splitlines()[0]
        '\\section*{On kernels}'
    """
    authors = f"{escape(paper.authors)}. " if paper.authors else ""
    rows = [f"\\item[{{{escape(name)}}}] {escape(words)}" for name, words in paper.conventions.items()]
    conventions = "\\begin{description}\\setlength{\\itemsep}{0pt}\n" + "\n".join(rows) + "\n\\end{description}\n"
    own = escape(paper.title or paper.key)
    said = f"For \\emph{{{own}}} ({authors}{escape(paper.reference)})." if title else authors + escape(paper.reference)
    return f"\\{level}{{{escape(title) if title else own}}}\n{said}\n{conventions if rows else ''}"


def legend(used: Iterable[str]) -> str:
    """Explain the marks that say how strongly a statement is known.

    Args:
        used: The names of the marks that occur, such as "kernel" or "measured".

    Returns:
        A table as LaTeX, the strongest mark first.

    Example:
        >>> from derivations.latex import legend
        >>> "measurement alone" in legend(["measured"])
        True
    """
    wanted = set(used)
    rows = [
        f"$\\csname LemmataSign{key}\\endcsname$ & {name} & {escape(words)} \\\\"
        for key, (_, name, words) in MARKS.items()
        if key in wanted
    ]
    body = "\n".join(rows)
    return (
        "\\subsection*{Marks}\n\\begin{center}\\small\n\\begin{tabular}{cll}\n\\toprule\n"
        f"{body}\n\\bottomrule\n\\end{{tabular}}\n\\end{{center}}\n"
    )


def document(parts: Iterable[str], notation: Notation | None = None) -> str:
    r"""Write a complete document that plain pdflatex compiles.

    Args:
        parts: The pieces of its body, as LaTeX.
        notation: The user's letters, from `derivations.letters.notation.read_notation`.

    Returns:
        The document.

    Example:
        >>> from derivations.latex import document
        >>> document(["Text."]).splitlines()[-1]
        'Text.\\end{document}'
    """
    body = "\n".join(parts)
    return f"{_DOCUMENT}{preamble(notation)}{_SETTING}\\begin{{document}}\n{body}\\end{{document}}\n"
