from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from harness.attributes.groups import axes_of, group_samples
from harness.errors import HarnessError


def groups_of(values: pa.Array, axis: str = "skin_tone") -> tuple[tuple[str, ...], list[int]]:
    groups = group_samples(pa.table({f"attr.{axis}": values}), axis)
    return groups.names, groups.index.tolist()


def test_text_is_a_group_and_nothing_is_unknown() -> None:
    assert groups_of(pa.array(["monk_10", None, "monk_2", "monk_10"])) == (
        ("monk_2", "monk_10", "unknown"),
        [1, 2, 0, 1],
    )


def test_ages_are_banded_and_stand_by_age() -> None:
    ages = pa.array([80.0, 5.0, 20.0, float("nan"), 19.0, None])
    names, index = groups_of(ages, "age")
    assert names == ("3-12", "18-29", "75+", "unknown")
    assert index == [2, 0, 1, 3, 1, 3]


def test_unknown_as_text_and_as_nothing_are_one_group() -> None:
    assert groups_of(pa.array(["unknown", None, ""])) == (("unknown",), [0, 0, 0])


def test_chunks_with_dictionaries_of_their_own_are_one_column() -> None:
    column = pa.chunked_array([["b", "a"], ["c", "a"]])
    assert groups_of(column) == (("a", "b", "c"), [1, 0, 2, 0])


def test_a_column_of_nulls_is_unknown() -> None:
    assert groups_of(pa.array([None, None], pa.string())) == (("unknown",), [0, 0])


@pytest.mark.parametrize("values", [["1²", "12", "1"], ["a1", "1a", "a", "٣"]])
def test_any_text_can_be_ordered(values: list[str]) -> None:
    names, index = groups_of(pa.array(values))
    assert sorted(names) == sorted(values)
    assert [names[i] for i in np.array(index)] == values


def test_numbers_spelled_in_two_ways_stand_in_one_order() -> None:
    names = ["1", "01", "1.0", "001"]
    assert groups_of(pa.array(names))[0] == groups_of(pa.array(names[::-1]))[0] == ("001", "01", "1", "1.0")


def test_axes_are_the_attributes_without_their_prefix() -> None:
    table = pa.table({"sample_id": ["a"], "attr.sex": ["f"], "ctx.snr": [1.0], "attr.age": [3.0]})
    assert axes_of(table) == ("sex", "age")


def test_an_attribute_that_is_not_there_is_named() -> None:
    with pytest.raises(HarnessError, match=r"no attribute 'race'.*sex"):
        group_samples(pa.table({"attr.sex": ["f"]}), "race")
