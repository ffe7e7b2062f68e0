"""Claims in which a variable occurs only in exponentials, as claims about the exponential itself: t = eᶜˣ > 0.

Softplus, sigmoid and the hyperbolic functions are written out first. What is rational in t, or has logarithms of it,
is within reach of the rules of sign where e^x itself is not.
"""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr, Integer, Interval, Set, Symbol, cosh, exp, gcd_list, log, oo, sinh, tanh, together

from derivations.activations import sigmoid, softplus
from derivations.letters.names import own

LARGEST_POWER = 12
"""Powers of t beyond which a polynomial is no simpler than its exponentials."""


def written_out(f: Expr) -> Expr:
    """f with softplus, sigmoid and hyperbolic functions by exponentials."""
    f = f.replace(softplus, lambda u: log(1 + exp(u))).replace(sigmoid, lambda u: 1 / (1 + exp(-u)))
    f = f.replace(tanh, lambda u: (exp(2 * u) - 1) / (exp(2 * u) + 1))
    made: Expr = f.replace(cosh, lambda u: (exp(u) + exp(-u)) / 2).replace(sinh, lambda u: (exp(u) - exp(-u)) / 2)
    return made


def by_exponentials(f: Expr, box: Mapping[Symbol, Set]) -> list[tuple[Expr, dict[Symbol, Set]]]:
    """The claim f ≥ 0 on the box in terms of t = eᶜˣ, once with c > 0 and once with c < 0, if x occurs nowhere else."""
    return [(g, ranges) for g, ranges, _ in with_exponentials(f, box)]


def with_exponentials(f: Expr, box: Mapping[Symbol, Set]) -> list[tuple[Expr, dict[Symbol, Set], dict[Symbol, Expr]]]:
    """The claims of `by_exponentials`, each with what its t stands for."""
    opened = written_out(f)
    found: list[tuple[Expr, dict[Symbol, Set], dict[Symbol, Expr]]] = []
    for x in sorted(opened.free_symbols & set(box), key=str):
        r = box[x]
        rates = _rates(opened, x)
        if rates is None or not isinstance(r, Interval):
            continue
        unit = abs(gcd_list(list(rates.values())))
        if max(abs(rate / unit) for rate in rates.values()) > LARGEST_POWER:
            continue
        for sense in (1, -1):
            t = own(f"t_{x}", positive=True)
            table = {e: t ** (sense * rate / unit) for e, rate in rates.items()}
            g = opened.xreplace(table)
            ends = [exp(sense * unit * end) if abs(end) != oo else _limit(sense * unit * end) for end in (r.inf, r.sup)]
            opens = [r.left_open or not r.inf.is_finite, r.right_open or not r.sup.is_finite]
            if sense < 0:
                ends, opens = ends[::-1], opens[::-1]
            g = g if any(e.has(t) for e in g.atoms(log)) else together(g)
            others = {s: v for s, v in box.items() if s != x and g.has(s)}
            found.append((g, {**others, t: Interval(*ends, *opens)}, {t: exp(sense * unit * x)}))
    return found


def _limit(exponent: Expr) -> Expr:
    return oo if exponent == oo else Integer(0)


def _rates(f: Expr, x: Symbol) -> dict[Expr, Expr] | None:
    """The exponentials of x with their rates c in eᶜˣ; None where x occurs elsewhere, or a rate is irrational."""
    rates: dict[Expr, Expr] = {}
    for e in f.atoms(exp):
        if e.has(x):
            rate = e.args[0].diff(x)
            if not rate.is_Rational or (e.args[0] - rate * x).expand() != 0:
                return None
            rates[e] = rate
    rest = f.xreplace({e: own(f"_e{i}", positive=True) for i, e in enumerate(rates)})
    return None if not rates or rest.has(x) else rates
