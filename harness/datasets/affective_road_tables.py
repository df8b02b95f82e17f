"""The tables of AffectiveROAD: where on the route a drive was, the stress metric, and the chest belt."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv

from harness.arrays import Floats
from harness.errors import HarnessError, Reason, Unscored
from harness.files import read_text, text_lines
from harness.signals.empatica import SENSORS, read_starts
from harness.signals.media import Channel
from harness.signals.undecodable import undecodable

MAX_TABLE_BYTES = 16 * 2**20
MAX_INDEX = 1_000_000
"""Of a sample: three days at 4 Hz."""

METRIC_HZ, WRIST_HZ, CHEST_HZ = 4.0, 4.0, 1.0
"""In what the tables count: the metric, the wristband (its skin conductance), the chest belt."""

ROUNDED = 0.01
"""How far a metric may be beyond 0 to 1; one on another scale would be high all the time."""

METRIC_ROUTE, REST = "Subj_metric/Annot_Subjective_metric", "Rest"
CHEST: Mapping[str, str] = {"HR": "chest_heart_rate", "BR": "respiration_rate"}
"""Column of the chest belt → channel, both per minute."""


class Stage(NamedTuple):
    """A stage of the route, in samples from the start of a file: ``[first, last)``."""

    road: str
    first: int
    last: int


class Drive(NamedTuple):
    """One drive: its name, its number, and its stages in samples of wristband, metric and chest belt."""

    name: str
    number: int
    stages: list[tuple[Stage, Stage, Stage | None]]


def read_drives(file: Callable[[str], Path], wrist: str) -> list[Drive]:
    """The drives in the order of their numbers, of which wristband and metric have the same stages.

    Args:
        file: the path of a table, see `harness.datasets.reader.Reader.file`.
        wrist: ``Left`` or ``Right``.

    Raises:
        HarnessError: a table is missing or malformed, or the stages of a drive differ; it names it.
    """
    on_wrist, rated = (read_route(file(f"{name}.csv")) for name in (f"E4/Annot_E4_{wrist}", METRIC_ROUTE))
    chest_table = file("Bioharness/Annot_Bioharness.csv")
    on_chest = read_route(chest_table) if chest_table.is_file() else {}
    drives = []
    for name in rated:
        if (match := re.fullmatch(r"Drv(\d{1,3})", name)) is None or name not in on_wrist:
            continue
        own, theirs = on_wrist[name], rated[name]
        if [stage.road for stage in own] != [stage.road for stage in theirs]:
            raise HarnessError(
                f"{file(f'{METRIC_ROUTE}.csv')}: the stages of {name} are not those of the wristband."
            )
        chest = on_chest.get(name, [])
        same = [stage.road for stage in chest] == [stage.road for stage in own]
        padded = chest if same else [None] * len(own)
        drives.append(Drive(name, int(match[1]), list(zip(own, theirs, padded, strict=True))))
    return sorted(drives, key=lambda drive: drive.number)


def read_route(path: Path) -> Mapping[str, list[Stage]]:
    """Drive → the stages with a metric, in the order in which they were driven.

    The table has a row for each drive: its id, then start and end of every stage; stages of the way back have the
    names of those of the way there. Rests before and after, which only some of the tables have, are left out.

    Raises:
        HarnessError: no such table, a cell is no number of a sample, or a drive stands twice; it names the row.
    """
    try:
        rows = [row for row in csv.reader(text_lines(read_text(path, MAX_TABLE_BYTES))) if any(row)]
    except (OSError, ValueError, csv.Error) as error:
        raise HarnessError(f"{path}: not a readable table ({error}).") from None
    header = [cell.strip() for cell in rows[0]] if rows else []
    places = [place for place, names in enumerate(pairwise(header)) if _spans(*names)]
    if not places or header[0].lower().replace("-", "_") != "drive_id":
        raise HarnessError(
            f"{path}: expected a header of Drive_id, Z_Start, Z_End, … It is {', '.join(header)[:200]}."
        )
    found = {}
    for number, row in enumerate(rows[1:], start=1):
        where = f"{path}, row {number}"
        if row[0].strip() in found:
            raise HarnessError(f"{where}: the drive {row[0].strip()[:40]} stands in it twice.")
        found[row[0].strip()] = [
            Stage(road, _index(row, place, where), _index(row, place + 1, where))
            for place in places
            if (road := header[place].removesuffix("_Start")) != REST
        ]
    return found


def read_metric(path: Path) -> Floats:
    """The stress metric of a drive ``[T]``, NaN where a cell is empty.

    Raises:
        HarnessError: no such file, or a row is no number from 0 to 1; it names the row.
    """
    try:
        lines = text_lines(read_text(path, MAX_TABLE_BYTES))[1:]
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: not a readable table ({error}).") from None
    values = []
    for number, line in enumerate(lines, start=1):
        cell = line.rpartition(",")[2].strip().strip('"')
        try:
            values.append(float(cell) if cell and cell != "NA" else math.nan)
        except ValueError:
            raise HarnessError(f"{path}, row {number}: {cell[:40]!r} is not a number.") from None
    metric = np.array(values, np.float64)
    metric = np.where(np.isfinite(metric), metric, np.nan)
    beyond = np.flatnonzero((metric < -ROUNDED) | (metric > 1 + ROUNDED))
    if len(beyond):
        raise HarnessError(f"{path}, row {beyond[0] + 1}: {metric[beyond[0]]:g} is no metric from 0 to 1.")
    return metric


def read_chest(path: Path, first: int, last: int) -> dict[str, Channel]:
    """Heart rate and respiration of the chest belt in some of its rows, one a second.

    Raises:
        Unscored: the file is missing, too large or not such a table.
    """
    types = dict.fromkeys(CHEST, pa.float64())
    convert = pyarrow.csv.ConvertOptions(
        include_columns=[*CHEST], column_types=types, null_values=["", "NA", "NaN"]
    )
    try:
        if path.stat().st_size > MAX_TABLE_BYTES:
            raise Unscored(Reason.TOO_LARGE, f"the file is over {MAX_TABLE_BYTES // 2**20} MiB")
        parse = pyarrow.csv.ParseOptions(delimiter=";")
        table = pyarrow.csv.read_csv(path, parse_options=parse, convert_options=convert)
    except (pa.ArrowException, OSError, KeyError):
        raise undecodable(path, f"a table with the columns {', '.join(CHEST)}, separated by semicolons") from None
    rows = table.slice(first, max(last - first, 0))
    return {
        name: Channel(rows[column].to_numpy(), CHEST_HZ, 0.0, "1/min")
        for column, name in CHEST.items()
        if rows.num_rows
    }


def origin_s(folder: Path) -> float:
    """When the skin conductance starts, in which the tables count, from the session's start."""
    starts = read_starts(folder)
    start_s = None if starts is None else starts[1].get(SENSORS["eda"].file)
    return 0.0 if starts is None or start_s is None else start_s - starts[0]


def _spans(start: str, end: str) -> bool:
    return start.endswith("_Start") and end == f"{start.removesuffix('_Start')}_End"


def _index(row: list[str], place: int, where: str) -> int:
    text = row[place].strip() if place < len(row) else ""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= MAX_INDEX or value != int(value):
        raise HarnessError(f"{where}, cell {place + 1}: {text[:40]!r} is not the number of a sample.")
    return int(value)
