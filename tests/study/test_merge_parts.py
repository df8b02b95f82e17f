"""Parts of a study that were answered apart are one run, equal to the byte to the run that was not divided."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from silent import Silent
from timeless_files import timeless

from harness.errors import HarnessError
from harness.evidence.run_folder import DERIVED, EVIDENCE
from harness.inference.lock import locked
from harness.study.compose import compose_study
from harness.study.merge_parts import merge_parts
from harness.study.run_study import Study, run

CHOICES = (
    *("dataset=simulated_wearables", "dataset.subjects=6", "model=wearable_stress", "workers=0", "batch_size=5"),
    *("tracking.enabled=false", "measure.resamples=100", "measure.permutations=100"),
)
SYSTEM = "wearable_stress/clean"


def _run(out: Path, *overrides: str) -> Study:
    return run(compose_study([*CHOICES, f"out={out}", *overrides]), Silent())


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three parts; the tests copy what they change."""
    folders = [tmp_path_factory.mktemp("parts") / f"{index}" for index in (1, 2, 3)]
    for index, folder in enumerate(folders, 1):
        study = _run(folder, f"shard={index}/3")
        assert str(study.part) == f"{index}/3"
        assert not (folder / "predictions.parquet").exists()
    return folders


def _copy(folder: Path, into: Path) -> Path:
    return Path(shutil.copytree(folder, into))


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_merged_run_is_equal_to_the_byte_to_one_that_was_not_divided(
    answered: list[Path], tmp_path: Path
) -> None:
    before = [_contents(folder) for folder in answered]
    merged = merge_parts([answered[2], answered[0], answered[1]], tmp_path / "merged")
    assert merged.num_answers == 24, "what is described of the media besides is no answer"
    _run(tmp_path / "merged")
    _run(tmp_path / "whole")
    same = {*EVIDENCE, *DERIVED} - {"timings.parquet", "answers.parquet", "repeats.parquet", "frames.parquet"}
    for name in sorted(same):
        assert timeless(tmp_path / "merged" / name) == timeless(tmp_path / "whole" / name), name
    assert [_contents(folder) for folder in answered] == before, "the parts are only read"
    with pytest.raises(HarnessError, match="holds a finished run"):
        merge_parts(answered, tmp_path / "merged")
    with pytest.raises(HarnessError, match="this run is finished"):
        merge_parts([*answered, tmp_path / "whole"], tmp_path / "another")


def test_missing_parts_are_named_and_nothing_is_written(answered: list[Path], tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"10 answers missing of 24 \(.*No folder was named of shard=2/3\."):
        merge_parts([answered[0], answered[2]], tmp_path / "merged")
    begun = _copy(answered[1], tmp_path / "begun")
    next((begun / ".journal" / SYSTEM).glob("shard-*")).unlink()
    with pytest.raises(HarnessError, match=r"Not finished: shard=2/3 \(.*begun\): repeat its command"):
        merge_parts([answered[0], begun, answered[2]], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_merge_that_was_killed_is_repeated(answered: list[Path], tmp_path: Path) -> None:
    merge_parts(answered, tmp_path / "merged")
    journal = tmp_path / "merged" / ".journal"
    next((journal / SYSTEM).glob("shard-*")).unlink()
    (journal / "files.jsonl").unlink(missing_ok=True)
    merge_parts(answered, tmp_path / "merged")
    assert len(list((journal / SYSTEM).glob("shard-*"))) >= 1
    assert _run(tmp_path / "merged").results.num_rows


def test_parts_of_other_studies_are_refused(answered: list[Path], tmp_path: Path) -> None:
    _run(tmp_path / "other", "shard=2/3", "seed=1")
    with pytest.raises(HarnessError, match=r"other: has another plan than .* \(different: seed\)"):
        merge_parts([answered[0], tmp_path / "other", answered[2]], tmp_path / "merged")


def test_samples_that_are_not_those_of_the_plan_are_refused(answered: list[Path], tmp_path: Path) -> None:
    changed = _copy(answered[1], tmp_path / "changed")
    with (changed / "samples.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(HarnessError, match="not the samples of its plan"):
        merge_parts([answered[0], changed, answered[2]], tmp_path / "merged")


def test_answers_of_two_parts_to_one_sample_must_agree(
    answered: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(tmp_path / "again", "shard=1/2")  # overlaps the first two, and agrees
    merge_parts([*answered, tmp_path / "again"], tmp_path / "merged")
    from harness.models.wearable_window import WindowPreparer

    original = WindowPreparer.__call__
    monkeypatch.setattr(WindowPreparer, "__call__", lambda self, media: original(self, media) * 2)
    _run(tmp_path / "differing", "shard=3/3")
    with pytest.raises(HarnessError, match="have different answers to sample 'simulated/"):
        merge_parts([*answered, tmp_path / "differing"], tmp_path / "refused")


def test_files_that_two_parts_read_must_be_the_same(answered: list[Path], tmp_path: Path) -> None:
    parts = [_copy(folder, tmp_path / folder.name) for folder in answered]
    for digit, folder in zip("aab", parts, strict=True):
        line = {"path": "clips/1.wav", "size": 5, "sha256": digit * 64, "reason": None}
        (folder / ".journal" / "files.jsonl").write_text(json.dumps(line) + '\n{"path": "cut o')
    with pytest.raises(HarnessError, match=r"clips/1\.wav: .* have read different files of this name"):
        merge_parts(parts, tmp_path / "merged")
    assert (parts[0] / ".journal" / "files.jsonl").read_text().endswith("cut o"), "the parts are only read"


def test_what_is_no_part_is_refused(answered: list[Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for parts, into, message in (
        ([tmp_path / "empty"], tmp_path / "x", r"there is no plan\.yaml"),
        ([answered[0], answered[0]], tmp_path / "x", "named twice"),
        (answered, answered[0], "this is one of the parts"),
    ):
        with pytest.raises(HarnessError, match=message):
            merge_parts(parts, into)
    with locked(answered[0]), pytest.raises(HarnessError, match="a run is writing here"):
        merge_parts(answered, tmp_path / "x")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "letter.txt").write_text("mine")
    with pytest.raises(HarnessError, match="is not that of a run"):
        merge_parts(answered, tmp_path / "foreign")


def test_what_all_parts_spent_is_added_up(answered: list[Path], tmp_path: Path) -> None:
    parts = [_copy(folder, tmp_path / folder.name) for folder in answered]
    for folder in parts[:2]:
        (folder / ".journal" / "budget.jsonl").write_text("[1, 0.25]\n[2, 0.5]\n[1, 0.")
    merge_parts(parts, tmp_path / "merged")
    assert json.loads((tmp_path / "merged" / ".journal" / "budget.jsonl").read_text()) == [6, 1.5]


def test_a_system_without_media_has_no_parts(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="majority reads no media, so there is nothing to divide"):
        _run(tmp_path / "x", "model=majority", "shard=1/2")
    assert not (tmp_path / "x").exists()
