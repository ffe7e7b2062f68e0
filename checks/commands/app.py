"""The command and what its parts share: arguments, processes, leaving."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from checks.commands.parts import completion

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Check the statements of papers about neural networks.",
)

Patterns = Annotated[
    list[str] | None,
    typer.Argument(
        help="Ids, globs such as 'liu2019.*', or Python files.", show_default=False, autocompletion=completion.patterns
    ),
]
Id = Annotated[
    str,
    typer.Argument(
        help="The id of a statement, or a Python file and an id as FILE.py:ID.", autocompletion=completion.statements
    ),
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.", autocompletion=completion.devices)]
Methods = Annotated[
    str | None, typer.Option(help="Only these methods, separated by commas.", autocompletion=completion.methods)
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Compute everything again, and ignore earlier results.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]
Seed = Annotated[int, typer.Option(help="Seed of every random choice.", min=0)]
Fresh = Annotated[
    bool,
    typer.Option("--fresh", help="Draw a new seed; what it leaves undecided is checked again with the next seed."),
]
Jobs = Annotated[int | None, typer.Option(help="Number of processes; by default one for each core.")]
BackendName = Annotated[
    str, typer.Option(help="local, ray or dask: where tasks run.", autocompletion=completion.backends)
]
Address = Annotated[
    str | None, typer.Option(help="HOST:PORT of the Ray or Dask cluster; by default one is started here.")
]


Data = Annotated[
    Path | None,
    typer.Option(help="Your own data instead of digits: .npz, .csv, a folder of images or of IDX files, or mnist."),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        help="The folder of the files of --data mnist; by default LEMMATA_DATA, then what `lemmata data` fetched."
    ),
]


def hush_executor() -> None:
    """Keep the process pool from printing: a traceback when Ctrl-C takes its workers away, a warning when one dies."""
    import os
    import threading
    import warnings

    # the process that cleans up after workers, which it does all the same
    quiet = "ignore:resource_tracker:UserWarning"
    kept = [w for w in os.environ.get("PYTHONWARNINGS", "").split(",") if w and w != quiet]
    os.environ["PYTHONWARNINGS"] = ",".join([*kept, quiet])
    warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
    shown = threading.excepthook

    def hook(details: Any) -> None:
        if "Executor" not in type(details.thread).__name__:
            shown(details)

    threading.excepthook = hook


def stop_now(code: int) -> NoReturn:
    """Exit immediately, workers included: everything is written, and there is no need to wait for their tasks."""
    import multiprocessing
    import os
    import signal
    from contextlib import suppress

    from joblib.externals.loky import reusable_executor

    # asking loky for its pool would wait for the tasks in it
    pool = getattr(reusable_executor, "_executor", None)
    for process in [*(getattr(pool, "_processes", None) or {}).values(), *multiprocessing.active_children()]:
        if process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
