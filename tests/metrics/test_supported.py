from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, recall_score

from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.metrics.categorical import OTHER, UNSCORED
from harness.metrics.supported import supported
from harness.tables.predictions import predictions_table
from harness.tables.results import select
from harness.tables.samples import samples_table

NUM_CLASSES, KNOWN = 5, np.array([0, 2, 3])


def test_it_is_scikit_learns_on_the_samples_of_supported_classes() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, NUM_CLASSES, 400)
    answer = np.where(rng.random(400) < 0.5, truth, rng.choice([*KNOWN, OTHER, UNSCORED], 400))
    answer[~np.isin(answer, [*KNOWN, UNSCORED])] = OTHER
    row = rng.integers(0, 20, 400)
    tally = supported(row, truth, answer, num_rows=20, num_classes=NUM_CLASSES, supported_K=KNOWN)
    found = {metric.name: metric.value(tally.sums.sum(0)) for metric in tally.metrics}
    kept = np.isin(truth, KNOWN)
    assert found["accuracy_supported"] == pytest.approx(accuracy_score(truth[kept], answer[kept]))
    recall = recall_score(truth[kept], answer[kept], labels=KNOWN, average="macro")
    assert found["uar_supported"] == pytest.approx(recall)
    of_all = tally.metrics[0]
    assert of_all.num_samples(tally.sums.sum(0)) == kept.sum()
    assert of_all.num_unscored(tally.sums.sum(0)) == (answer[kept] == UNSCORED).sum()


@pytest.mark.parametrize("labels", [["anger", "fear"], ["anger", "fear", "contempt"]])
def test_both_stand_side_by_side_where_the_system_does_not_know_a_label(labels: list[str]) -> None:
    """Right in two of three samples of each person; the third has a label that it may not know."""
    truth = ["anger", "fear", "contempt"] * 10
    rows = [
        {
            "sample_id": f"s{index:02d}",
            "modality": "face",
            "subject_id": f"p{index // 3}",
            "label": label,
            "label_source": "acted",
        }
        for index, label in enumerate(truth)
    ]
    samples = samples_table(rows)
    predictions = predictions_table(
        model="toy",
        labels=labels,
        sample_id=samples["sample_id"].to_pylist(),
        outcome=["scored"] * 30,
        reason=[None] * 30,
        label=["anger", "fear", "fear"] * 10,
    )
    results = measure(samples, predictions, dataset="d", settings=MeasureSettings(gaps=()))
    values = {
        row["metric"]: (row["value"], row["n_samples"], row["chance"])
        for row in select(results, axis="overall", statistic="level").to_pylist()
    }
    assert values["accuracy"][:2] == (pytest.approx(2 / 3), 30)
    if "contempt" in labels:
        assert "accuracy_supported" not in values
    else:
        assert values["accuracy_supported"] == (1.0, 20, 0.5)
        assert values["uar_supported"] == (1.0, 20, 0.5)


def test_the_order_of_samples_does_not_matter_and_parts_add_up() -> None:
    rng = np.random.default_rng(1)
    truth, row = rng.integers(0, NUM_CLASSES, 200), rng.integers(0, 20, 200)
    answer = rng.choice([*KNOWN, OTHER, UNSCORED], 200)

    def counts(chosen: np.ndarray) -> np.ndarray:
        of = (row[chosen], truth[chosen], answer[chosen])
        sums: np.ndarray = supported(*of, num_rows=20, num_classes=NUM_CLASSES, supported_K=KNOWN).sums
        return sums

    whole = counts(np.arange(200))
    assert (counts(rng.permutation(200)) == whole).all()
    assert (counts(np.arange(90)) + counts(np.arange(90, 200)) == whole).all()
    assert (counts(np.repeat(np.arange(200), 3)) == 3 * whole).all()
