"""A study from config to folder, by the real stages on small simulated data."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from outside_packages import CHECK, METRIC, Install
from silent import Silent
from timeless_files import timeless

from harness.errors import HarnessError
from harness.evidence.run_folder import DERIVED, EVIDENCE, RunFolder
from harness.files import canonical_hash
from harness.scoring.score_run import score
from harness.study.compose import compose_study
from harness.study.run_study import Study, run
from harness.tables.predictions import model_conditions
from harness.tables.results import select
from harness.tracking import track_run as tracking
from harness.tracking.delivery import Sender

WRITTEN = {*EVIDENCE, *DERIVED} - {"answers.parquet", "repeats.parquet", "frames.parquet"}
"""What a run leaves whose models answer with vectors alone."""


def study(out: Path, *overrides: str, observer: Silent | None = None) -> Study:
    base = ["workers=0", "tracking.enabled=false", "measure.resamples=200"]
    base += ["measure.permutations=100", f"out={out}"]
    if not any(o.startswith("dataset=") for o in overrides):
        base += ["dataset=simulated_wearables", "dataset.subjects=6"]
    if not any(o.startswith("model=") for o in overrides):
        base += ["model=wearable_stress"]
    return run(compose_study([*base, *overrides]), observer or Silent())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study(tmp_path_factory.mktemp("finished"))


def contents(folder: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names}


def timeless_contents(folder: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    return {name: timeless(folder / name) for name in names}


def test_the_folder_holds_what_was_promised(finished: Study) -> None:
    assert {path.name for path in finished.folder.path.iterdir()} == {*WRITTEN, "run.json", ".lock"}
    record = finished.folder.read_run()
    assert record is not None
    assert set(record["files"]) == WRITTEN
    assert finished.folder.changed_files() == []
    plan = finished.folder.read_plan().plan
    assert record["plan_sha256"] == canonical_hash(plan)
    assert str(finished.folder.path) not in (finished.folder / "run.json").read_text()
    assert plan["dataset"]["samples_sha256"] == record["files"]["samples.parquet"]


def test_the_system_stands_beside_chance(finished: Study) -> None:
    rows = finished.results.to_pylist()
    models = {row["model"] for row in rows}
    assert models == {"wearable_stress", "majority", "stratified_random"}
    accuracies = [row for row in rows if row["metric"] == "accuracy" and row["axis"] == "overall"]
    assert [(row["n_samples"], row["n_subjects"]) for row in accuracies] == [(24, 6)] * 3
    assert all(row["lo"] <= row["value"] <= row["hi"] for row in accuracies)


def test_no_subject_is_on_both_sides(finished: Study) -> None:
    folds = json.loads((finished.folder / "folds.json").read_text())["folds"]["wearable_stress"]
    assert len(folds) == 6
    for fold in folds:
        assert not set(fold["train_subjects"]) & set(fold["test_subjects"])
        assert fold["num_train"] == 5 * 4


def test_the_same_study_elsewhere_is_equal_to_the_byte(finished: Study, tmp_path: Path) -> None:
    again = study(tmp_path)
    names = tuple(WRITTEN - {"timings.parquet"})
    assert timeless_contents(again.folder.path, names) == timeless_contents(finished.folder.path, names)


def test_a_finished_run_is_not_run_again(tmp_path: Path) -> None:
    first = study(tmp_path, "model=majority")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir() if path.name != ".lock"}
    second = study(tmp_path, "model=majority")
    assert (first.was_finished, second.was_finished) == (False, True)
    assert second.results.equals(first.results)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_run_whose_files_were_lost_is_made_whole_again(finished: Study, tmp_path: Path) -> None:
    study(tmp_path)
    (tmp_path / "results.parquet").unlink()
    assert not study(tmp_path).was_finished
    assert (tmp_path / "results.parquet").read_bytes() == (finished.folder / "results.parquet").read_bytes()


def test_score_needs_neither_model_nor_data(finished: Study, tmp_path: Path) -> None:
    score(finished.folder, tmp_path)
    assert contents(tmp_path, DERIVED) == contents(finished.folder.path, DERIVED)


def test_another_batch_size_agrees_within_1e_5(finished: Study, tmp_path: Path) -> None:
    other = study(tmp_path, "batch_size=5")
    left, right = (pq.read_table(s.folder / "predictions.parquet") for s in (finished, other))
    assert left["label"].equals(right["label"])
    rows = [i for i, scores in enumerate(left["scores"].to_pylist()) if scores is not None]
    scores = [np.array([table["scores"].to_pylist()[i] for i in rows]) for table in (left, right)]
    np.testing.assert_allclose(*scores, atol=1e-5)


def test_another_plan_in_the_same_folder_is_refused(finished: Study) -> None:
    with pytest.raises(HarnessError, match=r"another plan \(different: seed\)\. Choose another out"):
        study(finished.folder.path, "seed=1")


def test_a_folder_whose_plan_nothing_was_answered_under_may_be_deleted(finished: Study, tmp_path: Path) -> None:
    shutil.copy(finished.folder / "plan.yaml", tmp_path)
    with pytest.raises(HarnessError, match=r"seed\)\. No sample was answered under it: delete the folder and run"):
        study(tmp_path, "seed=1")


def test_a_study_says_first_what_is_lost_between_the_labels(finished: Study, tmp_path: Path) -> None:
    samples = pq.read_table(finished.folder / "samples.parquet")["sample_id"].to_pylist()
    (tmp_path / "p.csv").write_text("sample_id,label\n" + "".join(f"{name},busy\n" for name in samples))
    observer = Silent()
    overrides = ("model=predictions", f"model.file={tmp_path / 'p.csv'}", "labels.merge={stress: busy}")
    study(tmp_path / "run", *overrides, observer=observer)
    assert observer.notes == [
        "busy merges busy, stress.",
        "The model cannot answer rest: these samples count as wrong.",
    ]


def test_without_out_every_plan_has_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = study(tmp_path, "model=majority", "out=null")
    other = study(tmp_path, "model=majority", "out=null", "seed=1")
    assert first.folder.path != other.folder.path
    assert first.folder.path.parent == other.folder.path.parent == Path("outputs")


def test_a_model_that_cannot_read_the_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        HarnessError, match="reads voice or audiovisual, but dataset simulated_wearables has wearable"
    ):
        study(tmp_path, "model=voice_functionals_svm")


def test_only_some_labels_are_measured_where_the_plan_says_so(tmp_path: Path) -> None:
    kept = study(tmp_path, "model=majority", "labels.only=[Stressed]")
    assert kept.plan["labels"]["only"] == ["Stressed"]
    assert set(pq.read_table(tmp_path / "samples.parquet")["label"].to_pylist()) == {"stress"}
    with pytest.raises(HarnessError, match=r"no sample of simulated_wearables has a label among \['joy'\]"):
        study(tmp_path / "none", "model=majority", "labels.only=[joy]")


PEOPLE = "subject_id,race,health\nsim001,Asian,well\nsim002,White,ill\nsim003,Asian,\n"


def test_a_file_of_people_decides_groups_and_its_path_does_not(tmp_path: Path) -> None:
    runs = []
    for name in ("people.csv", "other.csv"):
        observer = Silent()
        (tmp_path / name).write_text(PEOPLE)
        runs.append(
            study(
                tmp_path / f"{name}.run",
                "model=majority",
                f"attributes.file={tmp_path / name}",
                "attributes.axes=[race,race*sex,skin_tone]",
                "attributes.bands={skin_tone: monk_3, race: [Black, Asian, White]}",
                "attributes.sources={race: self_report}",
                observer=observer,
            )
        )
        assert observer.warnings == [
            "attributes.file does not name 3 of the 6 subjects: they are in the group unknown."
        ]
    section = runs[0].plan["attributes"]
    assert section["sources"]["race"]["source"] == "self_report"
    assert section["sources"]["race"]["origin"] == "file"
    names = {axis: [of["group"] for of in facts["groups"]] for axis, facts in section["groups"].items()}
    assert names["race"] == ["Black", "Asian", "White", "unknown"]
    assert names["skin_tone"] == ["light", "medium", "dark"]
    nobody = {"group": "Black*male", "values": ["Black", "male"], "subjects": 0, "samples": 0}
    assert nobody in section["groups"]["race*sex"]["groups"]
    assert runs[0].plan == runs[1].plan
    samples = pq.read_table(tmp_path / "people.csv.run" / "samples.parquet")
    assert samples["attr.health"].to_pylist()[::4] == ["well", "ill", None, None, None, None]
    results = runs[0].results.to_pylist()
    assert {"Asian", "White", "unknown"} <= {row["group"] for row in results if row["axis"] == "race"}
    assert {row["axis"] for row in results} >= {"overall", "race", "race*sex", "skin_tone"}
    score(runs[0].folder, tmp_path / "again")
    assert contents(tmp_path / "again", DERIVED) == contents(runs[0].folder.path, DERIVED)


def test_a_file_of_people_cannot_change_what_a_simulated_signal_was_made_from(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("subject_id,sex\nsim001,female\n")
    with pytest.raises(HarnessError, match="simulated_wearables generates its signals from sex"):
        study(tmp_path / "run", "model=majority", f"attributes.file={tmp_path / 'people.csv'}")


def test_axes_of_attributes_that_are_not_there_are_refused_before_anything_is_predicted(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="no attribute 'race'"):
        study(tmp_path / "run", "model=majority", "attributes.axes=[sex*race]")
    assert not (tmp_path / "run").exists()


def test_limit_takes_the_first_samples(tmp_path: Path) -> None:
    limited = study(tmp_path, "model=majority", "limit=8")
    assert limited.plan["dataset"]["num_samples"] == 8


def test_a_dead_server_costs_a_warning_and_nothing_else(tmp_path: Path) -> None:
    observer = Silent()
    lost = study(
        tmp_path, "model=majority", "tracking.enabled=true", "tracking.uri=http://127.0.0.1:9", observer=observer
    )
    assert RunFolder(tmp_path).changed_files() == []
    assert lost.results.num_rows > 0
    assert len(observer.warnings) == 1
    assert f"harness track {tmp_path}" in observer.warnings[0]


def test_a_run_that_was_killed_before_it_was_logged_is_logged_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Path] = []
    monkeypatch.setattr(tracking, "track", lambda out, **_: sent.append(out))
    study(tmp_path, "model=majority")
    assert study(tmp_path, "model=majority", "tracking.enabled=true").was_finished
    assert sent == [tmp_path]
    (tmp_path / "tracking.json").write_text("{}")
    study(tmp_path, "model=majority", "tracking.enabled=true")
    assert sent == [tmp_path]


@pytest.mark.parametrize(
    ("tracked", "expected"), [("true", ["started", "measuring", "sent"]), ("false", ["measuring"])]
)
def test_what_sends_a_run_is_started_before_measuring(
    tracked: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    class Seeing(Silent):
        def stage(self, text: str) -> None:
            seen.extend([text] if text == "measuring" else [])

    monkeypatch.setattr(Sender, "start", lambda *_: seen.append("started"))
    monkeypatch.setattr(
        tracking, "track", lambda *_, **given: seen.extend(["sent"] * (given["sender"] is not None))
    )
    study(tmp_path, "model=majority", f"tracking.enabled={tracked}", observer=Seeing())
    assert seen == expected


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan.pop("measure"),
        lambda plan: plan["measure"].update(resamples=10**12),
        lambda plan: plan["measure"].update(level="high"),
        lambda plan: plan.pop("attributes"),
        lambda plan: plan["attributes"].pop("bands"),
        lambda plan: plan["attributes"].update(axes="sex"),
        lambda plan: plan["attributes"].update(axes=["sex*"]),
        lambda plan: plan["attributes"].update(bands={"age": "decades"}),
        lambda plan: plan["attributes"].update(declared={"sex": 3}),
        lambda plan: plan["attributes"].update(sources={"sex": "me"}),
        lambda plan: plan.update(seed=None),
        lambda plan: plan["labels"].update(merge=[1]),
        lambda plan: plan["dataset"].pop("name"),
        lambda plan: plan.update(model="wearable_stress"),
        lambda plan: plan.pop("baselines"),
        lambda plan: plan["cards"].update(models=[]),
        lambda plan: plan["cards"].update(models=[{}]),
        lambda plan: plan["cards"].update(dataset="ravdess"),
    ],
)
def test_a_plan_made_elsewhere_must_fit(finished: Study, tmp_path: Path, change: Any) -> None:
    shutil.copytree(finished.folder.path, tmp_path, dirs_exist_ok=True)
    plan = json.loads(json.dumps(finished.plan))
    change(plan)
    (tmp_path / "plan.yaml").unlink()
    RunFolder(tmp_path).write_plan(plan)
    with pytest.raises(HarnessError, match="not a plan that this version of the harness can measure"):
        score(RunFolder(tmp_path))


def test_folds_of_another_kind_are_refused(finished: Study, tmp_path: Path) -> None:
    shutil.copytree(finished.folder.path, tmp_path, dirs_exist_ok=True)
    for text in ("", "[]", '{"majority": [{"train_subjects": 1}]}', '{"majority": 3}'):
        (tmp_path / "folds.json").write_text(text)
        with pytest.raises(HarnessError, match="not the folds of a run"):
            score(RunFolder(tmp_path))


def test_predictions_from_a_file_score_as_the_system_did(finished: Study, tmp_path: Path) -> None:
    predictions = pq.read_table(finished.folder / "predictions.parquet")
    own = predictions.filter([model == "wearable_stress" for model in predictions["model"].to_pylist()])
    lines = ["sample_id,label,score.rest,score.stress"]
    for row in own.to_pylist():
        lines += [f"{row['sample_id']},{row['label']},{row['scores'][0]!r},{row['scores'][1]!r}"]
    (tmp_path / "preds.csv").write_text("\n".join(lines) + "\n")
    measured = study(
        tmp_path / "run", "model=predictions", f"model.file={tmp_path / 'preds.csv'}", "model.system=acme"
    )

    def numbers(of: Study, model: str) -> dict[tuple[str | None, ...], tuple[float | None, ...]]:
        measured = [r for r in of.results.to_pylist() if r["model"] == model and r["kind"] != "check"]
        about = ("kind", "metric", "statistic", "index", "axis", "group", "versus")
        return {tuple(r[name] for name in about): (r["value"], r["lo"], r["hi"]) for r in measured}

    def checked(of: Study) -> dict[str, str]:
        found = [row for row in of.results.to_pylist() if row["kind"] == "check"]
        return {f"{row['metric']} {row['group']}": row["verdict"] for row in found}

    assert checked(finished)["subject_leakage folds"] == "met"
    assert checked(measured)["subject_leakage training_subjects"] == "not_tested"
    assert numbers(measured, "acme") == numbers(finished, "wearable_stress")


def test_a_metric_and_a_check_of_another_package_are_measured_judged_planned_and_shown(
    tmp_path: Path, install: Install
) -> None:
    points = {"metrics": {"quiet": "own_metric:FAMILY"}, "checks": {"few_samples": "own_check:few_samples"}}
    install(points, own_metric=METRIC, own_check=CHECK)
    found = study(tmp_path / "run", "dataset=simulated_faces", "dataset.subjects=12", "model=majority")
    assert [(e["kind"], e["name"], e["package"], e["version"]) for e in found.plan["extensions"]] == [
        ("metrics", "quiet", "own-things", "1.2"),
        ("checks", "few_samples", "own-things", "1.2"),
    ]
    assert "quiet_errors" in found.plan["measure"]["gaps"]
    rows = [row for row in found.results.to_pylist() if row["metric"] == "quiet_errors"]
    assert {"level", "difference", "index"} <= {row["statistic"] for row in rows}
    assert {row["verdict"] for row in rows if row["statistic"] == "difference"} <= {
        "met",
        "not_met",
        "inconclusive",
        "not_tested",
    }
    assert "few_samples" in select(found.results, kind="check")["metric"].to_pylist()
    page = (found.folder / "report.html").read_text()
    assert "Quiet errors" in page
    assert "Only " in page
    assert found.results.equals(score(RunFolder(found.folder.path), tmp_path / "again").results)


VOICES = ("dataset=simulated_voices", "dataset.subjects=5", "model=voice_functionals_svm", "checks.enabled=false")


@pytest.mark.slow
def test_a_study_under_another_condition(tmp_path: Path) -> None:
    clean = study(tmp_path / "clean", *VOICES)
    both = study(tmp_path / "both", *VOICES, "conditions=[voice/gain@5]")
    assert both.plan["conditions"] == [
        {"name": "clean", "severity": None, "meaning": None, "label_preserving": "shown", "source": ""},
        {
            "name": "voice/gain@5",
            "severity": 5,
            "meaning": "-30 dB",
            "label_preserving": "assumed",
            "source": "",
        },
    ]
    predictions = pq.read_table(both.folder / "predictions.parquet")
    rows = predictions.filter(pc.equal(predictions["condition"], "clean"))
    assert rows.equals(pq.read_table(clean.folder / "predictions.parquet"))
    assert model_conditions(predictions) == [
        ("majority", "clean"),
        ("stratified_random", "clean"),
        ("voice_functionals_svm", "clean"),
        ("voice_functionals_svm", "voice/gain@5"),
    ]
    assert both.folder.read_run()["files"]["folds.json"] == clean.folder.read_run()["files"]["folds.json"]
    uar = {
        row["condition"]: row["value"]
        for row in select(both.results, condition=None, model="voice_functionals_svm", axis="overall").to_pylist()
        if row["metric"] == "uar" and row["statistic"] == "level"
    }
    assert uar["voice/gain@5"] < uar["clean"] - 0.05, "30 dB below what it was trained on"
    page = (both.folder / "report.html").read_text()
    assert "Under other conditions" in page
    assert f"{uar['voice/gain@5']:.3f}" in page
    assert "Under other conditions" not in (clean.folder / "report.html").read_text()
    elsewhere = study(tmp_path / "elsewhere", *VOICES, "conditions=[clean,voice/gain@5]", "workers=2")
    names = tuple(WRITTEN - {"timings.parquet", "media.parquet", "probes.parquet"})
    assert timeless_contents(elsewhere.folder.path, names) == timeless_contents(both.folder.path, names)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["conditions=[face/grey]"],
            "condition face/grey is for audiovisual, body, face, video samples; the dataset has",
        ),
        (
            ["conditions=[face/grey]", "model=majority"],
            "condition face/grey changes media, but model majority reads",
        ),
        (["conditions=[voice/gain]"], "condition voice/gain: choose voice/gain@1"),
        (["executor=cluster"], "Could not find 'executor/cluster'; Available options in 'executor': local, ray"),
    ],
)
def test_conditions_and_executors_that_cannot_be_are_named(
    tmp_path: Path, overrides: list[str], message: str
) -> None:
    with pytest.raises(HarnessError, match=re.escape(message)):
        study(tmp_path / "out", *overrides)
    assert not (tmp_path / "out").exists()
