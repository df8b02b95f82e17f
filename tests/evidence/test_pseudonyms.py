from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from harness.errors import HarnessError
from harness.evidence.pseudonyms import load_pseudonym, matched_on_groups, pseudonymise, pseudonymise_folds
from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.resources import data_dir
from harness.tables.folds import Fold
from harness.tables.parquet_files import parquet_bytes
from harness.tables.predictions import predictions_table, validate_predictions
from harness.tables.samples import samples_table, validate_samples


def _tables() -> tuple[pa.Table, pa.Table]:
    rows = [
        {
            "sample_id": f"anna/{i}.wav" if i < 2 else f"bert/{i}.wav",
            "modality": "voice",
            "uri": f"recordings/{i}.wav",
            "start_s": 1_600_000_000.0 + i,
            "end_s": 1_600_000_001.0 + i,
            "subject_id": "anna" if i < 2 else "bert",
            "session_id": "tuesday, with her mother",
            "split": "train" if i % 2 else "test",
            "label": "anger" if i % 2 else "joy",
            "label_source": "acted",
            "votes": {"anger": 3, "joy": i},
            "attr.sex": "female" if i < 2 else "male",
            "attr.age": 31.0 if i < 2 else 64.0,
            "ctx.sentence": "dogs" if i % 2 else "kids",
            "ctx.note": f"anna coughs {i}",
            "ctx.hour": 9 + i,
        }
        for i in range(4)
    ]
    samples = samples_table(rows)
    predictions = predictions_table(
        model="m",
        labels=["anger", "joy"],
        sample_id=[row["sample_id"] for row in rows],
        outcome=["scored", "failed", "failed", "scored"],
        reason=[None, "unreadable: anna/1.wav is cut", "bert sneezed", None],
        label=["anger", None, None, "joy"],
        scores=[[0.75, 0.25], None, None, [0.5, 0.5]],
    )
    return samples, predictions


def _text(table: pa.Table) -> str:
    return str(table.to_pylist()) + str(table.schema.to_string())


def test_no_name_place_or_note_is_left() -> None:
    samples, predictions = pseudonymise(*_tables())
    text = _text(samples) + _text(predictions)
    for name in ("anna", "bert", "recordings", ".wav", "tuesday", "1600000", "coughs", "sneezed", "ctx.hour"):
        assert name not in text


def test_what_a_measurement_needs_stays_in_place() -> None:
    samples, predictions = _tables()
    public_samples, public_predictions = pseudonymise(samples, predictions)
    for name in ("modality", "label", "label_source", "votes", "attr.sex", "ctx.sentence", "split"):
        assert public_samples[name].equals(samples[name]), name
    assert public_samples["attr.age"].to_pylist() == ["30-49", "30-49", "50-64", "50-64"]
    for name in ("model", "condition", "outcome", "label", "scores", "valence"):
        assert public_predictions[name].equals(predictions[name]), name
    assert public_predictions["reason"].to_pylist() == [None, "unreadable", "other", None]
    assert public_predictions["sample_id"].to_pylist() == public_samples["sample_id"].to_pylist()
    assert public_predictions.schema.metadata == predictions.schema.metadata
    subjects = public_samples["subject_id"].to_pylist()
    assert subjects[0] == subjects[1] != subjects[2] == subjects[3]


@pytest.mark.parametrize(
    ("name", "answers", "left"),
    [
        ("nickname", ["Bobby", "Bobby", "Queenie", "Queenie"], ["other"] * 4),
        ("mail", ["anna@example.org"] * 2 + ["b@example.org"] * 2, ["other"] * 4),
        ("birth_date", ["1990-05-01"] * 2 + ["1988-11-30"] * 2, ["other"] * 4),
        (
            "note",
            ["left-handed", None, "left-handed", "wears a hat"],
            ["left-handed", None, "left-handed", "other"],
        ),
        ("weight_kg", [71.25, 71.25, 80.5, 80.5], ["other"] * 4),
        ("site", [1.0, 1.0, 1.0, 2.0], ["1", "1", "1", "other"]),
        ("partner", ["bert", "bert", "bert", "bert"], ["other"] * 4),
        ("age", [31.0, 31.5, 64.0, None], ["30-49", "30-49", "50-64", None]),
        ("sex", ["female", "female", "unknown", None], ["female", "female", "unknown", None]),
        (
            "neurodivergence",
            ["ASD", "ASD", "synaesthesia", "none"],
            ["autism", "autism", "other", "none reported"],
        ),
        ("fitzpatrick", ["type 4", "IV", "green", "6"], ["other"] * 4),
    ],
)
def test_an_answer_that_one_person_gave_is_not_told(name: str, answers: list[Any], left: list[Any]) -> None:
    samples, predictions = _tables()
    samples = samples.drop_columns(["attr.sex", "attr.age"]).append_column(f"attr.{name}", pa.array(answers))
    public, _ = pseudonymise(samples, predictions)
    assert public[f"attr.{name}"].to_pylist() == left


