"""Reading chunk by chunk gives what reading at once gives, to the byte."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from threadpoolctl import threadpool_limits

from harness.attributes.grouping import Grouping
from harness.errors import HarnessError
from harness.measurement import clips
from harness.measurement.measure import Measurement, measure, measure_run
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.streaming import first_pass, spans, spilled
from harness.measurement.streaming import measure_files as streaming
from harness.measurement.streaming.measure_files import measure_files
from harness.measurement.streaming.processes import Processes
from harness.measurement.streaming.spans import HERE, Spread
from harness.metrics import conformal, order_statistics, quantiles
from harness.tables import drawn_samples, pieces
from harness.tables.parquet_files import parquet_bytes, write_parquet
from harness.tables.predictions import concat_predictions, predictions_table, validate_predictions
from harness.tables.samples import samples_table
from harness.tables.schemas import PREDICTIONS

LABELS = ("anger", "happiness", "neutral", "surprise")
SETTINGS = MeasureSettings(
    resamples=100,
    permutations=100,
    match_on=("label", "ctx.intensity"),
    grouping=Grouping(axes=("sex", "light", "sex*light")),
)


def make_tables(num: int = 600, labels: tuple[str, ...] = LABELS) -> tuple[pa.Table, pa.Table]:
    """People with a sex, clips with a light that varies within people; two models, some without answers."""
    rng = np.random.default_rng(0)
    subject = rng.integers(0, 24, num)
    truth = rng.integers(0, len(labels), num)
    rows: list[dict[str, Any]] = [
        {
            "sample_id": f"clip{index:04}",
            "modality": "face",
            "subject_id": f"person{subject[index]}",
            "label": labels[truth[index]] if rng.random() < 0.95 else None,
            "label_source": "acted",
            "valence": float(rng.uniform(-1, 1)) if index > num // 2 else None,
            "attr.sex": [None, "female", "male"][min(subject[index] % 5, 2)],
            "attr.light": float(rng.integers(0, 3)),
            "ctx.intensity": int(rng.integers(1, 3)),
            "votes": some_votes(index) if index > num // 3 else None,
        }
        for index in range(num)
    ]
    samples = samples_table(rows)
    predictions = concat_predictions([make_predictions(samples, labels, model) for model in ("one", "other")])
    return samples, validate_predictions(predictions, samples)


def some_votes(index: int) -> dict[str, int]:
    """Of raters who also choose what is no label here; some tie, and some samples have none."""
    return {"HAP": index % 4, "neu": 2 * (index % 2), "boredom": index % 3}


def make_predictions(samples: pa.Table, labels: tuple[str, ...], model: str) -> pa.Table:
    rng = np.random.default_rng(len(model))
    num = samples.num_rows
    scores = rng.dirichlet(np.ones(len(labels)), num)
    outcome = rng.choice(["scored", "abstained", "failed"], num, p=[0.9, 0.05, 0.05]).tolist()
    reasons = [f"cause {index}" for index in range(14)]
    return predictions_table(
        model=model,
        labels=labels,
        sample_id=samples["sample_id"].to_pylist(),
        outcome=outcome,
        reason=[None if each == "scored" else str(rng.choice(reasons)) for each in outcome],
        label=[
            labels[int(row.argmax())] if o == "scored" else None for row, o in zip(scores, outcome, strict=True)
        ],
        scores=[row.tolist() if o == "scored" else None for row, o in zip(scores, outcome, strict=True)],
        dimensions={"valence": [float(v) if v < 0.8 else None for v in rng.uniform(-1, 1, num)]},
    )


def written(folder: Path, samples: pa.Table, predictions: pa.Table) -> tuple[Path, Path]:
    paths = folder / "samples.parquet", folder / "predictions.parquet"
    for table, path in zip((samples, predictions), paths, strict=True):
        write_parquet(table, path)
    return paths


@cache
def measured(labels: tuple[str, ...] = LABELS) -> Measurement:
    return measure_run(*make_tables(labels=labels), dataset="d", settings=SETTINGS)


def streamed(folder: Path, samples: pa.Table, predictions: pa.Table) -> pa.Table:
    return measure_files(*written(folder, samples, predictions), dataset="d", settings=SETTINGS).results


@pytest.mark.slow
@pytest.mark.parametrize(
    ("labels", "chunk"), [(LABELS, 600), (LABELS, 17), (LABELS, 599), (("anger", "neutral"), 251)]
)
def test_equal_to_the_byte_whatever_the_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, labels: tuple[str, ...], chunk: int
) -> None:
    monkeypatch.setattr(pieces, "CHUNK_ROWS", chunk)
    found = measure_files(*written(tmp_path, *make_tables(labels=labels)), dataset="d", settings=SETTINGS)
    whole = measured(labels)
    assert parquet_bytes(found.results) == parquet_bytes(whole.results)
    kinds = {"confusion", "label_shares", "reliability", "risk_coverage", "unscored"}
    assert {row.curve for row in whole.curves} >= kinds
    assert list(found.curves) == list(whole.curves)


def test_shares_of_votes_are_equal_to_the_byte_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples, predictions = make_tables(num=120)
    shares = np.random.default_rng(1).dirichlet([1, 1, 1], samples.num_rows)
    for label, share_N in zip(("anger", "happiness", "boredom"), shares.T, strict=True):
        samples = samples.append_column(f"ctx.share_{label}", pa.array(share_N))
    settings = replace(SETTINGS, shares="ctx.share_", grouping=Grouping(axes=("sex",)))
    whole = measure(samples, predictions, dataset="d", settings=settings)
    assert "kl_divergence" in whole["metric"].to_pylist()
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 17)
    found = measure_files(*written(tmp_path, samples, predictions), dataset="d", settings=settings)
    assert parquet_bytes(found.results) == parquet_bytes(whole)


def under_conditions(samples: pa.Table) -> pa.Table:
    """One model under four conditions, of which one cannot change all samples, and not in the order of results."""
    models = ("one", "other", "others", "another")  # each name gives other answers
    clean, blur, grey, strong = (make_predictions(samples, LABELS, model) for model in models)
    failed = pc.equal(strong["outcome"], "failed")
    strong = replaced(strong, "reason", pc.if_else(failed, "not_applicable: no mouth", strong["reason"]))
    named = {"face/blur@1": blur, "clean": clean, "face/grey": grey, "face/blur@2": strong}
    return concat_predictions(
        [replaced(replaced(table, "condition", name), "model", "one") for name, table in named.items()]
    )


def replaced(table: pa.Table, column: str, values: Any) -> pa.Table:
    values = pa.array([values] * table.num_rows) if isinstance(values, str) else values
    return table.set_column(table.column_names.index(column), table.schema.field(column), values)


@pytest.mark.parametrize("chunk", [600, pytest.param(17, marks=pytest.mark.slow)])
def test_conditions_are_compared_with_clean_media_the_same_whatever_the_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    samples = make_tables()[0]
    predictions = under_conditions(samples)
    settings = replace(SETTINGS, gaps=("accuracy", "negative_assignment"), search_depth=0)
    whole = measure_run(samples, validate_predictions(predictions, samples), dataset="d", settings=settings)
    versus = whole.results.filter(pc.is_valid(whole.results["versus_condition"]))
    assert set(versus["condition"].to_pylist()) == {"face/blur", "face/blur@1", "face/blur@2", "face/grey"}
    assert {"unchanged", "negative_shift"} <= set(whole.results["metric"].to_pylist())
    assert {row.condition for row in whole.curves if row.curve == "flips"} == {
        *("face/blur@1", "face/blur@2", "face/grey")
    }
    monkeypatch.setattr(pieces, "CHUNK_ROWS", chunk)
    found = measure_files(*written(tmp_path, samples, predictions), dataset="d", settings=settings)
    assert parquet_bytes(found.results) == parquet_bytes(whole.results)
    assert list(found.curves) == list(whole.curves)


def test_what_is_said_of_clean_media_does_not_depend_on_other_conditions() -> None:
    samples = make_tables()[0]
    settings = replace(SETTINGS, gaps=("accuracy",), search_depth=0)
    predictions = validate_predictions(under_conditions(samples), samples)
    alone = predictions.filter(pc.equal(predictions["condition"], "clean"))
    both = [measure_run(samples, table, dataset="d", settings=settings) for table in (predictions, alone)]
    clean = [found.results.filter(pc.equal(found.results["condition"], "clean")) for found in both]
    assert parquet_bytes(clean[0]) == parquet_bytes(both[1].results)
    assert [row for row in both[0].curves if row.condition in ("clean", None)] == list(both[1].curves)


def test_samples_matched_on_their_columns_alone_are_weighted_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first stratum, of happiness at one intensity, is among those that occur."""
    settings = replace(SETTINGS, match_on=("ctx.intensity",), gaps=("negative_assignment",), search_depth=0)
    samples, predictions = make_tables()
    whole = measure(samples, predictions, dataset="d", settings=settings)
    assert "negative_assignment" in whole["metric"].to_pylist()
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 130)
    found = measure_files(*written(tmp_path, samples, predictions), dataset="d", settings=settings).results
    assert parquet_bytes(found) == parquet_bytes(whole)


