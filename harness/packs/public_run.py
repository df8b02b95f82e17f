"""The run of a pack: the tables of a run folder without names, from which its numbers follow.

Ids are pseudonyms (`harness.evidence.pseudonyms`). Neither what systems answered word for word, nor the names of
files, nor fingerprints of media are part of it. Results and curves are those of the run, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.attributes.grouping import Grouping
from harness.attributes.shared_answers import shared_values
from harness.errors import HarnessError
from harness.evidence.names_in_plan import id_pieces, plan_by_pseudonyms
from harness.evidence.pseudonyms import load_pseudonym, pseudonymise, pseudonymise_folds, pseudonymise_rows
from harness.evidence.run_folder import RunFolder
from harness.files import MAX_TABLE_BYTES, read_bytes, write_bytes, write_json
from harness.tables.folds import folds_document, read_folds
from harness.tables.predictions import validate_predictions
from harness.tables.samples import validate_samples
from harness.tables.versions import read_table, write_table

AS_THEY_ARE = ("run.json", "results.parquet", "results.csv", "curves.parquet")


def write_public_run(folder: RunFolder, into: Path) -> RunFolder:
    """Write plan, tables and record of a finished run without names.

    Args:
        folder: of the run, unchanged since it was finished.
        into: an absent or empty folder.

    Raises:
        HarnessError: a table does not fit the others, or the key of pseudonyms cannot be used.
    """
    public = RunFolder(into)
    samples = validate_samples(read_table(folder / "samples.parquet", "samples").table, rows_independent=True)
    predictions = validate_predictions(read_table(folder / "predictions.parquet", "predictions").table, samples)
    plan = folder.read_plan().plan
    hidden, answered = pseudonymise(samples, predictions, _grouping(plan, folder))
    write_table(hidden, "samples", public / "samples.parquet")
    write_table(answered, "predictions", public / "predictions.parquet")
    for name, reduced in _ROWS.items():
        if (folder / f"{name}.parquet").is_file():
            table = reduced(read_table(folder / f"{name}.parquet", name).table, samples)
            write_table(pseudonymise_rows(table, samples), name, public / f"{name}.parquet")
    folds = pseudonymise_folds(read_folds(folder / "folds.json").folds)
    write_json(folds_document(folds), public / "folds.json")
    _write_plan(folder, public, plan)
    for name in AS_THEY_ARE:
        write_bytes(read_bytes(folder / name, MAX_TABLE_BYTES), public / name)
    return public


def _write_plan(folder: RunFolder, public: RunFolder, plan: Mapping[str, Any]) -> None:
    """The plan as it was written, if it names nobody."""
    hidden = plan_by_pseudonyms(plan, id_pieces(folder / "samples.parquet"), load_pseudonym())
    if hidden == plan:
        write_bytes(read_bytes(folder / "plan.yaml"), public / "plan.yaml")
    else:
        public.write_plan(hidden)


def _grouping(plan: Mapping[str, Any], folder: RunFolder) -> Grouping:
    try:
        return Grouping.of(plan["attributes"])
    except (KeyError, TypeError, ValueError) as error:
        raise HarnessError(
            f"{folder / 'plan.yaml'}: the section attributes is malformed ({error!r:.200})."
        ) from None


def _as_it_is(table: pa.Table, _: pa.Table) -> pa.Table:
    return table


def _without_contents(media: pa.Table, _: pa.Table) -> pa.Table:
    """Without what identifies the media themselves."""
    return _emptied(media, ("content", "fingerprint"))


def _without_words(answers: pa.Table, samples: pa.Table) -> pa.Table:
    """Without the answers word for word, and without versions that a service stated for one person only."""
    answers = _emptied(answers, ("raw",))
    subject_of = dict(zip(samples["sample_id"].to_pylist(), samples["subject_id"].to_pylist(), strict=True))
    versions = answers["version"].to_pylist()
    shared = shared_values(versions, [subject_of.get(name, name) for name in answers["sample_id"].to_pylist()])
    kept = pa.array([text if text in shared else None for text in versions], pa.string())
    return answers.set_column(answers.schema.get_field_index("version"), "version", kept)


def _emptied(table: pa.Table, names: tuple[str, ...]) -> pa.Table:
    for name in names:
        index = table.schema.get_field_index(name)
        field = table.schema.field(index)
        table = table.set_column(index, field, pa.nulls(table.num_rows, field.type))
    return table


_ROWS: Mapping[str, Callable[[pa.Table, pa.Table], pa.Table]] = {
    "repeats": _as_it_is,
    "media": _without_contents,
    "probes": _as_it_is,
    "answers": _without_words,
    "timings": _as_it_is,
}
"""The tables of rows about samples that a run may have, and what is taken out of each."""
