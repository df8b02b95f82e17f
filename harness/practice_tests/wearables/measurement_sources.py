"""Measurements from a dataset of the harness, or from a table that a user gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from harness.arrays import Floats
from harness.datasets.reader import Reader
from harness.errors import HarnessError, Unscored
from harness.practice_tests.wearables.measurements import Measurements, Texts
from harness.practice_tests.wearables.user_cells import names, numbers, optional, required
from harness.practice_tests.wearables.wearables_options import WearablesOptions
from harness.signals.hrv import time_domain
from harness.signals.media import Recording
from harness.study.observer import Observer
from harness.user_tables.table_formats import read_user_table

HEART_RATE, RMSSD = "mean_hr", "rmssd"
UNITS = {HEART_RATE: "bpm", RMSSD: "ms"}


def is_of_devices(samples: pa.Table) -> bool:
    """Whether the samples of a dataset are of devices beside a reference."""
    return {"ctx.device", "ctx.reference_device"} <= set(samples.column_names)


def of_reader(reader: Reader[Any], samples: pa.Table, dataset: str, observer: Observer) -> Measurements:
    """The measurements of a dataset that names devices and a reference: its features, or those of its beats.

    Args:
        reader: of the dataset.
        samples: that it lists.
        dataset: its name.
        observer: receives the progress.
    """
    rows = samples.to_pylist()
    if f"ctx.{RMSSD}" in samples.column_names:
        columns = {name: _column(rows, f"ctx.{name}") for name in (HEART_RATE, RMSSD, "num_beats", "artefact")}
    else:
        columns = _of_beats(reader, rows, observer)
    reference = {row["ctx.device"] for row in rows if row["ctx.reference_device"]}
    return Measurements(
        dataset=dataset,
        reference=reference.pop(),
        subject_n=_texts(rows, "subject_id"),
        device_n=_texts(rows, "ctx.device"),
        situation_n=_texts(rows, "label"),
        values={name: columns[name] for name in (HEART_RATE, RMSSD)},
        num_beats_n=columns["num_beats"],
        num_artefacts_n=columns["artefact"],
        units=UNITS,
    )


def of_table(options: WearablesOptions) -> Measurements:
    """The measurements of a user's table.

    Raises:
        HarnessError: it cannot be read, a column is absent, a person has two rows for a device in a situation, or
            the reference is none of the devices.
    """
    assert options.measurements is not None
    table, columns = read_user_table(options.measurements), options.measured
    texts = {key: names(table, required(table, getattr(columns, key), f"measured.{key}")) for key in _KEYS}
    if twice := _first_twice(texts):
        raise HarnessError(
            f"{table.path}: {' '.join(twice)} stands in two rows; give one per person and situation."
        )
    if options.reference not in set(texts["device"].tolist()):
        known = ", ".join(sorted(set(texts["device"].tolist())))
        raise HarnessError(f"{table.path}: reference={options.reference} is none of its devices: {known}.")
    return Measurements(
        dataset=table.path.stem,
        reference=str(options.reference),
        subject_n=texts["subject"],
        device_n=texts["device"],
        situation_n=texts["situation"],
        values={name: numbers(table, required(table, name, "measured.values")) for name in columns.values},
        num_beats_n=optional(table, columns.beats, "measured.beats"),
        num_artefacts_n=optional(table, columns.artefacts, "measured.artefacts"),
        units=columns.units,
    )


_KEYS = ("subject", "device", "situation")


def _first_twice(texts: Mapping[str, Texts]) -> tuple[str, ...] | None:
    seen: set[tuple[str, ...]] = set()
    for key in zip(*(texts[name].tolist() for name in _KEYS), strict=True):
        if key in seen:
            return key
        seen.add(key)
    return None


def _of_beats(reader: Any, rows: list[dict[str, Any]], observer: Observer) -> dict[str, Floats]:
    """Heart rate, RMSSD and the counts of every window, by `harness.signals.hrv`."""
    columns = {name: np.full(len(rows), np.nan) for name in (HEART_RATE, RMSSD, "num_beats", "artefact")}
    observer.stage("reading beats")
    for index, row in enumerate(rows):
        observer.progress(index, len(rows))
        try:
            recording = reader.load(row)
        except Unscored:
            continue
        if not isinstance(recording, Recording) or recording.beats is None:
            continue
        found = time_domain(recording.beats, np.zeros(1), np.array([recording.duration_s]))
        columns[HEART_RATE][index], columns[RMSSD][index] = found.heart_rate[0], found.rmssd[0]
        columns["num_beats"][index] = found.num_beats[0]
        columns["artefact"][index] = found.artefact_share[0] * found.num_beats[0]
    return columns


def _column(rows: list[dict[str, Any]], name: str) -> Floats:
    return np.array([np.nan if row[name] is None else row[name] for row in rows], np.float64)


def _texts(rows: list[dict[str, Any]], name: str) -> Texts:
    return np.array([row[name] for row in rows], np.str_)
