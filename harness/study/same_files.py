"""Checks that a run that is repeated or continued still finds the same files.

Sizes and times are not enough, as contents may be swapped and times reset: every file is hashed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from harness.datasets.reader import Reader, ReaderOptions
from harness.datasets.recorded_files import noted_files
from harness.errors import HarnessError, Reason, Unscored
from harness.evidence.media_identity import FileDifferences, read_again
from harness.evidence.run_folder import RunFolder
from harness.inference.engine import Progress
from harness.inference.file_log import FileLog
from harness.tables.file_table import FileRead, files_of
from harness.tables.versions import read_table
from harness.wording import listed

_ENDED = (str(Reason.CRASHED), str(Reason.TIMEOUT))


def require_files_of_finished(folder: RunFolder, reader: Reader[ReaderOptions], progress: Progress) -> None:
    """Check that a finished run would read the same files now.

    Raises:
        HarnessError: a file has different contents, is missing, or was missing and is there now.
    """
    found = _differences(listed_files(folder), reader, progress)
    if found:
        raise HarnessError(
            f"{folder.path} contains a finished run over different files of {reader.root}: {found.text}. It is "
            "kept. Measure the present files in a new folder with out=DIR, or restore those of the run."
        )


def require_files_of_interrupted(
    folder: RunFolder, files: Sequence[FileRead], reader: Reader[ReaderOptions], progress: Progress
) -> None:
    """Check that an interrupted run would read the same files now.

    Raises:
        HarnessError: see `require_files_of_finished`.
    """
    found = _differences(files, reader, progress)
    if found:
        raise HarnessError(
            f"{folder.path} contains an interrupted run that has read different files of {reader.root}: "
            f"{found.text}. Restore them, or start again in a new folder with out=DIR or after removing this one."
        )


def listed_files(folder: RunFolder) -> Sequence[FileRead]:
    """The files that a run's folder lists as read; none where there is no list.

    An unfinished run has the list, too, once everything is predicted: its journal may be gone by then.
    """
    path = folder / "files.parquet"
    return files_of(read_table(path, "files").table) if path.is_file() else ()


def differing_samples(folder: RunFolder, samples: pa.Table) -> str:
    """A sentence on samples that only the run in the folder, or only this study, lists; or an empty text."""
    path = folder / "samples.parquet"
    if not path.is_file():
        return ""
    before, now = (set(table["sample_id"].to_pylist()) for table in (read_table(path, "samples").table, samples))
    gone, new = sorted(before - now), sorted(now - before)
    parts = [
        f"{what}: {listed(names, most=3)}" for what, names in (("no longer listed", gone), ("new", new)) if names
    ]
    return f" Samples {'; '.join(parts)}." if parts else ""


def note_unreported(
    samples: pa.Table, reasons: Iterable[str | None], reader: Reader[ReaderOptions], files: FileLog
) -> None:
    """Record the files of samples that ended their worker, which could not report what it had opened.

    A file is hashed, not decoded; for a folder, every file directly in it.

    Args:
        samples: of the study.
        reasons: why they are not scored, in their order.
        reader: of the dataset.
        files: is added to.
    """
    ended = [uri for uri, why in zip(samples["uri"].to_pylist(), reasons, strict=True) if why in _ENDED]
    with noted_files() as noted:
        for uri in dict.fromkeys(ended):
            _note(uri, reader.recording())
    files.add(noted.values())


def _differences(
    files: Sequence[FileRead], reader: Reader[ReaderOptions], progress: Progress
) -> FileDifferences | None:
    return read_again(files, reader.hashed, progress) if files else None


def _note(uri: str | None, reader: Reader[ReaderOptions]) -> None:
    try:
        if uri is not None and (reader.root / uri).is_dir():
            names = sorted(path.name for path in (reader.root / uri).iterdir() if path.is_file())
            reader.folder(uri, names)
        else:
            reader.path(uri)
    except Unscored:
        pass  # it was recorded, or there is nothing to record
