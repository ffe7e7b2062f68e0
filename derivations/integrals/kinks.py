"""ReLU, step, |·| and sign of a multiple s·z of a variable, where the sign of s is not known."""

from __future__ import annotations

from itertools import product
from typing import Any

from sympy import Abs, Expr, Heaviside, Pow, S, sign

from derivations.gaussian import relu
from derivations.integrals.polar import KINKED, on_sign


def without_scales(f: Expr, variables: tuple[Any, ...]) -> Expr:
    """`f` with the factor of a variable taken out of its kinked functions, where the factor's sign is not known.

    relu(s z) = relu(s) relu(z) + relu(−s) relu(−z), likewise step, for which it holds at s = 0 as well,
    and |s z| = |s| |z|, sign(s z) = sign(s) sign(z).

    >>> from sympy import symbols
    >>> s, z = symbols("s z", real=True)
    >>> without_scales(relu(s * z), (z,))
    relu(-s)*relu(-z) + relu(s)*relu(z)
    """

    def factors(e: Any) -> tuple[Expr, Expr] | None:
        if not isinstance(e, KINKED) or (isinstance(e, Heaviside) and e.args[1:] not in ((), (S.Half,))):
            return None
        s, z = e.args[0].expand().factor().as_independent(*variables, as_Add=False)
        unknown = s.is_positive is None and s.is_negative is not True
        return (s, z) if z in variables and unknown else None

    def opened(e: Any) -> Any:
        base, power = (e.base, e.exp) if isinstance(e, Pow) and isinstance(e.base, relu) else (e, S.One)
        found = factors(base)
        if found is None or power.is_positive is not True:
            return e
        s, z = found
        if isinstance(base, Abs | sign):
            return base.func(s) * base.func(z)
        return base.func(s) ** power * base.func(z) ** power + base.func(-s) ** power * base.func(-z) ** power

    made: Expr = f
    for _ in range(len(f.atoms(*KINKED))):
        following = made.replace(lambda e: isinstance(e, Pow) and isinstance(e.base, relu), opened)
        following = following.replace(lambda e: isinstance(e, KINKED), opened)
        if following == made:
            break
        made = following
    return made


def jumps(f: Expr, variable: Any, others: tuple[Any, ...]) -> bool:
    """Whether f at 0 is not its limit from either side in a variable, as for step and sign.

    `others` are the other variables of f, whose signs are taken in turn; raises NoClosedForm where kinks are shifted.
    """
    for signs in product((1, -1), repeat=len(others)):
        known = dict(zip(others, signs, strict=True))
        at = f.xreplace({variable: S.Zero})
        at = on_sign(at, known) if known else at
        for side in (1, -1):
            if (on_sign(f, {variable: side, **known}).xreplace({variable: S.Zero}) - at).expand() != 0:
                return True
    return False
