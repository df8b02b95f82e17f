"""Metrics of raters' votes from tables to rows, with votes as they should not be."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.attributes.grouping import Grouping
from harness.cards.facts import dataset_card
from harness.datasets.cremad import CremadOptions, CremadReader
from harness.errors import HarnessError
from harness.known_metrics import facts_of
from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.metrics.probabilistic import CLIP
from harness.tables.predictions import concat_predictions, predictions_table, validate_predictions
from harness.tables.samples import samples_table
from harness.tables.schemas import RATERS

LABELS = ("anger", "happiness")
SETTINGS = MeasureSettings(
    resamples=100,
    permutations=100,
    min_subjects=2,
    search_depth=0,
    gaps=("accuracy", "coverage"),
    grouping=Grouping(axes=("side",)),
)
Row = dict[str, Any]


def make_samples(votes: list[Any], num: int = 60) -> pa.Table:
    """Clips of six people, five of them on the left, with these votes in turn."""
    return samples_table(
        [
            {
                "sample_id": f"clip{index:03}",
                "modality": "voice",
                "subject_id": f"person{index % 6}",
                "label": LABELS[index % 2],
                "label_source": "acted",
                "attr.side": "right" if index % 6 == 5 else "left",
                "votes": votes[index % len(votes)],
            }
            for index in range(num)
        ]
    )


def answers(samples: pa.Table, model: str, *, scores: bool = True) -> pa.Table:
    """Anger with a probability of 0.8 to all but every tenth clip, which has no score."""
    scored = [index % 10 > 0 for index in range(samples.num_rows)]
    return predictions_table(
        model=model,
        labels=LABELS,
        sample_id=samples["sample_id"].to_pylist(),
        outcome=["scored" if ok else "failed" for ok in scored],
        reason=[None if ok else "no_speech" for ok in scored],
        label=["anger" if ok else None for ok in scored],
        scores=[[0.8, 0.2] if ok else None for ok in scored] if scores else None,
    )


def measured(samples: pa.Table, *predictions: pa.Table, **changes: Any) -> list[Row]:
    table = validate_predictions(concat_predictions(predictions), samples)
    settings = MeasureSettings(**{**vars(SETTINGS), **changes})
    rows: list[Row] = measure(samples, table, dataset="d", settings=settings).to_pylist()
    return rows


def levels(rows: list[Row], group: str = "all", model: str = "m") -> dict[str, Row]:
    return {
        row["metric"]: row
        for row in rows
        if (row["model"], row["group"], row["statistic"]) == (model, group, "level")
    }


def is_of_votes(row: Row) -> bool:
    return "votes" in facts_of(row["metric"]).needs


def test_votes_add_rows_and_change_none() -> None:
    samples = make_samples([{"anger": 2, "happiness": 1}, {"happiness": 3}, {"anger": 1, "happiness": 1}])
    both = [measured(samples, answers(samples, "m"), votes=wanted) for wanted in (True, False)]
    assert [row for row in both[0] if not is_of_votes(row)] == both[1]
    assert {row["statistic"] for row in both[0] if is_of_votes(row)} == {"level"}
    assert any(row["statistic"] == "difference" for row in both[1])


def test_raters_are_not_held_against_themselves() -> None:
    samples = make_samples([{"anger": 2, "happiness": 1}])
    rows = measured(samples, answers(samples, RATERS), answers(samples, "m"))
    assert {row["model"] for row in rows if is_of_votes(row)} == {"m"}


def test_the_values_are_those_of_the_votes() -> None:
    samples = make_samples([{"anger": 2, "happiness": 1}, {"happiness": 3}, {"anger": 1, "happiness": 1}, None])
    found = levels(measured(samples, answers(samples, "m")))
    assert found["rated"]["value"] == pytest.approx(0.75)
    assert (found["rated"]["n_samples"], found["plurality_accuracy"]["n_samples"]) == (60, 45)
    assert found["no_agreement"]["value"] == pytest.approx(1 / 3)
    # Every tenth clip has no score: 0, 10, …, whose votes are the first or the third.
    assert found["plurality_accuracy"]["value"] == pytest.approx((12 + 12) / 45)
    assert found["plurality_accuracy"]["n_unscored"] == 6
    assert found["no_agreement_answer:anger"]["value"] == pytest.approx(12 / 15)
    assert found["no_agreement_answer:happiness"]["value"] == 0.0
    assert found["human_ceiling"]["value"] == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert found["accuracy_as_rater"]["value"] == pytest.approx((12 * 1.0 + 12 * 0.5) / 45)
    of_anger, of_happiness = np.log(1 / 0.8), np.log(1 / 0.2)
    crossed = 12 * (2 * of_anger + of_happiness) / 3 + 15 * of_happiness + 12 * (of_anger + of_happiness) / 2
    assert found["cross_entropy"]["value"] == pytest.approx(crossed / 39, rel=1e-6)
    assert (found["cross_entropy"]["n_samples"], found["cross_entropy"]["n_unscored"]) == (39, 6)


def test_a_label_that_only_raters_know_cannot_be_answered() -> None:
    samples = make_samples([{"other": 3, "anger": 1}])
    found = levels(measured(samples, answers(samples, "m")))
    assert found["plurality_accuracy"]["value"] == 0.0
    expected = 0.75 * -np.log(CLIP) + 0.25 * np.log(1 / 0.8)
    assert found["cross_entropy"]["value"] == pytest.approx(expected, rel=1e-6)
    assert found["total_variation"]["value"] == pytest.approx((0.55 + 0.2 + 0.75) / 2, rel=1e-6)


def test_without_scores_only_answers_are_held_against_votes() -> None:
    samples = make_samples([{"anger": 2, "happiness": 1}])
    found = levels(measured(samples, answers(samples, "m", scores=False)))
    assert found["plurality_accuracy"]["value"] == pytest.approx(0.9)
    assert "cross_entropy" not in found


def test_a_single_rater_has_no_ceiling() -> None:
    samples = make_samples([{"anger": 1}, {"happiness": 1}])
    found = levels(measured(samples, answers(samples, "m")))
    assert found["agreed_accuracy"]["value"] == found["plurality_accuracy"]["value"] == pytest.approx(24 / 60)
    assert found["human_ceiling"]["value"] is None
    assert found["human_ceiling"]["n_samples"] == 0
    assert found["no_agreement"]["value"] == 0.0


@pytest.mark.parametrize("votes", [[None], [{}], [{"anger": 0}], [{"xxx": 3}]])
def test_without_any_vote_nothing_is_said_of_votes(votes: list[Any]) -> None:
    samples = make_samples(votes)
    assert not any(is_of_votes(row) for row in measured(samples, answers(samples, "m")))


def test_a_group_of_one_person_has_no_interval() -> None:
    samples = make_samples([{"anger": 2, "happiness": 1}, {"happiness": 3}, {"happiness": 2, "anger": 2}])
    rows = measured(samples, answers(samples, "m"))
    alone = levels(rows, "right")
    for name in ("human_ceiling", "plurality_accuracy", "cross_entropy", "above_ceiling"):
        assert (alone[name]["lo"], alone[name]["verdict"]) == (None, "not_tested")
        assert "1 subject; at least 2 are needed" in alone[name]["reason"]
    assert levels(rows, "left")["human_ceiling"]["lo"] is not None


def test_groups_are_compared_on_votes_if_the_plan_says_so() -> None:
    samples = make_samples([{"anger": 2, "happiness": 1}, {"happiness": 3}])
    sides = pa.array(["left" if index % 6 < 3 else "right" for index in range(60)])
    samples = samples.set_column(samples.schema.get_field_index("attr.side"), "attr.side", sides)
    rows = measured(samples, answers(samples, "m"), gaps=("accuracy", "cross_entropy"))
    assert {row["metric"] for row in rows if row["statistic"] == "difference"} == {"accuracy", "cross_entropy"}


def test_negative_votes_are_refused() -> None:
    samples = make_samples([{"anger": 2, "happiness": -1}])
    with pytest.raises(HarnessError, match="a label has -1 votes"):
        measured(samples, answers(samples, "m"))


def test_shares_in_columns_are_votes_of_one_rater_at_most() -> None:
    samples = make_samples([{"anger": 2, "happiness": 2}])
    for label, share in (("anger", 0.25), ("happiness", 0.75)):
        samples = samples.append_column(f"ctx.share_{label}", pa.array([share] * samples.num_rows))
    found = levels(measured(samples, answers(samples, "m"), shares="ctx.share_"))
    assert found["plurality_accuracy"]["value"] == found["no_agreement"]["value"] == 0.0
    assert found["total_variation"]["value"] == pytest.approx(0.55, rel=1e-6)
    assert found["human_ceiling"]["value"] is None


def most_voted_of(ballot: list[str]) -> set[str]:
    counts = Counter(ballot)
    return {label for label, num in counts.items() if num == max(counts.values())}


def test_cremads_raters_are_left_out_one_by_one(shared_data: Path) -> None:
    """Every twentieth clip: what most see is held against what each hears, by counting single raters."""
    heard, seen = (
        CremadReader(dataset_card("cremad"), shared_data / "cremad", CremadOptions(presentation=given)).samples()
        for given in ("voice", "face")
    )
    ballots, shown = (
        [[label for label, num in votes for _ in range(num)] for votes in table["votes"].to_pylist()[::20]]
        for table in (heard, seen)
    )
    samples = heard.take(np.arange(0, heard.num_rows, 20))
    answered = [min(most_voted_of(ballot)) for ballot in shown]
    predictions = predictions_table(
        model="m",
        labels=sorted(set(answered)),
        sample_id=samples["sample_id"].to_pylist(),
        outcome=["scored"] * len(answered),
        reason=[None] * len(answered),
        label=answered,
    )
    people, system, agreed = [], [], []
    for ballot, answer in zip(ballots, answered, strict=True):
        others = [most_voted_of(ballot[:place] + ballot[place + 1 :]) for place in range(len(ballot))]
        people.append(np.mean([label in among for label, among in zip(ballot, others, strict=True)]))
        system.append(np.mean([answer in among for among in others]))
        agreed.append(len(most_voted_of(ballot)) == 1)
    found = levels(measured(samples, predictions, grouping=Grouping(axes=("sex",))))
    assert found["human_ceiling"]["value"] == pytest.approx(np.mean(people))
    assert found["accuracy_as_rater"]["value"] == pytest.approx(np.mean(system))
    assert found["no_agreement"]["value"] == pytest.approx(1 - np.mean(agreed))
    assert 0.55 < found["human_ceiling"]["value"] < 0.65
