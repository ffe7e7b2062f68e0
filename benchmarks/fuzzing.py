"""Random instances of what an engine is given, and whether each answer was right: `make soak` runs many thousands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.store.shelf import Shelf
from derivations.outcomes.budget import BudgetSpent, budget

AT_ONCE = 100
"""Instances that are done, and kept, together."""
STEPS = 4_000_000
"""For one of them; SymPy's own rules may not end. What is left is counted as such, and says nothing."""


@dataclass(frozen=True)
class Fuzzer:
    """What is drawn, in words, and what came out for a seed: kinds, `wrong` among them, each with what to say of it."""

    of: str
    outcomes: Callable[[int], Iterator[tuple[str, str]]]


def _functions(seed: int) -> Iterator[tuple[str, str]]:
    from benchmarks.function_trees import outcomes

    for found in outcomes(seed):
        yield f"{found.system} {found.kind}", f"{found.system}: {found.detail}"


def _calculus(seed: int) -> Iterator[tuple[str, str]]:
    from benchmarks.calculus_trees import outcome

    found = outcome(seed, 1 + seed % 3, every=10)
    yield found.kind, f"tree {seed}: {found.detail}"


def _enclosures(seed: int) -> Iterator[tuple[str, str]]:
    from benchmarks.false_claims import missed, proved, random_definition, random_false_claim

    number, kind = divmod(seed, 2)
    if kind == 0:
        f, box = random_false_claim(number)
    else:
        drawn = random_definition(number)
        f, box = drawn.claim, drawn.box
        off = missed(drawn)
        yield ("ball wrong", f"definition {number}: {off}") if off else ("ball right", "")
    yield ("wrong", f"claim {seed}: {f} >= 0 on {box} is called proved") if proved(f, box) else ("right", "")


def _models(seed: int) -> Iterator[tuple[str, str]]:
    from benchmarks.measured_models import outcomes

    yield from outcomes(seed)


def _vectors(seed: int) -> Iterator[tuple[str, str]]:
    from benchmarks.vector_claims import outcome

    yield outcome(seed)


FUZZERS = {
    "functions": Fuzzer("expressions in every number system", _functions),
    "calculus": Fuzzer("gradients of trees of matrix calculus", _calculus),
    "enclosures": Fuzzer("false claims of inequalities", _enclosures),
    "vectors": Fuzzer("claims on vectors of symbolic size", _vectors),
    "models": Fuzzer("models as people write them", _models),
}


def fuzz(name: str, seeds: int, jobs: int, folder: Path) -> str:
    """A line on what `seeds` random instances gave, and one for each wrong answer; goes on where it stopped.

    Parameters
    ----------
    name: one of FUZZERS.
    folder: where the outcomes are kept, a batch an entry.
    """
    from joblib import Parallel, delayed

    shelf = Shelf(name, folder / f"{name}.sqlite")
    known = shelf.all()
    wanted = [f"{start} {min(start + AT_ONCE, seeds)}" for start in range(0, seeds, AT_ONCE)]
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered")
    for key, found in parallel(delayed(_batch)(name, key) for key in wanted if key not in known):
        known[key] = found
        shelf.put({key: found})
        print(*found["wrong"], sep="\n", end="\n" if found["wrong"] else "", flush=True)
    kinds = sum((Counter(known[key]["kinds"]) for key in wanted), Counter[str]())
    told = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
    return "\n".join([f"{seeds} {FUZZERS[name].of}: {told}", *(line for key in wanted for line in known[key]["wrong"])])


def _batch(name: str, key: str) -> tuple[str, dict[str, Any]]:
    kinds, wrong = Counter[str](), []
    for seed in range(*map(int, key.split())):
        try:
            with budget(STEPS):
                found = list(FUZZERS[name].outcomes(seed))
        except BudgetSpent:
            found = [("budget spent", "")]
        kinds.update(kind for kind, _ in found)
        wrong += [said for kind, said in found if kind.split()[-1] == "wrong"]
    return key, {"kinds": dict(kinds), "wrong": wrong}