@pytest.mark.parametrize("group_rows", [(50, 70), (10_000, 10_000)], ids=["small groups", "one group"])
@pytest.mark.parametrize("spread", [HERE, pytest.param(Processes(2), marks=pytest.mark.slow)])
def test_spans_counted_apart_are_merged_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spread: Spread, group_rows: tuple[int, int]
) -> None:
    """With conditions, votes, clips and drawn samples, in spans of 100 samples that are read in pieces of 40."""
    samples = make_tables()[0]
    sessions = pa.array([None if index % 17 == 0 else "s" for index in range(samples.num_rows)])
    samples = replaced(samples, "session_id", sessions)
    predictions = validate_predictions(under_conditions(samples), samples)
    monkeypatch.setattr(drawn_samples, "MAX_DRAWN", 200)
    settings = replace(SETTINGS, system="one", gaps=("accuracy",), search_depth=0)
    given = {"dataset": "d", "settings": settings, "always": pa.array(["clip0003"])}
    whole = measure_run(samples, predictions, **given)
    assert {row.curve for row in whole.curves} >= {"within_clips", "flips"}
    files = tmp_path / "samples.parquet", tmp_path / "predictions.parquet"
    for table, file, rows in zip((samples, predictions), files, group_rows, strict=True):
        pq.write_table(table, file, row_group_size=rows)
    monkeypatch.setattr(spans, "LEAST_ROWS", 100)
    monkeypatch.setattr(spans, "MOST_ROWS", 400)
    monkeypatch.setattr(streaming, "FEW_ROWS", 0)
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 40)
    found = measure_files(*files, **given, spread=spread)
    assert parquet_bytes(found.results) == parquet_bytes(whole.results)
    assert list(found.curves) == list(whole.curves)
    assert found.drawn is not None
    assert whole.drawn is not None
    assert found.drawn.samples.equals(whole.drawn.samples)
    assert 0 < found.drawn.samples.num_rows < 600


