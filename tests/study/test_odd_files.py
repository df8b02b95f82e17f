"""Runs over files as people have them: pointers, intervals alone, empty sensors, other units, late windows."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from silent import Silent

from harness.study.compose import compose_study
from harness.study.run_study import Study, run
from harness.tables.versions import read_table

LFS_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
WINDOW_S = 60.0


def study(out: Path, *overrides: str, told: Silent | None = None) -> Study:
    base = [
        "tracking.enabled=false",
        "measure.resamples=100",
        "measure.permutations=100",
        f"out={out}",
        "workers=0",
    ]
    return run(compose_study([*base, *overrides]), told or Silent())


def wearable(root: Path, out: Path, *more: str) -> Study:
    return study(
        out,
        *("dataset=table", f"dataset.root={root}", "dataset.modality=wearable", "model=wearable_stress"),
        *("dataset.label_source=context_assigned", *more),
    )


HRV_ALONE = ("model.features=[hrv]", "checks.enabled=false")


def value(of: Study, metric: str) -> float:
    model = of.plan["model"]["name"]
    rows = of.results.to_pylist()
    return next(r["value"] for r in rows if (r["model"], r["metric"], r["axis"]) == (model, metric, "overall"))


def reasons(of: Study) -> Counter[str | None]:
    rows = read_table(of.folder / "predictions.parquet", "predictions").table.to_pylist()
    return Counter(row["reason"] for row in rows if row["model"] == of.plan["model"]["name"])


def write_samples(root: Path, rows: Iterable[dict[str, Any]]) -> None:
    rows = list(rows)
    with (root / "samples.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def write_intervals(root: Path, *, in_s: bool = False, num_late: int = 0) -> None:
    """Eight people whose heart beats faster under stress, in two windows of a minute each.

    The second window of `num_late` of them ends 50 s after the recording.
    """
    root.mkdir()
    rows = []
    for person in range(8):
        rng = np.random.default_rng(person)
        interval_ms = np.r_[rng.normal(950, 30, 64), rng.normal(650, 15, 92)]
        beats = zip(np.cumsum(interval_ms) / 1000, interval_ms / (1000 if in_s else 1), strict=True)
        lines = [f"{time_s:.4f},{interval:.4f}" for time_s, interval in beats]
        (root / f"p{person}.csv").write_text("\n".join(["time_s,interval_ms", *lines]) + "\n")
        for start_s, label in ((0.0, "rest"), (110.0 if person < num_late else 60.0, "stress")):
            times = {"start_s": start_s, "end_s": start_s + WINDOW_S}
            rows.append({"uri": f"p{person}.csv", "subject_id": f"p{person}", "label": label, **times})
    write_samples(root, rows)


@pytest.mark.parametrize(
    ("modality", "model", "suffix", "text", "reason"),
    [
        ("voice", "voice_functionals_svm", "wav", LFS_POINTER, "unreadable: a git-lfs pointer"),
        ("voice", "voice_functionals_svm", "wav", "", "empty: the file has no bytes"),
        ("wearable", "wearable_stress", "csv", "time_s,eda\n", "empty: no rows"),
        ("wearable", "wearable_stress", "csv", None, "missing_file"),
    ],
)
def test_nothing_decodable_is_a_result(
    tmp_path: Path, modality: str, model: str, suffix: str, text: str | None, reason: str
) -> None:
    rows = [{"uri": f"{n}.{suffix}", "subject_id": f"p{n % 4}", "label": "ab"[n % 2]} for n in range(16)]
    write_samples(tmp_path, rows)
    for row in rows if text is not None else ():
        (tmp_path / row["uri"]).write_text(text or "")
    told = Silent()
    found = study(
        tmp_path / "out",
        *("dataset=table", f"dataset.root={tmp_path}", f"dataset.modality={modality}", f"model={model}"),
        "dataset.label_source=acted",
        told=told,
    )
    assert value(found, "coverage") == 0.0
    ((of_all, number),) = reasons(found).items()
    assert of_all is not None
    assert of_all.startswith(reason)
    assert number == 16
    said_in_full = [f"16 of 16 samples have no score for one reason: {of_all}."] if ": " in of_all else []
    assert [text for text in told.warnings if "no score" in text] == said_in_full
    assert (found.folder / "report.html").is_file()


def test_intervals_alone_are_enough(tmp_path: Path) -> None:
    """There is no channel to make a fingerprint of."""
    write_intervals(tmp_path / "data")
    found = wearable(tmp_path / "data", tmp_path / "out")
    assert (value(found, "coverage"), value(found, "accuracy")) == (1.0, 15 / 16)
    media = read_table(found.folder / "media.parquet", "media").table
    assert media["fingerprint"].null_count == media.num_rows == 16


def test_intervals_in_seconds_are_refused(tmp_path: Path) -> None:
    write_intervals(tmp_path / "data", in_s=True)
    found = wearable(tmp_path / "data", tmp_path / "out", *HRV_ALONE)
    assert value(found, "coverage") == 0.0
    assert reasons(found) == {"unreadable: interval_ms is not in ms: typical values are under 250, as if in s": 16}


def test_windows_beyond_the_recording_are_too_short(tmp_path: Path) -> None:
    write_intervals(tmp_path / "data", num_late=3)
    found = wearable(tmp_path / "data", tmp_path / "out", *HRV_ALONE)
    assert value(found, "coverage") == 13 / 16
    assert Counter(str(reason).partition(":")[0] for reason in reasons(found).elements()) == {
        "None": 13,
        "too_short": 3,
    }


@pytest.fixture
def case(shared_data: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A copy of one case of the shared data, by its folder."""

    def copied(name: str) -> Path:
        return Path(shutil.copytree(shared_data / "cases" / name, tmp_path / "data", copy_function=shutil.copy))

    return copied


