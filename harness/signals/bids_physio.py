"""Physiology in the Brain Imaging Data Structure: ``…_physio.tsv.gz`` and ``…_physio.json`` beside it.

The table has no header. The description says ``Columns``, ``SamplingFrequency`` and ``StartTime`` (s from the
start of the recording that it belongs to), and may say ``Units`` of a column.
"""

from __future__ import annotations

import gzip
import io
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from harness.arrays import Floats
from harness.errors import Reason, Unscored
from harness.files import read_bytes, read_json
from harness.signals.undecodable import undecodable

SUFFIX = "_physio.tsv.gz"
MAX_PACKED_BYTES, MAX_UNPACKED_BYTES = 2**28, 2**30

COLUMNS = {
    "cardiac": "bvp", "ppg": "bvp", "ecg": "ecg", "eda": "eda", "gsr": "eda", "scr": "eda",
    "temperature": "temperature", "respiratory": "respiration",
}  # fmt: skip
"""Column of the table → our name. BIDS defines ``cardiac`` and ``respiratory``; others keep theirs."""

_UNITS = {"uS": "µS", "microsiemens": "µS", "mV": "mV", "V": "V", "uV": "µV", "oC": "°C", "degC": "°C"}
_KNOWN = {"ecg": "mV", "eda": "µS", "temperature": "°C", "bvp": None}
"""Channels that models know, in this unit: where the description states another or none, they are refused."""


def description_of(path: Path) -> Path:
    """Where the description of a table stands."""
    return path.with_name(path.name.removesuffix(".tsv.gz") + ".json")


def read_bids_physio(path: Path) -> tuple[Floats, dict[str, Floats]]:
    """The times in s and the columns under our names: known ones, or ``name [unit]``.

    Raises:
        Unscored: the table or its description is missing, damaged, over 1 GiB unpacked, or they disagree.
    """
    about = _description(description_of(path))
    names, rate_hz, start_s = about["Columns"], about["SamplingFrequency"], about["StartTime"]
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(_unpacked(path)),
            read_options=pyarrow.csv.ReadOptions(column_names=names),
            parse_options=pyarrow.csv.ParseOptions(delimiter="\t"),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.float64()), null_values=["n/a", "", "NaN", "nan"]
            ),
        )
    except pa.ArrowException:
        raise Unscored(Reason.UNREADABLE, f"{path.name} is no table of numbers in {len(names)} columns") from None
    columns = {_named(name, about): table[name].to_numpy() for name in names}
    if len(columns) < len(names):
        raise Unscored(Reason.UNREADABLE, f"{path.name}: two of its columns are the same signal")
    return start_s + np.arange(table.num_rows) / rate_hz, columns


def _named(name: str, about: dict[str, Any]) -> str:
    stated = about.get(name)
    unit = stated.get("Units") if isinstance(stated, dict) else None
    unit = _UNITS.get(unit, unit) if isinstance(unit, str) else None
    ours = COLUMNS.get(name.lower(), name)
    if ours in _KNOWN:
        return ours if _KNOWN[ours] in (None, unit) else f"{ours} [{unit or 'a.u.'}]"
    return f"{ours} [{unit or 'a.u.'}]"


def _description(path: Path) -> dict[str, Any]:
    try:
        about = read_json(path)
        names, rate_hz, start_s = about["Columns"], float(about["SamplingFrequency"]), float(about["StartTime"])
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise ValueError
        if not (math.isfinite(start_s) and 0 < rate_hz < 1e6) or len(set(names)) < len(names):
            raise ValueError
    except FileNotFoundError:
        raise Unscored(Reason.MISSING_FILE, f"{path.name}, which describes the table") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise Unscored(
            Reason.UNREADABLE, f"{path.name} states no Columns, SamplingFrequency and StartTime"
        ) from None
    return {**about, "SamplingFrequency": rate_hz, "StartTime": start_s}


def _unpacked(path: Path) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(read_bytes(path, MAX_PACKED_BYTES))) as file:
            data = file.read(MAX_UNPACKED_BYTES + 1)
    except (OSError, ValueError, EOFError, zlib.error):
        raise undecodable(path, "a table in gzip") from None
    if len(data) > MAX_UNPACKED_BYTES:
        raise Unscored(Reason.TOO_LARGE, f"it unpacks to over {MAX_UNPACKED_BYTES // 2**30} GiB")
    if not data:
        raise Unscored(Reason.EMPTY, "no rows")
    return data
