"""Symbolic steps: deriving closed forms, and building the papers and all their derivations."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import sympy as sp
from mpmath import mp

from benchmarks.timing import Note, Row, median_time
from derivations.gaussian import Expectation, correlated, relu
from derivations.gaussians.expectations import expected
from derivations.papers import KEYS
from derivations.papers.liu2019 import notation as n

SCRIPT = """
import json, sys, time
start = time.perf_counter()
import derivations
begun = time.perf_counter()
from derivations.papers import paper
statements = paper(sys.argv[1]).statements
built = time.perf_counter()
steps = [len(s.derivation.steps) for s in statements if s.derivation is not None]
done = time.perf_counter()
print(json.dumps([begun - start, built - begun, done - built, len(statements), len(steps), sum(steps)]))
"""
"""A paper in a process of its own, so that nothing that SymPy keeps helps: imports, statements, derivations."""


def symbolic(quick: bool) -> Iterator[Row | Note]:
    """The ReLU kernel for every angle against quadrature at one; the derivations of each paper."""
    u, x = sp.symbols("u x", real=True)
    kernel = Expectation(relu(u) * relu(x), (u, x), correlated(n.phi))
    ours = median_time(lambda: expected(kernel))

    def quadrature() -> object:
        c, s = mp.cos(1), mp.sin(1)

        def inner(t: object) -> object:
            low = -t * c / s
            return t * mp.quad(lambda y: (c * t + s * y) * mp.exp(-(t * t + y * y) / 2), [low, mp.inf])

        return mp.quad(inner, [0, mp.inf]) / (2 * mp.pi)

    yield Row(
        "E σ(u)σ(v), closed form for every φ", ours, "mpmath.quad at one φ, 15 digits", median_time(quadrature, 1)
    )
    for key in KEYS[: 1 if quick else None]:
        found = subprocess.run([sys.executable, "-c", SCRIPT, key], capture_output=True, text=True, check=True)
        imports, built, derived, statements, derivations, steps = json.loads(found.stdout)
        yield Row(f"{key}: {statements} statements, written down", built, "import sympy and the calculus", imports)
        yield Row(f"{key}: {derivations} derivations, {steps} steps", derived, "import sympy and the calculus", imports)
