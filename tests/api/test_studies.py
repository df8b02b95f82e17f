"""Whole studies from Python give what the command line gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import harness

SMALL = {"measure": {"resamples": 100, "permutations": 100}, "workers": 0, "checks": {"max_probes": 4}}


def test_a_study_is_run_once_and_loaded_after(tmp_path: Path) -> None:
    options = {"dataset_options": {"subjects": 6}, "out": tmp_path / "run"}
    report = harness.run("simulated_wearables", "wearable_stress", **options, **SMALL)
    assert report.folder == tmp_path / "run"
    assert report.page.is_file()
    before = (report.folder / "run.json").read_bytes()
    again = harness.run("simulated_wearables", "wearable_stress", **options, **SMALL)
    assert (again.folder / "run.json").read_bytes() == before
    assert again.results.equals(report.results)
    assert not (report.folder / "tracking.json").exists()


def test_the_plan_says_what_the_people_can_show() -> None:
    found = harness.plan("simulated_wearables", dataset_options={"subjects": 40}, measure={"tolerance": 0.2})
    assert found.groups.loc["sex", "subjects"].sum() == 40
    assert found.power.loc["sex", "num_groups"] == 2
    assert "sex" in repr(found)


@pytest.mark.parametrize(
    ("arguments", "choices", "message"),
    [
        (("nowhere", "majority"), {}, "nowhere"),
        (("simulated_wearables", "majority"), {"shard": "1/2"}, "a part of a study has no report"),
        (("ravdess;rm", "majority"), {}, "is not a valid name"),
        (("ravdess", None), {}, "None is not a valid name"),
        (("ravdess", "majority"), {}, "dataset.root=PATH (in Python root=PATH)"),
        (("simulated_wearables", "majority"), {"root": "/"}, "it reads no files. Leave out its root"),
        (("simulated_wearables", "majority"), {"dataset_options": 3}, "dataset_options: give a dict of options"),
        (("simulated_wearables", "majority"), {"configs": 3}, "configs: int is not a path"),
        (("simulated_wearables", "majority"), {"seeds": 3}, "There is no choice 'seeds'. Did you mean seed?"),
        (("ravdess", "majority"), {"root": "/nonexistent"}, "is not a folder"),
        (("simulated_wearables", "majority"), {"dataset_options": {"subject": 3}}, "subject"),
        (("simulated_wearables", "majority"), {"sed": 3}, "sed"),
    ],
)
def test_a_wrong_choice_is_one_clear_message(
    arguments: tuple[str, str], choices: dict[str, object], message: str
) -> None:
    with pytest.raises(harness.HarnessError) as error:
        harness.run(*arguments, **choices)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("runs", "choices", "message"),
    [
        ("one", {}, "give a list of at least two"),
        ([], {}, "0 folders"),
        ([None, "two"], {}, "run 1: NoneType is not a path"),
        (["one", "two"], {"foo": 3}, "compare: foo: "),
        (["one", "two"], {"tolerance": "wide"}, "compare: tolerance: "),
        (["one", "two"], {"tolerance": 2.0}, "compare: tolerance: "),
        (["one", "two"], {"seed": -1}, "compare: seed: "),
        (["one", "two"], {"into": 3}, "into: int is not a path"),
    ],
)
def test_a_wrong_comparison_is_one_clear_message(runs: Any, choices: dict[str, Any], message: str) -> None:
    with pytest.raises(harness.HarnessError) as error:
        harness.compare(runs, **choices)
    assert message in str(error.value)


def test_a_folder_that_is_no_run_is_told(tmp_path: Path) -> None:
    for call in (harness.load, lambda folder: harness.score(folder, into=tmp_path)):
        with pytest.raises(harness.HarnessError, match="folder: NoneType is not a path"):
            call(None)
    with pytest.raises(harness.HarnessError, match=r"there is no plan\.yaml"):
        harness.load(tmp_path)


def test_equivalence_is_a_table_of_its_own(tmp_path: Path) -> None:
    truth, speaker = ["joy", "anger"] * 100, [index // 10 for index in range(200)]
    runs = [harness.measure(truth, truth[::-1][:200], subject=speaker, system=name) for name in ("a", "b")]
    found = harness.compare(runs, into=tmp_path / "margin", margin=0.3)
    assert found.equivalence.set_index("metric").loc["uar", "verdict"] == "met"
    assert found.equivalence.columns.tolist() == found.differences.columns.tolist()
    assert harness.compare(runs, into=tmp_path / "without").equivalence.empty
