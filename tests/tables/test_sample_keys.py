"""By what samples of several runs are matched."""

from __future__ import annotations

import pyarrow as pa
import pytest

from harness.tables.sample_keys import file_name, key_column


@pytest.mark.parametrize(
    ("sample_id", "name"),
    [
        ("AudioWAV/1001_IEO_ANG_HI.wav", "1001_IEO_ANG_HI"),
        ("AudioWAV/1001_IEO_ANG_HI.wav#0-500", "1001_IEO_ANG_HI#0-500"),
        ("1001", "1001"),
        ("a.b/c.d.flv", "c.d"),
    ],
)
def test_a_file_is_named_without_folder_and_extension(sample_id: str, name: str) -> None:
    assert file_name(sample_id) == name


def test_a_key_is_a_column_or_the_name_of_the_file() -> None:
    samples = pa.table({"sample_id": ["v/1.wav", "v/2.wav"], "ctx.clip": ["x", "y"]})
    assert key_column(samples, "ctx.clip").to_pylist() == ["x", "y"]
    assert key_column(samples, "name").to_pylist() == ["1", "2"]
