from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from harness.arrays import Ints
from harness.errors import HarnessError
from harness.tables.sample_codes import MAX_REASONS, count_reasons, most_frequent, reason_codes, strata_of


def predictions(outcomes: list[str], reasons: list[str | None]) -> pa.Table:
    return pa.table({"outcome": pa.array(outcomes), "reason": pa.array(reasons, pa.string())})


def coded(rows: pa.Table) -> tuple[Ints, tuple[str, ...]]:
    reasons = most_frequent(count_reasons(rows))
    return reason_codes(rows, reasons), reasons


def test_a_reason_is_what_stands_before_the_colon() -> None:
    outcomes = ["failed", "scored", "abstained", "failed", "failed"]
    reasons = ["no_face: frame 3", None, " unsure ", "no_face", "too dark"]
    codes, names = coded(predictions(outcomes, reasons))
    assert names == ("abstained:unsure", "failed:no_face", "failed:too dark")
    assert codes.tolist() == [1, -1, 0, 1, 2]


def test_only_the_commonest_have_a_name() -> None:
    reasons = [f"r{index:02d}" for index in range(14) for _ in range(index + 1)]
    codes, names = coded(predictions(["failed"] * len(reasons), reasons))
    assert names == tuple(f"failed:r{index:02d}" for index in range(4, 14))
    assert len(names) == MAX_REASONS
    assert np.count_nonzero(codes == -1) == 1 + 2 + 3 + 4


@pytest.mark.parametrize("hostile", ["<script>", "x" * 61, "a\nb", "", ": nothing before", "\x1b[31m", "../a\x00"])
def test_what_cannot_stand_in_a_name_is_counted_without_one(hostile: str) -> None:
    codes, names = coded(predictions(["failed", "failed"], [hostile, "crashed"]))
    assert names == ("failed:crashed",)
    assert codes.tolist() == [-1, 0]


def test_where_all_are_scored_there_are_no_reasons() -> None:
    codes, names = coded(predictions(["scored", "scored"], [None, None]))
    assert (codes.tolist(), names) == ([-1, -1], ())


SAMPLES = pa.table(
    {
        "label": ["neutral", "neutral", "joy", None],
        "ctx.intensity": [1.0, 2.0, 1.0, None],
        "votes": pa.array([[1], [2], [3], [4]]),
    }
)


def test_samples_are_alike_where_all_columns_are() -> None:
    codes, names = strata_of(SAMPLES, ["label", "ctx.intensity"])
    assert names == (" * ", "joy * 1", "neutral * 1", "neutral * 2")
    assert codes.tolist() == [2, 3, 1, 0]


@pytest.mark.parametrize(
    ("columns", "message"), [(["ctx.age"], "no column 'ctx.age'"), (["votes"], "cannot be matched on")]
)
def test_columns_that_cannot_be_matched_on_are_refused(columns: list[str], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        strata_of(SAMPLES, columns)


def test_too_many_combinations_are_refused() -> None:
    numbers = pa.table({"a": [i % 20 for i in range(400)], "b": [i // 20 for i in range(400)], "c": range(400)})
    with pytest.raises(HarnessError, match="a, b have 400 combinations"):
        strata_of(numbers, ["a", "b"])
    with pytest.raises(HarnessError, match="c has more than 200 different values"):
        strata_of(numbers, ["c"])
