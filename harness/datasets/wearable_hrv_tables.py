"""The HRV features of one person in Wearable HRV: a row per device and condition."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.datasets.layout import read_csv
from harness.errors import HarnessError

REFERENCE = "vu"
DEVICES = (REFERENCE, "empatica", "heartmath", "kyto", "rhythm")
FEATURES: Mapping[str, str] = {
    "mean_nni": "mean_nni",
    "sdnn": "sdnn",
    "rmssd": "rmssd",
    "pnni_50": "pnni_50",
    "mean_hr": "mean_hr",
    "artefact": "artefact",
    "nibi_after_cropping": "num_beats",
}
"""Column of the tables → ``ctx.<name>``. Intervals in ms, pnni_50 in %, mean_hr in beats per minute, counts."""


def feature_rows(path: Path, conditions: list[str]) -> Iterator[dict[str, Any]]:
    """The rows of a table as rows of the samples, without a ``uri``: there is no signal.

    Args:
        path: of the table.
        conditions: that there may be.

    Raises:
        HarnessError: no such table, or a row is not as in the dataset; it names file and row.
    """
    columns = sorted({*FEATURES, "conditions", "device", "pp"})
    rows = read_csv(path, columns, strict=False)
    for number, row in enumerate(rows, start=1):
        where = f"{path.name}, row {number}"
        device = one_of(row["device"], DEVICES, f"{where}, device")
        condition = one_of(row["conditions"], conditions, f"{where}, conditions")
        yield {
            "sample_id": f"{path.name}#{device}-{condition}",
            "modality": "wearable",
            "subject_id": row["pp"] or path.stem,
            "label": condition,
            "label_source": "context_assigned",
            "ctx.device": device,
            "ctx.reference_device": device == REFERENCE,
            **{f"ctx.{name}": _feature(row[column], f"{where}, {column}") for column, name in FEATURES.items()},
        }


def one_of(value: str, allowed: tuple[str, ...] | list[str], where: str) -> str:
    """The same value.

    Raises:
        HarnessError: it is none of those that are allowed.
    """
    if value not in allowed:
        raise HarnessError(f"{where}: {value!r}; expected one of {', '.join(allowed)}.")
    return value


def _feature(text: str, where: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise HarnessError(f"{where}: {text!r} is not a number.") from None
    return value if math.isfinite(value) else None
