"""The precision in which torch computes."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

from harness.models.model import RunSettings

DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def autocast(settings: RunSettings) -> AbstractContextManager[object]:
    """The context in which a network computes with the precision and on the device of a run."""
    if settings.precision == "float32":
        return nullcontext()
    return torch.autocast(torch.device(settings.device).type, dtype=DTYPES[settings.precision])
