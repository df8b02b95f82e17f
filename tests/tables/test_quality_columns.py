from __future__ import annotations

import numpy as np
import pyarrow as pa

from harness.tables.quality_columns import grades, quality_measures, read_grades


def test_grades_are_twentieths_and_lower_may_be_better() -> None:
    value_N = np.arange(40.0)
    np.testing.assert_array_equal(grades(value_N, better="higher"), np.repeat(np.arange(1, 21), 2))
    np.testing.assert_array_equal(grades(value_N, better="lower"), np.repeat(np.arange(20, 0, -1), 2))


def test_equal_samples_have_the_highest_of_their_grades_and_missing_ones_none() -> None:
    value_N = np.array([np.nan, *[0.0] * 18, 0.3, 0.5])
    found = grades(value_N, better="lower")
    assert found.tolist() == [0, *[20] * 18, 2, 1]


def test_no_more_than_the_share_is_graded_low() -> None:
    value_N = np.random.default_rng(0).normal(size=333)
    found = grades(value_N, better="higher")
    for grade in range(1, 21):
        assert (found <= grade).mean() <= grade / 20 + 1e-12


def test_only_grades_are_read() -> None:
    samples = pa.table(
        {
            "ctx.quality_snr": pa.array([1, 20, None]),
            "ctx.quality_said": ["good", "bad", "good"],
            "ctx.quality_score": [0.3, 0.5, 0.2],
            "ctx.quality_alike": [20, 20, 20],
            "ctx.snr_db": [1.0, 2.0, 3.0],
        }
    )
    assert quality_measures(samples.column_names) == ["snr", "said", "score", "alike"]
    assert {name: grade.tolist() for name, grade in read_grades(samples).items()} == {"snr": [1, 20, 0]}
