"""The test from one command, on simulated voices."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from measured_practice import again_without_a_difference

from harness.commands.practice import run_named
from harness.errors import HarnessError

ARGUMENTS = [
    "model=voice_functionals_svm",
    "dataset=simulated_voices",
    "dataset_options={subjects: 6, samples_per_class: 1}",
    "study={workers: 0, measure: {permutations: 1000}}",
    "beginnings=[voice/beginning@3]",
    "telephone=[voice/gain@5]",
    "controls=[]",
    "cues={loudness: voice/gain@5}",
]


def test_one_command_gives_rows_a_record_and_a_page_per_language(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_named("customer-service", [*ARGUMENTS, f"out={out}"])
    with (out / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    by_metric = {
        (row["metric"], row["condition"], row["versus_condition"]): row for row in rows if row["axis"] == "overall"
    }
    # What is asked here and what the study measured are the same calls and the same mean recall.
    for metric, condition in (("loss_beginning", "voice/beginning@3"), ("loss_telephone", "voice/gain@5")):
        asked, measured = by_metric[f"{metric}:{condition}", condition, ""], by_metric["uar", condition, "clean"]
        assert asked["n_samples"] == measured["n_samples"]
    assert float(asked["value"]) == pytest.approx(-float(measured["value"]))
    assert float(asked["value"]) > 0.1
    beginning = by_metric["loss_beginning:voice/beginning@3", "voice/beginning@3", ""]
    assert beginning["verdict"] == "not_tested"  # six recordings are longer: too few to be better than chance
    level = by_metric["uar", "clean", ""]
    assert {row["kind"] for row in rows} == {"practice"}
    assert int(level["n_samples"]) == 42
    again_without_a_difference(out)
    record = json.loads((out / "practice.json").read_text())
    assert (record["facts"]["calls"], record["facts"]["people"], record["facts"]["calm_calls"]) == (42, 6, 6)
    assert record["options"]["limits"]["calm_false_alarms"] == 0.1
    assert "Rustig praten" in (out / "summary.nl.html").read_text()


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("study={conditions: [clean]}", "study.conditions: this is an option of the practice test"),
        ("cues={x: voice/none}", "voice/none"),
        ("dataset=simulated_faces", "voice"),
    ],
)
def test_what_cannot_be_run_is_refused(tmp_path: Path, argument: str, message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        run_named("customer-service", [*ARGUMENTS, argument, f"out={tmp_path}"])
