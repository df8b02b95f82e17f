"""Simulated faces: seven expressions on people of known skin tone, age and sex, drawn on the fly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from harness.datasets.reader import Sample
from harness.datasets.simulated.face_canvas import Pose
from harness.datasets.simulated.face_drawing import Scene, draw
from harness.datasets.simulated.face_expression import FACE_LABELS, actions_of
from harness.datasets.simulated.face_light import Light
from harness.datasets.simulated.face_looks import Looks
from harness.datasets.simulated.population import (
    ExpressiveOptions,
    Person,
    Share,
    ShownEmotion,
    SimulatedReader,
    generator,
    shown,
)
from harness.signals.media import Image
from harness.signals.monk_scale import MONK_SKIN_TONES
from harness.tables.samples import samples_table

IRISES = ("#2c1a10", "#3a2415", "#4a3520")
HAIR = ("#0d0a09", "#15100d", "#1f1510", "#2e1f15")
"""Colours of irises and hair that occur with every skin tone, because the tone must not influence them."""

CLOTHES = ("#4a5560", "#5d5148", "#48564c", "#6a6470")
GREY_HAIR = "#9a9a98"
LIGHTINGS = {"front": 0.0, "left": -40.0, "right": 40.0}
"""The position of the lamp in degrees; each sample differs from it by a few degrees."""


class SimulatedFacesOptions(ExpressiveOptions):
    """The options.

    Attributes:
        glasses: the share of people who wear glasses.
    """

    glasses: Share = 0.25


class SimulatedFacesReader(SimulatedReader[SimulatedFacesOptions]):
    """Pictures generated on the fly."""

    Options = SimulatedFacesOptions

    def samples(self) -> pa.Table:
        """Every person shows every label `samples_per_class` times.

        Raises:
            HarnessError: the bias names an empty group.
        """
        rows = [
            self._row(person, label, number)
            for person in self.people()
            for label in FACE_LABELS
            for number in range(self.options.samples_per_class)
        ]
        return samples_table(rows)

    def load(self, sample: Sample) -> Image:
        """Draw the picture: RGB, 192×192."""
        person = Person.of(sample)
        rng = self._generator(sample, "picture")
        seen = self.shown(sample)
        actions = actions_of(seen.label, seen.strength * sample["ctx.intensity"], rng)
        scene = _scene(sample["ctx.lighting"], sample["ctx.glasses"], rng)
        looks = looks_of(person, generator(self.options.seed, "looks", person.subject_id))
        return Image(draw(looks, actions, scene, rng))

    def shown(self, sample: Sample) -> ShownEmotion:
        """What the picture really shows, including the injected bias."""
        rng = self._generator(sample, "bias")
        return shown(Person.of(sample), sample["label"], FACE_LABELS, self.options.bias, rng)

    def _row(self, person: Person, label: str, number: int) -> dict[str, Any]:
        sample_id = f"simulated/{person.subject_id}/{label}-{number}"
        rng = generator(self.options.seed, "context", sample_id)
        low, high = self.options.intensity
        wears_glasses = generator(self.options.seed, "glasses", person.subject_id).random() < self.options.glasses
        return {
            "sample_id": sample_id,
            "modality": "face",
            "subject_id": person.subject_id,
            "label": label,
            "label_source": self.card.label_source,
            **person.attributes(),
            "ctx.intensity": round(float(rng.uniform(low, high)), 3),
            "ctx.glasses": bool(wears_glasses),
            "ctx.lighting": str(rng.choice(list(LIGHTINGS))),
        }

    def _generator(self, sample: Sample, purpose: str) -> np.random.Generator:
        return generator(self.options.seed, purpose, sample["sample_id"])


def looks_of(person: Person, rng: np.random.Generator) -> Looks:
    """A person's looks. The skin tone determines the colour of the skin and nothing else."""
    size = np.clip(1.0 + 0.05 * rng.standard_normal(8), 0.85, 1.15).tolist()
    hair, iris, long, fringe, bald, beard, grey = rng.random(7)
    hairline, curl, parting, clothes, lips = rng.random(5).tolist()
    male = person.sex == "male"
    years = min(max((person.age - 30.0) / 50.0, 0.0), 1.0)
    return Looks(
        skin=MONK_SKIN_TONES[person.skin_tone],
        hair=GREY_HAIR if grey < 1.2 * years - 0.35 else HAIR[int(hair * len(HAIR))],
        clothes=CLOTHES[int(clothes * len(CLOTHES))],
        iris=IRISES[int(iris * len(IRISES))],
        face_width=size[0],
        jaw=0.62 if male else 0.80,
        eye_distance=size[1],
        eye_size=size[2] * (0.96 if male else 1.05),
        brow_thickness=size[3] * (1.15 if male else 0.80),
        brow_height=10.0 * (size[4] - 1.0) / 5.0,
        nose_width=size[5] * (1.05 if male else 0.95),
        nose_length=size[6],
        mouth_width=size[7],
        lip_thickness=(0.85 + 0.35 * lips) * (0.95 if male else 1.1) * (1.0 - 0.2 * years),
        hairline=hairline * (1.0 if male else 0.3),
        curl=max(0.0, 2.0 * curl - 1.0),
        parting=2.0 * parting - 1.0,
        long_hair=bool(long < (0.05 if male else 0.75)),
        fringe=bool(fringe < (0.15 if male else 0.35)),
        bald=bool(male and bald < 0.6 * years),
        stubble=float(beard) if male else 0.0,
        wrinkles=float(years),
    )


def _scene(lighting: str, glasses: bool, rng: np.random.Generator) -> Scene:
    # Plain floats: numpy scalars would turn every picture into float64.
    jitter = np.clip(rng.standard_normal(9), -2.0, 2.0).tolist()
    return Scene(
        pose=Pose(
            roll=0.04 * jitter[0],
            scale=0.95 * (1.0 + 0.03 * jitter[1]),
            x=0.025 * jitter[2],
            y=0.025 * jitter[3] - 0.02,
        ),
        light=Light(
            azimuth_deg=LIGHTINGS[lighting] + 6.0 * jitter[4],
            elevation_deg=32.0 + 5.0 * jitter[5],
            strength=0.75 * (1.0 + 0.08 * jitter[6]),
        ),
        exposure=0.96 * (1.0 + 0.06 * jitter[7]),
        background=float(0.22 * np.exp(0.5 * jitter[8])),
        glasses=glasses,
    )
