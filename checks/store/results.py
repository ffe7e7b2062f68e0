"""Results on disk: the JSON report and what the last runs knew."""

from __future__ import annotations

import json
import math
import os
import platform
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from checks.errors import UsageError
from checks.store.files import replaced
from checks.store.shelf import Shelf
from checks.verdicts import Assurance, Evidence, Result, Verdict
from derivations.outcomes.reasons import Reason
from numerics.witnesses import Witness

SCHEMA = 1
PACKAGES = ("lemmata", "sympy", "mpmath", "numpy", "scipy", "torch", "python-flint")


@cache
def environment() -> dict[str, str]:
    """The versions that a result depends on."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def to_json(result: Result) -> dict[str, Any]:
    """A result as JSON data."""
    return {
        "id": result.id,
        "paper": result.paper,
        "kind": result.kind,
        "source": result.source,
        "fingerprint": result.fingerprint,
        "verdict": result.verdict.value,
        "assurance": result.assurance.value,
        "reason": result.reason,
        "evidence": [evidence_to_json(e) for e in result.evidence],
    }


def evidence_to_json(e: Evidence) -> dict[str, Any]:
    """A piece of evidence as JSON data."""
    return {
        "method": e.method,
        "verdict": e.verdict.value,
        "residual": _finite(e.residual),
        "tolerance": _finite(e.tolerance),
        "detail": e.detail,
        "witness": e.witness,
        "reason": e.reason.value if e.reason is not None else None,
        "point": _point(e.at),
        "seed": e.seed,
        "seconds": round(e.seconds, 3),
        "reachable": e.reachable,
        "route": e.route,
        "alone": e.alone,
        **({"place": dict(e.at.place)} if e.at is not None and e.at.place else {}),
        **({"values": plain(e.at.values)} if e.at is not None and e.at.values else {}),
        **({"data": plain(e.data)} if e.data else {}),
    }


def _point(at: Witness | None) -> dict[str, Any] | None:
    if at is None or at.point is None:
        return None
    from numerics.witnesses.exact import written  # SymPy takes half a second, and most evidence has no point

    return written(at.point)


def plain(data: Any) -> Any:
    """Data as JSON knows it: numbers that are not finite become text."""
    if isinstance(data, Mapping):
        return {str(k): plain(v) for k, v in data.items()}
    if isinstance(data, list | tuple):
        return [plain(v) for v in data]
    return _finite(data) if isinstance(data, float) else data


def _finite(x: float | None) -> float | str | None:
    return x if x is None or math.isfinite(x) else str(x)


def from_json(data: dict[str, Any]) -> Result:
    """The result that `to_json` wrote; raises KeyError, ValueError or TypeError for anything else."""
    evidence = tuple(evidence_from_json(e) for e in data["evidence"])
    return Result(
        str(data["id"]),
        str(data["paper"]),
        str(data["kind"]),
        str(data["source"]),
        str(data["fingerprint"]),
        evidence,
        Verdict(data["verdict"]),
        Assurance(data["assurance"]),
        str(data["reason"]),
    )


def evidence_from_json(e: dict[str, Any]) -> Evidence:
    """The evidence that `evidence_to_json` wrote; raises KeyError, ValueError or TypeError for anything else."""
    return Evidence(
        method=str(e["method"]),
        verdict=Verdict(e["verdict"]),
        detail=str(e["detail"]),
        residual=None if e["residual"] is None else float(e["residual"]),
        tolerance=None if e["tolerance"] is None else float(e["tolerance"]),
        witness=None if e["witness"] is None else str(e["witness"]),
        seed=None if e["seed"] is None else int(e["seed"]),
        seconds=float(e["seconds"]),
        reachable=bool(e["reachable"]),
        route=str(e.get("route", "")),
        alone=bool(e.get("alone", True)),
        data=dict(e.get("data", {})),
        reason=None if e.get("reason") is None else Reason(e["reason"]),
        at=_witness_from_json(e),
    )


def _witness_from_json(e: dict[str, Any]) -> Witness | None:
    """The witness of a report: None where it has a text alone, as older reports have."""
    point, place, values = e.get("point"), dict(e.get("place") or {}), tuple(e.get("values") or ())
    if e["witness"] is None or (point is None and not place and not values):
        return None
    if point is not None:
        from numerics.witnesses.exact import read

        if not isinstance(point, dict):
            raise TypeError(f"a point is a table of values by name, not {type(point).__name__}")
        try:
            point = read(point)
        except (AttributeError, TypeError, ValueError):
            return None  # a number that is written in another way: its text is left
    return Witness(str(e["witness"]), point, place, values)


def summary(results: Iterable[Result]) -> dict[str, int]:
    """How many results have each verdict."""
    counts = {v.value: 0 for v in Verdict}
    for result in results:
        counts[result.verdict.value] += 1
    return counts


def report(results: Sequence[Result], *, seed: int, device: str, interrupted: bool = False) -> dict[str, Any]:
    """The JSON report of a run."""
    return {
        "schema": SCHEMA,
        "environment": {**environment(), "device": device, "seed": seed},
        "statements": [to_json(r) for r in results],
        "summary": summary(results),
        **({"interrupted": True} if interrupted else {}),
    }


def write_atomically(path: Path, text: str) -> None:
    """Replace the file atomically, so that it is never half-written; raises UsageError if that fails."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """The same for bytes."""
    try:
        replaced(path, content, f".{path.name}.")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


def ensure_writable(path: Path) -> None:
    """Raise UsageError before any work is done if the file could not be written in the end."""
    if path.is_dir():
        raise UsageError(f"cannot write {path}: it is a folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
    if path.exists() and not os.access(path, os.W_OK):
        raise UsageError(f"cannot write {path}: it is read-only")


def dump(data: Any) -> str:
    """Deterministic JSON text."""
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def remember(results: Iterable[Result]) -> None:
    """Add results to what the last runs in this folder knew."""
    Shelf(f"results {SCHEMA}").put({r.id: to_json(r) for r in results})


def recall() -> dict[str, Result]:
    """What the last runs in this folder found, by id."""
    found = {}
    for id, data in Shelf(f"results {SCHEMA}").all().items():
        with suppress(ValueError, KeyError, TypeError):
            found[id] = from_json(data)
    return found


def standings() -> dict[str, tuple[str, str, str]]:
    """Fingerprint, verdict and assurance that the last runs in this folder found, by id."""
    found = {}
    for id, data in Shelf(f"results {SCHEMA}").all().items():
        with suppress(ValueError, KeyError, TypeError):
            verdict, assurance = Verdict(data["verdict"]), Assurance(data["assurance"])
            found[id] = (str(data["fingerprint"]), verdict.value, assurance.value)
    return found
