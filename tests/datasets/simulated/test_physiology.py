"""A simulated body whose swings and noise are known: rates, shapes and what a device delivers, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.datasets.simulated.physiology import Body, State, heartbeats, simulate
from harness.signals.media import Recording

CALM = Body(
    heart_rate=60.0,
    breath_swing=0.0,
    slow_swing=0.0,
    breath_hz=0.25,
    conductance=2.0,
    response_rate=0.0,
    temperature=33.0,
    reactivity=1.0,
)
REST, STRESS, WALK = State(0.0, False), State(1.0, False), State(0.0, True)


def made(body: Body, state: State, seconds: float = 60.0, seed: int = 0, beats: bool = True) -> Recording:
    return simulate(body, state, seconds, np.random.default_rng(seed), deliver_beats=beats)


def mean_rate(body: Body, stress: float, walking: bool) -> float:
    """Beats per minute over 40 windows of a minute: the rate itself varies by 3 % from window to window."""
    rates = []
    for seed in range(40):
        beat_s = heartbeats(body, stress, walking, 60.0, np.random.default_rng(seed))
        inside = beat_s[(beat_s >= 0) & (beat_s < 60)]
        rates.append(60 * (len(inside) - 1) / (inside[-1] - inside[0]))
    return float(np.mean(rates))


@pytest.mark.parametrize(
    ("stress", "walking", "expected"),
    [(0.0, False, 60.0), (1.0, False, 72.0), (0.5, False, 66.0), (0.0, True, 70.0)],
)
def test_stress_adds_12_beats_a_minute_and_walking_10(stress: float, walking: bool, expected: float) -> None:
    assert mean_rate(CALM, stress, walking) == pytest.approx(expected, abs=1.5)


def test_without_swings_beats_come_evenly_and_with_them_they_follow_the_breath() -> None:
    beat_s = heartbeats(CALM, 0.0, False, 120.0, np.random.default_rng(0))
    assert np.diff(beat_s).std() < 0.005  # 2 ms of jitter on either side
    breathing = heartbeats(replace(CALM, breath_swing=0.1), 0.0, False, 120.0, np.random.default_rng(0))
    assert np.ptp(np.diff(breathing)) == pytest.approx(2 * 0.1 * np.diff(breathing).mean(), rel=0.25)


def test_stress_calms_the_swings() -> None:
    swinging = replace(CALM, breath_swing=0.1)
    rest, stressed = (
        np.mean([np.diff(heartbeats(swinging, s, False, 120.0, np.random.default_rng(i))).std() for i in range(8)])
        for s in (0.0, 1.0)
    )
    # Amplitude over 1.9, and intervals shorter by 60 / 72.
    assert stressed / rest == pytest.approx(1 / 1.9 * 60 / 72, rel=0.12)


def test_reactivity_scales_what_stress_does() -> None:
    """0.7 °C a unit of stress, and 0.04 in the mean of a minute's slope; 0.3 °C vary from window to window."""
    cold = [
        np.mean(
            [made(replace(CALM, reactivity=r), STRESS, seed=s).channels["temperature"].values for s in range(150)]
        )
        for r in (0.5, 1.5)
    ]
    assert cold[0] - cold[1] == pytest.approx(0.74, abs=0.1)


def test_one_response_rises_for_1_6_seconds_and_is_halved_3_seconds_later() -> None:
    """The last skin response of a window is a Bateman function: its shape is read off a window with one alone."""
    body = replace(CALM, response_rate=0.4)
    for seed in range(200):
        values = made(body, REST, seed=seed).channels["eda"].values
        drift = np.polyval(np.polyfit([0, len(values) - 1], values[[0, -1]], 1), np.arange(len(values)))
        bump = values - drift
        peak = int(bump.argmax())
        begin = np.flatnonzero(bump[:peak] < 0.03 * bump[peak])
        if (
            not (bump[peak] > 0.15 and 20 < peak < 160 and len(begin))
            or bump[peak + 60 :].max() > 0.1 * bump[peak]
        ):
            continue
        assert (peak - begin[-1]) / 4 == pytest.approx(1.6, abs=0.6)
        half = np.flatnonzero(bump[peak:] < bump[peak] / 2)[0]
        assert half / 4 == pytest.approx(3.0, abs=0.6)
        return
    raise AssertionError("no window with a single response was found")


def test_without_responses_conductance_is_a_level_with_a_slope() -> None:
    levels = [made(CALM, REST, seed=seed).channels["eda"].values for seed in range(60)]
    assert np.mean([v[0] for v in levels]) == pytest.approx(2.0 * np.exp(0.1**2 / 2), rel=0.05)
    residual = [v - np.polyval(np.polyfit(np.arange(240), v, 1), np.arange(240)) for v in levels]
    assert np.std(residual) == pytest.approx(0.002, rel=0.1)


def test_gravity_is_one_g_and_steps_swing_it() -> None:
    still = np.linalg.norm(made(CALM, REST).channels["acceleration"].values, axis=1)
    assert (still.mean(), still.std()) == (pytest.approx(1.0, abs=0.002), pytest.approx(0.005, rel=0.2))
    walking = np.linalg.norm(made(CALM, WALK).channels["acceleration"].values, axis=1)
    spectrum = np.abs(np.fft.rfft(walking - walking.mean()))
    assert np.fft.rfftfreq(len(walking), 1 / 32)[spectrum.argmax()] == pytest.approx(1.9, abs=0.02)


def test_a_device_delivers_intervals_between_neighbours_that_it_saw_clearly() -> None:
    beats = made(CALM, REST).beats
    assert beats is not None
    np.testing.assert_allclose(np.diff(beats.time_s) * 1000, beats.interval_ms[1:], atol=1e-9)
    assert ((beats.time_s >= 0) & (beats.time_s < 60)).all()
    walked = made(CALM, WALK).beats
    assert walked is not None
    assert 0 < len(walked.time_s) < 0.7 * len(beats.time_s)
    assert np.diff(walked.time_s).max() > 2  # a bout of steps leaves a gap
    assert made(CALM, REST, beats=False).beats is None
