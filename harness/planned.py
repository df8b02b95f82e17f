"""What a stored plan says of measuring. It may come from elsewhere: its bounds hold here as for a config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.attributes.grouping import Grouping
from harness.cards import describe
from harness.config import LabelChoices, MeasureChoices
from harness.errors import HarnessError
from harness.measurement.settings import MeasureSettings


def measure_settings(plan: dict[str, Any], path: Path) -> MeasureSettings:
    """The choices of the measurement.

    Args:
        plan: as `harness.run_folder.RunFolder.read_plan` gives it.
        path: of its file, for the message.

    Raises:
        HarnessError: a choice is missing, malformed or out of its bounds.
    """
    try:
        measured = {name: plan["measure"][name] for name in MeasureChoices.model_fields}
        return MeasureSettings(
            **MeasureChoices.model_validate(measured).model_dump(),
            seed=plan["seed"],
            merge=LabelChoices.model_validate(plan["labels"]).merge or {},
            system=plan["model"]["name"],
            grouping=Grouping.of(plan["attributes"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        problem = describe(error) if isinstance(error, ValidationError) else f"{type(error).__name__}: {error}"
        raise HarnessError(
            f"{path}: not a plan that this version of the harness can measure ({problem})."
        ) from None
