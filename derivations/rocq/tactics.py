"""Lines of tactics that scripts are made of: equalities by `field`, relations of roots, powers and exponentials."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sympy as sp
from sympy import Expr, Pow, S

from derivations.outcomes.reasons import Reason, Stopped
from derivations.rocq.terms import APPLY, ATOM, MUL, POW, Names, term

Lines = list[str]


class NoScript(Stopped, ValueError):
    """A certificate that cannot be written out; the message says which rule."""

    reason = Reason.NO_PROOF


def indented(lines: Iterable[str]) -> Lines:
    return [f"  {line}" for line in lines]


def block(lines: Lines) -> Lines:
    """Lines in braces, as the proof of one goal."""
    first, *rest = lines
    made = [f"{{ {first}", *indented(rest)]
    return [*made[:-1], f"{made[-1]} }}"]


def equality(exprs: Sequence[Expr], names: Names, derived: bool = False) -> str:
    """A tactic for an equation between terms of these expressions: `field` modulo what is known of their functions.

    Where that is not enough, the arguments of functions are brought into the form that `exprs` have first, and in the
    end logarithms of quotients are written as differences. `derived` says that one side was left by auto_derive, which
    writes powers out.
    """
    whole, quotients = _equality(exprs, names, derived), _quotients(exprs, names)
    if not quotients:
        return whole
    steps = [f"{tactic} ltac:(solve [first [ring | field; side]])" for tactic in _arguments(exprs, names)]
    steps += [f"assert (L{i} : {claim}) by ({how})" for i, (claim, how) in enumerate(quotients)]
    steps.append(f"rewrite {', '.join(f'?L{i}' for i in range(len(quotients)))}")
    return f"first [{whole} | {'; '.join(steps)}; first [ring | solve [field; side]]]"


def _quotients(exprs: Sequence[Expr], names: Names) -> list[tuple[str, str]]:
    """log(a/b) = log a − log b for the logarithms of quotients that occur, each with its proof."""
    found = []
    for e in ordered(sp.Tuple(*exprs).atoms(sp.log)):
        top, bottom = sp.fraction(sp.together(e.args[0]))
        if e.args[0].is_number or bottom.is_number:
            continue
        above = f"ln {term(top, names, ATOM)} " if top != 1 else ""
        lemma = "ln_quotient" if above else "ln_Rinv"
        claim = f"ln {term(e.args[0], names, ATOM)} = {above}- ln {term(bottom, names, ATOM)}"
        found.append((claim, f"rewrite <- {lemma} by above; f_equal; first [ring | field; side]"))
    return found


def _equality(exprs: Sequence[Expr], names: Names, derived: bool) -> str:
    """`equality` with logarithms as they stand."""
    known, rewritten = relations(exprs, names), _exponentials(exprs, names)
    given = f" [{' '.join(f'Q{i}' for i in range(len(known)))}]" if known else ""
    steps = [f"assert (Q{i} : {claim}) by ({how})" for i, (claim, how) in enumerate(known)]
    steps += [f"assert (X{i} : {claim}) by ({how})" for i, (claim, how) in enumerate(rewritten)]
    steps += ["numerals"] if derived else []
    if derived and real_powers(exprs, names):
        steps.append("unfold Rpower in *")
    split = _products_below_roots(exprs, names)
    steps += [f"assert (S{i} : {claim}) by ({how})" for i, (claim, how) in enumerate(split)]
    steps += [f"rewrite ?S{i} in *" for i in range(len(split))]
    if any(p.exp.is_Add and p.exp.free_symbols & names.naturals.keys() for e in exprs for p in e.atoms(Pow)):
        steps.append("rewrite ?pow_add, ?pow_1")
    powers = f"rewrite {', '.join(f'?X{i}' for i in range(len(rewritten)))}; " if rewritten else ""
    plain = "ring | " if known and not derived else ""
    close = f"{powers}first [ring{given} | solve [field{given}; side]]"
    arguments = _arguments(exprs, names)
    if not arguments:
        return f"first [{plain}{'; '.join([*steps, close])}]" if plain else "; ".join([*steps, close])
    by = f"solve [{'numerals; ' if derived else ''}first [ring{given} | field{given}; side]]"
    same = "; ".join(f"{tactic} ltac:({by})" for tactic in arguments)
    if plain:
        plain += "; ".join([*(f"{tactic} ltac:(ring)" for tactic in arguments), "ring"]) + " | "
    whole = "; ".join([*steps, f"first [{close} | {same}; {close}]"])
    return f"first [{plain}{whole}]" if plain else whole


def _roots(whole: Any) -> list[Expr]:
    """What roots are taken of, each once, however it is written."""
    found: list[Expr] = []
    for base in ordered({p.base for p in whole.atoms(Pow) if p.exp.is_Rational and p.exp.q == 2}):
        if not any(base.free_symbols == b.free_symbols and sp.cancel(base - b) == 0 for b in found):
            found.append(base)
    return found


def _powers(whole: Any, names: Names) -> list[tuple[str, str]]:
    """b^e·b^k = b^(e + k) for real powers of one base whose exponents differ by an integer."""
    found = []
    real = [p for p in ordered(whole.atoms(Pow)) if not p.exp.is_Rational and p.exp not in names.naturals]
    real = [p for p in real if p.base != S.Exp1 and not _is_natural(p.exp, names)]
    for p in real:
        for q in real:
            k = q.exp - p.exp
            if p.base == q.base and k.is_Integer and k > 0:
                b = term(p.base, names, ATOM)
                claim = f"{term(p, names, POW)} * {b} ^ {k} = {term(q, names, MUL)}"
                found.append((claim, "rewrite <- Rpower_pow by above; rewrite <- Rpower_plus; f_equal; simpl; ring"))
    return found


def real_powers(exprs: Iterable[Expr], names: Names) -> bool:
    """Whether a power has an exponent that is a variable of type R."""
    powers = (p for e in exprs for p in e.atoms(Pow) if p.base != S.Exp1 and p.exp.free_symbols)
    return any(not _is_natural(p.exp, names) for p in powers)


def _products_below_roots(exprs: Sequence[Expr], names: Names) -> list[tuple[str, str]]:
    """√(a/b) = √a/√b and √(ab) = √a·√b, where roots of the parts occur as well."""
    found = []
    bases = {p.base for e in exprs for p in e.atoms(Pow) if p.exp.is_Rational and p.exp.q == 2}
    for base in ordered(b for b in bases if b.is_Mul):
        top, bottom = sp.fraction(base)
        parts = [*sp.Mul.make_args(top), *sp.Mul.make_args(bottom)]
        if not any(p in bases for p in parts):
            continue
        text, above, below = (term(e, names, ATOM) for e in (base, top, bottom))
        if bottom != 1:
            how = "rewrite <- sqrt_div by (first [low | above]); f_equal; try field; side"
            found.append((f"sqrt {text} = sqrt {above} / sqrt {below}", how))
        for product, factors in ((above, sp.Mul.make_args(top)), (below, sp.Mul.make_args(bottom))):
            if len(factors) > 1:
                roots = " * ".join(f"sqrt {term(a, names, ATOM)}" for a in factors)
                found.append((f"sqrt {product} = {roots}", "rewrite ?sqrt_mult by low; ring"))
    return found


def _is_natural(e: Expr, names: Names) -> bool:
    return bool(e.free_symbols) and e.free_symbols <= names.naturals.keys()


def _arguments(exprs: Sequence[Expr], names: Names) -> list[str]:
    """Tactics for the arguments of the functions that occur, inner ones first: terms may write them in another way."""
    found: dict[str, None] = {}
    whole = sp.Tuple(*exprs)
    for function, name in ((sp.exp, "exp"), (sp.log, "ln"), (sp.erf, "erf"), (sp.tanh, "tanh")):
        for e in ordered(whole.atoms(function)):
            found[f"arguments_as {name} {term(e.args[0], names, ATOM)}"] = None
    for e in sorted(whole.atoms(sp.Abs, sp.Max, sp.Min), key=lambda e: (e.count_ops(), sp.default_sort_key(e))):
        texts = " ".join(term(a, names, ATOM) for a in e.args)
        if isinstance(e, sp.Abs):
            found[f"size_as {texts}"] = None
        elif len(e.args) == 2:
            found[f"pair_as {'Rmax' if isinstance(e, sp.Max) else 'Rmin'} {texts}"] = None
    for base in _roots(whole):
        if base.free_symbols:
            found[f"arguments_as sqrt {term(base, names, ATOM)}"] = None
    return list(found)


def relations(exprs: Sequence[Expr], names: Names) -> list[tuple[str, str]]:
    """Equations `monomial = polynomial` for the sines, roots and exponentials that occur, each with its proof."""
    found: list[tuple[str, str]] = []
    whole = sp.Tuple(*exprs)
    for e in ordered(whole.atoms(sp.sin)):
        x = term(e.args[0], names, ATOM)
        found.append((f"sin {x} * sin {x} = 1 - cos {x} * cos {x}", f"apply (sin_square {x})"))
    found += _powers(whole, names)
    roots = set(_roots(whole))
    for base in ordered(roots):
        text = term(base, names, ATOM)
        primes = sp.factorint(int(base)) if base.is_Integer and base > 1 else {}
        if len(primes) > 1:
            product = " * ".join(f"sqrt {q}" for q in primes)
            found.append((f"sqrt {text} = {product}", "rewrite <- !sqrt_mult by lra; f_equal; lra"))
            roots |= {sp.Integer(q) for q in primes}
        else:
            found.append((f"sqrt {text} * sqrt {text} = {term(base, names, MUL)}", "apply sqrt_sqrt; low"))
    for q in sorted(r for r in roots if r.is_Integer and sp.isprime(r)):
        claim = (f"sqrt {q} * sqrt {q} = {q}", "apply sqrt_sqrt; low")
        if claim not in found:
            found.append(claim)
    return found


def _exponentials(exprs: Sequence[Expr], names: Names) -> list[tuple[str, str]]:
    """exp(Σ nᵢaᵢ) as a quotient of powers of the exp(aᵢ), for arguments that are combinations of the same aᵢ."""
    arguments = {a: _combination(a, names) for a in {e.args[0] for e in sp.Tuple(*exprs).atoms(sp.exp)}}
    scale: dict[Expr, sp.Rational] = {}
    for combination in arguments.values():
        for atom, n in combination.items():
            scale[atom] = sp.Rational(1, sp.ilcm(scale.get(atom, S.One).q, n.q))
    found = []
    for a in ordered(arguments):
        powers = {term(scale[atom] * atom, names, ATOM): n / scale[atom] for atom, n in arguments[a].items()}
        text = term(a, names, ATOM)
        if list(powers.items()) == [(text, 1)] or not powers:
            continue
        # exp(log u) is u
        inverse = {term(u, names, ATOM): term(u.args[0], names, APPLY) for u in arguments[a] if isinstance(u, sp.log)}
        products, sums = [], []
        for sign in (1, -1):
            chosen = [(x, abs(n)) for x, n in powers.items() if sign * n > 0]
            products.append(" * ".join(f"{inverse.get(x, f'exp {x}')} ^ {n}" for x, n in chosen) or "1")
            sums.append(" + ".join(f"INR {n} * {x}" for x, n in chosen) or "0")
        back = "rewrite ?exp_ln by above; " if inverse else ""
        power = f"rewrite ?exp_plus, ?exp_times, ?exp_0; {back}reflexivity"
        how = f"apply (exp_split _ ({sums[0]}) ({sums[1]})); [{power} | {power} | simpl; field; side]"
        found.append((f"exp {text} = {products[0]} / ({products[1]})", how))
    return found


def _combination(a: Expr, names: Names) -> dict[Expr, sp.Rational]:
    """An argument as Σ n·atom with rational n, abbreviations written out."""
    while a.free_symbols & names.meaning.keys():
        a = a.xreplace({s: names.meaning[s] for s in a.free_symbols if s in names.meaning})
    return {atom: n for n, atom in (t.as_coeff_Mul() for t in sp.Add.make_args(a.expand()))}


def ordered(items: Iterable[Any]) -> list[Any]:
    return sorted(items, key=sp.default_sort_key)
