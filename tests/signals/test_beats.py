"""Beats found in waves whose beats are known."""

from __future__ import annotations

import numpy as np
import pytest

from harness.arrays import Floats
from harness.datasets.simulated.physiology import Body, State, heartbeats, simulate
from harness.datasets.simulated.population import generator
from harness.signals.beats import detect_beats
from harness.signals.hrv import time_domain
from harness.signals.media import Beats, Channel

TOLERANCE_S = 0.05


def f1(found_s: Floats, true_s: Floats) -> float:
    """F1 of beats within the tolerance, one to one."""
    near = np.abs(found_s[:, None] - true_s)
    hits = min(int((near.min(axis=1) <= TOLERANCE_S).sum()), int((near.min(axis=0) <= TOLERANCE_S).sum()))
    return 2 * hits / (len(found_s) + len(true_s))


def recovered(seed: int, *, walking: bool) -> float:
    """F1 on one simulated minute. The first beat closes no interval and is not looked for."""
    body = Body.draw(generator(seed, "body"))
    state = State(stress=0.0, walking=walking)
    true_s = heartbeats(body, 0.0, walking, 60.0, generator(seed, "window"))
    window = simulate(body, state, 60.0, generator(seed, "window"), deliver_beats=False)
    inside = true_s[(true_s >= 0) & (true_s < 60)]
    return f1(detect_beats(window.channels["bvp"]).time_s, inside[1:])


def test_recovers_the_beats_at_rest_and_fewer_in_movement() -> None:
    rest = [recovered(seed, walking=False) for seed in range(20)]
    walk = [recovered(seed, walking=True) for seed in range(20)]
    assert np.mean(rest) > 0.98
    assert min(rest) > 0.95
    assert np.mean(walk) < 0.85


def test_rmssd_of_detected_beats_is_near_the_true_one() -> None:
    for seed in range(5):
        body = Body.draw(generator(seed, "body"))
        state = State(stress=0.0, walking=False)
        found = detect_beats(
            simulate(body, state, 120.0, generator(seed, "w"), deliver_beats=False).channels["bvp"]
        )
        true = simulate(body, state, 120.0, generator(seed, "w"), deliver_beats=True).beats
        assert true is not None
        span = np.array([0.0]), np.array([120.0])
        assert time_domain(found, *span).rmssd[0] == pytest.approx(time_domain(true, *span).rmssd[0], rel=0.1)


def ecg(beat_s: Floats, rate_hz: float, duration_s: float) -> Floats:
    """QRS complexes of 1 mV with broad T waves."""
    since = np.arange(round(duration_s * rate_hz)) / rate_hz - beat_s[:, None]
    qrs = np.exp(-0.5 * (since / 0.012) ** 2) - 0.25 * np.exp(-0.5 * ((since - 0.03) / 0.012) ** 2)
    wave: Floats = (qrs + 0.3 * np.exp(-0.5 * ((since - 0.3) / 0.05) ** 2)).sum(axis=0)
    return wave


def test_recovers_the_beats_of_an_ecg() -> None:
    rng = np.random.default_rng(0)
    beat_s = 0.5 + np.cumsum(rng.normal(0.8, 0.05, 80))
    wave = ecg(beat_s, 250.0, 60.0) + rng.normal(0, 0.03, 15_000) + 0.5 * np.sin(np.arange(15_000) / 800)
    found = detect_beats(Channel(wave, 250.0), "ecg")
    assert f1(found.time_s, beat_s[beat_s < 60][1:]) > 0.99


def test_noise_after_the_last_beat_is_not_beats() -> None:
    rng = np.random.default_rng(0)
    beat_s = np.arange(0.5, 50.0, 0.8)
    found = detect_beats(Channel(ecg(beat_s, 250.0, 60.0) + rng.normal(0, 0.02, 15_000), 250.0), "ecg")
    assert found.time_s[-1] < 50.0


def test_missing_stretch_becomes_a_gap() -> None:
    body = Body.draw(generator(0, "body"))
    window = simulate(body, State(0.0, False), 60.0, generator(0, "w"), deliver_beats=False)
    values = window.channels["bvp"].values.copy()
    values[20 * 64 : 25 * 64] = np.nan
    found = detect_beats(Channel(values, 64.0))
    opened = found.time_s - found.interval_ms / 1000
    assert not ((found.time_s > 20) & (opened < 25)).any()
    assert len(found.time_s) > 30


@pytest.mark.parametrize(
    ("values", "rate_hz"),
    [
        (np.zeros(3840), 64.0),
        (np.full(3840, np.nan), 64.0),
        (np.full(3840, np.inf), 64.0),
        (np.empty(0), 64.0),
        (np.sin(np.arange(100)), 64.0),
        (np.sin(np.arange(600)), 10.0),
        (np.where(np.arange(3840) < 2500, np.nan, np.sin(np.arange(3840) / 10)), 64.0),
    ],
    ids=["flat", "missing", "infinite", "empty", "short", "slow", "mostly missing"],
)
def test_no_beats_where_there_is_no_signal(values: Floats, rate_hz: float) -> None:
    found = detect_beats(Channel(values, rate_hz))
    assert isinstance(found, Beats)
    assert len(found.time_s) == len(found.interval_ms) == 0


def test_jerks_of_the_arm_hide_no_beats_beside_them() -> None:
    """Every 5 s a jerk ten times as high as the pulse, in a pulse of 75 beats per minute."""
    time_s = np.arange(60 * 64) / 64
    beat_s = np.arange(0.4, 60, 0.8)
    pulse = np.exp(-0.5 * ((time_s - beat_s[:, None]) / 0.1) ** 2).sum(axis=0)
    jerk_s = np.arange(2.0, 60, 5.0)
    wave = pulse + 10 * np.exp(-0.5 * ((time_s - jerk_s[:, None]) / 0.15) ** 2).sum(axis=0)
    found = detect_beats(Channel(wave, 64.0))
    away = beat_s[np.abs(beat_s - jerk_s[:, None]).min(axis=0) > 0.9]
    recalled = np.abs(found.time_s - away[:, None]).min(axis=1) <= TOLERANCE_S
    assert len(away) == 48
    assert recalled[1:].all()


def test_a_change_of_contact_hides_no_beats() -> None:
    time_s = np.arange(60 * 64) / 64
    beat_s = np.arange(0.4, 60, 0.8)
    wave = np.exp(-0.5 * ((time_s - beat_s[:, None]) / 0.1) ** 2).sum(axis=0) * np.where(time_s < 30, 1.0, 0.35)
    found = detect_beats(Channel(wave, 64.0))
    assert f1(found.time_s, beat_s[1:]) > 0.98
