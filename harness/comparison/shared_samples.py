"""The samples that several runs share, after a check that they mean the same in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc

from harness.cards.taxonomy import class_of
from harness.comparison.finished_runs import FinishedRun
from harness.errors import HarnessError
from harness.tables.schemas import DIMENSIONS

BY_FILE_NAME = "name"
"""In place of a column to join on: the name of the sample's file, without folder and ending."""


def shared_samples(finished: Sequence[FinishedRun], on: str) -> list[pa.Table]:
    """Per run the samples that all runs have, in the order of the first.

    Args:
        finished: at least two.
        on: the column of the samples that says which are the same: ``sample_id``, another, or `BY_FILE_NAME`.

    Raises:
        HarnessError: they share none; the column does not tell samples apart; or they disagree on who or what a
            sample is.
    """
    keys = [_keys(run, on) for run in finished]
    first = keys[0]
    shared = pa.array([True] * len(first))
    for other in keys[1:]:
        shared = pc.and_(shared, pc.is_in(first, value_set=other))
    kept = first.filter(shared)
    if not len(kept):
        raise HarnessError(
            f"The runs share no sample by {on}: {finished[0].path} has {first[0].as_py()!r}, {finished[1].path} "
            f"has {keys[1][0].as_py()!r}. --on COLUMN joins on another column of the samples, --on {BY_FILE_NAME} "
            "on the names of their files without folder and extension."
        )
    found = [
        run.samples.take(pc.index_in(kept, value_set=of_run)) for run, of_run in zip(finished, keys, strict=True)
    ]
    for run, samples in zip(finished[1:], found[1:], strict=True):
        _require_agreement(finished[0], found[0], run, samples)
    return found


def _keys(run: FinishedRun, on: str) -> pa.Array:
    samples = run.samples
    if on == BY_FILE_NAME:
        keys = pa.array([_file_name(sample) for sample in samples["sample_id"].to_pylist()], pa.string())
    elif on in samples.column_names and pa.types.is_string(samples[on].type):
        keys = samples[on].combine_chunks()
    else:
        texts = [field.name for field in samples.schema if pa.types.is_string(field.type)]
        raise HarnessError(
            f"--on {on}: {run.path} has no such column of text. It has: {BY_FILE_NAME}, {', '.join(texts)}."
        )
    if keys.null_count:
        raise HarnessError(f"--on {on}: {keys.null_count:,} samples of {run.path} have none.")
    occurrences = pc.value_counts(keys)
    repeated = occurrences.filter(pc.greater(occurrences.field("counts"), 1))
    if len(repeated):
        raise HarnessError(
            f"--on {on}: {repeated[0]['values'].as_py()!r} stands for {repeated[0]['counts'].as_py()} samples of "
            f"{run.path}. Choose a column that tells its samples apart."
        )
    return keys


def _file_name(sample_id: str) -> str:
    """``AudioWAV/1001_IEO_ANG_HI.wav#0-500`` → ``1001_IEO_ANG_HI#0-500``."""
    path, mark, part = sample_id.partition("#")
    return f"{PurePosixPath(path).stem}{mark}{part}"


def _require_agreement(one: FinishedRun, left: pa.Table, other: FinishedRun, right: pa.Table) -> None:
    """The same samples must have the same subject, class, dimensions and attributes in both runs."""
    columns = ["subject_id", "label", *DIMENSIONS]
    columns += [name for name in left.column_names if name.startswith("attr.") and name in right.column_names]
    for column in columns:
        values = left[column].to_pylist(), right[column].to_pylist()
        if column == "label":
            values = _classes(one, values[0]), _classes(other, values[1])
        differing = [index for index, (a, b) in enumerate(zip(*values, strict=True)) if a != b]
        if differing:
            index = differing[0]
            raise HarnessError(
                f"{one.path} and {other.path} disagree on {len(differing):,} of the samples that they share. The "
                f"first: sample {left['sample_id'][index].as_py()!r} has {column} {values[0][index]!r} in the one "
                f"and {values[1][index]!r} in the other. Only answers to the same question can be compared: "
                "measure both on the same version of the dataset, with the same merging of labels."
            )


def _classes(run: FinishedRun, labels: Sequence[str | None]) -> list[str | None]:
    to_class = class_of(run.settings.merge)
    return [None if label is None else to_class(label) for label in labels]
