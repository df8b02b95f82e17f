"""The tables and the plan of a run without names, as they are sent and packed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.attributes.grouping import Grouping
from harness.errors import HarnessError
from harness.evidence.names_in_plan import id_pieces, plan_by_pseudonyms
from harness.evidence.pseudonyms import load_pseudonym, pseudonymise, pseudonymise_folds
from harness.evidence.run_folder import RunFolder
from harness.files import read_bytes, write_bytes, write_json
from harness.progress import UNSEEN, Share
from harness.tables.folds import folds_document, read_folds
from harness.tables.predictions import validate_predictions
from harness.tables.samples import validate_samples
from harness.tables.versions import read_table, write_table


def validated_tables(folder: RunFolder) -> tuple[pa.Table, pa.Table]:
    """Its samples and predictions, under their own names.

    Raises:
        HarnessError: one is missing or malformed, or they do not fit each other.
    """
    samples = validate_samples(read_table(folder / "samples.parquet", "samples").table, rows_independent=True)
    predictions = read_table(folder / "predictions.parquet", "predictions").table
    return samples, validate_predictions(predictions, samples)


def write_public_tables(
    folder: RunFolder,
    plan: Mapping[str, Any],
    samples: pa.Table,
    predictions: pa.Table,
    into: Path,
    progress: Share = UNSEEN,
) -> None:
    """Write samples, predictions and folds with pseudonyms instead of names.

    Args:
        folder: of the run.
        plan: of the run.
        samples: validated, see `validated_tables`.
        predictions: likewise.
        into: the folder where they are written.
        progress: told of names that are replaced.

    Raises:
        HarnessError: the plan or the folds are malformed, or the key of pseudonyms cannot be used.
    """
    replacing, writing = progress.split(3, 1)
    samples, predictions = pseudonymise(samples, predictions, _grouping(plan, folder), replacing)
    write_table(samples, "samples", into / "samples.parquet")
    write_table(predictions, "predictions", into / "predictions.parquet")
    folds = pseudonymise_folds(read_folds(folder / "folds.json").folds)
    write_json(folds_document(folds), into / "folds.json")
    writing.end()


def public_plan(folder: RunFolder) -> dict[str, Any]:
    """The plan of a run with pseudonyms instead of names."""
    samples = id_pieces(folder / "samples.parquet")
    return plan_by_pseudonyms(folder.read_plan().plan, samples, load_pseudonym())


def write_public_plan(folder: RunFolder, plan: Mapping[str, Any], into: Path) -> None:
    """Write the plan of a run without names: as it was written, if it names nobody.

    Args:
        folder: of the run.
        plan: as `public_plan` gives it.
        into: the folder where it is written.
    """
    if plan == folder.read_plan().plan:
        write_bytes(read_bytes(folder / "plan.yaml"), into / "plan.yaml")
    else:
        RunFolder(into).write_plan(dict(plan))


def _grouping(plan: Mapping[str, Any], folder: RunFolder) -> Grouping:
    try:
        return Grouping.of(plan["attributes"])
    except (KeyError, TypeError, ValueError) as error:
        raise HarnessError(
            f"{folder / 'plan.yaml'}: the section attributes is malformed ({error!r:.200})."
        ) from None
