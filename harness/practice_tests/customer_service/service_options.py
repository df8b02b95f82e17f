"""What the practice test of customer service can be told."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from harness.files import UserPath
from harness.metrics.assignment import NEGATIVE
from harness.plain_numbers import PlainNumbers
from harness.practice_tests.practice_interface import OptionsOfStudies

Share = Annotated[float, Field(gt=0, lt=1)]
Calls = Annotated[int, Field(ge=1, le=1_000_000)]


class ServiceLimits(PlainNumbers):
    """What is asked of a system. Each is a choice, and stands beside its verdict."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    loss: float = Field(
        default=0.05,
        gt=0,
        le=1,
        description="UAR that hearing only the beginning, hearing it through the telephone, or with a background, "
        "may cost",
    )
    rests_on: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="share of what the system does beyond chance that may be lost with one cue",
    )
    call_error: float = Field(
        default=0.2,
        gt=0,
        le=1,
        description="share of single calls that may be taken for negative or not negative wrongly, where half of "
        "the calls are negative; guessing gives 0.5",
    )
    bias: float = Field(
        default=0.05, gt=0, le=1, description="how far the mean of many calls may be from the true share"
    )
    aggregate_error: float = Field(
        default=0.1, gt=0, le=1, description="error of an aggregate for which the needed calls are counted"
    )
    calm_false_alarms: float = Field(
        default=0.1, gt=0, le=1, description="share of calm professional speech that may be called negative"
    )
    role_difference: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="how much more often calm speech of one role may be called negative than that of others",
    )
    less_than_people: float = Field(
        default=0.05, gt=0, le=1, description="UAR that the system may have less than people"
    )


class CustomerServiceOptions(OptionsOfStudies):
    """What is tested, and what is asked of it."""

    model: str = Field(description="the voice system, a name of `harness list models`")
    model_options: dict[str, Any] = Field(default={}, description="its options")
    dataset: str = Field(description="labelled voices, a name of `harness list datasets`")
    root: UserPath | None = Field(default=None, description="their folder")
    dataset_options: dict[str, Any] = Field(default={}, description="options of the reader")
    study: dict[str, Any] = Field(
        default={}, description="further choices of the study as in `harness run`, such as study.limit=100"
    )
    beginnings: tuple[str, ...] = Field(
        default=("voice/beginning@3", "voice/beginning@2", "voice/beginning@1"),
        description="conditions of a system that answers during the call: after 2, 5 and 10 s",
    )
    telephone: tuple[str, ...] = Field(
        default=("voice/telephone@1",),
        description="conditions of the line; @1 is a fixed line, @2 to @4 mobile ones",
    )
    backgrounds: tuple[str, ...] = Field(
        default=(),
        description="conditions with somebody else's sound behind the voice, such as voice/babble@2; they need "
        "condition_files",
    )
    condition_files: dict[str, UserPath] = Field(
        default={}, description="family of conditions → folder of the recordings that it needs"
    )
    cues: dict[str, str] = Field(
        default={
            "pitch": "voice/pitch_up@3",
            "intonation": "voice/flat_intonation",
            "loudness": "voice/even_loudness+voice/same_level",
            "pauses": "voice/pauses_removed",
        },
        description="cue → the condition that changes or removes it",
    )
    controls: tuple[str, ...] = Field(
        default=("voice/prosody_only", "voice/words_only", "voice/resynthesised"),
        description="conditions without a limit: words gone, manner gone, and nothing gone",
    )
    negative: tuple[str, ...] = Field(default=NEGATIVE, description="the emotions that count as negative")
    calm: tuple[str, ...] = Field(
        default=("neutral", "calm"), description="the labels of calm professional speech"
    )
    role_column: str | None = Field(
        default=None,
        pattern=r"^(ctx|attr)\..+",
        description="the column of the samples that says in which role somebody speaks, such as ctx.role with "
        "agent and customer; roles are then measured apart",
    )
    mixes: tuple[Share, ...] = Field(
        default=(0.1, 0.3), max_length=10, description="shares of negative calls for which aggregates are computed"
    )
    sizes: tuple[Calls, ...] = Field(
        default=(1, 10, 100, 1_000), max_length=10, description="calls in an aggregate, each of another person"
    )
    privacy_minimum: int = Field(
        default=20, ge=1, le=1_000_000, description="people below which an aggregate may not be given to anybody"
    )
    limits: ServiceLimits = Field(default=ServiceLimits(), description="what is asked of the system")
    min_subjects: int = Field(default=5, ge=2, description="people that a verdict needs")

    @property
    def conditions(self) -> tuple[str, ...]:
        """All that the calls are heard under."""
        return tuple(
            dict.fromkeys(
                (*self.beginnings, *self.telephone, *self.backgrounds, *self.cues.values(), *self.controls)
            )
        )
