"""A dataset from the addresses in its card into a folder that is there only when it is whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness import __version__
from harness.cards.access import Download
from harness.cards.facts import DatasetCard
from harness.errors import HarnessError
from harness.fetching.fetched_file import FetchedFile, Progress, fetch_file
from harness.fetching.unpacking import unpack
from harness.files import atomic, read_json

RECORD = "fetched.json"
"""In the folder of the dataset: what came from where, when, and its hashes."""


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
    if card.elicitation == "simulated":
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
    folder = folder.absolute()
    record = _record_in(folder)
    if record is not None:
        if record.get("dataset") != card.name:
            raise HarnessError(f"{folder}: another dataset was fetched to it, {record.get('dataset')}.")
        return Fetched(folder, (), is_new=False)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise HarnessError(f"{folder}: there is something already. Give a new folder.")
    beside = folder.with_name(f".{folder.name}.fetching")
    try:
        (beside / "data").mkdir(parents=True, exist_ok=True)
        _require_the_same(beside, card)
        files = [_fetched(download, beside, allow_hosts, stage, progress) for download in downloads_of(card)]
        _write_record(beside / "data" / RECORD, card, files)
        (beside / "data").rename(folder)
        shutil.rmtree(beside)
    except OSError as error:
        raise HarnessError(f"{folder}: cannot be written ({error.strerror or error}).") from None
    return Fetched(folder, tuple(file.path.name for file in files if file.checked_by is None), is_new=True)


def _fetched(
    download: Download, beside: Path, allow_hosts: Sequence[str], stage: Callable[[str], None], progress: Progress
) -> FetchedFile:
    """One file, in its place; what an earlier call has finished is not fetched again."""
    done = beside / f"{download.name}.done.json"
    if done.is_file():
        stated = read_json(done)
        return FetchedFile(**{**stated, "path": Path(stated["path"])})
    stage(f"fetching {download.name}")
    archive = beside / download.name
    file = fetch_file(download, archive, allow_hosts, progress)
    if download.unpack:
        stage(f"unpacking {download.name}")
        unpack(archive, beside / "data", download.strip)
    else:
        archive.rename(beside / "data" / download.name)
    with atomic(done) as partial:
        partial.write_text(json.dumps({**asdict(file), "path": str(file.path)}), encoding="utf-8")
    archive.unlink(missing_ok=True)
    return file


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
    return f" See {card.url}" if card.url else ""