@pytest.mark.parametrize("most", [23, *(pytest.param(most, marks=pytest.mark.slow) for most in (24, 30))])
def test_whether_there_are_too_many_clips_does_not_depend_on_the_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Of 24 people one clip each, with samples outside of them in between; the last samples are of known clips.

    A condition cannot change the last samples: their clips are clips, nevertheless.
    """
    samples = make_tables()[0]
    sessions = ["s" if index < 200 or index >= 400 or index % 10 == 0 else None for index in range(600)]
    samples = replaced(samples, "session_id", pa.array(sessions))
    predictions = validate_predictions(under_conditions(samples), samples)
    monkeypatch.setattr(clips, "MAX_CLIPS", most)
    settings = replace(SETTINGS, gaps=("accuracy",), search_depth=0)
    whole = measure_run(samples, predictions, dataset="d", settings=settings)
    assert ("within_clips" in {row.curve for row in whole.curves}) == (most >= 24)
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 40)
    found = measure_files(*written(tmp_path, samples, predictions), dataset="d", settings=settings)
    assert list(found.curves) == list(whole.curves)


@pytest.mark.parametrize("most", [500_000, 20])
def test_the_samples_drawn_for_checks_are_the_same_whatever_the_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Of 24 people with 600 samples, 20 samples are drawn, and two that are asked for: some people have none."""
    monkeypatch.setattr(drawn_samples, "MAX_DRAWN", most)
    samples, predictions = make_tables()
    settings = replace(SETTINGS, system="other", gaps=("accuracy",), search_depth=0)
    always = pa.array(["clip0003", "clip0599"])
    given: list[drawn_samples.DrawnSamples] = []
    asked = {"dataset": "d", "settings": settings, "always": always, "when_drawn": given.append}
    whole = measure_run(samples, predictions, **asked).drawn
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 130)
    files = written(tmp_path, samples, predictions)
    found = measure_files(*files, **asked).drawn
    assert found is not None
    assert whole is not None
    assert given == [whole, found]
    assert found.num_samples == 600
    ids = found.samples["sample_id"].to_pylist()
    people = found.samples["subject_id"].to_pylist()
    assert {"clip0003", "clip0599"} <= set(ids)
    assert (len(ids) < 60, len(set(people)) < 24) == (most == 20, most == 20)
    assert found.samples.equals(whole.samples)
    assert found.row is None if whole.row is None else np.array_equal(found.row, whole.row)
    assert found.aligned.num_subjects == whole.aligned.num_subjects == len(set(people))
    assert len(set(zip(found.aligned.subject.tolist(), people, strict=True))) == len(set(people))
    for name in ("subject", "scored", "outcome", "truth", "answer"):
        np.testing.assert_array_equal(getattr(found.aligned, name), getattr(whole.aligned, name), err_msg=name)
    answers = found.predictions["label"].to_pylist()
    mapping = found.aligned.mapping
    assert mapping is not None
    expected = [-1 if answer is None else mapping.classes.index(answer) for answer in answers]
    assert found.aligned.answer.tolist() == expected
    assert set(found.predictions["model"].to_pylist()) == {"other"}


