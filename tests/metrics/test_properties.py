"""Properties of every metric by name, in the manner of scikit-learn's test_common, from tables to values."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from harness.known_metrics import facts_of, metric_facts
from harness.measurement.count_metrics import tallies
from harness.measurement.counting_options import CountingOptions, counting_options
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.tally import Metric, Tally, merge
from harness.statistics.influence import gradient
from harness.tables.alignment import Aligned, align
from harness.tables.predictions import predictions_table, validate_predictions
from harness.tables.samples import samples_table

LABELS = ("neutral", "sadness")
SUBJECTS, SAMPLES = 14, 420
VOTES = ({"neutral": 2, "sadness": 1}, {"sadness": 2, "other": 2}, {"neutral": 1}, {}, {"other": 3, "sadness": 4})
Row = dict[str, Any]


def make_rows(seed: int = 0) -> list[Row]:
    """Samples and answers side by side: three in twenty without a score, dimensions missing here and there."""
    rng = np.random.default_rng(seed)
    rows = []
    for index in range(SAMPLES):
        truth, outcome = int(rng.integers(2)), rng.choice(["scored", "abstained", "failed"], p=[0.85, 0.05, 0.1])
        positive = np.float32(rng.beta(1 + truth, 2 - truth))
        arousal = float(rng.uniform(-1, 1))
        rows.append(
            {
                "sample_id": f"clip{index}",
                "subject_id": f"person{rng.integers(SUBJECTS)}",
                "truth": LABELS[truth] if rng.random() < 0.95 else None,
                "arousal": arousal if rng.random() < 0.9 else None,
                "outcome": outcome,
                "reason": None if outcome == "scored" else f"{rng.choice(['no_face', 'too dark'])}: frame {index}",
                "scores": [1 - positive, positive],
                "answer": LABELS[int(positive > 0.5)],
                "predicted_arousal": float(np.clip(arousal + rng.normal(0, 0.3), -1, 1)),
                "votes": VOTES[index % len(VOTES)],
            }
        )
    return rows


def aligned_rows(rows: list[Row], labels: tuple[str, ...] = LABELS) -> Aligned:
    columns = ("sample_id", "subject_id", "arousal", "votes")
    samples = samples_table(
        [
            {**{name: row[name] for name in columns}, "label": row["truth"], "label_source": "acted"}
            | {"modality": "voice"}
            for row in rows
        ]
    )
    scored = [row["outcome"] == "scored" for row in rows]
    predictions = predictions_table(
        model="m",
        labels=labels,
        label=[row["answer"] if ok else None for row, ok in zip(rows, scored, strict=True)],
        scores=[row["scores"] if ok else None for row, ok in zip(rows, scored, strict=True)],
        dimensions={"arousal": [row["predicted_arousal"] for row in rows]},
        **{name: [row[name] for row in rows] for name in ("sample_id", "outcome", "reason")},
    )
    return align(
        samples, validate_predictions(predictions, samples), model="m", condition="clean", merge={}, votes="votes"
    )


def tally_of(aligned: Aligned, options: CountingOptions | None = None) -> list[Tally]:
    return tallies(aligned, aligned.subject, aligned.num_subjects, options=options)


def values(found: list[Tally], weights: np.ndarray | None = None) -> dict[str, float]:
    out = {}
    for tally in found:
        weight = np.ones(len(tally.sums)) if weights is None else weights
        total = np.tensordot(weight, tally.sums, axes=1)
        out |= {metric.name: float(metric.value(total)) for metric in tally.metrics}
    return out


@cache
def original() -> tuple[Aligned, list[Tally]]:
    aligned = aligned_rows(make_rows())
    return aligned, tally_of(aligned)


@cache
def shared_options() -> CountingOptions:
    options = counting_options(original()[0])
    return replace(options, least_probability=options.least_probability[:1])


def metrics_of(found: list[Tally]) -> list[tuple[Tally, Metric]]:
    return [(tally, metric) for tally in found for metric in tally.metrics]


NAMES = sorted(metric.name for _, metric in metrics_of(original()[1]))
BY_NAME = pytest.mark.parametrize("name", NAMES)


ELSEWHERE = {"unsupported_labels", "clean_answers"}
FACTS = tuple(facts for facts in metric_facts() if not ELSEWHERE & set(facts.needs))
"""All but those of labels that a system lacks, which these two labels cannot show: ``test_supported.py``; and
those of answers under two conditions: ``test_invariance.py``."""


def test_every_registered_metric_is_here_and_none_beside() -> None:
    assert {metric.facts for _, metric in metrics_of(original()[1])} == set(FACTS)
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("facts", metric_facts(), ids=lambda facts: facts.name)
def test_a_metric_says_what_it_is(facts: MetricFacts) -> None:
    assert facts.title
    assert re.fullmatch(r"[a-z].*[^.]", facts.meaning)
    assert sum(each.order == facts.order for each in metric_facts()) == 1
    assert sum(each.title == facts.title for each in metric_facts()) == (
        2 if facts.base in ("abstained", "failed") else 1
    )


@BY_NAME
def test_a_metric_is_found_by_its_name(name: str) -> None:
    (metric,) = (metric for _, metric in metrics_of(original()[1]) if metric.name == name)
    assert facts_of(name) is metric.facts
    assert (metric.part is None) == (metric.facts.each is None)


@BY_NAME
def test_what_says_its_chance_in_words_has_it_as_a_value(name: str) -> None:
    ((tally, metric),) = (pair for pair in metrics_of(original()[1]) if pair[1].name == name)
    assert (metric.facts.chance is None) == (metric.chance is None)
    known = {"uar": 1 / len(LABELS), "auc": 0.5, "ccc": 0.0, "pearson": 0.0}
    if metric.facts.base in known:
        assert metric.chance(tally.sums.sum(0)) == pytest.approx(known[metric.facts.base])


WITHOUT = {
    "labels": [{"truth": None}],
    "dimensions": [{"predicted_arousal": None}],
    "scores": [{"scores": None}],
    "probabilities": [{"scores": [-1.0, 2.5]}],
    "votes": [{"votes": None}, {"votes": {"sadness": 0}}],
}


@pytest.mark.parametrize("need", WITHOUT)
def test_just_what_needs_something_is_missing_without_it(need: str) -> None:
    found = {metric.facts for changes in WITHOUT[need] for _, metric in metrics_of(counted_without(changes))}
    also = {"scores": {"probabilities"}}.get(need, set())
    assert found == {facts for facts in FACTS if not {need, *also} & set(facts.needs)}


def counted_without(changes: dict[str, Any]) -> list[Tally]:
    return tally_of(aligned_rows([{**row, **changes} for row in make_rows()]))


@cache
def of_samples_in_another_order() -> dict[str, float]:
    rows = make_rows()
    return values(tally_of(aligned_rows([rows[i] for i in np.random.default_rng(1).permutation(SAMPLES)])))


@cache
def of_renamed_subjects() -> dict[str, float]:
    names = np.random.default_rng(2).permutation(SUBJECTS)
    rows = [{**row, "subject_id": f"z{names[int(row['subject_id'][6:])]}"} for row in make_rows()]
    return values(tally_of(aligned_rows(rows)))


@cache
def of_other_spellings() -> dict[str, float]:
    spelled = {"neutral": " NEU", "sadness": "Sad", None: None}
    rows = [{**row, "truth": spelled[row["truth"]]} for row in make_rows()]
    return values(tally_of(aligned_rows(rows)))


@cache
def of_labels_in_another_order() -> dict[str, float]:
    rows = [{**row, "scores": row["scores"][::-1]} for row in make_rows()]
    return values(tally_of(aligned_rows(rows, LABELS[::-1])))


@cache
def of_empty_rows_added() -> dict[str, float]:
    aligned, _ = original()
    return values(tallies(aligned, aligned.subject * 2 + 1, 2 * aligned.num_subjects + 5))


@cache
def of_subjects_split_by_group() -> dict[str, float]:
    """Each subject in the two rows of a lighting that changes within it, then joined."""
    aligned, _ = original()
    light = np.random.default_rng(3).integers(0, 2, len(aligned.subject))
    split = tallies(aligned, aligned.subject * 2 + light, 2 * aligned.num_subjects)
    owner = np.arange(2 * aligned.num_subjects) // 2
    return values([tally.joined(owner, aligned.num_subjects) for tally in split])


CHANGES = [
    of_samples_in_another_order,
    of_renamed_subjects,
    of_other_spellings,
    of_labels_in_another_order,
    of_empty_rows_added,
    of_subjects_split_by_group,
]


@pytest.mark.parametrize("change", CHANGES)
@BY_NAME
def test_what_must_not_change_any_value(change: Any, name: str) -> None:
    assert change()[name] == pytest.approx(values(original()[1])[name], rel=1e-9)


@cache
def of_renamed_classes() -> dict[str, float]:
    names = {"neutral": "zeta", "sadness": "alpha", "other": "other", None: None}
    rows = [
        {**row, "truth": names[row["truth"]], "answer": names[row["answer"]]}
        | {"votes": {names[label]: num for label, num in row["votes"].items()}}
        for row in make_rows()
    ]
    return values(tally_of(aligned_rows(rows, ("zeta", "alpha"))))


@BY_NAME
def test_renaming_classes_renames_their_metrics_and_changes_no_value(name: str) -> None:
    """But for what is about the meaning of emotions, which strange names do not have."""
    renamed = name.replace(":neutral", ":zeta").replace(":sadness", ":alpha")
    if name in ("negative_assignment", "valence_error"):
        assert renamed not in of_renamed_classes()
    else:
        assert of_renamed_classes()[renamed] == pytest.approx(values(original()[1])[name], rel=1e-9)


WEIGHTS = np.array([0, 1, 2, 3, 0, 1, 1, 4, 1, 2, 1, 0, 1, 1])


@cache
def of_repeated_subjects() -> dict[str, float]:
    order = sorted({row["subject_id"] for row in make_rows()})  # as subjects are numbered
    weight = dict(zip(order, WEIGHTS, strict=True))
    rows = [
        {**row, "sample_id": f"{row['sample_id']} {copy}", "subject_id": f"{row['subject_id']} {copy}"}
        for row in make_rows()
        for copy in range(weight[row["subject_id"]])
    ]
    return values(tally_of(aligned_rows(rows), shared_options()))


@BY_NAME
def test_a_weight_is_a_repetition_of_the_subject(name: str) -> None:
    weighted = values(tally_of(original()[0], shared_options()), WEIGHTS.astype(float))
    assert of_repeated_subjects()[name] == pytest.approx(weighted[name], rel=1e-9)


@cache
def of_merged_shards() -> dict[str, Tally]:
    aligned, _ = original()
    whole = []
    for part in np.array_split(np.random.default_rng(4).permutation(SAMPLES), 4):
        shard = replace(aligned.take(part), subject=aligned.subject[part], num_subjects=aligned.num_subjects)
        whole.append(tally_of(shard, shared_options()))
    merged = whole[0]
    for shard in whole[1:]:
        merged = [merge(*pair) for pair in zip(merged, shard, strict=True)]
    return {metric.name: tally for tally, metric in metrics_of(merged)}


@BY_NAME
def test_shards_merge_into_the_bytes_of_the_whole(name: str) -> None:
    whole = {metric.name: tally for tally, metric in metrics_of(tally_of(original()[0], shared_options()))}
    np.testing.assert_array_equal(of_merged_shards()[name].sums, whole[name].sums)


@BY_NAME
def test_renaming_groups_moves_their_values(name: str) -> None:
    aligned, _ = original()
    group = np.arange(aligned.num_subjects) % 3
    renamed = np.array([2, 0, 1])
    found = []
    for of_subject in (group, renamed[group]):
        (pair,) = (pair for pair in metrics_of(tally_of(aligned)) if pair[1].name == name)
        found.append(pair[1].value(pair[0].summed(of_subject, 3).sums))
    np.testing.assert_array_equal(found[1][renamed], found[0])


@BY_NAME
def test_a_group_has_the_value_that_its_samples_have_alone(name: str) -> None:
    aligned, found = original()
    group = np.arange(aligned.num_subjects) % 2
    members = np.flatnonzero(group[aligned.subject] == 1)
    options = counting_options(aligned)
    least = options.least_probability[np.unique(aligned.subject[members])]
    alone = values(tally_of(aligned.take(members), replace(options, least_probability=least)))
    (pair,) = (pair for pair in metrics_of(found) if pair[1].name == name)
    assert pair[1].value(pair[0].summed(group, 2).sums)[1] == pytest.approx(alone[name], rel=1e-9)


@BY_NAME
def test_values_of_many_resamples_are_those_of_each(name: str) -> None:
    weights = np.random.default_rng(3).integers(0, 3, (7, SUBJECTS)).astype(float)
    (pair,) = (pair for pair in metrics_of(original()[1]) if pair[1].name == name)
    sums = np.tensordot(weights, pair[0].sums, axes=1)
    for function in (pair[1].value, pair[1].chance, pair[1].num_samples, pair[1].num_unscored):
        if function is not None:
            together = function(sums)
            assert together.shape == (7,)
            assert together.tolist() == pytest.approx([float(function(each)) for each in sums], nan_ok=True)


@BY_NAME
def test_values_and_chance_lie_in_the_range_that_the_metric_states(name: str) -> None:
    for seed in range(4):
        for tally, metric in metrics_of(tally_of(aligned_rows(make_rows(seed)))):
            if metric.name == name:
                for function in filter(None, (metric.value, metric.chance)):
                    each = function(tally.sums)
                    assert (((each >= metric.low) & (each <= metric.high)) | np.isnan(each)).all()


@BY_NAME
def test_a_gradient_is_the_derivative_by_every_statistic(name: str) -> None:
    (pair,) = (pair for pair in metrics_of(original()[1]) if pair[1].name == name)
    tally, metric = pair
    if metric.gradient is None:
        assert name.partition(":")[0] in ("ccc", "pearson", "rmse")
        return
    weights = np.random.default_rng(5).uniform(0.5, 1.5, (3, len(tally.sums)))
    sums = np.tensordot(weights, tally.sums, axes=1)
    found = metric.gradient(sums)
    assert found.shape == sums.shape
    expected = gradient(lambda flat: metric.value(flat.reshape(3, *sums.shape[1:])), sums.reshape(3, -1))
    np.testing.assert_allclose(found.reshape(3, -1), expected, rtol=1e-4, atol=1e-6)
    assert not metric.gradient(np.zeros_like(sums)).any()


@BY_NAME
def test_nothing_is_undefined_and_rests_on_nothing(name: str) -> None:
    (pair,) = (pair for pair in metrics_of(original()[1]) if pair[1].name == name)
    nothing = np.zeros(pair[0].sums.shape[1:])
    assert np.isnan(pair[1].value(nothing))
    assert pair[1].num_samples(nothing) == 0
    assert pair[1].num_unscored(nothing) == 0


def test_names_are_plain() -> None:
    assert all(re.fullmatch(r"[a-z0-9_]+(:[\w ]+)?", name) for name in NAMES)
