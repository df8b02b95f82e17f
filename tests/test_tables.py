from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, get_args

import pyarrow as pa
import pytest

from harness.cards import facts as cards
from harness.errors import HarnessError
from harness.report import run_page as report
from harness.tables.predictions import concat_predictions, label_orders, predictions_table, validate_predictions
from harness.tables.results import Result, ResultBlock, results_table
from harness.tables.samples import samples_table, validate_samples
from harness.tables.schemas import LABEL_SOURCES, LABELS_KEY, PREDICTIONS, SAMPLES
from harness.verdicts.judge import checked, not_tested

Row = dict[str, Any]


def sample(**changes: Any) -> Row:
    row = {"sample_id": "a", "modality": "face", "subject_id": "s1", "label": "joy", "label_source": "acted"}
    return row | changes


def two_samples() -> pa.Table:
    return samples_table([sample(), sample(sample_id="b")])


def predict(**changes: Any) -> pa.Table:
    given: Row = {
        "model": "m",
        "labels": ["joy", "fear"],
        "sample_id": ["a", "b"],
        "outcome": ["scored", "failed"],
        "reason": [None, "no_face"],
        "label": ["joy", None],
        "scores": [[0.9, 0.1], None],
    }
    return predictions_table(**(given | changes))


def test_samples_keep_their_further_columns_in_order_of_appearance() -> None:
    rows = [sample(**{"attr.sex": "female"}), sample(sample_id="b", **{"ctx.snr": 3, "attr.age": 20.5})]
    table = samples_table(rows)
    assert table.column_names == [*SAMPLES.names, "attr.sex", "ctx.snr", "attr.age"]
    assert table["attr.age"].to_pylist() == [None, 20.5]
    assert table.schema.field("subject_id").nullable is False


def test_votes_round_trip() -> None:
    table = samples_table([sample(votes={"joy": 3, "fear": 1})])
    assert table["votes"].to_pylist() == [[("joy", 3), ("fear", 1)]]