def test_where_no_system_is_named_nothing_is_drawn(tmp_path: Path) -> None:
    files = written(tmp_path, *make_tables())
    assert measure_files(*files, dataset="d", settings=SETTINGS).drawn is None


def test_tables_of_a_newer_version_are_refused_by_name(tmp_path: Path) -> None:
    samples, predictions = make_tables()
    newer = predictions.replace_schema_metadata({**predictions.schema.metadata, b"harness.schema": b"9"})
    with pytest.raises(HarnessError, match=r"predictions\.parquet was written by a newer harness"):
        measure_files(*written(tmp_path, samples, newer), dataset="d", settings=SETTINGS)


def test_differences_from_raters_are_those_of_tables_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples, _ = make_tables()
    predictions = concat_predictions(
        [make_predictions(samples, LABELS, model) for model in ("human_raters", "one")]
    )
    settings = replace(SETTINGS, system="one", gaps=("accuracy", "ece", "failed"))
    whole = measure(samples, predictions, dataset="d", settings=settings)
    versus_raters = whole.filter(pc.equal(whole["versus_model"], "human_raters"))
    assert {"accuracy", "ece", "failed", "failed:cause 3"} <= set(versus_raters["metric"].to_pylist())
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 130)
    files = written(tmp_path, samples, predictions)
    found = measure_files(*files, dataset="d", settings=settings)
    assert parquet_bytes(found.results) == parquet_bytes(whole)


@pytest.mark.parametrize("threads", [1, 2])
def test_equal_to_the_byte_whatever_the_threads(threads: int) -> None:
    with threadpool_limits(threads):
        found = measure(*make_tables(), dataset="d", settings=SETTINGS)
    assert parquet_bytes(found) == parquet_bytes(measured().results)


@pytest.mark.slow
@pytest.mark.parametrize("labels", [LABELS, ("anger", "neutral")])
def test_equal_to_the_byte_where_scores_do_not_fit_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, labels: tuple[str, ...]
) -> None:
    for module in (order_statistics, quantiles, conformal):
        monkeypatch.setattr(module, "MAX_IN_MEMORY", 50)
    monkeypatch.setattr(spilled, "MEMORY_ROWS", 150)
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 100)
    found = streamed(tmp_path, *make_tables(labels=labels))
    monkeypatch.undo()
    assert parquet_bytes(found) == parquet_bytes(measured(labels).results)


