from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from harness.attributes.groups import group_samples
from harness.measurement.latencies import latencies
from harness.tables.samples import samples_table
from harness.tables.schemas import TIMINGS

NUM = 200


def samples() -> pa.Table:
    return samples_table(
        [
            {
                "sample_id": f"s{index:03d}",
                "modality": "face",
                "subject_id": f"p{index % 20}",
                "label_source": "acted",
                "attr.sex": "male" if index % 20 == 19 else "female",
            }
            for index in range(NUM)
        ]
    )


def timings(seconds: list[float | None], model: str = "toy", condition: str = "clean") -> pa.Table:
    ids = [f"s{index:03d}" for index in range(NUM)]
    rows = [
        {"sample_id": name, "model": model, "condition": condition, "forward_s": of_sample}
        for name, of_sample in zip(ids, seconds, strict=True)
    ]
    return pa.Table.from_pylist(rows[::-1], schema=TIMINGS)


def test_percentiles_are_of_the_system_on_clean_samples() -> None:
    rng = np.random.default_rng(0)
    seconds = rng.exponential(1.0, NUM)
    table = pa.concat_tables(
        [
            timings(seconds.tolist()),
            timings([99.0] * NUM, model="majority"),
            timings([99.0] * NUM, condition="face/grey"),
        ]
    )
    (found,) = latencies(table, samples(), "toy")
    assert (found.p50, found.p95, found.p99) == pytest.approx(np.percentile(seconds, [50, 95, 99]))
    assert found.per_second == pytest.approx(NUM / seconds.sum())
    assert found.num_samples == NUM


def test_groups_of_enough_people_and_what_was_timed() -> None:
    seconds = [None if index < 20 else 1.0 + (index % 20 == 0) for index in range(NUM)]
    table, given = timings(seconds), samples()
    axis = group_samples(given, "sex")
    everybody, female = latencies(table, given, "toy", [axis], min_subjects=5)
    assert (everybody.num_samples, everybody.group) == (180, None)
    assert (female.axis, female.group, female.num_samples) == ("sex", "female", 171)
    assert (female.p50, female.p99) == (1.0, 2.0)
    assert len(latencies(table, given, "toy", [axis])) == 3


def test_nothing_timed_is_nothing() -> None:
    assert latencies(timings([None] * NUM), samples(), "toy") == []
    assert latencies(TIMINGS.empty_table(), samples(), "toy") == []


def test_requests_are_counted_of_what_was_timed_in_every_group() -> None:
    """The system was asked twice about the man's ten samples, once about the others, never about the first."""
    given = samples()
    attempts = [1 + (index % 20 == 19) for index in range(NUM)]
    answers = pa.table(
        {
            "sample_id": [f"s{index:03d}" for index in range(NUM)][::-1],
            "model": ["toy"] * NUM,
            "condition": ["clean"] * NUM,
            "attempts": pa.array([0, *attempts[1:]][::-1], pa.int32()),
        }
    )
    table = timings([None, *[1.0] * (NUM - 1)])
    axis = group_samples(given, "sex")
    everybody, female, male = latencies(table, given, "toy", [axis], answers=answers)
    assert everybody.attempts == pytest.approx((189 + 2 * 10) / 199)
    assert (female.attempts, male.attempts) == (1.0, 2.0)
    (unasked,) = latencies(table, given, "toy")
    assert unasked.attempts is None
