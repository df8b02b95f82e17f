"""Recordings that are no table with a column ``time_s``: the formats that devices and laboratories write.

A format is known by the end of the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from harness.arrays import Floats
from harness.signals import apple_health, bids_physio, consumer_exports, electrode_files, garmin_fit
from harness.signals.consumer_exports import Found
from harness.signals.media import Recording
from harness.signals.recording_cut import cut
from harness.signals.undecodable import undecodable

_EXPORTS: Mapping[str, Callable[[Path], Found]] = {
    ".json": consumer_exports.read_json_export,
    ".xml": apple_health.read_apple_health,
    ".fit": garmin_fit.read_fit,
}
"""End of the name → what reads the whole file; the last one is kept for the next window."""

_FIRST_INTERVAL = re.compile(r"\d{2,5}([.,]\d+)?|")
_LOGGED = ("rr-interval [ms]", "ecg [uv]", "ecg [µv]")
"""What the first line of a text file holds: an interval in ms or nothing, or a column of the Polar Sensor Logger;
otherwise it is a table like any other."""


def read_recording_file(path: Path, start_s: float | None, end_s: float | None) -> Recording | None:
    """A recording, or a window of it; None where the file is a table (see `read_other_table`).

    Raises:
        HarnessError: a package that reads the format is not installed.
        Unscored: the file, or the window, cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix in electrode_files.SUFFIXES:
        return electrode_files.read_electrodes(path, start_s, end_s)
    if suffix == ".txt" and _FIRST_INTERVAL.fullmatch(_first_line(path)):
        return cut({}, consumer_exports.read_intervals_text(path), start_s, end_s)
    if suffix in _EXPORTS:
        return cut(*_whole(path, *_state(path)), start_s, end_s)
    return None


def read_other_table(path: Path) -> tuple[Floats, dict[str, Floats]] | None:
    """The times in s and the columns of a table in another form; None where it is CSV or Parquet.

    Raises:
        Unscored: it cannot be read.
    """
    if path.name.endswith(bids_physio.SUFFIX):
        return bids_physio.read_bids_physio(path)
    is_log = path.suffix.lower() == ".txt" and any(name in _first_line(path) for name in _LOGGED)
    return consumer_exports.read_polar_log(path) if is_log else None


def beside(uri: str) -> list[str]:
    """The files that are opened with a recording, by uri."""
    if not uri.endswith(bids_physio.SUFFIX):
        return []
    return [uri.removesuffix(".tsv.gz") + ".json"]


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.readline(1_000).decode("utf-8-sig", "replace").strip().lower()
    except OSError:
        raise undecodable(path, "a text export") from None


def _state(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        raise undecodable(path, "an export") from None
    return found.st_size, found.st_mtime_ns


@lru_cache(maxsize=1)
def _whole(path: Path, size: int, modified_ns: int) -> Found:  # noqa: ARG001 (a changed file is another key)
    return _EXPORTS[path.suffix.lower()](path)
