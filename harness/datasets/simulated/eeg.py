"""Simulated EEG: people who are calm or aroused, with a known truth.

Arousal lowers the alpha rhythm of the back of the head and raises beta over the forehead. People differ in the
frequency and the strength of their alpha rhythm, in their background and in how strongly they respond; none of it
depends on a protected attribute. Blinks are as frequent in both states, unless that is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import Field

from harness.arrays import Floats
from harness.datasets.reader import Sample
from harness.datasets.simulated.population import (
    Person,
    SimulatedOptions,
    SimulatedReader,
    generator,
    shown,
)
from harness.signals.media import Channel, Recording
from harness.signals.montage import TEN_TWENTY
from harness.tables.samples import samples_table

EEG_LABELS = ("calm", "aroused")
RATE_HZ = 128.0
UNIT = "µV"

ALPHA_CHANGE, BETA_CHANGE = -0.4, 0.5
"""What full arousal adds to the amplitudes of a person who responds like the average, as a share of them."""

BLINK_S, BLINK_UV = 0.3, 80.0

_BACK = {
    "O1": 1.0, "O2": 1.0, "P7": 0.8, "P3": 0.8, "Pz": 0.8, "P4": 0.8, "P8": 0.8,
    "C3": 0.4, "Cz": 0.4, "C4": 0.4, "T7": 0.4, "T8": 0.4,
}  # fmt: skip
_FOREHEAD = {"F7": 1.0, "F3": 1.0, "Fz": 1.0, "F4": 1.0, "F8": 1.0, "Fp1": 0.7, "Fp2": 0.7}
_EYES = {"Fp1": 1.0, "Fp2": 1.0, "F7": 0.4, "F3": 0.4, "Fz": 0.4, "F4": 0.4, "F8": 0.4}


class SimulatedEegOptions(SimulatedOptions):
    """The options.

    Attributes:
        window_s: the length of a window in seconds.
        blinks: a minute.
        blinks_aroused: the same of the aroused; None: as of the calm. A value other than `blinks` makes blinking a
            confounder.
    """

    window_s: float = Field(default=20.0, ge=4.0, le=600.0)
    blinks: float = Field(default=12.0, ge=0.0, le=60.0)
    blinks_aroused: float | None = Field(default=None, ge=0.0, le=60.0)


@dataclass(frozen=True)
class Brain:
    """A person's rhythms: alpha's frequency, amplitudes in µV, and how strongly arousal changes them."""

    alpha_hz: float
    alpha: float
    beta: float
    background: float
    reactivity: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Brain:
        """Draw a person."""
        return cls(
            alpha_hz=float(np.clip(rng.normal(10.0, 0.8), 8.5, 12.0)),
            alpha=12.0 * float(np.exp(rng.normal(0.0, 0.3))),
            beta=3.0 * float(np.exp(rng.normal(0.0, 0.25))),
            background=8.0 * float(np.exp(rng.normal(0.0, 0.2))),
            reactivity=float(np.clip(rng.normal(1.0, 0.3), 0.2, 1.8)),
        )


class SimulatedEegReader(SimulatedReader[SimulatedEegOptions]):
    """Windows generated on the fly."""

    Options = SimulatedEegOptions

    def samples(self) -> pa.Table:
        """One row per window, in an order that is drawn for each person; `start_s` is the time in the session.

        Raises:
            HarnessError: the bias names an empty group.
        """
        return samples_table([row for person in self.people() for row in self._rows(person)])

    def load(self, sample: Sample) -> Recording:
        """Make one window; the same row and options give the same bytes in every process."""
        options = self.options
        person = Person.of(sample)
        rng = generator(options.seed, sample["sample_id"])
        seen = shown(person, sample["label"], EEG_LABELS, options.bias, rng)
        brain = Brain.draw(generator(options.seed, "brain", person.subject_id))
        arousal = brain.reactivity * (seen.strength if seen.label == "aroused" else 0.0)
        blinks = options.blinks
        if sample["label"] == "aroused" and options.blinks_aroused is not None:
            blinks = options.blinks_aroused
        return _recording(brain, arousal, options.window_s, blinks, rng)

    def _rows(self, person: Person) -> list[dict[str, Any]]:
        options = self.options
        planned = [(number, label) for number in range(options.samples_per_class) for label in EEG_LABELS]
        drawn = generator(options.seed, "order", person.subject_id).permutation(len(planned))
        order = [planned[place] for place in drawn]
        return [
            {
                "sample_id": f"simulated/{person.subject_id}/{label}-{number + 1}",
                "modality": "eeg",
                "start_s": place * options.window_s,
                "end_s": (place + 1) * options.window_s,
                "subject_id": person.subject_id,
                "label": label,
                "label_source": self.card.label_source,
                **person.attributes(),
            }
            for place, (number, label) in enumerate(order)
        ]


def _recording(
    brain: Brain, arousal: float, window_s: float, blinks: float, rng: np.random.Generator
) -> Recording:
    num_frames = round(window_s * RATE_HZ)
    alpha = brain.alpha * max(1.0 + ALPHA_CHANGE * arousal, 0.05)
    beta = brain.beta * (1.0 + BETA_CHANGE * arousal)
    sources = {
        "common": _noise(num_frames, rng, exponent=1.0),
        "alpha": _noise(num_frames, rng, band=(brain.alpha_hz - 1.0, brain.alpha_hz + 1.0)),
        "beta": _noise(num_frames, rng, band=(16.0, 28.0)),
        "blinks": _blinks(num_frames, blinks, rng),
    }
    channels = {}
    for name in TEN_TWENTY:
        own = _noise(num_frames, rng, exponent=1.0)
        values = brain.background * (0.6 * sources["common"] + 0.8 * own)
        values = values + alpha * _BACK.get(name, 0.15) * sources["alpha"]
        values = values + beta * _FOREHEAD.get(name, 0.3) * sources["beta"]
        values = values + _EYES.get(name, 0.0) * sources["blinks"]
        channels[name] = Channel(values, RATE_HZ, 0.0, UNIT)
    return Recording(window_s, channels)


def _noise(
    num_frames: int, rng: np.random.Generator, exponent: float = 0.0, band: tuple[float, float] | None = None
) -> Floats:
    """Noise of standard deviation 1 whose power falls with frequency ** exponent, or that of one band."""
    frequency = np.fft.rfftfreq(num_frames, 1.0 / RATE_HZ)
    shape = np.zeros(len(frequency))
    kept = frequency >= 0.5 if band is None else (frequency >= band[0]) & (frequency <= band[1])
    shape[kept] = frequency[kept] ** (-exponent / 2)
    drawn = rng.normal(size=len(frequency)) + 1j * rng.normal(size=len(frequency))
    values: Floats = np.fft.irfft(shape * drawn, num_frames)
    return values / float(values.std())


def _blinks(num_frames: int, per_minute: float, rng: np.random.Generator) -> Floats:
    values = np.zeros(num_frames)
    length = round(BLINK_S * RATE_HZ)
    pulse = BLINK_UV * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length))
    for start in rng.integers(0, num_frames - length, size=rng.poisson(per_minute * num_frames / RATE_HZ / 60.0)):
        values[start : start + length] += pulse
    return values
