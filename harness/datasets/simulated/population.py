"""The simulated population that all simulated datasets use, and the injected disparity.

Each attribute is distributed as evenly as the number of subjects allows and shuffled independently of the others,
so that none is a proxy for another; the seed determines everything. A subject's attributes do not change what the
subject expresses, unless a bias is requested.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

import numpy as np
from pydantic import ConfigDict, Field, model_validator

from harness.attributes.grouping import Grouping
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError
from harness.plain_numbers import PlainNumbers
from harness.signals.monk_scale import MONK_SKIN_TONES

SEXES = ("female", "male")
NEURODIVERGENCE = ("none", "none", "autism", "adhd")
"""Half of the people are neurotypical, so that every group has enough subjects to be tested."""

AGE_RANGE = (18, 85)


class Bias(PlainNumbers):
    """A disparity that is injected on purpose, so that the statistics can be checked against it.

    Attributes:
        attribute: the attribute of the group, such as ``skin_tone``; None for no disparity.
        group: its value, such as ``monk_10``, or its group, such as ``65+`` or ``ADHD``.
        effect: strength, 0 to 1.
        mechanism: ``swap``: this share of the group's samples shows another class than the label says, so that a
            perfect system loses exactly `effect` of its accuracy there. ``weaken``: the group's expression is
            scaled by ``1 - effect``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    attribute: Literal["skin_tone", "age", "sex", "neurodivergence"] | None = None
    group: str | None = None
    effect: float = Field(default=0.0, ge=0.0, le=1.0)
    mechanism: Literal["swap", "weaken"] = "swap"


class SimulatedOptions(ReaderOptions):
    """The options of all simulated datasets.

    Attributes:
        subjects: how many people.
        samples_per_class: how many samples each person gives of each class.
        seed: determines everything.
        bias: the injected disparity.
    """

    subjects: int = Field(default=60, ge=1, le=100_000)
    samples_per_class: int = Field(default=2, ge=1, le=1_000)
    seed: int = Field(default=0, ge=0)
    bias: Bias = Bias()


Share = Annotated[float, Field(ge=0.0, le=1.0)]


class ExpressiveOptions(SimulatedOptions):
    """The options of datasets whose expressions vary in strength.

    Attributes:
        intensity: the weakest and the strongest expression, 0 (as neutral) to 1 (in full).
    """

    intensity: tuple[Share, Share] = (0.5, 1.0)

    @model_validator(mode="after")
    def _require_order(self) -> Self:
        if self.intensity[0] > self.intensity[1]:
            raise ValueError("intensity: the weakest comes first, then the strongest")
        return self


@dataclass(frozen=True)
class Person:
    """One simulated subject."""

    subject_id: str
    skin_tone: str
    age: float
    sex: str
    neurodivergence: str

    @classmethod
    def of(cls, sample: Sample) -> Person:
        """The person described by a sample's row, including any attribute that was changed there."""
        return cls(
            subject_id=sample["subject_id"],
            skin_tone=sample["attr.skin_tone"],
            age=sample["attr.age"],
            sex=sample["attr.sex"],
            neurodivergence=sample["attr.neurodivergence"],
        )

    def attributes(self) -> dict[str, Any]:
        """The ``attr.*`` columns."""
        return {
            "attr.skin_tone": self.skin_tone,
            "attr.age": self.age,
            "attr.sex": self.sex,
            "attr.neurodivergence": self.neurodivergence,
        }

    def is_in(self, attribute: str, group: str) -> bool:
        """Whether the person belongs to a group, by default bands and scales; or has exactly this value."""
        value = getattr(self, attribute)
        return group in (value, Grouping().group_of(attribute, value))


OptionsT = TypeVar("OptionsT", bound=SimulatedOptions)


class SimulatedReader(Reader[OptionsT]):
    """A dataset generated on the fly: a signal is determined by its row and the options, in every process.

    A row with one attribute changed gives the counterfactual: the same sample of a person who differs in it.
    """

    needs_root: ClassVar[bool] = False

    def people(self) -> list[Person]:
        """The subjects.

        Raises:
            HarnessError: the bias names an empty group.
        """
        people = population(self.options.subjects, self.options.seed)
        require_group(people, self.options.bias)
        return people


def population(num_subjects: int, seed: int) -> list[Person]:
    """Draw the people. The first n of a larger population with the same seed are *not* the same people."""
    rng = generator(seed, "population")
    tones = _spread(tuple(MONK_SKIN_TONES), num_subjects, rng)
    sexes = _spread(SEXES, num_subjects, rng)
    neurotypes = _spread(NEURODIVERGENCE, num_subjects, rng)
    low, high = AGE_RANGE
    quantiles = (np.arange(num_subjects) + rng.random(num_subjects)) / num_subjects
    ages = rng.permutation(np.floor(low + quantiles * (high - low)))
    digits = max(3, len(str(num_subjects)))
    return [
        Person(f"sim{i + 1:0{digits}d}", tones[i], float(ages[i]), sexes[i], neurotypes[i])
        for i in range(num_subjects)
    ]


@dataclass(frozen=True)
class ShownEmotion:
    """What a sample really shows: its class, and the remaining strength of the expression (0 to 1)."""

    label: str
    strength: float


def shown(
    person: Person, label: str, labels: tuple[str, ...], bias: Bias, rng: np.random.Generator
) -> ShownEmotion:
    """Apply the bias to one sample. Uses the same number of random draws for everybody."""
    draw, other = rng.random(), rng.integers(len(labels) - 1)
    if bias.attribute is None or bias.group is None or not person.is_in(bias.attribute, bias.group):
        return ShownEmotion(label, 1.0)
    if bias.mechanism == "weaken":
        return ShownEmotion(label, 1.0 - bias.effect)
    if draw >= bias.effect:
        return ShownEmotion(label, 1.0)
    return ShownEmotion([name for name in labels if name != label][other], 1.0)


def require_group(people: list[Person], bias: Bias) -> None:
    """Check that the bias names a group that exists.

    Raises:
        HarnessError: attribute and group are not given together, or nobody is in the group.
    """
    if bias.attribute is None and bias.group is None:
        return
    if bias.attribute is None or bias.group is None:
        raise HarnessError("bias: give bias.attribute and bias.group together.")
    if not any(person.is_in(bias.attribute, bias.group) for person in people):
        raise HarnessError(f"bias: nobody has {bias.attribute} = {bias.group!r} among the {len(people)} subjects.")


def generator(seed: int, *names: str) -> np.random.Generator:
    """A separate random generator for each name, so that adding one thing does not change another."""
    key = [seed, *(int.from_bytes(name.encode(), "little") for name in names)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))


def _spread(values: tuple[str, ...], num_subjects: int, rng: np.random.Generator) -> list[str]:
    repeats = -(-num_subjects // len(values))
    return [str(value) for value in rng.permutation(np.tile(values, repeats)[:num_subjects])]