def test_measuring_them_gives_the_same_bytes(study: Any) -> None:
    def measured(samples: pa.Table, predictions: pa.Table) -> bytes:
        return parquet_bytes(
            measure(samples, predictions, dataset="d", settings=MeasureSettings(resamples=100, permutations=100))
        )

    public = pseudonymise(study.samples, study.predictions)
    assert measured(*public) == measured(study.samples, study.predictions)


def test_the_tables_are_still_valid() -> None:
    samples, predictions = pseudonymise(*_tables())
    assert validate_samples(samples).num_rows == 4
    assert validate_predictions(predictions, samples).num_rows == 4


def test_a_code_that_two_subjects_share_stays() -> None:
    samples, predictions = _tables()
    index = predictions.schema.get_field_index("reason")
    field = predictions.schema.field(index)
    reasons = pa.array([None, "refused: policy", "refused", None], pa.string())
    _, public = pseudonymise(samples, predictions.set_column(index, field, reasons))
    assert public["reason"].to_pylist() == [None, "refused", "refused", None]


def test_a_split_that_names_each_subject_is_emptied() -> None:
    samples, predictions = _tables()
    index = samples.schema.get_field_index("split")
    named = samples.set_column(index, samples.schema.field(index), samples["subject_id"].cast(pa.string()))
    public, _ = pseudonymise(named, predictions)
    assert public["split"].null_count == 4


def test_context_that_names_a_subject_is_left_out_however_many_share_it() -> None:
    samples, predictions = _tables()
    partner = pa.array(["bert", "anna", "bert", "anna"])
    public, _ = pseudonymise(samples.append_column("ctx.partner", partner), predictions)
    assert "ctx.partner" not in public.column_names
    public, _ = pseudonymise(samples.append_column("ctx.partner", pa.array(["x", "x", "x", "x"])), predictions)
    assert "ctx.partner" in public.column_names


def test_trainings_name_nobody_and_fit_the_samples() -> None:
    anna, bert, cleo = (load_pseudonym()("subject_id", name) for name in ("anna", "bert", "cleo"))
    folds = {
        "m": [
            Fold("loso:anna", ("bert", "cleo"), ("anna",), 7, {"face": 1.5}),
            Fold("anna and bert", ("cleo",), ("anna", "bert"), 3),
            Fold("loso:cleo", ("anna",), ("bert",), 1),
        ],
        "majority": [],
    }
    assert pseudonymise_folds(folds) == {
        "m": [
            Fold(f"loso:{anna}", tuple(sorted((bert, cleo))), (anna,), 7, {"face": 1.5}),
            Fold("fold-02", (cleo,), tuple(sorted((anna, bert))), 3),
            Fold("fold-03", (anna,), (bert,), 1),
        ],
        "majority": [],
    }


def test_same_key_same_pseudonym_other_key_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = load_pseudonym()("subject_id", "anna")
    assert load_pseudonym()("subject_id", "anna") == first
    assert load_pseudonym()("sample_id", "anna")[4:] != first[4:]
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "another"))
    assert load_pseudonym()("subject_id", "anna") != first


def test_the_key_is_32_bytes_that_only_the_owner_reads() -> None:
    load_pseudonym()
    path = data_dir() / "pseudonym.key"
    assert len(path.read_bytes()) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in data_dir().iterdir()] == ["pseudonym.key"]


def test_a_key_that_others_can_read_is_refused() -> None:
    load_pseudonym()
    path = data_dir() / "pseudonym.key"
    path.chmod(0o644)
    with pytest.raises(HarnessError, match="chmod 600"):
        load_pseudonym()


def test_a_damaged_key_is_refused() -> None:
    load_pseudonym()
    path = data_dir() / "pseudonym.key"
    path.write_bytes(b"short")
    with pytest.raises(HarnessError, match="5 bytes"):
        load_pseudonym()


def test_a_data_folder_that_cannot_be_made_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "file"))
    with pytest.raises(HarnessError, match="cannot be used"):
        load_pseudonym()


def _pseudonym_of_anna(_: int) -> str:
    return load_pseudonym()("subject_id", "anna")


@pytest.mark.slow
def test_processes_that_start_at_once_agree_on_one_key() -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(_pseudonym_of_anna, range(8), chunksize=1)
    assert len(set(found)) == 1


def test_samples_that_are_matched_on_what_they_no_longer_have_are_told() -> None:
    original = _tables()[0]
    sent, _ = pseudonymise(*_tables())
    matched = ["label", "attr.age", "attr.sex"]
    told = matched_on_groups(sent.column_names, matched)
    assert told is not None
    assert told.startswith("The samples are pseudonymised: of attr.age and attr.sex they have people's groups")
    assert matched_on_groups(original.column_names, matched) is None
    assert matched_on_groups(sent.column_names, ["label", "ctx.sentence"]) is None
    assert matched_on_groups(sent.column_names, None) is None
