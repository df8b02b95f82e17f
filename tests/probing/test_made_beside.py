"""Studies that make what their checks need while samples are open for the predictions."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from counted_pictures import (
    Colours,
    Prepare,
    counted_pictures,
    dies_of_blank,
    hangs_on_blank,
    times_decoded,
    wide_colour,
    writes,
)
from silent import Silent
from systems_with_faults import write_pictures

from harness.probing import made_beside
from harness.study import ask_system
from harness.study.compose import compose_study
from harness.study.run_study import Study, run_opened

CHOICES = [
    "dataset=table",
    "dataset.label_source=acted",
    "model=majority",
    "tracking.enabled=false",
    "measure.permutations=100",
    "measure.resamples=100",
    "batch_size=16",
]
STORED = ("predictions.parquet", "media.parquet", "probes.parquet", "files.parquet", "results.parquet")
UNREADABLE, BLACK = "005.png", "006.png"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """128 pictures, one of which is no picture; in another one there is no face."""
    folder = write_pictures(tmp_path_factory.mktemp("pictures") / "set")
    (folder / UNREADABLE).write_bytes(b"no picture")
    cv2.imwrite(str(folder / BLACK), np.zeros((50, 50, 3), np.uint8))
    return folder


def study(system: Colours, pictures: Path, out: Path, *choices: str, workers: int = 0) -> Study:
    given = [f"dataset.root={pictures}", f"out={out}", f"workers={workers}", *choices]
    return run_opened(compose_study([*CHOICES, *given]), counted_pictures(pictures), system, Silent())


def stored(done: Study) -> dict[str, bytes]:
    return {name: (done.folder / name).read_bytes() for name in STORED}


def asked(done: Study, probe: str) -> set[str]:
    rows = pq.read_table(done.folder / "probes.parquet").to_pylist()
    return {row["sample_id"] for row in rows if row["probe"] == probe}


@pytest.fixture(scope="module")
def from_files(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What is stored if everything is made of the files when it is needed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ask_system, "_beside", lambda *_: None)
        done = study(Colours(), pictures, tmp_path_factory.mktemp("from_files"))
    # Predicted, described, blind in two ways, alone and together, again, and with other input.
    assert max(times_decoded(pictures).values()) == 7
    return stored(done)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_sample_is_decoded_once_and_where_determinism_is_tested_once_more(
    workers: int, pictures: Path, tmp_path: Path, from_files: dict[str, bytes]
) -> None:
    done = study(Colours(), pictures, tmp_path, workers=workers)
    decoded, again = times_decoded(pictures), asked(done, "determinism")
    assert len(decoded) == 128
    assert len(again) == 64
    instead = {name for name, times in decoded.items() if times > 1 + (name in again)}
    assert len(instead) <= 2  # they were chosen in place of the two that are not scored
    assert {name for name, times in decoded.items() if times > 1} == again
    assert stored(done) == from_files


def test_a_study_that_is_interrupted_while_it_predicts_ends_with_the_same_bytes(
    pictures: Path, tmp_path: Path, from_files: dict[str, bytes]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        study(Colours(stop_after=5), pictures, tmp_path)
    assert list((tmp_path / ".journal" / "probing" / "media").glob("shard-*"))
    done = study(Colours(), pictures, tmp_path)
    assert stored(done) == from_files
    decoded = times_decoded(pictures)  # since it was continued
    assert 128 - 5 * 16 <= len(decoded) < 128


def test_facts_that_were_lost_are_made_again(pictures: Path, tmp_path: Path, from_files: dict[str, bytes]) -> None:
    with pytest.raises(KeyboardInterrupt):
        study(Colours(stop_after=5), pictures, tmp_path)
    for shard in (tmp_path / ".journal" / "probing" / "media").iterdir():
        shard.unlink()
    assert stored(study(Colours(), pictures, tmp_path)) == from_files


@pytest.mark.parametrize("most", [0, 20_000])
def test_what_does_not_fit_into_memory_is_made_of_the_files(
    most: int, pictures: Path, tmp_path: Path, from_files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made_beside, "MAX_BYTES", most)
    done = study(Colours(wide_colour), pictures, tmp_path)
    assert stored(done) == from_files
    decoded = times_decoded(pictures)
    times = [decoded[name] for name in asked(done, "determinism")]
    assert max(times) == 6  # as from files, but for the facts, which do not stay in memory
    assert (min(times) == 6) == (most == 0)


@pytest.mark.parametrize(("prepare", "reason"), [(dies_of_blank, "crashed"), (hangs_on_blank, "timeout")])
def test_a_probe_that_ends_workers_costs_no_prediction(
    prepare: Prepare, reason: str, pictures: Path, tmp_path: Path, from_files: dict[str, bytes]
) -> None:
    choices = ["checks.max_blind=3", "checks.max_probes=3", "timeout_s=1"]
    done = study(Colours(prepare), pictures, tmp_path / "run", *choices, workers=2)
    found = stored(done)
    assert found["predictions.parquet"] == from_files["predictions.parquet"]
    assert found["media.parquet"] == from_files["media.parquet"]
    rows = pq.read_table(done.folder / "probes.parquet").to_pylist()
    removed = [row for row in rows if (row["probe"], row["variant"]) == ("blind", "removed")]
    assert [(row["outcome"], row["reason"]) for row in removed] == [("failed", reason)] * 3
    others = [row for row in rows if row["probe"] != "input_scale" and row["variant"] != "removed"]
    assert {row["outcome"] for row in others} == {"scored"}
    assert len(others) == 3 * (3 + 2) + 2 * 126


def test_a_preparer_that_writes_on_its_medium_changes_nothing_that_is_made_of_it(
    pictures: Path, tmp_path: Path, from_files: dict[str, bytes]
) -> None:
    assert stored(study(Colours(writes), pictures, tmp_path)) == from_files


def test_nothing_is_made_for_checks_that_are_switched_off(pictures: Path, tmp_path: Path) -> None:
    done = study(Colours(), pictures, tmp_path, "checks.enabled=false")
    assert set(times_decoded(pictures).values()) == {1}
    assert not (done.folder / "media.parquet").exists()
