"""`lemmata theorem`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checks.commands.app import Data, DataDir, Device, Patterns, Seed, app
from checks.commands.parts.asked import place_of
from checks.errors import InputError, UsageError

if TYPE_CHECKING:
    from numerics.data import Dataset

SCHEMA = 1


@app.command()
def theorem(
    patterns: Patterns = None,
    data: Data = None,
    data_dir: DataDir = None,
    inputs: Annotated[int, typer.Option(help="The number of inputs.", min=1)] = 10,
    depth: Annotated[
        int | None,
        typer.Option(
            help="The number of hidden layers; by default 3, or more where a theorem needs it.", min=1, max=10**9
        ),
    ] = None,
    width: Annotated[int, typer.Option(help="The width of the networks that are measured.", min=1)] = 512,
    delta: Annotated[float, typer.Option(help="The chance with which the theorem may fail.")] = 0.1,
    epsilon: Annotated[
        float,
        typer.Option(
            help="The loss that is asked for, as a share of the first; liu2019 and macdonald2023: the loss itself."
        ),
    ] = 0.01,
    activation: Annotated[str, typer.Option(help="The activation of the networks.")] = "softplus",
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A number to use instead of the one computed from the data."),
    ] = None,
    measure: Annotated[
        bool, typer.Option("--measure/--no-measure", help="Train networks to measure constants.")
    ] = True,
    latex_: Annotated[
        bool, typer.Option("--latex", help="The constants and the table as LaTeX, on standard output.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Write everything to this file.")] = None,
    figures: Annotated[Path | None, typer.Option(help="Draw what each constant wastes into this folder.")] = None,
    seed: Seed = 0,
    device: Device = "auto",
) -> None:
    """Say what a theorem asks for on data: width, step and iterations, and which lemma wastes how much of it.

    Exit code 1 if a constant is measured beyond what its lemma says, on networks that the theorem covers.
    """
    from checks.library.collect import resolve
    from checks.measurable import Setting
    from checks.running.devices import resolve_device
    from checks.store.results import dump, ensure_writable, write_atomically
    from checks.studies.theorems.evaluation import evaluated
    from checks.studies.theorems.find import theorems
    from checks.studies.theorems.tables import as_json, as_latex, beyond_proof, covered
    from checks.terminal.progress import console
    from checks.terminal.theorem import print_theorem

    for name, share in (("delta", delta), ("epsilon", epsilon)):
        if not 0 < share < 1:
            raise UsageError(f"--{name} {share:g}: a number between 0 and 1 is needed")
    if json is not None:
        ensure_writable(json)
    chosen = theorems(patterns or [])
    setting = Setting(
        _data(data, data_dir, inputs, seed),
        width=width,
        delta=delta,
        epsilon=epsilon,
        activation=activation,
        seed=seed,
        device=resolve_device(device),
        given=_values(given),
    )
    out, found, failed = console(), [], []
    for item, one, reading in chosen:
        try:
            found.append(evaluated(item.id, one, reading, replace(setting, depth=depth or reading.depth), measure))
        except InputError as error:  # what the other theorems ask for is not lost
            failed.append(f"{item.id}: {error}")
            continue
        if not latex_:
            if len(found) > 1:
                out.print()
            print_theorem(out, found[-1], resolve(item).title)
    if latex_:
        typer.echo("\n".join(map(as_latex, found)), nl=False)
    if figures is not None:
        from checks.figures.waterfall import save, waterfall

        figures.mkdir(parents=True, exist_ok=True)
        for made in found:
            picture = waterfall(made)
            if picture is not None:
                save(picture, str(figures / f"{made.id.replace('.', '-')}-{made.main}.png"))
    if json is not None and found:
        write_atomically(json, dump({"schema": SCHEMA, "theorems": [as_json(one) for one in found]}))
    if failed:
        raise UsageError("; ".join(failed))
    raise typer.Exit(1 if any(covered(one) and beyond_proof(one) for one in found) else 0)


def _data(path: Path | None, folder: Path | None, inputs: int, seed: int) -> Dataset:
    from numerics.data import DataError, digits, load

    try:
        return digits(inputs, seed) if path is None else load(place_of(path, folder), inputs)
    except DataError as error:
        raise UsageError(str(error)) from None


def _values(given: list[str] | None) -> dict[str, str]:
    """The numbers of `--set NAME=VALUE`, as they were written."""
    found: dict[str, str] = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        try:
            float(value)
        except ValueError:
            equals = ""
        if not equals or not name:
            raise UsageError(f"--set {text}: write NAME=VALUE with a number, such as --set lambda_0=0.01")
        found[name] = value
    return found
