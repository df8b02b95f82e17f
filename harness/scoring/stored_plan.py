"""The measurement choices of a stored plan, validated like a config because a plan is not trusted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.attributes.estimate_errors import estimate_errors
from harness.attributes.grouping import Grouping
from harness.cards import registry
from harness.cards.facts import validation_problems
from harness.checks.control_choices import ContextColumns, NegativeControl
from harness.errors import HarnessError
from harness.measurement.choices import LabelChoices, MeasureChoices
from harness.measurement.measure_settings import MeasureSettings
from harness.tables.condition_names import ungraded_families

MAX_PROBLEM = 600

NOT_CHOICES = ("metrics",)
"""Entries in the plan's section on the measurement that are not choices."""


class _Part(BaseModel):
    """The keys that are read from a part of the plan; other keys are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True)


class _Dataset(_Part):
    name: str
    options: dict[str, Any]
    simulated: bool | None
    samples_sha256: str
    limit: int | None


class _System(_Part):
    name: str
    options: dict[str, Any]
    notes: list[str]


class _Labels(_Part):
    merge: dict[str, str]
    only: list[str] | str | None


_Text = Annotated[str, Field(max_length=200)]
_Note = Annotated[str, Field(max_length=2000)]


class _Extension(_Part):
    kind: _Text
    name: _Text
    package: _Text
    version: _Text


class _Extended(_Part):
    extensions: list[_Extension] = Field(default=[], max_length=1000)


class _Controls(BaseModel):
    model_config = ConfigDict(extra="ignore")

    negative_control: ContextColumns = ()
    negative_outcomes: ContextColumns = ()


class _Checked(_Part):
    checks: _Controls = _Controls()


class _Attributes(_Part):
    notes: list[_Note] = Field(default=[], max_length=1000)


class _Plan(_Part):
    harness: str
    dataset: _Dataset
    model: _System
    baselines: list[_System] = Field(max_length=100)
    face: dict[str, Any] | None
    speech: dict[str, Any] | None = None
    labels: _Labels
    attributes: _Attributes
    cards: dict[str, Any]


def require_whole(plan: dict[str, Any], path: Path) -> None:
    """Check that a plan has everything that measuring and reporting need.

    Args:
        plan: of this version, as `harness.evidence.run_folder.RunFolder.read_plan` gives it.
        path: of its file, for the message.

    Raises:
        HarnessError: a part is missing or malformed.
    """
    try:
        _Plan.model_validate(plan)
    except ValidationError as error:
        raise unmeasurable(path, error) from None


def measure_settings(plan: dict[str, Any], path: Path) -> MeasureSettings:
    """The settings of the measurement.

    Args:
        plan: of this version, as `harness.evidence.run_folder.RunFolder.read_plan` gives it.
        path: of its file, for the message.

    Raises:
        HarnessError: a choice is missing, unknown, malformed or out of range; a metric of another package is not
            installed.
    """
    outside = planned_extensions(plan, "metrics", path)
    try:
        measured = {name: value for name, value in plan["measure"].items() if name not in NOT_CHOICES}
        # The report shows the plan as it is stored, so that "0.95" would not do for 0.95.
        stated = MeasureChoices.model_validate_json(json.dumps(measured), strict=True)
        if missing := set(MeasureChoices.model_fields) - stated.model_fields_set:
            raise KeyError(min(missing))
        return MeasureSettings(
            **stated.model_dump(),
            seed=plan["seed"],
            merge=LabelChoices.model_validate(plan["labels"]).merge or {},
            system=plan["model"]["name"],
            outside=outside,
            grouping=Grouping.of(plan["attributes"]),
            errors=estimate_errors(plan["attributes"]),
            ungraded=ungraded_families(plan.get("conditions", ())),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise unmeasurable(path, error) from None


def negative_control(plan: dict[str, Any], path: Path) -> NegativeControl:
    """What the system cannot know; nothing in a plan of a time without this control.

    Args:
        plan: as `harness.evidence.run_folder.RunFolder.read_plan` gives it.
        path: of its file, for the message.

    Raises:
        HarnessError: the plan is malformed.
    """
    try:
        stated = _Checked.model_validate(plan).checks
        return NegativeControl(labels_of_others=stated.negative_control, outcomes=stated.negative_outcomes)
    except ValidationError as error:
        raise unmeasurable(path, error) from None


def planned_extensions(plan: dict[str, Any], kind: Literal["metrics", "checks"], path: Path) -> list[str]:
    """The metrics or checks of other packages that were used when the plan was made.

    Others that are installed here are not used, so that they do not change the results of the run.

    Args:
        plan: as `harness.evidence.run_folder.RunFolder.read_plan` gives it.
        kind: metrics or checks.
        path: of its file, for the message.

    Raises:
        HarnessError: one is not installed here in that version, or the plan is malformed.
    """
    try:
        stored = _Extended.model_validate(plan).extensions
    except ValidationError as error:
        raise unmeasurable(path, error) from None
    here = {extension.name: extension for extension in registry.extensions(kind)}
    names = []
    for wanted in stored:
        if wanted.kind == kind:
            found = here.get(wanted.name)
            if found is None or (found.package, found.version) != (wanted.package, wanted.version):
                instead = f"{found.package} {found.version} is" if found else "it is not"
                raise HarnessError(
                    f"{path}: the run was measured with the {registry.NOUNS[kind]} {wanted.name!r} of the package "
                    f"{wanted.package!r}, version {wanted.version!r}; {instead} installed here. Install that one."
                )
            names.append(wanted.name)
    return names


def unmeasurable(path: Path, error: Exception) -> HarnessError:
    """The error for a plan of which a part is missing or malformed."""
    if isinstance(error, ValidationError):
        problem = validation_problems(error)[:MAX_PROBLEM]
    elif isinstance(error, KeyError):
        problem = f"{error} is missing"
    else:
        problem = f"{type(error).__name__}: {error}"[:MAX_PROBLEM]
    return HarnessError(
        f"{path}: not a plan that this version of the harness can measure ({problem}). Measure the run with the "
        "version that made it, or run the study again."
    )
