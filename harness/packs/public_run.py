"""The run of a pack: the tables of a run folder without names, from which its numbers follow.

Ids are pseudonyms (`harness.evidence.pseudonyms`). Neither what systems answered word for word, nor the names of
files, nor fingerprints of media are part of it. Results and curves are those of the run, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa

from harness.attributes.shared_answers import shared_values
from harness.evidence.pseudonyms import pseudonymise_rows
from harness.evidence.public_tables import (
    public_plan,
    validated_tables,
    write_public_plan,
    write_public_tables,
)
from harness.evidence.run_folder import RunFolder
from harness.files import MAX_TABLE_BYTES, read_bytes, write_bytes
from harness.progress import UNSEEN, Share
from harness.tables.versions import read_table, write_table

AS_THEY_ARE = ("run.json", "results.parquet", "results.csv", "curves.parquet")


def write_public_run(folder: RunFolder, into: Path, progress: Share = UNSEEN) -> RunFolder:
    """Write plan, tables and record of a finished run without names.

    Args:
        folder: of the run, unchanged since it was finished.
        into: an absent or empty folder.
        progress: told of tables and of names that are replaced.

    Raises:
        HarnessError: a table does not fit the others, or the key of pseudonyms cannot be used.
    """
    public = RunFolder(into)
    reading, replacing, others = progress.split(1, 5, 1)
    samples, predictions = validated_tables(folder)
    reading.end()
    write_public_tables(folder, folder.read_plan().plan, samples, predictions, into, replacing)
    for name, reduced in others.each(_ROWS.items(), len(_ROWS)):
        if (folder / f"{name}.parquet").is_file():
            table = reduced(read_table(folder / f"{name}.parquet", name).table, samples)
            write_table(pseudonymise_rows(table, samples), name, public / f"{name}.parquet")
    write_public_plan(folder, public_plan(folder), into)
    for name in AS_THEY_ARE:
        write_bytes(read_bytes(folder / name, MAX_TABLE_BYTES), public / name)
    return public


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
    "frames": _as_it_is,
}
"""The tables of rows about samples that a run may have, and what is taken out of each."""