def test_pointers_in_place_of_a_corpus(shared_data: Path, tmp_path: Path) -> None:
    """B02: the tables of CREMA-D beside git-lfs pointers."""
    (tmp_path / "AudioWAV").mkdir()
    (tmp_path / "processedResults").mkdir()
    for name in ("SentenceFilenames.csv", "VideoDemographics.csv", "processedResults/tabulatedVotes.csv"):
        shutil.copy(shared_data / "cremad" / name, tmp_path / name)
    with (tmp_path / "SentenceFilenames.csv").open() as file:
        for row in csv.DictReader(file):
            (tmp_path / "AudioWAV" / f"{row['Filename']}.wav").write_text(LFS_POINTER)
    overrides = ("dataset=cremad", f"dataset.root={tmp_path}", "limit=200", "model=voice_functionals_svm")
    found = study(tmp_path / "out", *overrides)
    assert value(found, "coverage") == 0.0
    assert reasons(found) == {"unreadable: a git-lfs pointer; run `git lfs pull` in the dataset's folder": 200}


def test_the_case_of_intervals_alone(case: Callable[[str], Path], tmp_path: Path) -> None:
    """B03."""
    found = wearable(case("B03"), tmp_path / "out", *HRV_ALONE)
    assert value(found, "coverage") == 1.0
    assert value(found, "accuracy") == pytest.approx(0.948, abs=5e-4)


def test_the_case_of_seconds(case: Callable[[str], Path], tmp_path: Path) -> None:
    """B20."""
    found = wearable(case("B20"), tmp_path / "out", *HRV_ALONE)
    assert value(found, "coverage") == 0.0
    assert all("interval_ms is not in ms" in str(reason) for reason in reasons(found))


def test_the_case_of_windows_that_end_late(case: Callable[[str], Path], tmp_path: Path) -> None:
    """B22: the last window of each of 12 people begins 5 s before the recording's end."""
    found = wearable(case("B22"), tmp_path / "out", *HRV_ALONE)
    late = sum(number for reason, number in reasons(found).items() if str(reason).startswith("too_short"))
    assert late == 12
    assert reasons(found)[None] == sum(reasons(found).values()) - 12


def test_an_empty_file_of_beats(shared_data: Path, tmp_path: Path) -> None:
    """B05: IBI.csv of S01 has no byte; its other sensors are measured as if the file were absent."""
    root = tmp_path / "sp"
    shutil.copytree(shared_data / "stress_predict" / "Processed_data", root / "Processed_data")
    for person in ("S01", "S02"):
        shutil.copytree(
            shared_data / "stress_predict" / "Raw_data" / person,
            root / "Raw_data" / person,
            copy_function=shutil.copyfile,
        )
    (root / "Raw_data" / "S01" / "IBI.csv").write_bytes(b"")
    overrides = ("dataset=stress_predict", f"dataset.root={root}", "model=wearable_stress", "checks.enabled=false")
    found = study(tmp_path / "out", *overrides)
    assert value(found, "coverage") == 1.0
