"""Studies that describe their media and ask their system again, also when they are killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from silent import Silent

from harness.cards.facts import card_path
from harness.scoring.score_run import score
from harness.study.compose import compose_study
from harness.study.run_study import Study, run
from harness.tables.probe_tables import validate_media, validate_probes
from harness.tables.results import select

OVERRIDES = [
    "dataset=simulated_wearables",
    "dataset.subjects=6",
    "tracking.enabled=false",
    "measure.resamples=100",
    "measure.permutations=100",
]
STORED = ("predictions.parquet", "media.parquet", "probes.parquet", "results.parquet")


def study(out: Path, *overrides: str) -> Study:
    base = [*OVERRIDES, "workers=0", f"out={out}"]
    model = [] if any(o.startswith("model=") for o in overrides) else ["model=wearable_stress"]
    return run(compose_study([*base, *model, *overrides]), Silent())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study(tmp_path_factory.mktemp("finished"))


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in STORED}


def test_both_tables_are_evidence(finished: Study) -> None:
    folder = finished.folder
    samples = pq.read_table(folder / "samples.parquet")
    media = validate_media(pq.read_table(folder / "media.parquet"), samples)
    probes = validate_probes(pq.read_table(folder / "probes.parquet"), samples)
    assert media["kind"].to_pylist() == ["signal"] * samples.num_rows
    assert set(probes["probe"].to_pylist()) == {"batch_invariance", "determinism"}
    assert max(probes["max_difference"].to_pylist()) <= 1e-5
    assert {"media.parquet", "probes.parquet"} <= set((folder.read_run() or {})["files"])


def test_the_plan_says_what_is_checked(finished: Study) -> None:
    assert finished.plan["checks"] == {
        "enabled": True,
        "media": True,
        "max_probes": 64,
        "max_inputs": 256,
        "max_blind": 64,
        "ask_paid": False,
        "negative_control": [],
        "negative_outcomes": [],
    }


@pytest.mark.parametrize(
    ("override", "stored"),
    [
        ("checks.enabled=false", set()),
        ("checks.media=false", {"probes.parquet"}),
        ("model=majority", set()),
    ],
)
def test_what_is_not_asked_for_or_cannot_be_is_not_stored(tmp_path: Path, override: str, stored: set[str]) -> None:
    study(tmp_path, override)
    assert {path.name for path in tmp_path.iterdir()} & {"media.parquet", "probes.parquet"} == stored


@pytest.mark.slow
@pytest.mark.parametrize("written", ["media", "AloneAndTogether"])
def test_a_study_that_is_killed_ends_with_the_same_bytes(finished: Study, tmp_path: Path, written: str) -> None:
    """While its samples are open for the predictions, and while it probes."""
    command = [
        sys.executable,
        "-m",
        "harness.commands.main",
        "run",
        *OVERRIDES,
        "model=wearable_stress",
        "workers=1",
    ]
    process = subprocess.Popen(
        [*command, f"out={tmp_path}"], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    probing = tmp_path / ".journal" / "probing"
    while process.poll() is None and not list(probing.glob(f"{written}/shard-*")):
        time.sleep(0.005)
    assert process.poll() is None, "it ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / "probes.parquet").exists()
    study(tmp_path)
    assert contents(tmp_path) == contents(finished.folder.path)


def test_a_paid_system_is_not_asked_again_and_score_says_so(
    finished: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = Path(
        shutil.copytree(card_path("models", "wearable_stress").parent, tmp_path / "models" / "wearable_stress")
    )
    with (card / "card.yaml").open("a") as file:
        file.write("\npaid: true\n")
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path))
    run_folder = study(tmp_path / "run").folder
    assert pq.read_table(run_folder / "probes.parquet").num_rows == 0
    scored = score(run_folder, tmp_path / "scored").results
    for check in ("determinism", "batch_invariance"):
        (finding,) = select(scored, kind="check", metric=check).to_pylist()
        assert finding["verdict"] == "not_tested"
        assert "its answers are paid for: checks.ask_paid=true" in finding["reason"]
    (other,) = select(scored, kind="check", metric="channel_order").to_pylist()
    assert other["reason"].startswith("Only pretrained models of faces")
    again = study(tmp_path / "again", "checks.ask_paid=true").folder
    assert (again / "probes.parquet").read_bytes() == (finished.folder / "probes.parquet").read_bytes()


def test_a_study_of_which_no_file_can_be_read_is_finished_with_a_reason_for_every_sample(tmp_path: Path) -> None:
    lines = ["uri,subject_id,label", *(f"{i}.wav,s{i % 5},{('anger', 'neutral')[i % 2]}" for i in range(10))]
    (tmp_path / "samples.csv").write_text("\n".join(lines))
    dataset = ["dataset=table", f"dataset.root={tmp_path}", "dataset.modality=voice", "dataset.label_source=acted"]
    choices = ["model=voice_functionals_svm", "workers=0", f"out={tmp_path / 'run'}", *OVERRIDES[2:]]
    done = run(compose_study([*dataset, *choices]), Silent())
    predictions = pq.read_table(done.folder / "predictions.parquet")
    own = predictions.filter(pc.equal(predictions["model"], "voice_functionals_svm"))
    assert own["reason"].to_pylist() == ["missing_file"] * 10
    assert pq.read_table(done.folder / "media.parquet")["fingerprint"].null_count == 10
    copies = select(done.results, kind="check", metric="near_duplicates").to_pylist()
    assert [finding["verdict"] for finding in copies] == ["not_tested"] * 2
