"""What the words of a theorem say beside its formulas: properties of letters, and all that no domain can hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.compare.texfile import formula_spans

DISPLAY = "\x01"
"""Stands at the place of a display in the words around it."""
_DOUBTS = {
    r"not(?!e)|no|never|cannot|neither|nor|fails?|false|wrong|incorrect|unless|except|impossible|contradict\w*|violat\w+|"
    r"without(?! loss of generality)": "a negation or an exception",
    r"if and only if|iff|only if|equivalent(?:ly)?|necessary": "a condition in two directions",
    r"otherwise|else|or|either|respectively|resp|whether": "several cases in one sentence",
    r"(?:large|small|big) enough|sufficiently|asymptotic\w*|eventually|tends?|converges? to|approximately|roughly|"
    r"up to|generic(?:ally)?|typically|infinitesimal\w*|almost (?:every\w*|all|surely)|"
    r"a\.(?:e|s)\.": "a limit or an approximation",
    r"for some(?! fixed)|there (?:exists?|is|are)|there exist|some constant|"
    r"(?<!step )constants?": "something that exists",
    r"random(?:ly)?|probability|w\.?h\.?p|i\.i\.d|independent(?:ly)?|sampled|drawn|in expectation|"
    r"distribut\w+|with high": "a statement about chance",
    r"(?:assumptions?|hypothes[ie]s|conditions?) (?:of|in|from|above|below|as)|as in|under (?:the )?(?:same |above )*"
    r"(?:assumptions?|conditions?|hypothes[ie]s|setting)|"
    r"(?:above|previous|preceding|same) (?:assumptions?|conditions?|setting)": "assumptions that stand elsewhere",
}
_REFERS = re.compile(r"\\(?:[cC]|auto|eq|name)?ref\s*\{[^{}]*\}")
_DOUBT = [(re.compile(rf"(?<![\w\\-])(?:{words})(?![\w-])", re.IGNORECASE), what) for words, what in _DOUBTS.items()]
ASSUMES = re.compile(
    r"\b(?:let|assume|assuming|suppose|supposing|given|if|for|where|when|whenever|with|provided|such that|fix|"
    r"as long as|subject to|under|satisfying|throughout|on|any|every|each|all|denotes?|consider|choose|set|take)\b",
    re.IGNORECASE,
)
LASTS = re.compile(r"\b(?:let|throughout|assume|suppose|fix|denotes?|write|set)\b", re.IGNORECASE)
"""Words by which running text fixes a letter for all that follows."""
THEN = re.compile(
    r"\b(?:then|we have|it holds|there holds|satisf(?:y|ies)|is bounded by|the following holds?|one has|holds that|"
    r"we get|we obtain|implies|it follows|we find|we show|we know|we use)\b",
    re.IGNORECASE,
)
_CLAIMS = re.compile(THEN.pattern.replace(r"satisf(?:y|ies)|is bounded by|", ""), re.IGNORECASE)
_PLAIN = set(
    "let for all every each any fixed fix be is are a an the and with given where when whenever if suppose assume that "
    "such of in real reals number numbers integer integers vector vectors matrix matrices arbitrary subject to then we "
    "have it holds hold both denote denotes step size sizes learning rate rates input inputs output outputs weight "
    "weights width depth parameter parameters dimension dimensions sample samples layer layers data label labels point "
    "points scalar scalars function loss satisfy satisfies satisfying lie lies following also moreover furthermore "
    "here throughout now by write define set put call choose time index indices natural two three on as long provided "
    "assuming hypothesis our its their this these so there inequality equality bound bounds estimate identity claim "
    "holds: under activation relu sigmoid logistic tanh hyperbolic tangent softplus rectifier rectified linear unit "
    "lemma take consider column columns row rows letter constant-free true valid satisfied used moment "
    "particular obtain get following: one has first second gradient derivative is: hold: some whose which writing "
    "satisfy: neural network networks gradient descent kernel kernels training iterate iterates eigenvalue eigenvalues "
    "residual block blocks entry entries coordinate coordinates error errors momentum regularisation "
    "regularization "
    "temperature horizon budget angle angles iteration iterations "
    "solution solutions sequence sequences quantity quantities solves "
    "simplicity convenience brevity below above shorthand notation".split()
)
_SIGNS = {
    "positive": "> 0", "nonnegative": r"\ge 0", "non-negative": r"\ge 0", "negative": "< 0", "nonzero": r"\ne 0",
    "non-zero": r"\ne 0", "nonpositive": r"\le 0", "non-positive": r"\le 0", "strictly positive": "> 0",
}  # fmt: skip
_PROPERTY = (
    r"strictly positive|positive semi-?definite|psd|positive(?! definite)|non-?negative|negative(?! definite)|"
    r"non-?zero|non-?positive|symmetric|real|natural|integers?"
)
_GROUP = r"⟦\d+⟧(?:\s*(?:,\s*and|,|and)\s*⟦\d+⟧)*"
_NOUN = r"(?:reals?|numbers?|scalars?|parameters?|matri(?:x|ces)|step sizes?|learning rates?)"
_BEFORE = re.compile(rf"((?:\b(?:{_PROPERTY})\b[\s,]*(?:and\s+)?)+)(?:{_NOUN}\s+)*({_GROUP})", re.IGNORECASE)
_BEHIND = re.compile(
    rf"({_GROUP})\s*,?\s*(?:(?:be|is|are|being)\s+)?(?:(?:a|an|two|both|any)\s+)*"
    rf"((?:\b(?:{_PROPERTY})\b(?!\s*⟦)[\s,]*(?:and\s+)?)+)",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """A text with a sign at the place of each display, every other character where it was."""
    for span in formula_spans(text):
        opening = text[span.opening : span.start]
        if opening.startswith((r"\[", "$$", r"\begin")) and "{math}" not in opening:
            length = span.closing - span.opening
            text = f"{text[: span.opening]}{DISPLAY}{' ' * (length - 1)}{text[span.closing :]}"
    return text


def prose(text: str) -> str:
    """Words without the commands that LaTeX needs among them, every other character where it was."""
    text = re.sub(
        r"\\(?:label|cite[a-z]*|footnote)\s*(?:\[[^\]]*\])*\s*\{[^{}]*\}|\\(?:begin|end)\s*\{[^{}]*\}(?:\[[^\]]*\])?",
        _blank, text,
    )  # fmt: skip
    text = re.sub(r"\\item(?:\s*\[[^\]]*\])?", lambda m: "." + " " * (len(m[0]) - 1), text)
    text = re.sub(r"\\(?:emph|textit|textbf|textup|mbox|text|noindent|smallskip|medskip)(?![A-Za-z])", _blank, text)
    text = re.sub(r"\b(?:i\.\s?e|e\.\s?g)\.", _blank, text)
    return re.sub(r"[{}~]|\\[ ,;!]", _blank, text)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def doubt(words: str) -> str:
    """What the words say that neither a formula nor a domain can hold; empty if nothing.

    Args:
        words: Words with a token for each formula, as `prose` makes them.

    Returns:
        A reason with the words that are in the way.

    Example:
        >>> from checks.new.manuscript.words import doubt
        >>> doubt("for all n large enough")
        "'large enough': a limit or an approximation"
    """
    for pattern, what in _DOUBT:
        if (found := pattern.search(words)) is not None:
            return f"'{' '.join(found[0].split())}': {what}"
    return ""


def refers(text: str) -> str:
    """Why a theorem that names another place cannot be read by itself; empty if it names none."""
    found = _REFERS.search(text)
    return f"'{found[0]}': what stands there belongs to it, and is not read with it" if found is not None else ""


def unknown(words: str) -> str:
    """The words of assumptions that may be conditions themselves, such as convex; empty if there are none."""
    for sentence in sentences_of(words):
        begin = 0
        while (opened := ASSUMES.search(sentence, begin)) is not None:
            then = _CLAIMS.search(sentence, opened.end())  # "if f satisfies" opens no claim
            end = then.start() if then is not None else len(sentence)
            clause = sentence[opened.start() : end]
            for word in re.findall(r"\\[A-Za-z]+|[^\W\d_]+(?:-[^\W\d_]+)*", re.sub(r"⟦\d+⟧", " ", clause)):
                if word.lower() not in _PLAIN:
                    return f"the word '{word}' may be a condition: write it as a formula"
            begin = end
    return ""


def sentences_of(words: str) -> Iterator[str]:
    """The sentences of a text."""
    yield from re.split(r"(?<![ ie.][.])(?<=[.;!?])\s|\n\s*\n", words)


def properties(words: str) -> tuple[str, dict[int, list[str]]]:
    """The properties that words give to formulas by their numbers, and the words without them.

    Args:
        words: Words with a token such as ⟦3⟧ for the third formula.

    Returns:
        The other words, and of each formula its properties: a relation as LaTeX, "integer", "natural", "symmetric" or
        "positive semidefinite".
    """
    found: dict[int, list[str]] = {}
    for pattern, group, said in ((_BEHIND, 1, 2), (_BEFORE, 2, 1)):
        kept, at = "", 0
        for match in pattern.finditer(words):
            clause = re.split(r"[.;]\s", words[: match.start()])[-1]
            if THEN.search(clause) or not (ASSUMES.search(clause) or LASTS.search(clause)):
                continue
            names = [int(n) for n in re.findall(r"⟦(\d+)⟧", match[group])]
            for each in re.findall(rf"\b(?:{_PROPERTY})\b", match[said], re.IGNORECASE):
                meant = re.sub(r"\s+", " ", each.lower().replace("semi-definite", "semidefinite"))
                meant = {"psd": "positive semidefinite", "integers": "integer"}.get(meant, _SIGNS.get(meant, meant))
                for n in names if meant != "real" else ():
                    found.setdefault(n, []).append(meant)
            kept += words[at : match.start()] + match[group]
            at = match.end()
        words = kept + words[at:]
    return words, found


def behind(words: str) -> str:
    """Why the words behind a displayed formula are no plain conditions; empty if they are."""
    said = prose(words)
    if (found := doubt(said)) != "":
        return found
    if len(re.findall(r"\b(?:if|when|whenever|for|provided)\b", said, re.IGNORECASE)) > 1:
        return "several conditions, and it is not clear to which claim each belongs"
    return unknown(f"for {said}")
