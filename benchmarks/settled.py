"""Statements of many kinds, true, false and hard, and their verdicts in one setting: they are to be the same in each.

`python -m benchmarks.settled alone|row|thread [NAME…]` prints what was found, without the seconds: each statement in a
process of its own; all in one process, the last one first; or in a thread, beside others that keep the machine busy.
Without arguments it says what differs between the three.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from sympy import (
    Abs,
    Derivative,
    Integral,
    MatrixSymbol,
    Max,
    Rational,
    S,
    Sum,
    acos,
    asin,
    atan,
    besselj,
    cos,
    cosh,
    erf,
    exp,
    log,
    oo,
    pi,
    sin,
    sinh,
    sqrt,
    symbols,
    tanh,
)

from checks.methods import NAMES
from checks.running import runner
from checks.running.runner import Options, check
from derivations import (
    Bound,
    Constant,
    Existence,
    Expectation,
    Gradient,
    Identity,
    Paper,
    infimum,
    inner,
    norm,
    relu,
    step,
    supremum,
    vector,
)

STEPS = 300_000
"""The budget of a method here: what needs none is far from it, the hard statements spend it."""
x, y, z, t = symbols("x y z t", real=True)
p, q = symbols("p q", positive=True)
k, n, d = symbols("k n d", integer=True, positive=True)
u, v = symbols("u v", real=True)
X, w, a, b = MatrixSymbol("X", n, d), vector("w", d), vector("a", d), vector("b", d)


@cache
def paper() -> Paper:
    """All of them; the last ones are hard, and spend the budget."""
    near, half = {x: (0, 1)}, Rational(1, 2)
    return Paper(
        "settled",
        statements=(
            Identity("pythagoras", sin(x) ** 2 + cos(x) ** 2, 1),
            Identity("logistic", 1 / (1 + exp(-x)), exp(x) / (1 + exp(x))),
            Identity("double-angle", tanh(2 * x), 2 * tanh(x) / (1 + tanh(x) ** 2)),
            Identity("cubes", (x + y) ** 3, x**3 + 3 * x**2 * y + 3 * x * y**2 + y**3),
            Identity("quotient", (x**2 - y**2) / (x - y), x + y, where=x - y >= 1),
            Identity("root-of-square", sqrt(x**2), Abs(x)),
            Identity("logarithm", log(p * q), log(p) + log(q)),
            Identity("hyperbolic", cosh(x) ** 2 - sinh(x) ** 2, 1),
            Identity("derivative", Derivative(exp(-(x**2) / 2), x), -x * exp(-(x**2) / 2)),
            Identity("arc", Derivative(atan(x), x), 1 / (1 + x**2)),
            Identity("integral", Integral(t * exp(-t), (t, 0, 1)), 1 - 2 * exp(-1)),
            Identity("geometric", Sum(Rational(1, 2) ** k, (k, 1, oo)), 1),
            Identity("inner-sum", inner(a + b, a + b), inner(a, a) + 2 * inner(a, b) + inner(b, b)),
            Identity("parallelogram", norm(a + b) ** 2 + norm(a - b) ** 2, 2 * norm(a) ** 2 + 2 * norm(b) ** 2),
            Identity("relu-split", relu(x) - relu(-x), x),
            Identity("step-split", step(x) + step(-x), 1, on={x: (1, 3)}),
            Identity("denested", sqrt(3 + 2 * sqrt(2)), 1 + sqrt(2)),
            Identity("false-sign", sin(x) ** 2 - cos(x) ** 2, 1),
            Identity("false-factor", (x + y) ** 2, x**2 + x * y + y**2),
            Identity("false-branch", acos(cos(x)), x, on={x: (-1, 1)}),
            Identity("false-root", sqrt(x**2), x),
            Identity("false-inner", inner(a + b, a + b), inner(a, a) + inner(a, b) + inner(b, b)),
            Identity("false-far-digit", x + Rational(1, 10**30), x),
            Bound("square", 0, x**2),
            Bound("means", 2 * p * q, p**2 + q**2),
            Bound("logarithm-below", log(p), p - 1, sharp_at={p: 1}),
            Bound("sine", sin(x), x, on={x: (0, pi / 2)}),
            Bound("exponential", 1 + x, exp(x), sharp_at={x: 0}),
            Bound("smoothness", exp(-x) / (1 + exp(-x)) ** 2, Rational(1, 4), sharp_at={x: 0}),
            Bound("sizes", k, 2**k),
            Bound("on-a-box", x * y, half, on={x: (0, half), y: (0, 1)}),
            Bound("constrained", x * y, Rational(1, 4), on={x: (0, 1), y: (0, 1)}, where=x + y <= 1),
            Bound("kernel", cos(t), (sin(t) + (pi - t) * cos(t)) / pi + half, on={t: (0, pi)}),
            Bound("cauchy", inner(a, b) ** 2, inner(a, a) * inner(b, b)),
            Bound("nearly-true", exp(x), 1 + x + x**2 * Rational(72, 100), on=near),
            Bound("nearly-false", exp(x), 1 + x + x**2 * Rational(71, 100), on=near),
            Bound("false-slope", x, x**2, on=near),
            Bound("false-at-one-end", sin(x), x - x**3 / 5, on=near),
            Bound("false-size", k**2, 2**k),
            Constant("mean", Expectation(relu(u), (u,)), 1 / sqrt(2 * pi)),
            Constant("second-moment", Expectation(relu(u) ** 2, (u,)), half),
            Constant("peak", supremum(x * exp(-x), x, (0, oo)), exp(-1)),
            Constant("valley", infimum(x**2 - x, x, (0, 1)), -Rational(1, 4)),
            Constant("false-mean", Expectation(relu(u), (u,)), Rational(2, 5)),
            Constant("error-function", Expectation(erf(u) ** 2, (u,)), 2 * asin(Rational(2, 3)) / pi),
            Gradient("least-squares", w, X.T * X * w, of=inner(X * w, X * w) / 2),
            Gradient("false-gradient", w, 2 * X.T * X * w, of=inner(X * w, X * w) / 2),
            Existence("between", {x: half}, [x**2 <= x, x > 0]),
            Existence("false-between", {x: 2}, [x**2 <= x]),
            Bound("power-exponential", (1 + x) ** k, exp(k * x), on={x: (0, 1), k: S.Naturals}),
            Bound("polynomial-root", 0, (x**6 - x * y + z**4) ** 2 + sin(x * y * z) * exp(x - z) + 3 + x**2 * z**2),
            Identity("bessel", Integral(besselj(0, t) * exp(-(t**2)) * cos(t), (t, 0, oo)), half),
            Identity(
                "trigonometric-mess",
                sum((sin(i * x + y) ** 3 * cos(x - i * z) ** 2 for i in range(1, 6)), S.Zero),
                Max(x, y) * sin(z) ** 5,
            ),
            Bound("binomial-power", (1 + x) ** 9 * exp(y), exp(9 * x + y) + sin(x * y) ** 2, on={x: (0, 1)}),
        ),
    )


def settled(name: str) -> str:
    """What is found of one statement, without the seconds, as a line of JSON."""
    runner.METHOD_STEPS = STEPS
    result = check(paper()[name], Options(), ())
    evidence = [
        [e.method, e.verdict.value, e.detail, e.residual, e.tolerance, e.witness, e.reachable, e.route, repr(e.data)]
        for e in result.evidence
    ]
    said = [name, result.verdict.value, result.assurance.value, result.reason, evidence]
    return json.dumps(said, ensure_ascii=False)


def alone(names: Sequence[str]) -> list[str]:
    """Each in a process of its own, in which nothing was computed before."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["checks.running.runner", *(f"checks.methods.{name}" for name in NAMES)])
    with context.Pool(1, maxtasksperchild=1) as pool:
        return pool.map(settled, names, chunksize=1)


