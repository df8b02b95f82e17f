"""Clips are numbered and counted the same however the samples are split."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from harness.measurement import clips
from harness.measurement.clips import NO_CLIP, ClipNumbers


def cut(num_clips: int, without: int) -> pa.Table:
    """One sample of each of some clips, then samples of other people without a session, then the clips again."""
    people = [f"p{index}" for index in range(num_clips)]
    others = [f"q{index}" for index in range(without)]
    sessions = [*["s"] * num_clips, *[None] * without, *["s"] * num_clips]
    return pa.table({"subject_id": [*people, *others, *people], "session_id": pa.array(sessions, pa.string())})


@pytest.mark.parametrize("length", [100, 5, 2])
def test_samples_without_a_session_do_not_count_as_clips(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    """Three clips are not too many, though there are ten people; whatever the pieces."""
    monkeypatch.setattr(clips, "MAX_CLIPS", 3)
    samples, numbers = cut(3, 7), ClipNumbers()
    found = [numbers.of(samples.slice(start, length)) for start in range(0, samples.num_rows, length)]
    assert np.concatenate(found).tolist() == [0, 1, 2, *[NO_CLIP] * 7, 0, 1, 2]


def test_numbers_of_spans_are_joined_without_those_of_no_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips, "MAX_CLIPS", 3)
    samples, all_numbers = cut(3, 7), ClipNumbers()
    for start in (0, 5, 10):
        numbers = ClipNumbers()
        numbers.of(samples.slice(start, 5))
        joined = all_numbers.add(numbers)
    assert joined.tolist() == [0, 1, 2]
