"""The tables of K-EmoCon: when debates were, how they were rated, and what a wristband sent."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv

from harness.arrays import Floats
from harness.datasets.layout import cell_number, read_csv
from harness.errors import Reason, Unscored
from harness.signals.undecodable import undecodable

ANNOTATED_S = 5.0
MAX_E4_BYTES = 2**29


class Debate(NamedTuple):
    """A person's debate, in unix seconds."""

    pid: int
    start_s: float
    end_s: float


def read_debates(path: Path) -> list[Debate]:
    """The people of ``subjects.csv`` whose debate has a start and an end.

    Raises:
        HarnessError: no such table, or a cell is no number.
    """
    names = ("pid", "startTime", "endTime")
    debates = []
    for number, row in enumerate(read_csv(path, names), start=1):
        pid, start_ms, end_ms = (cell_number(row[name], f"{path}, row {number}, {name}") for name in names)
        if pid is not None and start_ms is not None and end_ms is not None:
            debates.append(Debate(int(pid), start_ms / 1e3, end_ms / 1e3))
    return debates


def read_ratings(path: Path, debate: Debate) -> list[dict[str, float | None]]:
    """Valence and arousal (1 to 5) of each 5 s from the start of the debate; none where there is no such table.

    Ratings may begin before the debate: where there are more than fit, those at the beginning are left out.

    Raises:
        HarnessError: a column is missing, or a cell is no number.
    """
    if not path.is_file():
        return []
    rows = [
        {name: cell_number(row[name], f"{path}, row {number}, {name}") for name in ("valence", "arousal")}
        for number, row in enumerate(read_csv(path, ["seconds", "valence", "arousal"], strict=False), start=1)
    ]
    most = int((debate.end_s - debate.start_s) // ANNOTATED_S)
    return rows[len(rows) - most :] if len(rows) > most else rows


def read_e4_column(path: Path, serial: str | None) -> tuple[Floats, Floats]:
    """Times in unix seconds and values of one sensor; of one device alone where several sent to one file.

    Raises:
        Unscored: missing, over 512 MiB, or not such a table.
    """
    try:
        state = path.stat()
    except OSError:
        raise undecodable(path, "a CSV table") from None
    if state.st_size > MAX_E4_BYTES:
        raise Unscored(Reason.TOO_LARGE, f"the file is over {MAX_E4_BYTES // 2**20} MiB")
    return _read(path, serial, state.st_size, state.st_mtime_ns)


def on_grid(time_s: Floats, values: Floats, rate_hz: float, start_s: float, end_s: float) -> Floats | None:
    """The values of a stretch at the rate of their device, NaN where no frame came; None if none did.

    Args:
        time_s: of the frames ``[T]``.
        values: ``[T]``.
        rate_hz: of the device.
        start_s: of the stretch.
        end_s: of the stretch.
    """
    place = np.floor((time_s - start_s) * rate_hz + 1e-6)
    inside = (place >= 0) & (time_s < end_s) & (place < np.ceil((end_s - start_s) * rate_hz))
    if not inside.any():
        return None
    grid = np.full(int(np.ceil((end_s - start_s) * rate_hz)), np.nan)
    grid[place[inside].astype(np.int64)] = values[inside]
    return grid


@lru_cache(maxsize=8)
def _read(path: Path, serial: str | None, size: int, modified_ns: int) -> tuple[Floats, Floats]:  # noqa: ARG001 (a changed file is another key)
    types = {"timestamp": pa.float64(), "value": pa.float64()} | ({"device_serial": pa.string()} if serial else {})
    options = pyarrow.csv.ConvertOptions(include_columns=[*types], column_types=types)
    try:
        table = pyarrow.csv.read_csv(path, convert_options=options)
    except (pa.ArrowException, OSError, KeyError):
        raise undecodable(path, f"a CSV table with the columns {', '.join(types)}, separated by commas") from None
    if serial is not None:
        table = table.filter(pa.array([of == serial for of in table["device_serial"].to_pylist()], pa.bool_()))
    time_s = table["timestamp"].to_numpy() / 1e3
    known = np.isfinite(time_s)
    return time_s[known], table["value"].to_numpy()[known]