def row(names: Sequence[str]) -> list[str]:
    """One after another in one process, the last one first."""
    return [settled(name) for name in reversed(names)]


def thread(names: Sequence[str]) -> list[str]:
    """In a thread, beside another that takes half of the interpreter's time."""
    done = threading.Event()
    found: list[str] = []

    def busy() -> None:
        while not done.is_set():
            sum(range(1000))

    other = threading.Thread(target=busy, daemon=True)
    worker = threading.Thread(target=lambda: found.extend(map(settled, names)))
    for each in (other, worker):
        each.start()
    worker.join()
    done.set()
    return found


SETTINGS: dict[str, Callable[[Sequence[str]], list[str]]] = {"alone": alone, "row": row, "thread": thread}


def found_in(setting: str, names: Sequence[str], hash_seed: int) -> list[str]:
    """What a fresh interpreter finds in one of the settings, by name; text has the hashes of `hash_seed` there."""
    command = [sys.executable, "-m", "benchmarks.settled", setting, *names]
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()


def found_everywhere(names: Sequence[str] = ()) -> dict[str, list[str]]:
    """What is found in each of the settings, under other hashes; of all statements if no names are given."""
    return {setting: found_in(setting, names, seed) for seed, setting in enumerate(SETTINGS)}


def differing(found: Mapping[str, Sequence[str]]) -> list[str]:
    """The lines that are not the same in all settings."""
    every = found.values()
    return sorted({line for lines in every for line in lines if not all(line in others for others in every)})


def main(arguments: Sequence[str]) -> int:
    """Print what is found in the setting that is named first; without one, what differs between the settings."""
    setting, *names = arguments or [""]
    wanted = names or [s.slug for s in paper().statements]
    lines = sorted(SETTINGS[setting](wanted)) if setting else differing(found_everywhere())
    print(
        "\n".join(lines) if setting or lines else f"{len(wanted)} statements are the same in {len(SETTINGS)} settings"
    )
    return int(not setting and bool(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
