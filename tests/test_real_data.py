"""Theorems on the user's images: they are what is trained on, and the pictures show them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks.context import Options
from checks.figures import du2018 as du_pictures
from checks.figures import zhang2019 as zhang_pictures
from checks.papers.du2018 import training as du
from checks.papers.zhang2019 import training as zhang
from checks.running.runner import check
from checks.verdicts import Result, Verdict
from derivations.papers import paper
from numerics.data import DataError, dataset, digits


@pytest.fixture
def images(tmp_path: Path) -> str:
    """24 random images of 9×7 pixels in two colours, in two classes."""
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "mine.npz", x=rng.random((24, 2, 9, 7)), y=np.arange(24) % 2)
    return str(tmp_path / "mine.npz")


def checked(slug: str, data: str) -> Result:
    key, name = slug.split(".")
    return check(paper(key)[name], Options(methods=("trajectory",), data=data))


def test_convolutional_networks_are_trained_on_the_images_that_were_given(
    images: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(du, "CHANNELS", {8: 20})  # with fewer steps the whole is measured again, up to 20 comparisons
    monkeypatch.setattr(du, "INPUTS", 24)  # the infinitely wide network takes a minute for 100
    du._main_data.cache_clear()
    own, other = checked("du2018.theorem-7-1", images), checked("du2018.theorem-7-1", "")
    du._main_data.cache_clear()
    assert "24 inputs of mine.npz" in own.evidence[0].detail
    assert "24 digits" in other.evidence[0].detail
    assert own.evidence[0].data["curves"] != other.evidence[0].data["curves"]
    assert own.verdict is other.verdict is Verdict.MEASURED


def test_images_are_averaged_over_equal_parts() -> None:
    data = digits(5, 0)
    means = data.images.reshape(5, 1, 4, 2, 4, 2).mean((3, 5))
    means /= np.linalg.norm(means.reshape(5, -1), axis=1)[:, None, None, None]
    assert np.allclose(du.small_images(data), means, rtol=1e-14, atol=0)
    with pytest.raises(DataError, match="vectors, not images"):
        du.small_images(dataset(np.eye(3), np.ones(3)))


def test_pictures_show_the_data_that_was_given(images: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Curves of the given data, and not those of the sphere; names of the data in titles."""
    small: dict[str, Any] = {"WIDTHS": {16: 4, 64: 3}, "FEW": {64: 3}, "SMALL_WIDTHS": (4,)}
    for name, value in small.items():
        monkeypatch.setattr(du, name, value)
    drawn = du_pictures.PICTURES["loss"]({"theorem-5-1": checked("du2018.theorem-5-1", images)})
    assert drawn is not None
    (axes,) = drawn.axes
    # a curve of each width, and the line
    assert len(axes.lines) == 3
    assert "24 inputs of mine.npz" in axes.get_ylabel()
    monkeypatch.setattr(zhang, "_digits", lambda *given: {"8": [[1.0, 0.5], [1.0, 0.4]]})
    drawn = zhang_pictures.PICTURES["training"]({"train-deep": checked("zhang2019.train-deep", images)})
    assert drawn is not None
    assert drawn.axes[0].get_title().startswith("20 inputs of mine.npz")
