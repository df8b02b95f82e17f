"""Every example package, installed beside the harness, does what it says; without it nothing of it is left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from harness.tables.results import select
from harness.tables.versions import read_table

EXAMPLES = Path(__file__).parents[2] / "examples"
PACKAGES = ("own_reader", "own_model", "own_metric", "own_check")
SMALL = ("measure.resamples=100", "measure.permutations=100", "workers=0", "tracking.enabled=false")
LOUDNESS = {"anger": 0.5, "neutral": 0.005}

Harness = Callable[..., str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all four packages, installed by pip without a network."""
    target = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(target)]
    folders = [str(EXAMPLES / name) for name in PACKAGES]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, *folders], check=True, timeout=300)
    return target


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six speakers, loud when angry and quiet when neutral; the last one is never loud."""
    root, rng = tmp_path_factory.mktemp("clips"), np.random.default_rng(0)
    for speaker in range(6):
        for label, loudness in LOUDNESS.items():
            folder = root / f"speaker{speaker}" / label
            folder.mkdir(parents=True)
            level = LOUDNESS["neutral"] if speaker == 5 else loudness
            for take in range(3 if speaker else 2):
                soundfile.write(folder / f"{take}.wav", level * rng.standard_normal(8_000).clip(-1, 1), 8_000)
    return root


@pytest.fixture(scope="module")
def harness(site: Path) -> Harness:
    def call(*arguments: str) -> str:
        paths = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
        done = subprocess.run(
            [sys.executable, "-m", "harness.commands.main", *arguments],
            env={**os.environ, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


@pytest.mark.parametrize(
    ("what", "name"),
    [
        ("readers", "folders_by_label"),
        ("datasets", "folders_by_label"),
        ("models", "loudness_arousal"),
        ("metrics", "quiet_errors"),
        ("checks", "few_samples"),
    ],
)
def test_what_a_package_brings_is_listed(what: str, name: str, harness: Harness) -> None:
    assert name in harness("list", what)


@pytest.mark.slow
def test_the_four_work_together_in_one_study(harness: Harness, clips: Path, tmp_path: Path) -> None:
    choices = ["dataset=folders_by_label", f"dataset.root={clips}", "model=loudness_arousal"]
    harness("run", *choices, *SMALL, f"out={tmp_path / 'run'}")
    results = read_table(tmp_path / "run" / "results.parquet", "results").table
    overall = {
        row["metric"]: row["value"]
        for row in select(results, model="loudness_arousal", statistic="level", axis="overall").to_pylist()
    }
    # 34 clips, 17 of them angry; the three angry clips of the last speaker are answered neutral.
    assert overall["accuracy"] == pytest.approx(31 / 34)
    assert overall["quiet_errors"] == pytest.approx(3 / 34)
    (finding,) = select(results, kind="check", metric="few_samples").to_pylist()
    assert (finding["value"], finding["verdict"]) == (1.0, "not_met")
    assert "1 of 6 subjects" in finding["reason"]
    assert "Quiet errors" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
