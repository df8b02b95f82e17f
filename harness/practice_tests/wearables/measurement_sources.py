"""Measurements from a dataset of the harness, or from a table that a user gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


DEVICE, IS_REFERENCE = "ctx.device", "ctx.reference_device"


def is_of_devices(samples: pa.Table, reference: str | None) -> bool:
    """Whether the samples of a dataset are of devices beside a reference, which the user may have named."""
    columns = set(samples.column_names)
    return DEVICE in columns and (reference is not None or IS_REFERENCE in columns)


def of_reader(
    reader: Reader[Any], samples: pa.Table, options: WearablesOptions, observer: Observer
) -> Measurements:
    """The measurements of a dataset that names devices and a reference: its features, or those of its beats.

    Args:
        reader: of the dataset.
        samples: that it lists.
        options: the name of the dataset and, if the user names it, of the reference.
        observer: receives the progress.

    Raises:
        HarnessError: there is no reference, or several; or a person has two samples of a device in a situation.
    """
    assert options.dataset is not None
    rows = samples.to_pylist()
    reference = _reference(rows, options)
    subject_n, device_n, situation_n = (_texts(rows, name) for name in ("subject_id", DEVICE, "label"))
    if twice := _first_twice({"subject": subject_n, "device": device_n, "situation": situation_n}):
        raise HarnessError(
            f"dataset {options.dataset}: {' '.join(twice)} are two samples; give one per person, device and "
            "situation."
        )
    if f"ctx.{RMSSD}" in samples.column_names:
        columns = {name: _column(rows, f"ctx.{name}") for name in (HEART_RATE, RMSSD, "num_beats", "artefact")}
    else:
        columns = _of_beats(reader, rows, observer)
    return Measurements(
        dataset=options.dataset,
        reference=reference,
        subject_n=subject_n,
        device_n=device_n,
        situation_n=situation_n,
        values={name: columns[name] for name in (HEART_RATE, RMSSD)},
        num_beats_n=columns["num_beats"],
        num_artefacts_n=columns["artefact"],
        units=UNITS,
    )


def _reference(rows: Sequence[Mapping[str, Any]], options: WearablesOptions) -> str:
    """The device that the others are compared with: the one that the user names, or the samples."""
    devices = sorted({str(row[DEVICE]) for row in rows})
    if options.reference is not None:
        found = [options.reference] if options.reference in devices else []
    else:
        found = sorted({str(row[DEVICE]) for row in rows if str(row[IS_REFERENCE]).strip().lower() in _TRUE})
    if len(found) != 1:
        said = (
            f"reference={options.reference}"
            if options.reference
            else f"{IS_REFERENCE} ({', '.join(found) or 'none'})"
        )
        raise HarnessError(
            f"dataset {options.dataset}: {said} does not name one of its devices. Name it: reference=DEVICE, of "
            f"{', '.join(devices)}."
        )
    return found[0]


_TRUE = ("true", "1", "1.0", "yes")


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
