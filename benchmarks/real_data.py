"""`python -m benchmarks.real_data [ID…] [--data-dir FOLDER]`: training runs of papers on MNIST, beside those on digits.

Each statement that takes data is checked on both; verdicts, what was seen and the pictures go to `benchmarks/results`.
What an earlier run found stays for the statements that are not named.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from checks.api import check
from checks.figures import draw
from checks.store.results import environment, write_atomically
from checks.verdicts import Result
from numerics.data import located

RESULTS = Path(__file__).parent / "results"
STATEMENTS = (
    "macdonald2023.mechanism-values",
    "macdonald2023.mechanism-loss",
    "du2018.theorem-5-1",
    "du2018.theorem-6-1",
    "du2018.theorem-7-1",
    "zhang2019.train-deep",
    "zhang2019.train-tau-one",
)
"""The statements whose readings train networks on images."""


def seen(result: Result) -> str:
    """What the measurement of a statement saw, in its own words."""
    return next((e.detail for e in result.evidence if e.method == "trajectory"), result.reason)


def row(item: str, folder: Path) -> tuple[dict[str, Any], Result]:
    """A statement's verdicts on digits and on MNIST with the seconds they took, and its result on MNIST."""
    found: dict[str, Any] = {}
    last: Result | None = None
    for name, data in (("digits", ""), ("mnist", str(folder))):
        started = time.perf_counter()
        (last,) = check([item], data=data)
        found[name] = {
            "verdict": last.verdict.value,
            "seen": seen(last),
            "seconds": round(time.perf_counter() - started, 1),
        }
    assert last is not None
    return found, last


def table(rows: dict[str, Any]) -> str:
    """The findings as Markdown."""
    lines = [
        "# Real data: MNIST beside digits",
        "",
        "`python -m benchmarks.real_data`; seconds with checking, on a busy machine.",
        "",
    ]
    lines += ["du2018: 100 images; zhang2019: 20; macdonald2023: 500, 30 steps of 64 (on a GPU 4000, 240 of 128).", ""]
    for item, found in rows.items():
        lines += [f"## {item}", ""]
        for name, one in found.items():
            lines.append(f"- **{name}**: {one['verdict']}, {one['seconds']} s. {one['seen']}")
        lines.append("")
    left = [item for item in STATEMENTS if item not in rows]
    lines += [f"Not run on MNIST: {', '.join(left)}.", ""] if left else []
    return "\n".join(lines)


def main() -> None:
    """Run what is asked for, one statement after the other; each finding and picture is on disk at once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("statements", nargs="*", default=STATEMENTS)
    parser.add_argument("--data-dir", default=None)
    asked = parser.parse_args()
    folder = located("mnist", asked.data_dir)
    file = RESULTS / "mnist.json"
    known = json.loads(file.read_text(encoding="utf-8"))["statements"] if file.exists() else {}
    made: list[Result] = []
    for item in asked.statements:
        known[item], result = row(item, folder)
        made.append(result)
        write_atomically(file, json.dumps({"statements": known, "environment": environment()}, indent=1) + "\n")
        write_atomically(RESULTS / "mnist.md", table(known))
        for picture in draw(made, RESULTS):
            picture.rename(picture.with_name(f"mnist-{picture.name}"))
        print(item, {name: one["verdict"] for name, one in known[item].items()}, flush=True)


if __name__ == "__main__":
    main()
