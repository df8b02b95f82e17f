from __future__ import annotations

import numpy as np

from harness.models.networks.like_length import of_like_length


def test_parts_of_like_length_hold_every_clip_once_and_little_padding() -> None:
    lengths = np.random.default_rng(0).integers(100, 5_000, 200).tolist()
    parts = list(of_like_length(lengths))
    assert sorted(place for part in parts for place in part) == list(range(200))
    for part in parts:
        assert max(lengths[place] for place in part) * len(part) <= 1.25 * sum(lengths[place] for place in part)
    assert len(parts) < 20
    assert [max(lengths[place] for place in part) for part in parts] == sorted(
        max(lengths[place] for place in part) for part in parts
    )


def test_equal_clips_are_one_part_and_places_keep_their_order() -> None:
    assert list(of_like_length([7] * 5)) == [[0, 1, 2, 3, 4]]
    assert list(of_like_length([5, 1, 5])) == [[1], [0, 2]]
    assert list(of_like_length([])) == []


def test_a_long_clip_is_alone_and_a_part_is_bounded() -> None:
    assert list(of_like_length([50, 10, 10, 10], most_values=20)) == [[1, 2], [3], [0]]


def test_without_padding_only_equal_clips_go_together() -> None:
    assert list(of_like_length([5, 4, 5, 6, 4], most_padding=0.0)) == [[1, 4], [0, 2], [3]]
