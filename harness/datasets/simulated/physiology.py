"""The signals of a simulated body: heart, skin, movement, in the units and at the rates of an Empatica E4.

Values are of plausible size, not fitted to people. The heart is an integral pulse frequency modulator (Mateo and
Laguna 2000, IEEE Trans Biomed Eng 47:985-996): heart rate varies with breathing (respiratory sinus arrhythmia)
and with the 10 s rhythm of blood pressure, and a beat occurs whenever its integral has grown by one.
Skin-conductance responses are Bateman functions (Alexander et al. 2005, J Neurosci Methods 146:116-123) at random
times.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from harness.arrays import Floats
from harness.signals.media import UNITS, Beats, Channel, Recording

BVP_HZ, ACCELERATION_HZ, EDA_HZ, TEMPERATURE_HZ = 64.0, 32.0, 4.0, 4.0
STEP_HZ = 1.9
LEAD_S = 20.0
"""Simulation begins this long before the window, so that the start of the window is like its middle."""


@dataclass(frozen=True, kw_only=True)
class Body:
    """The physiology of a person at rest, and how strongly it responds to stress.

    Attributes:
        heart_rate: beats per minute.
        breath_swing: amplitude of the respiratory sinus arrhythmia as a share of the heart rate.
        slow_swing: the same of the 10 s rhythm.
        breath_hz: breathing rate.
        conductance: tonic skin conductance, µS.
        response_rate: skin-conductance responses per minute.
        temperature: skin temperature, °C.
        reactivity: 1 on average; scales all effects of stress.
    """

    heart_rate: float
    breath_swing: float
    slow_swing: float
    breath_hz: float
    conductance: float
    response_rate: float
    temperature: float
    reactivity: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Body:
        """Draw a person."""
        return cls(
            heart_rate=float(np.clip(rng.normal(68.0, 8.0), 48.0, 95.0)),
            breath_swing=0.045 * float(np.exp(rng.normal(0.0, 0.35))),
            slow_swing=0.03 * float(np.exp(rng.normal(0.0, 0.35))),
            breath_hz=float(np.clip(rng.normal(0.25, 0.03), 0.16, 0.34)),
            conductance=1.5 * float(np.exp(rng.normal(0.0, 0.6))),
            response_rate=3.0 * float(np.exp(rng.normal(0.0, 0.35))),
            temperature=float(rng.normal(32.5, 1.0)),
            reactivity=float(np.clip(rng.normal(1.0, 0.3), 0.2, 1.8)),
        )


@dataclass(frozen=True)
class State:
    """What the person does: `stress` from 0 (none) to 1, and whether they walk."""

    stress: float
    walking: bool


def simulate(
    body: Body, state: State, duration_s: float, rng: np.random.Generator, *, deliver_beats: bool
) -> Recording:
    """Make one window. All randomness comes from `rng`."""
    stress = state.stress * body.reactivity
    beat_s = heartbeats(body, stress, state.walking, duration_s, rng)
    spoiled = _spoiled_frames(state.walking, duration_s, rng)
    channels = {
        "bvp": Channel(_pulse_wave(beat_s, spoiled, duration_s, rng), BVP_HZ),
        "eda": Channel(_skin_conductance(body, stress, duration_s, rng), EDA_HZ),
        "temperature": Channel(_temperature(body, stress, duration_s, rng), TEMPERATURE_HZ),
        "acceleration": Channel(_acceleration(state.walking, duration_s, rng), ACCELERATION_HZ),
    }
    channels = {name: replace(channel, unit=UNITS[name]) for name, channel in channels.items()}
    delivered = _delivered(beat_s, spoiled, duration_s) if deliver_beats else None
    return Recording(duration_s, channels, delivered)


def heartbeats(body: Body, stress: float, walking: bool, duration_s: float, rng: np.random.Generator) -> Floats:
    """True beat times in seconds, from the lead time before the window to a little after its end."""
    time_s = np.arange(-LEAD_S, duration_s + 3.0, 1.0 / BVP_HZ)
    mean_rate = body.heart_rate * float(np.exp(rng.normal(0.0, 0.03))) + 12.0 * stress + 10.0 * walking
    calm = 1.0 / (1.0 + 0.9 * stress + 0.5 * walking)
    breath = _wander(body.breath_hz * (1.0 + 0.2 * stress), 0.03, time_s, rng)
    slow = _wander(0.1, 0.02, time_s, rng)
    swing = calm * (body.breath_swing * breath + body.slow_swing * slow)
    phase = np.cumsum(mean_rate / 60.0 * (1.0 + swing)) / BVP_HZ
    beat_s = np.interp(np.arange(np.ceil(phase[0]), phase[-1]), phase, time_s)
    jitter: Floats = beat_s + rng.normal(0.0, 0.002, len(beat_s))
    return jitter


def _wander(frequency_hz: float, spread_hz: float, time_s: Floats, rng: np.random.Generator) -> Floats:
    """A sine of amplitude 1 whose frequency drifts around its mean, as breathing does."""
    step = time_s[1] - time_s[0]
    knots = np.arange(time_s[0], time_s[-1] + 5.0, 5.0)
    frequency = np.interp(time_s, knots, rng.normal(frequency_hz, spread_hz, len(knots)))
    wave: Floats = np.sin(2 * np.pi * (rng.random() + np.cumsum(frequency) * step))
    return wave


def _spoiled_frames(walking: bool, duration_s: float, rng: np.random.Generator) -> Floats:
    """How strongly movement shakes the sensor, per frame of the pulse wave: bouts of a few seconds."""
    num_frames = round(duration_s * BVP_HZ)
    knots = rng.random(int(duration_s // 4) + 2)
    bouts = np.interp(np.arange(num_frames) / BVP_HZ, np.arange(len(knots)) * 4.0, knots)
    strength: Floats = np.where(bouts > 0.45, bouts, 0.0) if walking else np.zeros(num_frames)
    return strength


def _pulse_wave(beat_s: Floats, spoiled: Floats, duration_s: float, rng: np.random.Generator) -> Floats:
    """Each beat adds a systolic peak and, after it, a dicrotic wave; steps add their own rhythm."""
    time_s = np.arange(round(duration_s * BVP_HZ)) / BVP_HZ
    following = np.searchsorted(beat_s, time_s, side="right")
    wave = np.zeros(len(time_s))
    for neighbour in (-2, -1, 0):
        since = time_s - beat_s[following + neighbour]
        width = np.where(since < 0, 0.07, 0.11)
        wave += np.exp(-0.5 * (since / width) ** 2) + 0.3 * np.exp(-0.5 * ((since - 0.3) / 0.07) ** 2)
    steps = np.sin(2 * np.pi * (rng.random() + STEP_HZ * time_s)) + 0.5 * rng.standard_normal(len(time_s))
    drift = 0.2 * _wander(0.05, 0.02, time_s, rng)
    noise = 0.02 * rng.standard_normal(len(time_s))
    return wave + drift + noise + 1.2 * spoiled * steps


def _delivered(beat_s: Floats, spoiled: Floats, duration_s: float) -> Beats:
    """What a careful device delivers: the intervals between neighbouring beats that were both clearly seen."""
    inside = np.flatnonzero((beat_s >= 0.0) & (beat_s < duration_s))
    frame = np.minimum((beat_s[inside] * BVP_HZ).astype(np.intp), len(spoiled) - 1)
    clear = spoiled[frame] == 0.0
    kept = clear & np.concatenate([[False], clear[:-1]])
    time_s = beat_s[inside]
    return Beats(time_s[kept], (time_s - beat_s[inside - 1])[kept] * 1000.0)


def _skin_conductance(body: Body, stress: float, duration_s: float, rng: np.random.Generator) -> Floats:
    time_s = np.arange(round(duration_s * EDA_HZ)) / EDA_HZ
    level = body.conductance * np.exp(0.35 * stress + rng.normal(0.0, 0.1))
    slope = body.conductance * (0.06 * stress - 0.03 + rng.normal(0.0, 0.03)) / 60.0
    minutes = (duration_s + LEAD_S) / 60.0
    num_responses = rng.poisson(body.response_rate * (1.0 + 1.5 * stress) * minutes)
    onset_s = rng.uniform(-LEAD_S, duration_s, num_responses)
    height = 0.12 * body.conductance * np.exp(rng.normal(0.3 * stress, 0.5, num_responses))
    responses = height[:, None] * _response(time_s - onset_s[:, None])
    conductance: Floats = level + slope * time_s + responses.sum(axis=0) + rng.normal(0.0, 0.002, len(time_s))
    return np.maximum(conductance, 0.05)


def _response(since_s: Floats) -> Floats:
    """A skin-conductance response of height 1: it rises for 1.6 s and falls to half within 3 s."""
    rise_s, decay_s = 0.75, 3.5
    peak_s = np.log(decay_s / rise_s) * rise_s * decay_s / (decay_s - rise_s)
    top = np.exp(-peak_s / decay_s) - np.exp(-peak_s / rise_s)
    running = np.maximum(since_s, 0.0)
    shape: Floats = (np.exp(-running / decay_s) - np.exp(-running / rise_s)) / top
    return shape


def _temperature(body: Body, stress: float, duration_s: float, rng: np.random.Generator) -> Floats:
    time_s = np.arange(round(duration_s * TEMPERATURE_HZ)) / TEMPERATURE_HZ
    level = body.temperature - 0.7 * stress + rng.normal(0.0, 0.3)
    slope = (-0.08 * stress + rng.normal(0.0, 0.05)) / 60.0
    temperature: Floats = level + slope * time_s + rng.normal(0.0, 0.01, len(time_s))
    return temperature


def _acceleration(walking: bool, duration_s: float, rng: np.random.Generator) -> Floats:
    """Gravity in a random direction, and a movement along and across it with each step; g, three axes."""
    time_s = np.arange(round(duration_s * ACCELERATION_HZ)) / ACCELERATION_HZ
    axes = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    swing = 0.25 if walking else 0.0
    angle = 2 * np.pi * (rng.random() + STEP_HZ * time_s)
    along = 1.0 + swing * np.sin(angle)
    across = swing * np.sin(angle / 2)
    noise = (0.05 if walking else 0.005) * rng.standard_normal((len(time_s), 3))
    acceleration: Floats = along[:, None] * axes[0] + across[:, None] * axes[1] + noise
    return acceleration
