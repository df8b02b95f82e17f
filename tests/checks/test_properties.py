from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from harness.checks.properties import context_properties, file_properties, time_property
from harness.tables.samples import samples_table


def samples(**columns: list[object]) -> pa.Table:
    fixed = {"modality": "voice", "subject_id": "p", "label": "fear", "label_source": "acted"}
    num = len(next(iter(columns.values())))
    return samples_table(
        [
            {"sample_id": f"s{i}", **fixed, **{name: values[i] for name, values in columns.items()}}
            for i in range(num)
        ]
    )


def test_text_is_counted_and_empty_cells_are_a_value() -> None:
    (room,) = context_properties(samples(**{"ctx.room": ["lab", "hall", None, "lab"], "attr.sex": ["m"] * 4}))
    assert room.name == "ctx.room"
    assert [room.values[code] for code in room.code] == ["lab", "hall", "unknown", "lab"]
    assert room.varies()
    assert not room.measured


def test_numbers_with_many_values_are_binned_evenly() -> None:
    numbers = [*np.random.default_rng(0).permutation(800).astype(float), float("nan"), None]
    (noise,) = context_properties(samples(**{"ctx.snr": numbers}))
    assert noise.measured
    assert np.bincount(noise.code).tolist() == [100] * 8 + [2]
    assert (noise.values[0], noise.values[-1]) == ("under 99.9", "unknown")
    flags, whole = context_properties(samples(**{"ctx.flag": [True, False] * 4, "ctx.take": [1, 2, 3, 4] * 2}))
    assert not flags.measured
    assert not whole.measured
    assert set(whole.values) == {"1", "2", "3", "4", "other"}


def test_rare_texts_count_as_one() -> None:
    (note,) = context_properties(samples(**{"ctx.note": [f"note {i}" for i in range(300)]}))
    assert note.code.max() == 200
    assert (note.code == 200).sum() == 100


def test_length_and_place_come_from_the_samples_and_the_rest_from_the_media() -> None:
    table = samples(start_s=[0.0, 1.0, 2.0], end_s=[1.0, 3.0, 2.5])
    found = {p.name: p for p in file_properties(table, None)}
    assert [found["duration_s"].values[c] for c in found["duration_s"].code] == ["1.0", "2.0", "0.5"]
    assert time_property(table).varies()
    media = pa.table(
        {"sample_id": ["s2", "s0", "s1"], "loudness_db": [-3.0, -1.0, None], "content": ["c", "a", "b"]}
    )
    loudness, *others = file_properties(table, media)
    assert [loudness.values[code] for code in loudness.code] == ["-1.0", "unknown", "-3.0"]
    assert [p.name for p in others] == ["duration_s"]


@pytest.mark.parametrize("media", [None, pa.table({"sample_id": pa.array([], pa.string())})])
def test_nothing_known_does_not_vary(media: pa.Table | None) -> None:
    table = samples(uri=["a", "b"])
    assert not any(p.varies() for p in [*file_properties(table, media), time_property(table)])
