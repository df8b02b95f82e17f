from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sounds_made import RATE_HZ, changed, folder_of, level_db, voice

from harness.conditions.room_acoustics import (
    Room,
    _Images,
    _reflection,
    _response,
    drr_db,
    impulse_response,
    rt60_s,
)
from harness.conditions.rooms import ROOMS
from harness.signals.media import Audio


@pytest.mark.parametrize(("wanted_s", "level_db"), [(0.3, 6.0), (1.0, 0.0), (1.5, -6.0)])
def test_decay_and_ratio_are_measured_as_they_are(wanted_s: float, level_db: float) -> None:
    """An exponential decay whose values are known by hand."""
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    energy = 10 ** (-6 * time_s / wanted_s)
    late = energy[round(0.0025 * RATE_HZ) :].sum()
    energy[: round(0.0025 * RATE_HZ)] = 0
    energy[0] = late * 10 ** (level_db / 10)
    assert rt60_s(energy, RATE_HZ) == pytest.approx(wanted_s, rel=0.01)
    assert drr_db(energy, RATE_HZ) == pytest.approx(level_db, abs=1e-6)


@pytest.mark.parametrize("severity", sorted(ROOMS))
@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_rooms_have_the_decay_and_the_ratio_that_they_state(severity: int, place: int) -> None:
    room = ROOMS[severity]
    energy = impulse_response(room, np.random.default_rng(place), RATE_HZ) ** 2
    assert rt60_s(energy, RATE_HZ) == pytest.approx(room.rt60_s, rel=0.06)
    assert drr_db(energy, RATE_HZ) == pytest.approx(room.drr_db, abs=1.0)
    assert energy.argmax() == 0


@pytest.mark.parametrize(
    ("room", "listener", "source", "absorption", "decay_s"),
    [
        (ROOMS[3], (3.0, 2.5, 1.5), (5.0, 3.0, 1.6), 0.202, 0.737),
        (ROOMS[2], (2.0, 2.0, 1.2), (3.0, 2.5, 1.2), 0.210, 0.492),
        (Room((5.0, 5.0, 5.0), 0.5, 0.0), (2.0, 2.5, 1.5), (3.5, 3.0, 2.6), 0.251, 0.504),
    ],
)
def test_walls_and_decay_agree_with_pyroomacoustics(
    room: Room,
    listener: tuple[float, ...],
    source: tuple[float, ...],
    absorption: float,
    decay_s: float,
) -> None:
    """T30 of the same rooms with the same walls by pyroomacoustics 0.10.1 (image-source model, order 70)."""
    images = _Images.of(room, np.array(listener), np.array(source), 0)
    found = 1 - _reflection(images, room.rt60_s) ** 2
    assert found == pytest.approx(absorption, abs=0.002)
    assert room.rt60_s == pytest.approx(decay_s, rel=0.06)
    # In a diffuse field the ratio follows from absorbing area and distance (Kuttruff, Room Acoustics, ch. 5).
    length, width, height = room.size_m
    surface = 2 * (length * width + length * height + width * height)
    squared_m = np.sum((np.array(source) - np.array(listener)) ** 2)
    diffuse_db = 10 * np.log10(surface * found / (1 - found) / (16 * np.pi * squared_m))
    assert drr_db(_response(images, np.sqrt(1 - found), RATE_HZ) ** 2, RATE_HZ) == pytest.approx(
        diffuse_db, abs=0.8
    )


def test_a_first_reflection_arrives_when_and_as_loud_as_geometry_says() -> None:
    room = Room((20.0, 20.0, 20.0), 0.3, 0.0)
    listener, source = np.array([10.0, 10.0, 1.0]), np.array([14.0, 10.0, 1.0])
    images = _Images.of(room, listener, source, 0)
    order = np.argsort(images.time_s)
    assert images.reflections[order[:2]].tolist() == [0, 1]
    floor_m = np.hypot(4.0, 2.0)
    assert images.time_s[order[1]] * 343 == pytest.approx(floor_m - 4.0, abs=0.08)
    assert images.amplitude[order[1]] == pytest.approx(4.0 / floor_m, rel=0.03)


@pytest.mark.parametrize("severity", sorted(ROOMS))
def test_speech_in_a_room_keeps_level_and_length_and_is_not_delayed(severity: int) -> None:
    speech = voice(2.0)
    heard = changed(f"voice/room@{severity}", speech).waveform
    assert len(heard) == len(speech.waveform)
    assert level_db(heard) == pytest.approx(level_db(speech.waveform), abs=1e-3)
    click = np.zeros(RATE_HZ, np.float32)
    click[4_000] = 0.5
    answer = np.abs(changed(f"voice/room@{severity}", Audio(click, RATE_HZ)).waveform)
    assert answer.argmax() == 4_000
    assert answer[:3_960].max() < 0.02 * answer.max()


def test_samples_are_in_one_of_four_places() -> None:
    heard = [changed("voice/room@1", voice(0.3), seed=seed).waveform.tobytes() for seed in range(40)]
    assert len(set(heard)) == 4


def test_impulse_responses_of_the_user_are_heard_from_their_direct_sound_on(tmp_path: Path) -> None:
    response = np.zeros(4_000)
    response[500], response[1_300] = 0.8, 0.4
    folder = folder_of({"hall.wav": response}, tmp_path)
    speech = voice(1.0, peak=0.3)
    heard = changed("voice/impulse_response", speech, folder).waveform.astype(float)
    expected = speech.waveform + 0.5 * np.pad(speech.waveform, (800, 0))[: len(speech.waveform)]
    expected *= 10 ** ((level_db(speech.waveform) - level_db(expected)) / 20)
    np.testing.assert_allclose(heard, expected, atol=1e-5)
