"""Columns are known by any spelling of their name, by common synonyms, or by a mapping."""

from __future__ import annotations

import shlex
from pathlib import Path

import pyarrow as pa
import pytest

from harness.attributes.column_names import attribute_name
from harness.datasets.table import TableOptions
from harness.errors import HarnessError
from harness.study.compose import compose_study
from harness.tables.schemas import DIMENSIONS, SAMPLES
from harness.user_tables.known_columns import KnownColumns, predictions_columns, samples_columns
from harness.user_tables.table_formats import UserTable
from harness.user_tables.user_columns import Mapped, UnknownColumnsError, require_column, with_known_columns


def named(names: list[str], known: KnownColumns, chosen: Mapped | None = None) -> list[str]:
    cells = pa.table({name: [name] for name in names})
    return list(with_known_columns(UserTable(Path("t.csv"), cells), known, chosen).cells.column_names)


def refused(names: list[str], known: KnownColumns, chosen: Mapped | None = None) -> str:
    with pytest.raises(HarnessError) as caught:
        named(names, known, chosen)
    return str(caught.value)


def test_the_vocabulary_has_the_columns_of_the_tables() -> None:
    assert {*samples_columns().names} == set(SAMPLES.names)
    assert {*predictions_columns().names} == {"sample_id", "label", "outcome", "reason", *DIMENSIONS}


@pytest.mark.parametrize(
    ("column", "ours"),
    [
        ("filename", "uri"),
        ("File Name", "uri"),
        ("PATH", "uri"),
        ("Speaker", "subject_id"),
        ("SubjectID", "subject_id"),
        ("subject-id", "subject_id"),
        ("SpkrID", "subject_id"),
        ("emotion", "label"),
        ("EmoClass", "label"),
        ("Split_Set", "split"),
        ("EmoVal", "valence"),
        ("attr_sex", "attr.sex"),
        ("Attr.Age", "attr.Age"),
        ("votes happy", "votes.happy"),
        ("ctx:room", "ctx.room"),
        ("attr.sex", "attr.sex"),
    ],
)
def test_columns_of_samples(column: str, ours: str) -> None:
    assert named([column], samples_columns()) == [ours]


@pytest.mark.parametrize(
    ("column", "ours"),
    [
        ("filename", "sample_id"),
        ("uri", "sample_id"),
        ("ID", "sample_id"),
        ("Emotion", "label"),
        ("y_pred", "label"),
        ("dominant_emotion", "label"),
        ("score_angry", "score.angry"),
        ("Score Angry", "score.Angry"),
        ("scores/angry", "score.angry"),
        ("prob_1.5", "score.1.5"),
        ("P(angry)", ""),
        ("scores[angry]", "score.angry"),
        ("probability: angry", "score.angry"),
        ("scoreangry", ""),
        ("score.score_a", "score.score_a"),
    ],
)
def test_columns_of_predictions(column: str, ours: str) -> None:
    if ours:
        assert named([column], predictions_columns()) == [ours]
    else:
        assert "unknown column" in refused([column], predictions_columns())


def test_renaming_is_told_and_our_own_names_are_not() -> None:
    cells = pa.table({"filename": ["a"], "label": ["b"], "score_x": ["1"]})
    table = UserTable(Path("t.csv"), cells, ("separated by tabs",))
    found = with_known_columns(table, predictions_columns())
    assert found.remarks == ("separated by tabs", "filename is sample_id and score_x is score.x")
    assert found.cells.to_pydict() == {"sample_id": ["a"], "label": ["b"], "score.x": ["1"]}


def test_a_mapping_wins_over_names_and_leaves_out() -> None:
    chosen = {"emotion": "ctx.emotion", "who": "subject_id", "notes": None, "truth": "label"}
    names = ["uri", "emotion", "who", "notes", "truth"]
    assert named(names, samples_columns(), chosen) == ["uri", "ctx.emotion", "subject_id", "label"]


def test_a_synonym_beside_our_own_name_is_something_else() -> None:
    assert "'model.columns={path: null}'" in refused(["sample_id", "path"], predictions_columns())
    assert named(["sample_id", "path"], predictions_columns(), {"path": None}) == ["sample_id"]


def test_two_synonyms_are_asked_about() -> None:
    message = refused(["path", "file", "speaker"], samples_columns())
    assert "both 'path' and 'file' could be uri" in message
    assert "'dataset.columns={path: uri, file: null}'" in message


def test_a_label_beside_a_prediction_may_be_the_truth() -> None:
    message = refused(["id", "label", "y_true", "Predicted"], predictions_columns())
    assert "both 'label' and 'Predicted' could be label" in message
    assert message.endswith("'model.columns={label: null, Predicted: label, y_true: null}'")
    chosen = {"label": None, "Predicted": "label", "y_true": None}
    assert named(["id", "label", "y_true", "Predicted"], predictions_columns(), chosen) == ["sample_id", "label"]
    assert "{label: label, Predicted: null}" in refused(
        ["id", "label", "Predicted"], predictions_columns(), {"label": "label"}
    )


def test_one_message_has_all_that_is_to_be_said() -> None:
    message = refused(["path", "file", "class", "emotion", "person", "Gender"], samples_columns())
    assert "both 'path' and 'file' could be uri; both 'class' and 'emotion' could be label; unknown" in message
    assert message.endswith(
        "'dataset.columns={path: uri, file: null, class: label, emotion: null, Gender: attr.Gender}'"
    )


