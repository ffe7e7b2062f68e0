"""Forward stability on data: the width that the proof asks for, and from which on simulations stay in the band."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import Any

import torch

from checks.measurable import Setting, TheoremReading
from derivations.arguments import InputError
from numerics.stability import log_growth

WIDTHS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
TRIALS = 400
"""Sets of n inputs, taken as independent networks: the chance of one leaving the band is no smaller."""
SINGLE = 60_000
"""Networks from which the rate of failures is taken."""
ENOUGH = 50
"""Failures that tell a rate."""


def _blocks(setting: Setting) -> int:
    blocks = int(float(setting.given.get("L", setting.depth)))
    if blocks < 3:
        raise InputError(f"L = {blocks}: the bound needs at least 3 residual blocks; give --depth")
    return blocks


def data(setting: Setting) -> dict[str, Any]:
    """The number of blocks is the depth."""
    return {"L": _blocks(setting)}


def _failed(width: int, blocks: int, trials: int, setting: Setting) -> torch.Tensor:
    """Which networks have max_l ‖h_l‖² ≥ e²‖h_0‖²."""
    g = torch.Generator(device=setting.device).manual_seed(setting.seed + width)
    path = log_growth([blocks**-0.5], blocks, width, trials, g, path=True)[:, 0]
    return path.max(0).values >= 2


def measured(setting: Setting, named: Mapping[str, Any]) -> dict[str, Any]:
    """−log of the share of failures over the width, where there are enough to tell."""
    blocks, rates = _blocks(setting), []
    for m in WIDTHS:
        count = int(_failed(m, blocks, SINGLE, setting).sum())
        if count < ENOUGH:
            break
        rates.append(-log(count / SINGLE) / m)
    return {"c_psi": min(rates)} if rates else {}


def needed(setting: Setting, named: Mapping[str, Any]) -> dict[str, Any]:
    """The least width from which on no more than a share δ of sets of n inputs has one that leaves the band."""
    n, blocks, least = len(setting.data), _blocks(setting), None
    for m in reversed(WIDTHS):
        failed = _failed(m, blocks, TRIALS * n, setting).reshape(TRIALS, n).any(1)
        if float(failed.double().mean()) > setting.delta:
            break
        least = m
    return {} if least is None else {"width": least}


def explosion(setting: Setting) -> dict[str, Any]:
    """The number of blocks is the depth; τ is L^{−1/4} where none is given, c = ¼."""
    blocks = int(float(setting.given.get("L", setting.depth)))
    return {"L": blocks, "tau": float(setting.given.get("tau", blocks**-0.25))}


def explodes(setting: Setting, named: Mapping[str, Any]) -> dict[str, Any]:
    """The least width from which on all but a share δ of networks grow by 1 + Lτ²/4 or more."""
    blocks, tau, least = int(float(named["L"])), float(named["tau"]), None
    for m in reversed(WIDTHS):
        g = torch.Generator(device=setting.device).manual_seed(setting.seed + m)
        grown = log_growth([tau], blocks, m, TRIALS, g, path=True)[-1, 0]
        if float((grown < log(1 + blocks * tau**2 / 4)).double().mean()) > setting.delta:
            break
        least = m
    return {} if least is None else {"width": least}


def _nothing(setting: Setting, named: Mapping[str, Any]) -> dict[str, Any]:
    return {}


THEOREMS = {
    "stability": TheoremReading(data, measured, needed),
    "explosion": TheoremReading(explosion, _nothing, explodes, depth=16),
}
