"""A dataset from the addresses in its card into a folder that is there only when it is whole."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness import __version__
from harness.cards.access import Download
from harness.cards.facts import DatasetCard
from harness.errors import HarnessError
from harness.fetching.fetched_file import FetchedFile, Progress, fetch_file
from harness.fetching.unpacking import BrokenArchiveError, unpack
from harness.files import atomic, read_json

RECORD = "fetched.json"
"""In the folder of the dataset: what came from where, when, and its hashes."""


DATA, FILES, FETCHED, DONE = "data", "files", "fetched", "done"
"""In the folder beside: what becomes the dataset; files as they come; what came of each; which are unpacked."""


@dataclass(frozen=True)
class Fetched:
    """A dataset on disk.

    Attributes:
        folder: that it is in.
        unchecked: files of which no checksum is published.
        is_new: whether this call fetched it.
    """

    folder: Path
    unchecked: tuple[str, ...]
    is_new: bool


def downloads_of(card: DatasetCard) -> Sequence[Download]:
    """The files of a dataset that may be downloaded freely; at least one.

    Raises:
        HarnessError: it is not simply downloaded; the message says what to do.
    """
    if card.is_made_here:
        raise HarnessError(f"{card.name} is made by the harness itself: nothing has to be fetched.")
    if card.access is None:
        raise HarnessError(f"The card of {card.name} does not say how one comes by it.{_see(card)}")
    if card.access.apply:
        raise HarnessError(f"{card.name} cannot simply be downloaded. {card.access.apply}{_see(card)}")
    return card.access.downloads


def fetch_dataset(
    card: DatasetCard,
    folder: Path,
    allow_hosts: Sequence[str],
    stage: Callable[[str], None],
    progress: Progress,
) -> Fetched:
    """Fetch all files of a dataset, and unpack them.

    Everything is written beside the folder, in ``.NAME.fetching``, which becomes the folder at the end. After an
    interruption the same call goes on.

    Args:
        card: of the dataset.
        folder: new, or empty, or the one that was fetched before.
        allow_hosts: see `fetch_file`.
        stage: is told what is done next.
        progress: of a file, in bytes.

    Raises:
        HarnessError: something else is in the folder; a file cannot be fetched or unpacked.
    """
    folder = folder.resolve()
    record = _record_in(folder)
    if record is not None:
        if record.get("dataset") != card.name:
            raise HarnessError(f"{folder}: another dataset was fetched to it, {record.get('dataset')}.")
        return Fetched(folder, (), is_new=False)
    if folder.exists() and (not folder.is_dir() or folder.is_mount() or any(folder.iterdir())):
        raise HarnessError(f"{folder}: there is something already. Give a new folder.")
    downloads = downloads_of(card)
    beside = folder.with_name(f".{folder.name}.fetching")
    try:
        for part in (DATA, FILES, FETCHED, DONE):
            (beside / part).mkdir(parents=True, exist_ok=True)
        with _alone(beside):
            _require_the_same(beside, card)
            files = [_fetched(download, beside, allow_hosts, stage, progress) for download in downloads]
            _write_record(beside / DATA / RECORD, card, files)
            (beside / DATA).rename(folder)
            shutil.rmtree(beside)
    except OSError as error:
        raise HarnessError(f"{folder}: cannot be written ({error.strerror or error}).") from None
    return Fetched(folder, tuple(file.path.name for file in files if file.checked_by is None), is_new=True)


def _fetched(
    download: Download, beside: Path, allow_hosts: Sequence[str], stage: Callable[[str], None], progress: Progress
) -> FetchedFile:
    """One file, in its place; what an earlier call has finished is not fetched, or not unpacked, again."""
    archive, state = beside / FILES / download.name, f"{download.name}.json"
    if (beside / DONE / state).is_file():
        return _read_file(beside / DONE / state)
    if archive.is_file() and (beside / FETCHED / state).is_file():
        file = _read_file(beside / FETCHED / state)
    else:
        stage(f"fetching {download.name}")
        file = fetch_file(download, archive, allow_hosts, progress)
        _write_file(beside / FETCHED / state, file)
    if download.unpack:
        stage(f"unpacking {download.name}")
        try:
            unpack(archive, beside / DATA, download.strip)
        except BrokenArchiveError as error:
            if file.checked_by is not None:  # what is published is broken: it would come as it is again
                raise
            archive.unlink()
            (beside / FETCHED / state).unlink()
            raise HarnessError(f"{error} It is removed; the same command fetches it again.") from None
    else:
        shutil.copyfile(archive, beside / DATA / download.name)
    _write_file(beside / DONE / state, file)
    archive.unlink(missing_ok=True)
    return file


def _read_file(path: Path) -> FetchedFile:
    stated = read_json(path)
    return FetchedFile(**{**stated, "path": Path(stated["path"])})


def _write_file(path: Path, file: FetchedFile) -> None:
    with atomic(path) as partial:
        partial.write_text(json.dumps({**asdict(file), "path": str(file.path)}), encoding="utf-8")


@contextmanager
def _alone(beside: Path) -> Iterator[None]:
    """Hold the folder for this process; the kernel lets it go when the process ends."""
    handle = os.open(beside / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HarnessError(f"{beside}: another command is fetching to it. Wait for it to end.") from None
        yield
    finally:
        os.close(handle)


def _require_the_same(beside: Path, card: DatasetCard) -> None:
    """What was begun in a folder is gone on with only if it is of the same files."""
    path, access = beside / "begun.json", card.access.model_dump(mode="json") if card.access else None
    begun = {"dataset": card.name, "access": access}
    if not path.is_file():
        with atomic(path) as partial:
            partial.write_text(json.dumps(begun), encoding="utf-8")
    elif read_json(path) != begun:
        raise HarnessError(
            f"{beside}: another dataset, or another version of its card, was begun here. Remove it."
        )


def _write_record(path: Path, card: DatasetCard, files: Sequence[FetchedFile]) -> None:
    record = {
        "dataset": card.name,
        "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
        "harness": __version__,
        "licence": card.licence.model_dump(mode="json", exclude_none=True),
        "files": [{**asdict(file), "path": file.path.name} for file in files],
    }
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _record_in(folder: Path) -> dict[str, object] | None:
    try:
        record = read_json(folder / RECORD)
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def _see(card: DatasetCard) -> str:
    advice = card.access.apply if card.access and card.access.apply else ""
    said = {word.rstrip(".,;") for word in advice.split()}
    return f" See {card.url}" if card.url and card.url not in said else ""
