"""What the practice test of wearables can be told."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from harness.files import UserPath
from harness.plain_numbers import PlainNumbers
from harness.practice_tests.practice_interface import OptionsOfStudies

SOURCES = ("dataset", "measurements", "scores", "simulate")

SimulatedDevice = Literal[
    "clean", "blind_when_moving", "raised_by_movement", "positive_arousal", "reversed_for_some", "drifting"
]


class _Columns(PlainNumbers):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MeasurementColumns(_Columns):
    """The columns of a table of measurements: a row per person, device and situation."""

    subject: str = Field(default="subject", description="who")
    device: str = Field(default="device", description="which device; the reference is one of them")
    situation: str = Field(default="situation", description="sitting, walking, …")
    beats: str | None = Field(default="beats", description="beats that were delivered; null: not known")
    artefacts: str | None = Field(default=None, description="beats that preprocessing replaced; null: not known")
    values: tuple[str, ...] = Field(
        default=("mean_hr", "rmssd"), description="what is compared with the reference"
    )
    units: dict[str, str] = Field(default={"mean_hr": "bpm", "rmssd": "ms"}, description="measure → its unit")


class ScoreColumns(_Columns):
    """The columns of a table of scores: a row per person, device and moment. Only three must be there."""

    subject: str = Field(default="subject", description="who")
    time: str = Field(default="time", description="when: ISO date and time, or seconds")
    score: str = Field(default="score", description="what the device gave; an empty cell: nothing")
    device: str | None = Field(default=None, description="which device; null: there is one")
    moving: str | None = Field(
        default=None, description="1 or true where the person moves; or how much, with moving_from"
    )
    stressor: str | None = Field(default=None, description="1 under a known stressor, 0 at rest, empty elsewhere")
    report: str | None = Field(default=None, description="felt stress; empty where nobody asked")
    positive: str | None = Field(default=None, description="positive arousal, such as feeling excited")
    negative: str | None = Field(default=None, description="negative arousal, such as feeling tense")
    documented: tuple[str, ...] = Field(
        default=(), description="variables of which the maker says that the score is made of them"
    )


class Limits(_Columns):
    """What is asked of a device. Each is a choice, and stands beside its verdict."""

    error: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="mean absolute error as a share of the reference; 0.1 is the convention for heart rate "
        "(PMC7218601), there is none for variability",
    )
    loss_when_moving: float = Field(
        default=0.1, gt=0, le=1, description="share of usable measurements or scores that movement may cost"
    )
    false_alarms: float = Field(
        default=0.1, gt=0, le=1, description="share of moments more that may be called stress when people move"
    )
    rise_when_moving: float = Field(
        default=0.5,
        gt=0,
        description="rise when people move without a stressor, in a person's standard deviations",
    )
    reaction: float = Field(
        default=0.5, gt=0, description="rise under known stressors that is the least, in the same unit"
    )
    felt_stress: float = Field(
        default=0.1, gt=0, le=1, description="mean relation with felt stress within people that is the least"
    )
    positive_less_negative: float = Field(
        default=0.1, gt=0, le=2, description="how much more the score may follow positive than negative arousal"
    )
    drift: float = Field(
        default=0.5, gt=0, description="change from start to end, in a person's standard deviations"
    )


class WearablesOptions(OptionsOfStudies):
    """What is tested, and what is asked of it."""

    dataset: str | None = Field(
        default=None, description="a dataset of wearables with a reader (`harness list datasets`), read from root"
    )
    root: UserPath | None = Field(default=None, description="its folder")
    dataset_options: dict[str, Any] = Field(default={}, description="options of its reader")
    measurements: UserPath | None = Field(
        default=None, description="a table of what devices and a reference measured at the same time"
    )
    measured: MeasurementColumns = Field(default=MeasurementColumns(), description="the columns of that table")
    reference: str | None = Field(default=None, description="the device that the others are compared with")
    moving: tuple[str, ...] = Field(
        default=("walking", "biking", "running"), description="the situations in which people move"
    )
    detector: str = Field(
        default="wearable_stress", description="the model that is trained on a dataset of stress and rest"
    )
    scores: UserPath | None = Field(default=None, description="a table of scores over time")
    questionnaires: UserPath | None = Field(
        default=None,
        description="a table of answers at other times than the scores: subject, time, report, positive, negative",
    )
    columns: ScoreColumns = Field(default=ScoreColumns(), description="the columns of scores and questionnaires")
    moving_from: float | None = Field(
        default=None,
        description="the value of columns.moving from which a person moves; null: 0.5, of a dataset 0.05 g",
    )
    stress_from: float | None = Field(
        default=None, description="the score from which the device says stress; null: it only gives numbers"
    )
    align_s: float = Field(
        default=60.0,
        gt=0,
        le=86_400,
        description="seconds before and after a questionnaire whose scores belong to it",
    )
    simulate: SimulatedDevice | None = Field(
        default=None, description="a made device with a known defect, worn by simulated people"
    )
    simulated_people: int = Field(default=40, ge=4, le=2_000, description="who wear it")
    checklist: UserPath | None = Field(
        default=None, description="what the maker discloses, as YAML; a file that is absent is written, to fill in"
    )
    limits: Limits = Field(default=Limits(), description="what is asked of a device")
    min_subjects: int = Field(default=5, ge=2, description="people that a verdict needs")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give one of {', '.join(SOURCES)} (given: {', '.join(given) or 'none'})")
        if self.measurements is not None and self.reference is None:
            raise ValueError("measurements: name the reference, reference=DEVICE")
        return self
