"""What all conditions of recordings share: misplaced beats, and recordings without what is changed."""

from __future__ import annotations

import numpy as np
import pytest
from made_recordings import beats_of, changed, made

from harness.cards import registry
from harness.cards.modality import Modality
from harness.conditions.recordings import misplaced, spread
from harness.errors import Reason, Unscored
from harness.signals.media import Beats, Channel, Recording
from harness.study.assembly import open_condition

FAMILIES = [name for name in registry.BUILT_IN["conditions"] if name.startswith("wearable/")]
NAMES = [
    f"{family}@{severity}" for family in FAMILIES for severity in registry.find("conditions", family).severities
]


@pytest.mark.parametrize("name", NAMES)
def test_the_given_arrays_stay_and_one_seed_gives_one_result(name: str) -> None:
    given, same = made(), made()
    first, again = changed(name, given, 5), changed(name, given, 5)
    for channel in same.channels:
        assert np.array_equal(given.channels[channel].values, same.channels[channel].values)
        assert np.array_equal(first.channels[channel].values, again.channels[channel].values, equal_nan=True)
    assert given.beats is not None
    assert same.beats is not None
    assert np.array_equal(given.beats.time_s, same.beats.time_s)
    assert first.duration_s == given.duration_s
    assert list(first.channels) == list(given.channels)
    assert first.beats is not None
    assert (np.diff(first.beats.time_s) > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_who_can_be_changed_and_who_cannot(name: str) -> None:
    condition = open_condition(name)
    assert {Modality.WEARABLE, Modality.PHYSIOLOGY} == condition.modalities
    assert condition.plain()["label_preserving"] == "assumed"
    nothing = Recording(60.0, {"respiration": Channel(np.zeros(60), 1.0)} if "drift" in name else {})
    with pytest.raises(Unscored) as raised:
        changed(name, nothing)
    assert raised.value.reason == Reason.NOT_APPLICABLE


def test_errors_of_sigma_add_six_sigma_squared_to_rmssd_squared() -> None:
    beats = beats_of(20_000)
    error_ms = 10 * np.random.default_rng(2).standard_normal(20_000)
    found = misplaced(beats, error_ms)
    expected = np.sqrt(np.mean(np.diff(beats.interval_ms) ** 2) + 6 * 10**2)
    assert np.sqrt(np.mean(np.diff(found.interval_ms) ** 2)) == pytest.approx(expected, rel=0.02)
    assert found.time_s - beats.time_s == pytest.approx(error_ms / 1000)
    assert np.diff(found.time_s) * 1000 == pytest.approx(found.interval_ms[1:])


def test_after_a_gap_a_beat_has_no_neighbour_whose_error_it_shares() -> None:
    beats = Beats(np.array([1.0, 2.0, 5.0, 6.0]), np.array([1000.0, 1000, 1000, 1000]))
    found = misplaced(beats, np.array([10.0, 20, 30, 40]))
    assert found.interval_ms.tolist() == [1010, 1010, 1030, 1010]


def test_the_spread_of_each_axis_without_what_is_missing() -> None:
    values = np.array([[1.0, 5.0], [3.0, 5.0], [np.nan, 5.0]])
    assert spread(Channel(values, 1.0)).tolist() == [1.0, 0.0]
    assert spread(Channel(np.array([np.nan, np.nan]), 1.0)) == 0.0
