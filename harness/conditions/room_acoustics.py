"""Rooms by the image-source method: the sound of a source in a box, as its mirror images in the walls.

After Allen & Berkley (1979, doi:10.1121/1.382599). Images are moved by up to 8 cm at random, without which their
even grid is heard as a chirp (De Sena et al. 2015, IEEE/ACM TASLP 23, 774-786). The walls are chosen so that
the decay, and the distance so that the ratio of direct to reverberant energy, have the values that are asked for:
both are measured on what was made, as they would be in a real room.

Shapes: I images, B bins of time, R reflections.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, signal

from harness.arrays import Floats
from harness.signals.resampling import resampled

SPEED_OF_SOUND_M_S = 343.0
DIRECT_S = 0.0025
"""What arrives so soon after the direct sound counts with it (Naylor & Gaubitch 2010, Speech Dereverberation)."""

GRID_HZ = 64_000
"""Images fall on the samples of this rate, before the response is brought to the rate of the recording."""

_JITTER_M = 0.08
_LOWEST_HZ = 40.0
"""Images of the same sign add up at low frequencies, where rooms have no such gain (Allen & Berkley)."""

_BIN_S = 0.001
_DISTANCES = 8
"""Steps towards the ratio of direct to reverberant energy."""


@dataclass(frozen=True)
class Room:
    """A box with a decay and a ratio that a source in it has at a listener.

    Attributes:
        size_m: length, width, height.
        rt60_s: seconds in which the energy falls by 60 dB.
        drr_db: ratio of direct to reverberant energy.
    """

    size_m: tuple[float, float, float]
    rt60_s: float
    drr_db: float

    def __str__(self) -> str:
        size = " x ".join(f"{side:g}" for side in self.size_m)
        return f"RT60 {self.rt60_s:g} s, DRR {self.drr_db:+g} dB, room of {size} m"


def impulse_response(room: Room, rng: np.random.Generator, rate_hz: int) -> Floats:
    """The response from a random place to a listener, from the arrival of the direct sound on; that is 1 at 0 s.

    Args:
        room: with what is asked for.
        rng: of the places.
        rate_hz: of the response.
    """
    size = np.array(room.size_m)
    listener = size * rng.uniform(0.35, 0.65, 3)
    azimuth = rng.uniform(0, 2 * np.pi)
    direction = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
    seed = int(rng.integers(2**32))
    distance_m = 1.0
    for _ in range(_DISTANCES):
        images = _Images.of(room, listener, _inside(size, listener + distance_m * direction), seed)
        reflection = _reflection(images, room.rt60_s)
        found_db = drr_db(images.energy(reflection), 1 / _BIN_S)
        if abs(found_db - room.drr_db) < 0.1:
            break
        distance_m = float(np.clip(distance_m * 10 ** ((found_db - room.drr_db) / 20), 0.2, np.linalg.norm(size)))
    return _response(images, reflection, rate_hz)


def rt60_s(response_energy: Floats, rate_hz: float) -> float:
    """The time of a decay by 60 dB, from its part between -5 and -35 dB (T30, ISO 3382-1).

    Args:
        response_energy: squared impulse response.
        rate_hz: of it.
    """
    remaining = np.cumsum(response_energy[::-1])[::-1]
    decay_db = 10 * np.log10(np.maximum(remaining / remaining[0], 1e-12))
    decay_db = np.append(decay_db, [-120.0, -120.0])
    first, last = (int((decay_db > level_db).sum()) for level_db in (-5.0, -35.0))
    last = max(last, first + 2)
    slope, _ = np.polyfit(np.arange(first, last) / rate_hz, decay_db[first:last], 1)
    return float(-60.0 / slope)


def drr_db(response_energy: Floats, rate_hz: float) -> float:
    """The ratio of direct to reverberant energy; the response begins with the direct sound."""
    direct = max(1, round(DIRECT_S * rate_hz))
    return float(10 * np.log10(response_energy[:direct].sum() / response_energy[direct:].sum()))


@dataclass(frozen=True)
class _Images:
    """Mirror images, as they would be heard without losses in the walls.

    Attributes:
        time_s: after the direct sound, shape (I,).
        amplitude: 1 for the direct sound, shape (I,).
        reflections: how often each was reflected, shape (I,).
        histogram: energy by time and reflections, shape (B, R).
    """

    time_s: Floats
    amplitude: Floats
    reflections: np.ndarray
    histogram: Floats

    @classmethod
    def of(cls, room: Room, listener: Floats, source: Floats, seed: int) -> _Images:
        """All images that arrive within 1.2 times the decay."""
        reach_m = SPEED_OF_SOUND_M_S * room.rt60_s * 1.2
        squared, reflections = np.zeros((1, 1, 1)), np.zeros((1, 1, 1), np.int64)
        for axis, side in enumerate(room.size_m):
            number = np.arange(-int(reach_m / side) - 1, int(reach_m / side) + 2)
            place = number * side + np.where(number % 2 == 0, source[axis], side - source[axis])
            shape = [1, 1, 1]
            shape[axis] = len(number)
            squared = squared + ((place - listener[axis]) ** 2).reshape(shape)
            reflections = reflections + np.abs(number).reshape(shape)
        distance_m, num_reflections = np.sqrt(squared).ravel(), reflections.ravel()
        direct_m = float(np.linalg.norm(source - listener))
        moved = np.random.default_rng(seed).uniform(-_JITTER_M, _JITTER_M, len(distance_m))
        distance_m = np.where(num_reflections > 0, np.maximum(distance_m + moved, direct_m), direct_m)
        heard = distance_m - direct_m < reach_m
        distance_m, num_reflections = distance_m[heard], num_reflections[heard]
        time_s = (distance_m - direct_m) / SPEED_OF_SOUND_M_S
        histogram_BR = np.zeros((int(time_s.max() / _BIN_S) + 1, int(num_reflections.max()) + 1))
        np.add.at(histogram_BR, ((time_s / _BIN_S).astype(int), num_reflections), (direct_m / distance_m) ** 2)
        return cls(time_s, direct_m / distance_m, num_reflections, histogram_BR)

    def energy(self, reflection: float) -> Floats:
        """The energy per bin, where every wall returns this share of the amplitude."""
        return np.asarray(self.histogram @ reflection ** (2.0 * np.arange(self.histogram.shape[1])))


def _reflection(images: _Images, wanted_s: float) -> float:
    """The share of the amplitude that walls must return for a decay."""

    def too_long_s(reflection: float) -> float:
        return rt60_s(images.energy(reflection), 1 / _BIN_S) - wanted_s

    return float(optimize.brentq(too_long_s, 0.2, 0.999, xtol=1e-4))


def _response(images: _Images, reflection: float, rate_hz: int) -> Floats:
    at = np.round(images.time_s * GRID_HZ).astype(int)
    weights = images.amplitude * reflection ** images.reflections.astype(float)
    grid = np.bincount(at, weights)
    response = resampled(grid.astype(np.float32), GRID_HZ, rate_hz).astype(np.float64) * (GRID_HZ / rate_hz)
    return np.asarray(signal.sosfilt(signal.butter(2, _LOWEST_HZ, "highpass", fs=rate_hz, output="sos"), response))


def _inside(size: Floats, place: Floats) -> Floats:
    """The place, or its mirror image in the wall that it is behind."""
    return np.clip(size - np.abs(size - np.abs(place)), 0.3, size - 0.3)
