"""Simulated wristbands: people at rest and under stress, with a known truth.

People differ in resting heart rate, variability, skin conductance and temperature, and in how strongly they
respond to stress, so that leaving people out is a real test. None of these depends on a protected attribute: a
disparity that is found was injected (`bias`) or is chance. Movement corrupts the pulse as it does on a wrist; by
default it is independent of stress.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from pydantic import Field

from harness.datasets.reader import Sample
from harness.datasets.simulated.physiology import Body, State, simulate
from harness.datasets.simulated.population import (
    Person,
    Share,
    SimulatedOptions,
    SimulatedReader,
    generator,
    shown,
)
from harness.signals.media import Recording
from harness.tables.samples import samples_table

WEARABLE_LABELS = ("rest", "stress")
MOTIONS = ("rest", "walk")


class SimulatedWearablesOptions(SimulatedOptions):
    """The options.

    Attributes:
        window_s: the length of a window in seconds.
        walk_share: the share of the windows in which the person walks.
        walk_share_stress: the same under stress; None: as at rest. A value other than `walk_share` makes movement
            a confounder: a system that detects movement will seem to detect stress.
        deliver_beats: the device delivers beats without those that movement corrupts (as an Empatica E4 does);
            otherwise beats are detected in the pulse wave, where movement adds false ones.
    """

    window_s: float = Field(default=60.0, ge=10.0, le=3600.0)
    walk_share: Share = 0.25
    walk_share_stress: Share | None = None
    deliver_beats: bool = True


class SimulatedWearablesReader(SimulatedReader[SimulatedWearablesOptions]):
    """Windows generated on the fly."""

    Options = SimulatedWearablesOptions

    def samples(self) -> pa.Table:
        """One row per window: each person rests first, then is stressed; `start_s` is the time in the session.

        Raises:
            HarnessError: the bias names an empty group.
        """
        return samples_table([row for person in self.people() for row in self._rows(person)])

    def load(self, sample: Sample) -> Recording:
        """Make one window; the same row and options give the same bytes in every process."""
        options = self.options
        person = Person.of(sample)
        rng = generator(options.seed, sample["sample_id"])
        seen = shown(person, sample["label"], WEARABLE_LABELS, options.bias, rng)
        state = State(
            stress=seen.strength if seen.label == "stress" else 0.0,
            walking=sample["ctx.motion"] == "walk",
        )
        body = Body.draw(generator(options.seed, "body", person.subject_id))
        return simulate(body, state, options.window_s, rng, deliver_beats=options.deliver_beats)

    def _rows(self, person: Person) -> list[dict[str, Any]]:
        rows = []
        for position, label in enumerate(WEARABLE_LABELS):
            for number in range(self.options.samples_per_class):
                sample_id = f"simulated/{person.subject_id}/{label}-{number + 1}"
                start_s = (position * self.options.samples_per_class + number) * self.options.window_s
                rows.append(
                    {
                        "sample_id": sample_id,
                        "modality": "wearable",
                        "start_s": start_s,
                        "end_s": start_s + self.options.window_s,
                        "subject_id": person.subject_id,
                        "label": label,
                        "label_source": self.card.label_source,
                        **person.attributes(),
                        "ctx.motion": self._motion(sample_id, label),
                    }
                )
        return rows

    def _motion(self, sample_id: str, label: str) -> str:
        share = self.options.walk_share
        if label == "stress" and self.options.walk_share_stress is not None:
            share = self.options.walk_share_stress
        return MOTIONS[int(generator(self.options.seed, "motion", sample_id).random() < share)]
