"""Gaps, ratios, indices and verdicts from tables, on people with a known truth."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from fairlearn.metrics import MetricFrame
from rows_in_short import in_short
from scipy import stats
from sklearn.metrics import accuracy_score

from harness.attributes.grouping import Grouping
from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.tables.predictions import concat_predictions, predictions_table
from harness.tables.samples import samples_table, validate_samples
from harness.tables.schemas import LABELS_KEY

LABELS = ("anger", "happiness", "neutral")
FAST = MeasureSettings(resamples=100, permutations=400, search_depth=0)
Row = dict[str, Any]


def people(
    accuracy: dict[str, float], *, subjects: int = 20, clips: int = 30, seed: int = 0, answers: str = "right"
) -> tuple[pa.Table, pa.Table]:
    """Groups of equally many people, whose clips are answered right at a rate that varies between people."""
    rng = np.random.default_rng(seed)
    samples, given = [], []
    for group, rate in accuracy.items():
        for person in range(subjects):
            own = rng.beta(9 * rate, 9 * (1 - rate))  # intra-class correlation 0.1
            for clip in range(clips):
                truth = LABELS[clip % 3]
                wrong = LABELS[(clip + 1 + int(rng.integers(2))) % 3]
                right = rng.random() < own if answers == "right" else rng.random() < 1 / 3
                samples.append(
                    {
                        "sample_id": f"{group}-{person}-{clip}",
                        "modality": "face",
                        "subject_id": f"{group}-{person}",
                        "label": truth,
                        "label_source": "acted",
                        "attr.tone": group,
                    }
                )
                given.append(truth if right else wrong)
    table = samples_table(samples)
    num = len(samples)
    return table, predictions_table(
        model="m",
        labels=LABELS,
        sample_id=table["sample_id"].to_pylist(),
        outcome=["scored"] * num,
        reason=[None] * num,
        label=given,
    )


def found(tables: tuple[pa.Table, pa.Table], settings: MeasureSettings = FAST) -> dict[Any, Row]:
    results = measure(*tables, dataset="d", settings=settings).to_pylist()
    as_they_are = (row for row in results if row["kind"] not in ("standardised", "adjusted"))
    return {(row["metric"], row["statistic"], row["axis"], in_short(row)): row for row in as_they_are}


def test_by_group_and_difference_are_fairlearns() -> None:
    samples, predictions = tables = people({"light": 0.7, "medium": 0.6, "dark": 0.5}, subjects=6)
    rows = found(tables)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fairlearn's own use of pandas
        frame = MetricFrame(
            metrics=accuracy_score,
            y_true=samples["label"].to_pylist(),
            y_pred=predictions["label"].to_pylist(),
            sensitive_features=samples["attr.tone"].to_pylist(),
        )
    assert rows["accuracy", "level", "overall", "all"]["value"] == pytest.approx(frame.overall)
    for group, value in frame.by_group.items():
        assert rows["accuracy", "level", "tone", group]["value"] == pytest.approx(value)
    index = rows["accuracy", "index", "tone", "max_min_difference"]
    assert index["value"] == pytest.approx(frame.difference(method="between_groups"))
    assert index["level"] == 0.95
    unbounded = rows["accuracy", "index", "tone", "max_min_ratio"]
    assert [unbounded[name] for name in ("lo", "hi", "level", "method")] == [None] * 4
    ratios = [row["value"] for key, row in rows.items() if key[:2] == ("accuracy", "ratio")]
    assert min(*ratios, *(1 / r for r in ratios)) == pytest.approx(frame.ratio(method="between_groups"))


def test_two_groups_with_equal_clips_are_compared_as_by_welch() -> None:
    samples, predictions = tables = people({"dark": 0.5, "light": 0.7}, subjects=8, clips=12)
    right = np.array(samples["label"].to_pylist()) == np.array(predictions["label"].to_pylist())
    dark, light = right.reshape(2, 8, 12).mean(2)
    row = found(tables)["accuracy", "difference", "tone", "dark - light"]
    assert row["value"] == pytest.approx(dark.mean() - light.mean())
    welch = stats.ttest_ind(dark, light, equal_var=False)
    half_width = (row["hi"] - row["lo"]) / 2
    error = abs(row["value"] / welch.statistic)
    # The permuted critical value is close to Student's with Welch's degrees of freedom.
    assert half_width / error == pytest.approx(stats.t.ppf(0.975, welch.df), rel=0.12)


def test_a_ratio_has_an_interval_on_its_logarithm() -> None:
    """The delta method: relative standard errors of the two means add up as squares."""
    samples, predictions = tables = people({"dark": 0.5, "light": 0.7}, subjects=8, clips=12)
    right = np.array(samples["label"].to_pylist()) == np.array(predictions["label"].to_pylist())
    dark, light = right.reshape(2, 8, 12).mean(2)
    rows = found(tables)
    row = rows["accuracy", "ratio", "tone", "dark / light"]
    ratio = dark.mean() / light.mean()
    assert row["value"] == pytest.approx(ratio)
    error = np.hypot(stats.sem(dark) / dark.mean(), stats.sem(light) / light.mean())
    welch = stats.ttest_ind(dark, light, equal_var=False)
    assert np.log(row["hi"] / ratio) / error == pytest.approx(stats.t.ppf(0.975, welch.df), rel=0.12)
    assert row["lo"] * row["hi"] == pytest.approx(ratio**2)
    assert (row["level"], row["method"].endswith("; on the logarithm")) == (0.95, True)
    certain = rows["coverage", "ratio", "tone", "dark / light"]
    assert [certain[name] for name in ("value", "lo", "hi", "level", "method")] == [1, None, None, None, None]


def test_nothing_is_divided_by_a_rate_of_zero() -> None:
    samples, predictions = people({"a": 0.7, "b": 0.6}, subjects=8)
    labels = predictions["label"].to_pylist()
    for index, (group, truth) in enumerate(
        zip(samples["attr.tone"].to_pylist(), samples["label"].to_pylist(), strict=True)
    ):
        if group == "b":
            labels[index] = LABELS[(LABELS.index(truth) + 1) % 3]
    place = predictions.schema.get_field_index("label")
    changed = predictions.set_column(place, predictions.schema.field(place), pa.array(labels))
    row = found((samples, changed))["accuracy", "ratio", "tone", "a / b"]
    assert (row["value"], row["lo"], row["hi"], row["versus_value"]) == (None, None, None, 0.0)
    assert row["reason"] == "not defined: the value to divide by is not clear of zero"


def test_people_without_a_label_are_in_no_comparison() -> None:
    samples, predictions = people({"a": 0.7, "b": 0.6, "c": 0.5}, subjects=8)
    silent = {"a-0", "a-1", "b-0"}
    labels = [
        None if name in silent else label
        for name, label in zip(samples["subject_id"].to_pylist(), samples["label"].to_pylist(), strict=True)
    ]
    place = samples.schema.get_field_index("label")
    rows = found((samples.set_column(place, "label", pa.array(labels)), predictions))
    assert rows["accuracy", "difference", "tone", "a - b"]["n_subjects"] == 6 + 7
    assert rows["accuracy", "difference", "tone", "c - rest"]["n_subjects"] == 6 + 7 + 8
    assert rows["coverage", "difference", "tone", "a - b"]["n_subjects"] == 8 + 8


def test_a_group_that_it_is_much_worse_for_is_found_and_named() -> None:
    rows = found(people({"a": 0.8, "b": 0.8, "c": 0.8, "d": 0.4}, subjects=30))
    for other in "abc":
        row = rows["accuracy", "difference", "tone", f"{other} - d"]
        assert row["verdict"] == "not_met"
        assert row["lo"] > row["threshold"] == 0.05
        assert row["null_lo"] < 0 < row["null_hi"] < row["lo"]
    assert rows["accuracy", "difference", "tone", "d - rest"]["hi"] < -0.05
    assert rows["accuracy", "difference", "tone", "a - b"]["verdict"] == "inconclusive"
    assert rows["accuracy", "index", "tone", "global_test_p"]["value"] < 0.01
    index = rows["accuracy", "index", "tone", "max_min_difference"]
    assert index["value"] > index["null_hi"]
    assert 0.05 < index["lo"] < index["value"] < index["hi"]


def test_what_is_not_sure_says_how_many_subjects_would_decide() -> None:
    row = found(people({"a": 0.7, "b": 0.7}, subjects=10))["accuracy", "difference", "tone", "a - b"]
    assert row["verdict"] == "inconclusive"
    needed = int(row["reason"].split()[1].replace(",", ""))
    half_width = (row["hi"] - row["lo"]) / 2
    assert half_width * np.sqrt(20 / needed) == pytest.approx(0.05 - abs(row["value"]), rel=0.02)


def test_alike_is_met_only_where_it_is_better_than_chance() -> None:
    wide = MeasureSettings(resamples=100, permutations=400, tolerance=0.2, search_depth=0)
    good = found(people({"a": 0.7, "b": 0.7}, subjects=40), wide)
    guessed = found(people({"a": 0.7, "b": 0.7}, subjects=40, answers="guessed"), wide)
    key = ("accuracy", "difference", "tone", "a - b")
    assert good[key]["verdict"] == "met"
    assert guessed[key]["verdict"] == "inconclusive"
    assert guessed[key]["reason"] == "equivalent, but not better than chance for a and b"
    assert abs(guessed[key]["value"]) < 0.2


def test_small_and_empty_groups_are_listed_as_not_tested() -> None:
    samples, predictions = people({"a": 0.7, "b": 0.6, "c": 0.5}, subjects=8)
    kept = [i for i, name in enumerate(samples["subject_id"].to_pylist()) if name[0] != "c" or int(name[2:]) < 3]
    tables = samples.take(kept), predictions.take(kept)
    grouping = Grouping(declared={"tone": ("a", "b", "c", "z")})
    rows = found(tables, MeasureSettings(resamples=100, permutations=200, search_depth=0, grouping=grouping))
    for group, num in (("c", 3), ("z", 0)):
        row = rows["accuracy", "difference", "tone", f"{group} - rest"]
        assert (row["verdict"], row["value"]) == ("not_tested", None)
        assert row["reason"] == f"{num} subjects; at least 5 are needed"
        assert [row[name] for name in ("n_samples", "n_subjects", "n_unscored")] == [0, 0, 0]
    assert ("accuracy", "difference", "tone", "a - c") not in rows
    # The rest of a tested group is everyone else, also those in small groups.
    assert rows["accuracy", "difference", "tone", "a - rest"]["n_subjects"] == 19


def test_a_class_with_too_few_subjects_keeps_means_over_classes_from_being_compared() -> None:
    samples, predictions = people({"a": 0.7, "b": 0.6}, subjects=8)
    labels, names = samples["label"].to_pylist(), samples["subject_id"].to_pylist()
    kept = [i for i, n in enumerate(names) if n[0] == "a" or labels[i] != "anger" or n in ("b-0", "b-1")]
    rows = found((samples.take(kept), predictions.take(kept)))
    assert rows["uar", "difference", "tone", "b - rest"]["verdict"] == "not_tested"
    assert (
        rows["uar", "difference", "tone", "b - rest"]["reason"] == "2 subjects with anger; at least 5 are needed"
    )
    assert ("uar", "difference", "tone", "a - b") not in rows
    assert rows["accuracy", "difference", "tone", "a - b"]["lo"] is not None


def test_where_nobody_differs_the_interval_is_the_exact_bound() -> None:
    rows = found(people({"a": 0.7, "b": 0.7}, subjects=12))
    row = rows["coverage", "difference", "tone", "a - b"]
    assert row["value"] == 0
    assert row["verdict"] == "inconclusive"
    below = 1 - (0.025) ** (1 / 12)  # each group may lie that far below 1
    assert (row["lo"], row["hi"]) == (pytest.approx(-below), pytest.approx(below))


def test_the_same_people_in_two_lights_are_compared_with_themselves() -> None:
    samples, predictions = people({"a": 0.7}, subjects=12, clips=40, seed=3)
    light = ["bright" if int(name.rpartition("-")[2]) % 2 else "dim" for name in samples["sample_id"].to_pylist()]
    samples = samples.drop_columns(["attr.tone"]).append_column("attr.light", pa.array(light))
    rows = found((samples, predictions))
    right = np.array(samples["label"].to_pylist()) == np.array(predictions["label"].to_pylist())
    by_person = right.reshape(12, 20, 2).mean(1)
    paired = stats.ttest_rel(by_person[:, 1], by_person[:, 0])
    row = rows["accuracy", "difference", "light", "bright - dim"]
    assert row["value"] == pytest.approx((by_person[:, 1] - by_person[:, 0]).mean())
    error = abs(row["value"] / paired.statistic)
    assert (row["hi"] - row["lo"]) / 2 / error == pytest.approx(stats.t.ppf(0.975, 11), rel=0.12)
    assert row["n_subjects"] == 12


def test_sample_order_and_group_names_change_nothing() -> None:
    samples, predictions = people({"a": 0.7, "b": 0.5, "c": 0.6}, subjects=6)
    before = found((samples, predictions))
    order = np.random.default_rng(1).permutation(predictions.num_rows)
    assert found((samples, predictions.take(order))) == before
    renamed = ["xyz"["abc".index(name)] for name in samples["attr.tone"].to_pylist()]
    other = samples.set_column(samples.schema.get_field_index("attr.tone"), "attr.tone", pa.array(renamed))
    after = found((other, predictions))
    key = ("accuracy", "difference", "tone")
    for old, new in (("a - b", "x - y"), ("c - rest", "z - rest")):
        left, right = before[(*key, old)], after[(*key, new)]
        named = dict.fromkeys(("group", "group_values", "versus", "versus_values"))
        assert left | named == right | named


def test_the_tests_of_an_axis_are_the_least_of_its_differences() -> None:
    rows = found(people({"a": 0.8, "b": 0.5, "c": 0.6}, subjects=20))
    for index, column in (("global_test_p", "p"), ("global_test_p_corrected", "p_corrected")):
        for metric in ("uar", "accuracy"):
            between = [
                rows[metric, "difference", "tone", f"{pair} - {other}"] for pair, other in ("ab", "ac", "bc")
            ]
            assert rows[metric, "index", "tone", index]["value"] == min(row[column] for row in between)


def test_what_is_corrected_for_the_report_is_never_less() -> None:
    tables = people({"a": 0.7, "b": 0.6}, subjects=20)
    rows = [row for key, row in found(tables).items() if key[1] == "difference"]
    tested = [row for row in rows if row["p"] is not None]
    assert tested
    assert all(row["p"] <= row["p_corrected"] <= 1 for row in tested)
    assert any(row["p"] < row["p_corrected"] for row in tested)


def test_a_difference_beyond_the_tolerance_may_be_chance_in_a_report_of_many_axes() -> None:
    """The same answers, once with the axis alone and once beside twelve that split people at random."""
    samples, predictions = people({"a": 0.7, "b": 0.6}, subjects=20, seed=2)
    key = ("accuracy", "difference", "tone", "a - b")
    settings = replace(FAST, permutations=4000, tolerance=0.01)
    alone = found((samples, predictions), settings)[key]
    rng = np.random.default_rng(0)
    number = np.unique(samples["subject_id"].to_pylist(), return_inverse=True)[1]
    for axis in range(12):
        sides = np.array(["x", "y"])[rng.permutation(40) % 2]
        samples = samples.append_column(f"attr.random{axis}", pa.array(sides[number]))
    beside = found((validate_samples(samples), predictions), settings)[key]
    assert (alone["lo"], alone["hi"]) == (beside["lo"], beside["hi"])
    assert alone["verdict"] == "not_met"
    assert beside["verdict"] == "inconclusive"
    assert beside["reason"].startswith(
        "beyond the tolerance by itself, but as much may be chance in a report with "
    )


def test_ece_is_not_compared_between_groups_with_more_and_fewer_samples() -> None:
    samples, predictions = people({"a": 0.7, "b": 0.7}, subjects=8)
    scores = [[0.8 if name == label else 0.1 for name in LABELS] for label in predictions["label"].to_pylist()]
    with_scores = predictions.set_column(
        predictions.schema.get_field_index("scores"), "scores", pa.array(scores, pa.list_(pa.float32()))
    ).replace_schema_metadata(predictions.schema.metadata)
    key = ("ece", "difference", "tone", "a - b")
    even = found((samples, with_scores))
    assert even[key]["reason"].startswith("about")
    assert even["ece", "index", "tone", "global_test_p"]["value"] is not None
    kept = [i for i, name in enumerate(samples["sample_id"].to_pylist()) if name[0] == "a" or int(name[4:]) < 15]
    uneven = found((samples.take(kept), with_scores.take(kept)))
    assert uneven[key]["verdict"] == "inconclusive"
    assert uneven[key]["reason"] == "biased upwards in the group with fewer samples; calibration_error_sq is not"
    assert uneven["ece", "index", "tone", "global_test_p"]["value"] is None
    assert uneven["calibration_error_sq", "index", "tone", "global_test_p"]["value"] is not None


def test_the_gaps_of_human_raters_stand_beside_those_of_the_system() -> None:
    samples, system = people({"a": 0.8, "b": 0.4}, subjects=12)
    _, raters = people({"a": 0.8, "b": 0.8}, subjects=12, seed=1)
    raters = raters.set_column(1, raters.schema.field("model"), pa.array(["human_raters"] * raters.num_rows))
    both = concat_predictions(
        [system, raters.replace_schema_metadata({LABELS_KEY: json.dumps({"human_raters": LABELS}).encode()})]
    )
    settings = MeasureSettings(resamples=100, permutations=400, search_depth=0, system="m")
    results = measure(samples, both, dataset="d", settings=settings).to_pylist()
    rows = {
        (r["model"], r["versus_model"], r["metric"], r["statistic"], r["axis"], in_short(r)): r for r in results
    }
    gap = ("accuracy", "difference", "tone", "a - b")
    own, versus_raters = rows[("m", None, *gap)], rows[("m", "human_raters", *gap)]
    assert ("human_raters", None, *gap) not in rows
    by_group = {
        (model, group): rows[model, None, "accuracy", "level", "tone", group]["value"]
        for model in ("m", "human_raters")
        for group in "ab"
    }
    of_raters = by_group["human_raters", "a"] - by_group["human_raters", "b"]
    assert versus_raters["value"] == pytest.approx(own["value"] - of_raters)
    assert 0.1 < versus_raters["lo"] < versus_raters["value"] < versus_raters["hi"]


def test_where_one_person_alone_is_ever_wrong_the_interval_allows_for_more_of_them() -> None:
    samples, predictions = people({"a": 0.7, "b": 0.7}, subjects=12)
    truth, names = samples["label"].to_pylist(), samples["sample_id"].to_pylist()
    nearly = [
        LABELS[(LABELS.index(label) + 1) % 3] if name in ("a-0-0", "b-0-0", "b-1-0") else label
        for label, name in zip(truth, names, strict=True)
    ]
    column = predictions.schema.get_field_index("label")
    answers = predictions.set_column(column, "label", pa.array(nearly))
    row = found((samples, answers.replace_schema_metadata(predictions.schema.metadata)))[
        "accuracy", "difference", "tone", "a - b"
    ]
    # One of twelve: at most 38.48 % of all people, with confidence 97.5 %, and all of them always wrong.
    assert abs(row["hi"]) < 0.05
    assert row["lo"] == pytest.approx(
        row["own_value"] - row["versus_value"] - (0.3848 - 1 + row["own_value"]), abs=0.01
    )
    assert row["verdict"] == "inconclusive"
    assert "all variation in a comes from one subject; the interval allows for more such people" in row["reason"]


def test_where_a_metric_is_undefined_in_every_group_nothing_is_concluded() -> None:
    """CCC of a constant with itself: 0 / 0."""
    samples = people({"a": 0.7, "b": 0.7}, subjects=8, clips=3)[0].drop_columns(["label"]).to_pylist()
    table = samples_table([{**row, "valence": 0.5} for row in samples])
    num = table.num_rows
    predictions = predictions_table(
        model="m",
        labels=[],
        sample_id=table["sample_id"].to_pylist(),
        outcome=["scored"] * num,
        reason=[None] * num,
        label=[None] * num,
        dimensions={"valence": [0.5] * num},
    )
    rows = found((table, predictions))
    compared = [
        row for row in rows.values() if row["metric"] == "ccc:valence" and row["statistic"] == "difference"
    ]
    assert all(row["value"] is None and row["verdict"] == "inconclusive" for row in compared)
    assert all(
        row["value"] is None
        for row in rows.values()
        if (row["index"] or "").startswith("global_test_p") and row["metric"] == "ccc:valence"
    )


def test_without_labels_nothing_is_met() -> None:
    samples, predictions = people({"a": 0.7, "b": 0.7}, subjects=30, clips=60)
    unlabelled = samples.set_column(
        samples.schema.get_field_index("label"), "label", pa.nulls(samples.num_rows, pa.string())
    )
    rows = found(
        (unlabelled, with_failures(predictions)), MeasureSettings(resamples=100, permutations=400, tolerance=0.3)
    )
    row = rows["coverage", "difference", "tone", "a - b"]
    assert max(abs(row["lo"]), abs(row["hi"])) < 0.3
    assert row["verdict"] == "inconclusive"
    assert row["reason"] == "equivalent, but without labels it cannot be shown that answers are better than chance"


def test_calibration_that_is_off_by_0_20_and_0_22_is_judged_as_ece_judges_it() -> None:
    """The squares differ by 0.0084, more than the square of 0.05; what is judged are the roots."""
    samples, predictions = people({"a": 0.7, "b": 0.7}, subjects=300, clips=60)
    confidence = {"a": 0.9, "b": 0.92}
    scores = [
        [confidence[group] if name == answer else (1 - confidence[group]) / 2 for name in LABELS]
        for group, answer in zip(samples["attr.tone"].to_pylist(), predictions["label"].to_pylist(), strict=True)
    ]
    rows = found((samples, with_scores(predictions, scores)))
    ece, square = (rows[name, "difference", "tone", "a - b"] for name in ("ece", "calibration_error_sq"))
    assert (ece["verdict"], square["verdict"]) == ("met", "met")
    assert ece["threshold"] == square["threshold"] == 0.05
    assert square["own_value"] == pytest.approx(0.2, abs=0.02)
    levels = [rows["calibration_error_sq", "level", "tone", group]["value"] for group in ("a", "b")]
    assert square["value"] == pytest.approx(np.sqrt(levels[0]) - np.sqrt(levels[1]))
    for end in ("value", "lo", "hi"):
        assert square[end] == pytest.approx(ece[end], abs=0.003)
    assert square["method"] == ece["method"] + "; of roots"
    assert ("calibration_error_sq", "ratio", "tone", "a / b") not in rows


def with_scores(predictions: pa.Table, scores: list[list[float]]) -> pa.Table:
    position = predictions.schema.get_field_index("scores")
    column = pa.array(scores, pa.list_(pa.float32()))
    return predictions.set_column(position, "scores", column).replace_schema_metadata(predictions.schema.metadata)


def with_failures(predictions: pa.Table) -> pa.Table:
    """A tenth of the rows fail, in every group alike."""
    failed = [index % 10 == 0 for index in range(predictions.num_rows)]
    columns = {
        "outcome": ["failed" if each else "scored" for each in failed],
        "reason": ["crashed" if each else None for each in failed],
        "label": [
            None if each else label for each, label in zip(failed, predictions["label"].to_pylist(), strict=True)
        ],
    }
    for name, values in columns.items():
        position = predictions.schema.get_field_index(name)
        predictions = predictions.set_column(
            position, predictions.schema.field(name), pa.array(values, pa.string())
        )
    return predictions


def test_a_difference_between_constants_without_a_range_has_no_interval() -> None:
    """Everybody in one group is off by 0.25, in the other by nothing: there is no spread, and no exact bound."""
    people, clips = 12, 4
    ids = [f"{person:02}-{clip}" for person in range(people) for clip in range(clips)]
    samples = samples_table(
        [
            {
                "sample_id": sample_id,
                "modality": "face",
                "subject_id": sample_id[:2],
                "valence": 0.25 * int(sample_id[-1]) - 0.5,
                "label_source": "acted",
                "attr.tone": "a" if sample_id < "06" else "b",
            }
            for sample_id in ids
        ]
    )
    off = [0.25 if sample_id < "06" else 0.0 for sample_id in ids]
    predictions = predictions_table(
        model="m",
        labels=[],
        sample_id=ids,
        outcome=["scored"] * len(ids),
        reason=[None] * len(ids),
        label=[None] * len(ids),
        dimensions={"valence": [0.25 * int(one[-1]) - 0.5 + more for one, more in zip(ids, off, strict=True)]},
    )
    rows = found((samples, predictions), replace(FAST, gaps=["bias"]))
    gap = rows["bias:valence", "difference", "tone", "a - b"]
    assert (gap["value"], gap["lo"], gap["hi"], gap["level"], gap["verdict"]) == (
        *(0.25, None, None, None),
        "inconclusive",
    )
    assert gap["reason"] == "all subjects of a group alike, on a metric without a largest value: no interval"
    widest = rows["bias:valence", "index", "tone", "max_min_difference"]
    assert (widest["value"], widest["lo"], widest["hi"], widest["level"]) == (0.25, None, None, None)


def test_there_are_enough_draws_for_as_many_differences_with_the_same_mix() -> None:
    """Four axes that go together: 4 tests as they are, 10 with the mix of another, 40 draws for each of them."""
    samples, predictions = people({"a": 0.7, "b": 0.6}, subjects=20)
    tone = np.array(samples["attr.tone"].to_pylist())
    number = np.array([int(one.split("-")[1]) for one in samples["subject_id"].to_pylist()])
    for axis, every in (("accent", 4), ("place", 5), ("sex", 6)):
        other = np.where(number % every == 0, np.where(tone == "a", "b", "a"), tone)
        samples = samples.append_column(f"attr.{axis}", pa.array(other.tolist()))
    settings = replace(FAST, gaps=["accuracy"], permutations=100, min_subjects=2)
    rows = [
        row for row in measure(samples, predictions, dataset="d", settings=settings).to_pylist() if row["method"]
    ]
    adjusted = [row["method"] for row in rows if row["kind"] == "adjusted"]
    assert len(adjusted) == 10  # of two, no other group has enough people
    assert all("permuted 400 times" in method for method in adjusted)
