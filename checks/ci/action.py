"""What the GitHub action runs: its inputs, from the environment, as a `lemmata check`."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping


def commands(inputs: Mapping[str, str]) -> list[list[str]]:
    """The commands to run in turn; words are split as in a shell, without running one."""
    patterns = shlex.split(inputs.get("PATTERNS", ""))
    seed = inputs.get("SEED", "") or "0"
    check = ["check", *patterns, *(["--fresh"] if seed == "fresh" else ["--seed", seed])]
    check += ["--quick"] if inputs.get("QUICK") == "true" else []
    for name in ("LOCK", "JUNIT", "JSON"):
        if inputs.get(name):
            check += [f"--{name.lower()}", inputs[name]]
    found = [["prove", *patterns]] if inputs.get("ROCQ") == "true" else []
    found.append(check)
    if inputs.get("REPORT"):
        found.append(["report", *patterns, "-o", inputs["REPORT"]])
    return found


def main() -> int:
    """Run them all, the page also after a failed check; the exit code is that of the check."""
    code = 0
    for arguments in commands(os.environ):
        print(f"lemmata {shlex.join(arguments)}", flush=True)
        done = subprocess.run([sys.executable, "-m", "checks", *arguments], check=False)
        code = done.returncode if arguments[0] == "check" else code
    return code


if __name__ == "__main__":
    sys.exit(main())