def test_what_the_table_needs_is_said_with_what_is_unknown() -> None:
    table = UserTable(Path("t.csv"), pa.table({"uri": ["a"], "Sprecher": ["b"]}))
    with pytest.raises(HarnessError, match=r"None is subject_id, which the table needs\. Say what it is"):
        with_known_columns(table, samples_columns(), None, [["sample_id", "uri"], ["subject_id"]])


@pytest.mark.parametrize(
    ("column", "guess"),
    [("spekaer", "subject_id"), ("filname", "uri"), ("notes", "ctx.notes"), ("mood", "ctx.mood")],
)
def test_a_slip_in_a_synonym_is_seen_and_no_more(column: str, guess: str) -> None:
    assert refused([column], samples_columns()).endswith(f"'dataset.columns={{{column}: {guess}}}'")


@pytest.mark.parametrize("column", ["emotion.sad", "sad_logit", "P(sad)"])
def test_an_emotion_in_the_name_of_a_column_is_its_score(column: str) -> None:
    assert "score.sad" in refused(["sample_id", column], predictions_columns())


@pytest.mark.parametrize(
    ("names", "paste"),
    [
        (["uri", "Gender", "my note"], "'dataset.columns={Gender: attr.Gender, my note: ctx.my_note}'"),
        (["uri", "labell"], "'dataset.columns={labell: label}'"),
        (["uri", "a,b:c"], """'dataset.columns="{\\"a,b:c\\": ctx.a_b_c}"'"""),
    ],
)
def test_what_is_not_known_comes_with_a_mapping_that_hydra_reads(names: list[str], paste: str) -> None:
    message = refused(names, samples_columns())
    assert message.endswith(paste)
    config = compose_study(["dataset=table", "model=majority", *shlex.split(paste)])
    mapping = TableOptions(columns=config.dataset.options["columns"]).columns
    assert mapping is not None
    assert set(mapping) == set(names) - {"uri"}
    assert named(names, samples_columns(), mapping) == ["uri", *mapping.values()]


def test_the_line_keeps_what_was_mapped_before() -> None:
    message = refused(["wav", "who", "x"], samples_columns(), {"who": "subject_id"})
    assert message.endswith("'dataset.columns={who: subject_id, x: ctx.x}'")


def test_scores_without_a_prefix_get_one_in_the_mapping() -> None:
    message = refused(["sample_id", "angry", "Happy", "time"], predictions_columns())
    assert message.endswith("'model.columns={angry: score.angry, Happy: score.Happy, time: null}'")


def test_what_is_absent_is_called_absent_and_look_alikes_are_named() -> None:
    table = UserTable(Path("t.csv"), pa.table({"uri": ["a"], "ctx.subjct": ["b"], "attr.sex": ["c"]}))
    with pytest.raises(
        HarnessError, match=r"there is no column subject_id \(who it is\)\. There are uri, "
    ) as caught:
        require_column(table, "subject_id", samples_columns(), "who it is")
    assert "Is it ctx.subjct?" in str(caught.value)
    assert "'dataset.columns={ctx.subjct: subject_id}'" in str(caught.value)
    with pytest.raises(HarnessError, match=r"'dataset\.columns=\{COLUMN: session_id\}'"):
        require_column(table, "session_id", samples_columns(), "when")
    require_column(table, "uri", samples_columns(), "its file")


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"pth": "uri"}, "dataset.columns: t.csv has no column 'pth'. Did you mean path?"),
        ({"path": "url"}, "dataset.columns: 'url' is no column of ours. Known: sample_id, uri"),
    ],
)
def test_a_mapping_that_does_not_fit(chosen: Mapped, message: str) -> None:
    assert message in refused(["path"], samples_columns(), chosen)


def test_cells_say_what_names_do_not() -> None:
    cells = pa.table({"Recording": ["a1", "a2"], "path": ["x", "y"], "file": ["a1", "a2"], "note": ["a1", "z"]})
    table = UserTable(Path("t.csv"), cells)

    def share(column: pa.ChunkedArray, others: object) -> float:
        assert others is not None
        return sum(text in ("a1", "a2") for text in column.to_pylist()) / len(column)

    with pytest.raises(UnknownColumnsError) as caught:
        with_known_columns(table, predictions_columns(), None, [["sample_id"]], {"sample_id": share})
    assert str(caught.value).endswith("'model.columns={path: null, file: sample_id, Recording: null, note: null}'")
    assert caught.value.likely.cells.to_pydict() == {"sample_id": ["a1", "a2"]}
    table = UserTable(Path("t.csv"), cells.select(["note", "Recording"]))
    with pytest.raises(UnknownColumnsError) as caught:
        with_known_columns(table, predictions_columns(), None, [["sample_id"]], {"sample_id": share})
    assert str(caught.value).endswith("leave it out: 'model.columns={note: null, Recording: sample_id}'")


def test_two_unknown_columns_are_not_mapped_to_one_of_ours() -> None:
    message = refused(["sample_id", "P(sad)", "logit sad"], predictions_columns())
    assert message.endswith("""'model.columns="{\\"P(sad)\\": score.sad, logit sad: null}"'""")


@pytest.mark.parametrize("column", ["Skin Tone", "skinTone", "SKIN-TONE"])
def test_names_of_columns_and_attributes_are_compared_in_one_way(column: str) -> None:
    assert f"attr.{column.replace(' ', '_').replace('-', '_')}" in refused(["uri", column], samples_columns())
    assert attribute_name(column) == "skin_tone"
