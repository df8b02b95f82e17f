from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.cards.facts import DatasetCard, ModelCard
from harness.evidence.names_in_plan import _TERMS, id_pieces, plan_by_pseudonyms, plan_by_rows, plan_hiding
from harness.tables.encoded_texts import plain_table
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
    assert plain_table(piece).equals(SAMPLES.select(["subject_id", "session_id", "sample_id", "uri"]))
    assert plan_by_rows(PLAN, [piece]) == plan_by_rows(PLAN, PIECES)


def test_of_names_that_cannot_be_told_apart_the_last_one_stands_in_the_plan_however_it_is_read(
    tmp_path: Path,
) -> None:
    row = SAMPLES.to_pylist()[0]
    people = ["Jo_Smith", "Jo Smith", "Jo_Smith", "Al Brown"]
    samples = samples_table([{**row, "sample_id": f"s/{i}", "subject_id": name} for i, name in enumerate(people)])
    plan = {"cards": {"dataset": {"note": "of Jo-Smith"}}}
    expected = {"cards": {"dataset": {"note": "of (subject_id of row 1)"}}}
    assert plan_by_rows(plan, [samples]) == expected
    write_table(samples, "samples", tmp_path / "samples.parquet")
    assert plan_by_rows(plan, id_pieces(tmp_path / "samples.parquet")) == expected


def test_people_of_a_dictionary_that_are_not_in_these_rows_are_not_named() -> None:
    place = SAMPLES.schema.get_field_index("subject_id")
    encoded = SAMPLES.set_column(place, "subject_id", SAMPLES["subject_id"].dictionary_encode())
    assert plan_by_rows(PLAN, [encoded.slice(1)]) == plan_by_rows(PLAN, [SAMPLES.slice(1)])


def test_names_that_are_stored_as_numbers_are_read_as_text(tmp_path: Path) -> None:
    place = SAMPLES.schema.get_field_index("session_id")
    numbered = SAMPLES.set_column(place, "session_id", pa.array([1, 2, None], pa.int64()))
    write_table(numbered, "samples", tmp_path / "samples.parquet")
    (piece,) = id_pieces(tmp_path / "samples.parquet")
    assert piece["session_id"].to_pylist() == ["1", "2", None]


def test_a_plan_without_names_is_what_it_was() -> None:
    plan = {"dataset": {"options": {"window_s": 60.0, "file": "samples.csv"}}, "face": None}
    assert plan_by_rows(plan, PIECES) == plan_by_pseudonyms(plan, PIECES, str.__add__) == plan


TEXTS: dict[str, Any] = {
    "labels": {"merge": {"Jo Smith": "of Jo Smith"}},
    "dataset": {"options": {"title": "Voices of Jo Smith"}},
    "cards": {
        "dataset": {
            "name": "of Jo Smith",
            "labels": ["of Jo Smith"],
            "attributes": {"sex": {"values": ["Jo Smith"], "note": "Jo_Smith says so"}},
            "details": {"speakers": {"Jo Smith (left)": {"age": 3}}},
        },
        "models": [
            {
                "title": "Jo Smith",
                "limitations": ["Not for Jo-Smith or Carl-7"],
                "licence": {"note": "of Carl-7"},
                "training_subjects": ["Carl-7"],
            }
        ],
    },
}
SMITH = [SAMPLES.slice(0, 1), samples_table([{**SAMPLES.to_pylist()[1], "subject_id": "Jo Smith"}])]


def test_people_are_not_named_within_texts_either() -> None:
    plan = plan_by_rows(TEXTS, SMITH)
    assert plan["dataset"]["options"]["title"] == "Voices of (subject_id of row 1)"
    (model,) = plan["cards"]["models"]
    assert model["title"] == "(subject_id of row 1)"
    assert model["limitations"] == ["Not for (subject_id of row 1) or (a training subject)"]
    assert model["licence"]["note"] == "of (a training subject)"
    speakers = plan["cards"]["dataset"]["details"]["speakers"]
    assert speakers == {"(subject_id of row 1) (left)": {"age": 3}}


def test_terms_of_cards_stay_as_the_tables_use_them() -> None:
    plan = plan_by_rows(TEXTS, SMITH)
    card = plan["cards"]["dataset"]
    assert (card["name"], card["labels"]) == ("of Jo Smith", ["of Jo Smith"])
    assert card["attributes"]["sex"] == {"values": ["Jo Smith"], "note": "(subject_id of row 1) says so"}
    assert plan["labels"] == TEXTS["labels"]


def test_pseudonyms_within_texts_name_nobody_when_they_are_read_again() -> None:
    """The plan of a pack: its samples have the same pseudonyms, and its report is that of the run."""
    plan = plan_by_pseudonyms(TEXTS, SMITH, lambda kind, name: f"{kind[:3]}-{name.encode().hex():0>32}")
    assert "Smith" not in str(plan["cards"]["models"]) + str(plan["dataset"])
    assert "Carl" not in str(plan["cards"]["models"])
    hidden = [
        samples_table([{**row, "subject_id": f"sub-{row['subject_id'].encode().hex():0>32}"}])
        for piece in SMITH
        for row in piece.to_pylist()
    ]
    assert plan_by_rows(plan, hidden)["cards"]["models"][0]["limitations"] == [
        "Not for (subject_id of row 1) or (a training subject)"
    ]


def test_what_withdraws_is_hidden_within_texts_and_others_are_not() -> None:
    plan = plan_hiding(TEXTS, SMITH[1:], lambda kind, name: "(hidden)")
    assert plan["cards"]["models"][0]["limitations"] == ["Not for (hidden) or Carl-7"]


def test_every_key_of_a_card_is_a_text_or_a_term() -> None:
    """A new one is decided on here: names are replaced in texts, and terms are what tables and options use."""
    texts = {
        *(
            "title",
            "description",
            "version",
            "url",
            "citation",
            "licence",
            "consent",
            "collection",
            "label_note",
            "raters",
        ),
        *("attributes", "rows_independent", "simulated", "limitations", "access", "details"),
        *("provider", "purpose"),
        *("price", "weights", "training_data", "training_subjects", "paid", "baseline", "claims"),
    }
    keys = {*DatasetCard.model_fields, *ModelCard.model_fields}
    assert keys - _TERMS == texts