@pytest.mark.slow
def test_scores_that_turn_out_not_to_be_probabilities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples, predictions = make_tables()
    scores = predictions["scores"].to_pylist()
    last = max(index for index, row in enumerate(scores) if row is not None)
    scores[last] = [2.0, 0.0, 0.0, 0.0]
    at = predictions.schema.get_field_index("scores")
    predictions = predictions.set_column(at, PREDICTIONS.field("scores"), pa.array(scores, pa.list_(pa.float32())))
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 100)
    whole = measure(samples, predictions, dataset="d", settings=SETTINGS)
    assert parquet_bytes(streamed(tmp_path, samples, predictions)) == parquet_bytes(whole)


@pytest.mark.slow
def test_scores_that_only_later_pieces_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples, predictions = make_tables()
    first = [*[None] * 150, *predictions["scores"].to_pylist()[150:]]
    at = predictions.schema.get_field_index("scores")
    predictions = predictions.set_column(at, PREDICTIONS.field("scores"), pa.array(first, pa.list_(pa.float32())))
    whole = measure(samples, predictions, dataset="d", settings=SETTINGS)
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 100)
    assert parquet_bytes(streamed(tmp_path, samples, predictions)) == parquet_bytes(whole)


def test_malformed_scores_are_refused(tmp_path: Path) -> None:
    samples, predictions = make_tables()
    at = predictions.schema.get_field_index("scores")
    for scores, problem in (([0.5], "not one score for each of the 4 labels"), ([np.nan] * 4, "not finite")):
        bad = [scores, *predictions["scores"].to_pylist()[1:]]
        column = pa.array(bad, pa.list_(pa.float32()))
        changed = predictions.set_column(at, PREDICTIONS.field("scores"), column)
        with pytest.raises(HarnessError, match=rf"predictions of one \(clean\), sample 'clip0000'.*{problem}"):
            streamed(tmp_path, samples, changed)


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    samples, predictions = make_tables()
    order = np.arange(predictions.num_rows)
    swapped = order.copy()
    swapped[[3, 4]] = [4, 3]
    with pytest.raises(HarnessError, match="not in the order of the samples"):
        streamed(tmp_path, samples, predictions.take(swapped))
    with pytest.raises(HarnessError, match="are not consecutive"):
        streamed(tmp_path, samples, predictions.take(np.roll(order, 5)))
    with pytest.raises(HarnessError, match=r"other \(clean\) have 599 rows for 600 samples"):
        streamed(tmp_path, samples, predictions.slice(0, 1199))
    with pytest.raises(HarnessError, match="no rows"):
        streamed(tmp_path, samples.slice(0, 0), predictions)
    repeated = samples.take(np.array([0, 0, *range(2, 600)]))
    with pytest.raises(HarnessError, match="1 sample_id values repeat, such as 'clip0000'"):
        streamed(tmp_path, repeated, predictions)
    with pytest.raises(HarnessError, match="column label is missing"):
        streamed(tmp_path, samples.drop_columns(["label"]), predictions)
    with pytest.raises(HarnessError, match="There is no attribute 'light'"):
        streamed(tmp_path, samples.drop_columns(["attr.light"]), predictions)
    with pytest.raises(HarnessError, match="no such table"):
        measure_files(tmp_path / "absent", tmp_path / "absent", dataset="d")


def test_a_subject_that_is_not_known_is_refused(tmp_path: Path) -> None:
    samples, predictions = make_tables()
    at = samples.schema.get_field_index("subject_id")
    unknown = samples.set_column(at, "subject_id", pa.array([None, *samples["subject_id"].to_pylist()[1:]]))
    with pytest.raises(HarnessError, match="column subject_id is empty in 1 rows"):
        streamed(tmp_path, unknown, predictions)


def test_what_would_grow_with_the_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples, predictions = make_tables()
    monkeypatch.setattr(first_pass, "MAX_PEOPLE", 50)
    with pytest.raises(HarnessError, match="more than 50 combinations of a subject with its attributes"):
        streamed(tmp_path, samples, predictions)
    monkeypatch.setattr(first_pass, "MAX_PEOPLE", 1000)
    monkeypatch.setattr(first_pass, "MAX_KINDS", 7)
    with pytest.raises(HarnessError, match="more than 7 combinations of a label"):
        streamed(tmp_path, samples, predictions)


def test_large_is_a_matter_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, predictions = written(tmp_path, *make_tables())
    assert not streaming.is_large(predictions)
    monkeypatch.setattr(streaming, "STREAMED_ROWS", 1199)
    assert streaming.is_large(predictions)
