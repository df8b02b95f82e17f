"""The features that a tabular system takes, by name, in its own order and units.

A classifier takes a row of numbers and does not say what they are: columns in another order, seconds for
milliseconds or a share for a percentage give answers that look like any other. So its card names every column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self
from unicodedata import normalize

from pydantic import BeforeValidator, Field, model_validator

from harness.cards.facts import Facts
from harness.cards.inputs import RecordingInput
from harness.models.wearable_window import CHANNEL_GROUPS, WearableFeatureGroup

FEATURE_UNITS: Mapping[str, str] = {
    "eda.level": "µS",
    "eda.slope": "µS/min",
    "eda.sd": "µS",
    "eda.responses_per_minute": "1/min",
    "eda.response_amplitude": "µS",
    "motion.level": "g",
    "motion.sd": "g",
    "motion.jerk": "g/s",
    "temperature.level": "°C",
    "temperature.slope": "°C/min",
    "temperature.sd": "°C",
    "hrv.heart_rate": "1/min",
    "hrv.mean_nn": "ms",
    "hrv.sdnn": "ms",
    "hrv.rmssd": "ms",
    "hrv.pnn50": "share",
    "hrv.num_beats": "number",
    "hrv.coverage": "share",
    "hrv.artefact_share": "share",
    "hrv.lf": "ms²",
    "hrv.hf": "ms²",
    "hrv.lf_hf": "ratio",
}
"""Every feature of a recording and its unit, as `harness.signals` defines them."""

_FACTORS: Mapping[tuple[str, str], float] = {
    ("ms", "s"): 1e-3,
    ("ms²", "s²"): 1e-6,
    ("share", "%"): 100.0,
    ("1/min", "Hz"): 1.0 / 60.0,
    ("g", "m/s²"): 9.80665,
    ("µS", "nS"): 1e3,
}
"""A feature's own unit and another that it may be asked for in → what its value is multiplied by."""


_PLAIN = {"uS": "µS", "uS/min": "µS/min", "C": "°C", "C/min": "°C/min", "bpm": "1/min"}
"""How units are written on a keyboard that has no other signs."""


def _as_written_here(unit: object) -> object:
    """A unit in this module's signs: ``uS``, ``m/s2`` and the other letter that looks like a micro sign."""
    if not isinstance(unit, str):
        return unit
    known = {*FEATURE_UNITS.values(), *(other for _, other in _FACTORS)}
    by_form = {normalize("NFKC", each): each for each in known}
    return by_form.get(normalize("NFKC", _PLAIN.get(unit, unit)), unit)


_Unit = Annotated[str | None, BeforeValidator(_as_written_here)]


class Column(Facts):
    """One number that the system is given."""

    feature: str | None = Field(default=None, description="such as hrv.rmssd; see docs/connect/sklearn.md")
    unit: _Unit = Field(default=None, description="that the system takes it in; null: the feature's own")
    value: float | None = Field(default=None, description="instead of a feature, the same number for every sample")

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if (self.feature is None) == (self.value is None):
            raise ValueError("a column is either a feature or a value")
        if self.feature is None:
            return self
        own = FEATURE_UNITS.get(self.feature)
        if own is None:
            raise ValueError(f"{self.feature} is no feature; there are {', '.join(FEATURE_UNITS)}")
        if self.unit not in (None, own) and (own, self.unit) not in _FACTORS:
            units = [own, *(other for of, other in _FACTORS if of == own)]
            raise ValueError(f"{self.feature} can be given in {' or '.join(units)}, not in {self.unit}")
        return self

    @property
    def factor(self) -> float:
        """What the feature's value is multiplied by to be in the column's unit."""
        own = FEATURE_UNITS[self.feature or ""]
        return 1.0 if self.unit in (None, own) else _FACTORS[own, self.unit or ""]


class FeaturesInput(RecordingInput):
    """A row of features of a recording, in the order in which the system takes them."""

    columns: tuple[Column, ...] = Field(min_length=1, description="in the system's order")
    features: tuple[str, ...] = Field(default=(), max_length=0, description="named by the columns")
    min_beats: int = Field(default=0, ge=0, description="a window with fewer is not answered")

    @model_validator(mode="after")
    def _has_what_columns_need(self) -> Self:
        for group in self.groups:
            needed = CHANNEL_GROUPS[group].channel if group in CHANNEL_GROUPS else None
            if needed is not None and needed not in self.channels:
                raise ValueError(f"columns of {group} need the channel {needed}, which is not among the channels")
        if "hrv" in self.groups and not self.beats:
            raise ValueError(
                "columns of hrv and min_beats need heartbeats: state beats, where they are taken from, such as "
                "[device, ecg, bvp]"
            )
        return self

    @property
    def groups(self) -> tuple[WearableFeatureGroup, ...]:
        """The groups of features that the columns need."""
        named = {column.feature.partition(".")[0] for column in self.columns if column.feature}
        groups: tuple[WearableFeatureGroup, ...] = ("eda", "hrv", "motion", "temperature")
        return tuple(group for group in groups if group in named or (group == "hrv" and self.min_beats))
