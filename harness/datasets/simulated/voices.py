"""Simulated voices: seven emotions spoken by people of known age and sex, synthesised on the fly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from harness.datasets.reader import Sample
from harness.datasets.simulated.population import (
    ExpressiveOptions,
    Person,
    ShownEmotion,
    SimulatedReader,
    generator,
    shown,
)
from harness.datasets.simulated.voice_manner import VOICE_LABELS, manner
from harness.datasets.simulated.voice_synthesis import SYNTHESIS_RATE, Speaker, synthesise
from harness.datasets.simulated.voice_utterance import SENTENCES, compose
from harness.signals.media import Audio
from harness.tables.samples import samples_table

F0_HZ = {"female": 210.0, "male": 118.0}
FORMANT_SCALE = {"female": 1.17, "male": 1.0}
"""An average woman's vocal tract is about 15 % shorter than a man's (Peterson and Barney 1952)."""
F0_SPREAD_ST = 1.5
FORMANT_SPREAD = 0.03
AGE_OF_CHANGE = 50.0
F0_CHANGE_ST_PER_YEAR = {"female": -0.06, "male": 0.04}
"""Later in life women's F0 falls, men's rises (Stathopoulos et al. 2011, doi:10.1044/1092-4388(2010/10-0036))."""


class SimulatedVoicesOptions(ExpressiveOptions):
    """The options."""


class SimulatedVoicesReader(SimulatedReader[SimulatedVoicesOptions]):
    """Clips generated on the fly."""

    Options = SimulatedVoicesOptions

    def samples(self) -> pa.Table:
        """Every person speaks every label `samples_per_class` times, in the same sentences for all labels.

        Raises:
            HarnessError: the bias names an empty group.
        """
        return samples_table(
            [
                self._row(person, label, number, SENTENCES[(position + number) % len(SENTENCES)])
                for position, person in enumerate(self.people())
                for label in VOICE_LABELS
                for number in range(self.options.samples_per_class)
            ]
        )

    def load(self, sample: Sample) -> Audio:
        """Synthesise the clip: mono, 16 kHz, one to four seconds; byte-identical for the same row and options."""
        seen = self.shown(sample)
        rng = generator(self.options.seed, "speech", sample["sample_id"])
        how = manner(seen.label, seen.strength * sample["ctx.intensity"], rng)
        utterance = compose(sample["ctx.sentence"], how, rng)
        speaker = speaker_of(Person.of(sample), generator(self.options.seed, "speaker", sample["subject_id"]))
        return Audio(synthesise(utterance, speaker, how, rng), SYNTHESIS_RATE)

    def shown(self, sample: Sample) -> ShownEmotion:
        """What the clip really expresses, including the injected bias."""
        rng = generator(self.options.seed, "bias", sample["sample_id"])
        return shown(Person.of(sample), sample["label"], VOICE_LABELS, self.options.bias, rng)

    def _row(self, person: Person, label: str, number: int, sentence: str) -> dict[str, Any]:
        sample_id = f"simulated/{person.subject_id}/{label}-{number + 1}"
        intensity = generator(self.options.seed, "intensity", sample_id).uniform(*self.options.intensity)
        return {
            "sample_id": sample_id,
            "modality": "voice",
            "subject_id": person.subject_id,
            "label": label,
            "label_source": self.card.label_source,
            **person.attributes(),
            "ctx.sentence": sentence,
            "ctx.intensity": intensity,
        }


def speaker_of(person: Person, rng: np.random.Generator) -> Speaker:
    """A person's voice: F0 and vocal tract by sex and age, with individual variation."""
    f0_st = F0_SPREAD_ST * rng.normal()
    f0_st += F0_CHANGE_ST_PER_YEAR[person.sex] * max(0.0, person.age - AGE_OF_CHANGE)
    return Speaker(
        f0_hz=F0_HZ[person.sex] * 2 ** (f0_st / 12),
        formant_scale=FORMANT_SCALE[person.sex] * (1 + FORMANT_SPREAD * rng.uniform(-1.5, 1.5)),
        tilt=2.0 * rng.normal(),
        breath=2.0 * rng.normal(),
    )
