"""Nobody's name, and no name of a recording, is in any byte that MLflow receives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile as sf
import yaml
from pydantic import Field
from silent import Silent

from harness.cards import registry
from harness.cards.facts import card_path
from harness.checks.subject_leakage import CHECK
from harness.datasets.table import TableOptions, TableReader
from harness.evidence.run_folder import RunFolder
from harness.study.compose import compose_study
from harness.study.run_study import Study, run
from harness.tracking.track_run import track
from harness.tracking.track_sweep import SweptRun, track_sweep

pytestmark = pytest.mark.filterwarnings("ignore:The ..noload.. loader strategy is deprecated:DeprecationWarning")

PEOPLE = ("zwicky_anna", "zwicky_bert", "zwicky_cleo", "zwicky_dora")
UNTESTED = "zwicky_otto"
RATE = 16_000
LIMIT_S = 600
"""For MLflow, which takes a minute and more where other work goes on."""


class ChosenOptions(TableOptions):
    """A table of which some people are taken, and one clip is known to be bad."""

    subjects: tuple[str, ...] = ()
    notes: dict[str, str] = Field(default_factory=dict)


class ChosenReader(TableReader):
    Options = ChosenOptions


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """A study whose every name can be recognised: in the samples, the options, a card, and the names of files."""
    root = tmp_path_factory.mktemp("data")
    _write_clips(root)
    _write_card(root / "cards", training_subjects=[PEOPLE[0], UNTESTED, UNTESTED.title()])
    known = registry.find
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CARDS", str(root / "cards"))
        patch.setenv("HARNESS_HOME", str(root / "home"))
        patch.setattr(
            registry, "find", lambda group, name: ChosenReader if name == "table" else known(group, name)
        )
        config = compose_study(
            [
                *("dataset=table", f"dataset.root={root}", "dataset.modality=voice", "dataset.label_source=acted"),
                "protocol.allow_leak=true",  # everybody is on both sides of the split
                f"+dataset.subjects=[{','.join(PEOPLE)}]",
                "+dataset.notes={zwicky_anna_sad_0: hoarse}",
                "dataset.title='Voices of zwicky_cleo, and of others'",
                *("model=voice_functionals_svm", "model.name=trained_elsewhere", "tracking.enabled=false"),
                *("measure.resamples=100", "measure.permutations=100", "measure.min_subjects=2", "workers=0"),
                f"out={root / 'out'}",
            ]
        )
        yield run(config, Silent())


def _write_clips(root: Path) -> None:
    rows = [
        "uri,subject_id,session_id,label,split,attr.sex,ctx.partner,ctx.sentence,"
        "attr.nickname,attr.e-mail,attr.born,attr.weight,attr.friend"
    ]
    rng = np.random.default_rng(0)
    time_s = np.arange(RATE * 6 // 10) / RATE
    for number, person in enumerate(PEOPLE):
        for label, pitch in (("angry", 300.0), ("sad", 120.0)):
            for take in range(2):
                tone = sum(np.sin(2 * np.pi * k * (pitch + number + take) * time_s) / k for k in range(1, 6))
                name = f"{person}/{person}_{label}_{take}.wav"
                (root / person).mkdir(exist_ok=True)
                sf.write(root / name, 0.1 * tone + 0.001 * rng.normal(size=len(time_s)), RATE)
                partner = PEOPLE[(number + 1 + take) % 4]
                rows.append(
                    f"{name},{person},session_zwicky_{number},{label},{'train' if take else 'test'},"
                    f"{'fm'[number % 2]},{partner},{'dogs' if take else 'kids'},"
                    f"Zwickyboy {number},{number}@zwicky.org,1987-03-{number + 11},{70.123 + number},zwicky_anna"
                )
    (root / "zwicky_anna" / "zwicky_anna_sad_1.wav").write_bytes(b"no sound")
    (root / "samples.csv").write_text("\n".join(rows) + "\n")


def _write_card(cards: Path, training_subjects: list[str]) -> None:
    card = yaml.safe_load(card_path("models", "voice_functionals_svm").read_text())
    card |= {"name": "trained_elsewhere", "training_subjects": training_subjects}
    card["description"] += " Tuned by ear on zwicky-bert, and on Zwicky_Otto's brother zwicky_otto."
    card["limitations"] += ["Too soft for zwicky_dora."]
    card["licence"]["note"] = "Ask zwicky_anna."
    (cards / "models" / "trained_elsewhere").mkdir(parents=True)
    (cards / "models" / "trained_elsewhere" / "card.yaml").write_text(yaml.safe_dump(card))


@pytest.fixture(scope="module")
def received(finished: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that MLflow keeps of the run."""
    store = tmp_path_factory.mktemp("store")
    track(finished.folder.path, uri=f"sqlite:///{store}/mlflow.db", timeout_s=LIMIT_S)
    return store


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file as text; of tables, which are compressed, the rows, columns and metadata as well."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes().decode("latin-1")
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            yield path.name, f"{table.to_pylist()} {table.schema.to_string(show_schema_metadata=True)}"


