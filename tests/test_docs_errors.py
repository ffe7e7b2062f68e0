"""The page on messages: every example is run, and says what is printed there."""

from __future__ import annotations

import itertools
import re
import shlex
import sys
from pathlib import Path

import pytest

from checks import cli

PAGE = (Path(__file__).parent.parent / "docs" / "errors.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
FIRST = BLOCKS[0][1]
PAIRS = [(code, text) for (kind, code), (then, text) in itertools.pairwise(BLOCKS)
         if (kind, then) == ("python", "text")]  # fmt: skip
CONSOLE = [code for kind, code in BLOCKS if kind == "console"]
PAPER = FIRST + 'paper = Paper("mypaper", statements=(Bound("a", exp(-(x**2)), 1),))\n'


def test_all_blocks_are_examples() -> None:
    assert len(PAIRS) >= 15
    assert len(CONSOLE) >= 8
    assert len(BLOCKS) == 1 + 2 * len(PAIRS) + len(CONSOLE)


@pytest.mark.parametrize(("code", "said"), PAIRS, ids=[text.split("\n")[0][:40] for _, text in PAIRS])
def test_a_message_of_python(code: str, said: str) -> None:
    with pytest.raises((ValueError, KeyError)) as raised:
        exec(compile(FIRST + code, "example", "exec"), {})
    assert str(raised.value).strip() == said.strip()


@pytest.mark.parametrize("block", CONSOLE, ids=[block.split("\n")[0][2:] for block in CONSOLE])
def test_a_message_of_the_command(
    block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    if "cuda" in block and torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mypaper.py").write_text(PAPER)
    (tmp_path / "slip.py").write_text("paper = = 3\n")
    (tmp_path / "empty.py").write_text(FIRST)
    (tmp_path / "lemmata.lock").write_text("")
    command, *said = block.strip().split("\n")
    monkeypatch.setattr(sys, "argv", shlex.split(command.removeprefix("$ ")))
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code not in (0, None)
    assert capsys.readouterr().err.strip() == "\n".join(said)
