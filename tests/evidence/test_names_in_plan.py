from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.evidence.names_in_plan import id_pieces, plan_by_pseudonyms, plan_by_rows
from harness.tables.samples import samples_table
from harness.tables.versions import write_table

ROWS = [
    {"subject_id": "bert", "session_id": "monday", "uri": "x/b.1.wav"},
    {"subject_id": "anna", "session_id": "tuesday", "uri": "x/a.wav"},
    {"subject_id": "anna", "session_id": "tuesday", "uri": None},
]
SAMPLES = samples_table(
    [
        {"sample_id": f"s/{index}", "modality": "voice", "label_source": "acted", "label": "anna", **row}
        for index, row in enumerate(ROWS)
    ]
)
PIECES = [SAMPLES.slice(0, 1), SAMPLES.slice(1)]
PLAN: dict[str, Any] = {
    "dataset": {
        "name": "anna",
        "options": {"subjects": ["anna", "carl"], "worst": "s/2", "bad": {"a.wav": "anna?"}},
    },
    "model": {"options": {"clip": "b.1", "session": "monday"}, "facts": {}, "notes": ["anna", "of anna"]},
    "labels": {"merge": {"anna": "bert"}},
    "attributes": {"groups": {"name": {"anna": {"subjects": 1}}}},
    "cards": {
        "dataset": {"labels": ["anna"], "details": {"speakers": {"bert": {"age": 3}}}},
        "models": [{"training_subjects": ["anna", "carl"]}, {"training_subjects": None}],
    },
}


def test_names_become_row_numbers_where_names_may_stand() -> None:
    before = copy.deepcopy(PLAN)
    plan = plan_by_rows(PLAN, PIECES)
    assert before == PLAN
    assert plan == PLAN | {
        "dataset": {
            "name": "anna",
            "options": {
                "subjects": ["(subject_id of row 1)", "carl"],
                "worst": "(sample_id of row 2)",
                "bad": {"(uri of row 1)": "anna?"},
            },
        },
        "model": {
            "options": {"clip": "(uri of row 0)", "session": "(session_id of row 0)"},
            "facts": {},
            "notes": ["(subject_id of row 1)", "of anna"],
        },
        "cards": {
            "dataset": {"labels": ["anna"], "details": {"speakers": {"(subject_id of row 0)": {"age": 3}}}},
            "models": [{"training_subjects": ["(subject_id of row 1)", "carl"]}, {"training_subjects": None}],
        },
    }


def test_for_what_leaves_the_machine_also_untested_training_subjects_are_pseudonyms() -> None:
    plan = plan_by_pseudonyms(PLAN, PIECES, lambda kind, name: f"<{kind} {name[::-1]}>")
    assert plan["cards"]["models"][0]["training_subjects"] == ["<subject_id anna>", "<subject_id lrac>"]
    assert plan["dataset"]["options"]["subjects"] == ["<subject_id anna>", "<subject_id lrac>"]
    assert plan["dataset"]["options"]["bad"] == {"<uri vaw.a>": "anna?"}
    assert plan["labels"] == PLAN["labels"]


def test_a_stored_table_is_read_by_its_names_alone(tmp_path: Path) -> None:
    write_table(SAMPLES, "samples", tmp_path / "samples.parquet")
    (piece,) = id_pieces(tmp_path / "samples.parquet")
    assert piece.equals(SAMPLES.select(["subject_id", "session_id", "sample_id", "uri"]))


def test_names_that_are_stored_as_numbers_are_read_as_text(tmp_path: Path) -> None:
    place = SAMPLES.schema.get_field_index("session_id")
    numbered = SAMPLES.set_column(place, "session_id", pa.array([1, 2, None], pa.int64()))
    write_table(numbered, "samples", tmp_path / "samples.parquet")
    (piece,) = id_pieces(tmp_path / "samples.parquet")
    assert piece["session_id"].to_pylist() == ["1", "2", None]


def test_a_plan_without_names_is_what_it_was() -> None:
    plan = {"dataset": {"options": {"window_s": 60.0, "file": "samples.csv"}}, "face": None}
    assert plan_by_rows(plan, PIECES) == plan_by_pseudonyms(plan, PIECES, str.__add__) == plan