def test_the_run_holds_all_these_names(finished: Study) -> None:
    """Else the test below would show nothing: every place that could give a name away has one."""
    folder = finished.folder
    plan = (folder / "plan.yaml").read_text()
    texts = ("zwicky-bert, and", "Too soft for zwicky_dora", "Ask zwicky_anna", "Voices of zwicky_cleo")
    for name in ("zwicky_bert", UNTESTED, "zwicky_anna_sad_0", *texts):
        assert name in plan
    folds = json.loads((folder / "folds.json").read_text())["folds"]["trained_elsewhere"]
    assert [fold["name"] for fold in folds] == [f"loso:{person}" for person in PEOPLE]
    assert "zwicky_anna/zwicky_anna_sad_1.wav" in pq.read_table(folder / "files.parquet")["path"].to_pylist()
    reasons = pq.read_table(folder / "predictions.parquet")["reason"].to_pylist()
    assert any(reason and reason.startswith("unreadable") for reason in reasons)
    samples = pq.read_table(folder / "samples.parquet")
    assert "ctx.partner" in samples.column_names
    assert samples["attr.nickname"][0].as_py() == "Zwickyboy 0"
    assert samples["attr.weight"][0].as_py() == 70.123
    of_weight = [
        row for row in finished.results.to_pylist() if row["axis"] == "weight" and row["metric"] == "accuracy"
    ]
    assert {(row["group"], row["n_subjects"]) for row in of_weight if row["statistic"] == "level"} == {
        ("other", 4)
    }


@pytest.mark.slow
def test_no_name_is_in_what_was_received(received: Path) -> None:
    texts = list(_texts(received))
    assert {name for name, _ in texts} >= {
        *("mlflow.db", "plan.yaml", "run.json", "report.html", "results.csv", "results.parquet"),
        *("samples.parquet", "predictions.parquet", "folds.json"),
    }
    assert "files.parquet" not in {name for name, _ in texts}
    found = [(name, text[max(0, text.lower().find("zwicky") - 60) :][:120]) for name, text in texts]
    assert [pair for pair, (_, text) in zip(found, texts, strict=True) if "zwicky" in text.lower()] == []
    assert not any(".wav" in text for _, text in texts)
    assert not any(answer in text for _, text in texts for answer in ("1987-03-1", "70.123", "73.123"))


def test_the_report_shows_choices_without_names(finished: Study) -> None:
    page = (finished.folder / "report.html").read_text()
    assert "zwicky" not in page
    assert "subjects: (subject_id of row 0), (subject_id of row 4), (subject_id of row 8)" in page
    assert "notes.(uri of row 2): hoarse" in page
    assert "Voices of (subject_id of row 8), and of others" in page
    assert "Too soft for (subject_id of row 12)." in page


def test_what_is_received_can_still_be_joined(finished: Study, received: Path) -> None:
    (samples_file,) = received.rglob("samples.parquet")
    subjects = pq.read_table(samples_file)["subject_id"].to_pylist()
    clear = pq.read_table(finished.folder / "samples.parquet")["subject_id"].to_pylist()
    pseudonym = dict(zip(clear, subjects, strict=True))
    (folds_file,) = received.rglob("folds.json")
    folds: list[dict[str, Any]] = json.loads(folds_file.read_text())["folds"]["trained_elsewhere"]
    assert [fold["name"] for fold in folds] == [f"loso:{pseudonym[person]}" for person in PEOPLE]
    for fold, person in zip(folds, PEOPLE, strict=True):
        assert fold["test_subjects"] == [pseudonym[person]]
        assert fold["train_subjects"] == sorted(pseudonym[other] for other in PEOPLE if other != person)
    (plan_file,) = received.rglob("plan.yaml")
    plan = RunFolder(plan_file.parent).read_plan().plan
    assert plan["dataset"]["options"]["subjects"] == [pseudonym[person] for person in PEOPLE]
    assert plan["cards"]["models"][0]["training_subjects"][0] == pseudonym[PEOPLE[0]]


def test_the_check_on_leaks_still_works_from_the_local_folds(finished: Study) -> None:
    rows = [row for row in finished.results.to_pylist() if (row["kind"], row["metric"]) == ("check", CHECK)]
    assert [row["verdict"] for row in rows] == ["met"]
    assert "none saw a subject that it was tested on" in rows[0]["reason"]


def test_the_root_of_the_files_leaves_and_their_names_do_not(finished: Study, received: Path) -> None:
    from mlflow.tracking import MlflowClient

    from harness.files import canonical_hash

    media = json.loads((finished.folder / "run.json").read_text())["media"]
    client = MlflowClient(f"sqlite:///{received}/mlflow.db")
    experiment = client.get_experiment_by_name("emotion-harness")
    (tracked,) = client.search_runs([experiment.experiment_id])
    assert tracked.data.tags["harness.media_merkle_root"] == media["merkle_root"]
    assert tracked.data.tags["harness.media_files"] == str(media["files"]) == "17"
    (given,) = tracked.inputs.dataset_inputs
    samples = finished.plan["dataset"]["samples_sha256"]
    identity = canonical_hash({"samples_sha256": samples, "merkle_root": media["merkle_root"]})
    assert given.dataset.digest == identity[:36]
    tags = {tag.key: tag.value for tag in given.tags}
    assert tags["sha256"] == samples
    assert tags["media.merkle_root"] == media["merkle_root"]


@pytest.mark.usefixtures("forked_sender")
def test_no_name_is_in_what_is_received_of_a_sweep(finished: Study, tmp_path: Path, store: str) -> None:
    subjects = f"[{','.join(PEOPLE)}]"
    named: dict[str, str] = {
        "dataset.root": "/home/zwicky/data",
        "dataset.subjects": subjects,
        "dataset.notes.zwicky_anna_sad_0": "hoarse",
    }
    runs = [
        SweptRun(named, finished.folder.path, {"uar": 0.5}),
        SweptRun({**named, "model": "zwicky_anna", "out": "zwicky", "zwicky": "1"}, None, {}),
    ]
    track(finished.folder.path, uri=store, experiment="swept", timeout_s=LIMIT_S)
    track_sweep(runs, tmp_path / "zwicky_sweep", started_s=0, uri=store, experiment="swept", timeout_s=LIMIT_S)
    texts = list(_texts(tmp_path))
    assert {"overview.html", "studies.csv"} <= {name for name, _ in texts}
    assert [name for name, text in texts if "zwicky" in text.lower()] == []