def test_an_attribute_that_is_always_empty_is_text() -> None:
    assert samples_table([sample(**{"attr.sex": None})]).schema.field("attr.sex").type == pa.string()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no rows"),
        ([sample(), sample()], "1 sample_id values repeat, such as 'a'"),
        ([sample(modality="smell")], "modality is 'smell'; expected one of face"),
        ([sample(label_source="guess")], "label_source is 'guess'"),
        ([sample(valence=1.5)], r"valence is 1.5; it is scaled to \[-1, 1\]"),
        ([sample(valence=float("nan"))], "valence is nan"),
        ([sample(), sample(sample_id="b", subject_id=None)], "subject_id is empty in 1 rows, first in row 2"),
        ([sample(label="x" * 5000)], "column label has a text of 5,000 characters; at most 4,096"),
        ([sample(**{"attr.sex": "x" * 5000})], r"column attr\.sex has a text of 5,000 characters"),
        ([sample(mood=1)], "unknown column mood. Further columns start with attr. or ctx."),
        ([sample(**{"attr.list": [1]})], "column attr.list has type list"),
        ([sample(**{"attr.flag": True})], "column attr.flag has type bool"),
    ],
)
def test_wrong_samples_are_refused_with_a_message(rows: list[Row], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        samples_table(rows)


def test_samples_of_the_wrong_type_or_shape_are_refused() -> None:
    with pytest.raises(HarnessError, match="column modality, uri"):
        validate_samples(pa.table({"sample_id": ["a"]}))
    table = samples_table([sample()])
    wrong = table.set_column(9, "valence", pa.array(["high"]))
    with pytest.raises(HarnessError, match="column valence is not of type double"):
        validate_samples(wrong)


def test_rows_that_stand_alone_are_their_own_subjects() -> None:
    rows = [sample(subject_id=None), sample(sample_id="b", subject_id="s")]
    table = samples_table(rows, rows_independent=True)
    assert table["subject_id"].to_pylist() == ["a", "s"]


def test_good_predictions_pass_with_their_label_order() -> None:
    table = validate_predictions(predict(), two_samples())
    assert table.column_names == PREDICTIONS.names
    assert label_orders(table) == {"m": ["joy", "fear"]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sample_id": ["a", "c"]}, "1 sample_id values are not samples, such as 'c'"),
        ({"sample_id": ["a", "a"]}, "1 sample_id values repeat, such as 'a'"),
        ({"outcome": ["scored", "lost"]}, "outcome is 'lost'"),
        ({"reason": [None, None]}, "sample 'b': outcome is 'failed', without a reason"),
        ({"reason": [None, ""]}, "sample 'b': outcome is 'failed', without a reason"),
        ({"label": [None, None]}, "sample 'a': outcome is 'scored', with neither a label nor a dimension"),
        ({"label": ["rage", None]}, "sample 'a': label is 'rage', not among the model's labels"),
        ({"scores": [[0.9], None]}, "sample 'a': scores is .*, not one score for each of the 2 labels"),
        ({"scores": [[], None]}, "sample 'a': scores is .*, not one score for each of the 2 labels"),
        ({"scores": [[0.5, float("nan")], None]}, "sample 'a': scores is .*, not finite numbers"),
        ({"scores": [[float("inf"), 0.5], None]}, "sample 'a': scores is .*, not finite numbers"),
        ({"dimensions": {"valence": [1e4, None]}}, r"sample 'a': valence is 10000.0, far from .*\[-1, 1\]"),
        ({"dimensions": {"arousal": [float("nan"), None]}}, "sample 'a': arousal is nan, far from"),
        ({"scores": [[None, 0.5], None]}, "sample 'a': scores is .*, not finite numbers"),
    ],
)
def test_wrong_predictions_are_refused_with_a_message(changes: Row, message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        validate_predictions(predict(**changes), two_samples())


def test_a_sample_without_a_row_is_missed() -> None:
    with pytest.raises(HarnessError, match="1 of 2 samples have no row, such as 'b'"):
        validate_predictions(predict().slice(0, 1), two_samples())


def test_scores_need_the_models_label_list() -> None:
    with pytest.raises(HarnessError, match="not one score for each of the 0 labels"):
        validate_predictions(predict(labels=[]), two_samples())


def test_what_an_unscored_row_holds_besides_is_not_judged() -> None:
    table = predict(label=["joy", "rage"], scores=[[0.9, 0.1], [float("nan")]])
    assert validate_predictions(table, two_samples()).num_rows == 2


def test_a_prediction_may_be_dimensions_alone() -> None:
    table = predict(label=[None, None], scores=None, dimensions={"arousal": [0.5, None]})
    assert validate_predictions(table, two_samples())["arousal"].to_pylist() == [0.5, None]


def test_every_model_and_condition_covers_the_samples() -> None:
    both = concat_predictions(
        [predict(), predict(condition="noise"), predict(model="n", labels=["joy"], scores=None)]
    )
    assert label_orders(both) == {"m": ["joy", "fear"], "n": ["joy"]}
    assert validate_predictions(both, two_samples()).num_rows == 6
    with pytest.raises(HarnessError, match=r"predictions of n \(clean\): 1 of 2 samples have no row"):
        validate_predictions(both.slice(0, 5), two_samples())


def test_slices_and_chunks_are_validated_as_wholes() -> None:
    table = concat_predictions([predict(condition="noise"), predict(condition="clean")]).slice(2)
    assert validate_predictions(table, two_samples()).num_rows == 2
    bad = predict(outcome=["scored"] * 2, label=["joy", "joy"], scores=[[0.9, 0.1], [0.5, float("nan")]])
    chunks = pa.concat_tables([bad.slice(0, 1), bad.slice(1)])
    with pytest.raises(HarnessError, match="sample 'b': scores is"):
        validate_predictions(chunks, two_samples())


def test_results_hold_null_and_never_zero_for_what_is_not_finite() -> None:
    counts = {"n_samples": 1, "n_subjects": 1, "n_unscored": 0}
    row = Result(dataset="d", model="m", metric="uar", value=float("nan"), hi=float("inf"), **counts)
    table = results_table([row])
    assert table.select(["value", "lo", "hi"]).to_pylist() == [{"value": None, "lo": None, "hi": None}]
    assert table["axis"].to_pylist() == ["overall"]
    with pytest.raises(HarnessError, match="column group is empty in 1 rows, first in row 2"):
        results_table([row, replace(row, group=None)])
    with pytest.raises(HarnessError, match="kind is 'fine'"):
        results_table([Result(dataset="d", model="m", metric="uar", value=1.0, kind="fine", **counts)])


def test_a_verdict_in_the_results_is_the_judges() -> None:
    about = {"dataset": "d", "model": "m", "metric": "uar", "value": 1.0}
    about |= {"n_samples": 1, "n_subjects": 1, "n_unscored": 0}
    (verdict,) = results_table([Result(**about, judgement=checked(False, "fine"))])["verdict"].to_pylist()
    assert verdict == "met"
    for other in (SimpleNamespace(verdict="met", reason="fine"), "met"):
        with pytest.raises(TypeError, match=r"a judgement comes from harness\.verdicts\.judge"):
            Result(**about, judgement=other)
    misspelt = checked(False, "fine")
    object.__setattr__(misspelt, "verdict", "superb")
    with pytest.raises(HarnessError, match="verdict is 'superb'; expected one of met, not_met"):
        results_table([Result(**about, judgement=misspelt)])


def test_a_block_of_results_is_the_table_of_its_rows() -> None:
    shared = Result(
        dataset="d",
        model="m",
        metric="",
        value=None,
        n_samples=0,
        n_subjects=0,
        n_unscored=0,
        axis="sex*age",
        attributes=("sex", "age"),
        group="f, 65+",
        group_values=("f", "65+"),
    )
    rows = [
        {"metric": "uar", "value": 0.5, "n_samples": 9, "judgement": None, "note": "no fear"},
        {
            "metric": "ccc",
            "value": float("nan"),
            "n_samples": 0,
            "judgement": not_tested("1 subject"),
            "note": None,
        },
        {"metric": "ece", "value": 0.1, "n_samples": 8, "judgement": not_tested("few"), "note": "look"},
    ]
    single = [replace(shared, **row) for row in rows]
    block = ResultBlock(shared, {name: [row[name] for row in rows] for name in rows[0]})
    assert results_table([single[0], block, single[1]]).equals(results_table([single[0], *single, single[1]]))
    assert results_table([block])["reason"].to_pylist() == ["no fear", "1 subject", "look; few"]
    nothing = ResultBlock(shared, {name: [] for name in rows[0]})
    assert results_table([single[0], nothing, single[1]]).equals(results_table([single[0], single[1]]))


def test_a_verdict_in_a_block_is_the_judges() -> None:
    about = {"dataset": "d", "model": "m", "metric": "uar", "value": 1.0}
    shared = Result(**about, n_samples=1, n_subjects=1, n_unscored=0)
    with pytest.raises(TypeError, match=r"a judgement comes from harness\.verdicts\.judge"):
        ResultBlock(
            shared, {"judgement": [None, SimpleNamespace(verdict="met", reason="fine")], "note": [None, None]}
        )


def test_cards_tables_and_report_know_the_same_words() -> None:
    assert get_args(cards.LabelSource) == LABEL_SOURCES == tuple(report.LABEL_SOURCE_TEXTS)


@pytest.mark.parametrize("text", [b"[1", b"[]", b"\xff", b'{"m": 3}', b'{"m": [1]}', b"[" * 100_000])
def test_label_lists_of_another_kind_are_refused(text: bytes) -> None:
    table = predict().replace_schema_metadata({LABELS_KEY: text})
    with pytest.raises(HarnessError, match="do not hold a list of labels"):
        validate_predictions(table, two_samples())


def test_a_column_that_is_there_twice_is_refused() -> None:
    table = two_samples()
    with pytest.raises(HarnessError, match="several columns 'label'"):
        validate_samples(table.append_column("label", table["label"]))
