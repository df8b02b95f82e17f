"""What the practice test of wearables can be told."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from harness.files import UserPath
from harness.practice_tests.practice_interface import PracticeOptions

LIMIT = Field(gt=0, le=10)


class _Columns(BaseModel):
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


class Limits(_Columns):
    """What is asked of a device. Each is a choice, and stands beside its verdict."""

    error: float = Field(
        default=0.1,
        gt=0,
        description="mean absolute error as a share of the reference; 0.1 is the convention for heart rate "
        "(PMC7218601), there is none for variability",
    )
    loss_when_moving: float = Field(
        default=0.1, gt=0, le=1, description="share of usable measurements or scores that movement may cost"
    )


class WearablesOptions(PracticeOptions):
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
    limits: Limits = Field(default=Limits(), description="what is asked of a device")
    min_subjects: int = Field(default=5, ge=2, description="people that a verdict needs")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in ("dataset", "measurements") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give one of dataset, measurements (given: {', '.join(given) or 'none'})")
        return self
