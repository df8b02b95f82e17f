"""Hashes of texts, against those of pandas."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from harness.tables.text_hashes import text_hashes


def of_pandas(texts: list[str]) -> np.ndarray:
    from pandas.util import hash_array

    found: np.ndarray = hash_array(np.array(texts, dtype=object), categorize=False)
    return found


@pytest.mark.parametrize("unit", ["a", "é", "表", "🙂", "\x00", "a\x00"])
def test_hashes_of_every_length_are_those_of_pandas(unit: str) -> None:
    texts = [unit * num for num in range(70)]
    np.testing.assert_array_equal(text_hashes(pa.chunked_array([texts])), of_pandas(texts))


def test_hashes_depend_on_the_text_alone() -> None:
    texts = [f"clips/{'x' * (index % 37)}{index}.jpg" for index in range(30_000)]
    expected = of_pandas(texts)
    whole = pa.chunked_array([texts])
    np.testing.assert_array_equal(text_hashes(whole), expected)
    np.testing.assert_array_equal(text_hashes(whole.slice(11, 20_001)), expected[11:20_012])
    split = pa.chunked_array([pa.array(texts[:7]).slice(2, 3), pa.array(texts[100:103])])
    np.testing.assert_array_equal(text_hashes(split), np.concatenate([expected[2:5], expected[100:103]]))
    np.testing.assert_array_equal(text_hashes(whole.combine_chunks().dictionary_encode()), expected)


def test_there_may_be_no_texts_and_empty_ones() -> None:
    assert text_hashes(pa.chunked_array([[]], pa.string())).tolist() == []
    np.testing.assert_array_equal(text_hashes(pa.chunked_array([["", ""]])), of_pandas(["", ""]))
