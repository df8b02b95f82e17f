"""What every reader does: list the samples, load one, and check the layout on disk."""

from __future__ import annotations

import copy
import os
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

import pyarrow as pa
from pydantic import ConfigDict

from harness.cards.facts import DatasetCard
from harness.datasets.layout_check import LayoutCheck, counted, differences, leaks, other_labels, unloadable
from harness.datasets.recorded_files import MAX_FILE_BYTES, hashed, note
from harness.errors import HarnessError, Reason, Unscored
from harness.files import read_bytes, require_reachable
from harness.plain_numbers import PlainNumbers
from harness.remote.address import local_path, remote_address
from harness.remote.mirror import Mirror
from harness.signals.media import EncodedFile, Media
from harness.signals.media_types import media_type
from harness.tables.file_table import FileRead
from harness.user_tables.label_places import LabelPlaces

MAX_ENCODED_BYTES = 256 * 2**20
"""A larger file is not sent to a system."""

Sample = Mapping[str, Any]
"""One row of the samples table as a mapping, with its ``attr.*`` and ``ctx.*`` columns."""


class ReaderOptions(PlainNumbers):
    """A reader's options (``dataset.<option>``), validated; subclasses add their own."""

    model_config = ConfigDict(extra="forbid", frozen=True)


OptionsT = TypeVar("OptionsT", bound=ReaderOptions)


class Reader(ABC, Generic[OptionsT]):
    """A dataset on disk, or one generated on the fly. Picklable: workers get a copy.

    A reader opens nothing below the root but what `path`, `folder` and `file` give it: there it is noted
    what was read, and links that lead out of the root are refused.

    Args:
        card: the facts of the dataset.
        root: its folder; None for simulated datasets.
        options: its options.
    """

    Options: ClassVar[type[ReaderOptions]] = ReaderOptions
    needs_root: ClassVar[bool] = True

    remarks: tuple[str, ...] = ()
    """What `samples` had to understand to list them, one sentence each, to be told to the user."""
    label_places = LabelPlaces()
    """Where the labels of the samples stand, if they are in a file of the user."""

    _records = False

    def __init__(self, card: DatasetCard, root: Path | None, options: OptionsT) -> None:
        self._mirror: Mirror | None = None
        if self.needs_root:
            self._mirror = _mirror(root)
            root = self._mirror.folder if self._mirror else _require_folder(card, root)
        elif root is not None:
            raise HarnessError(
                f"dataset {card.name}: dataset.root is {root}, but it reads no files. Leave out its root."
            )
        self.card = card
        self.options = options
        self._root = root

    @cached_property
    def _real_root(self) -> str:
        """The folder with links followed and a slash at its end; thousands of files are compared with it."""
        return os.path.join(os.path.realpath(self.root), "")  # noqa: PTH118 (a Path has no slash at its end)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        if self._mirror is not None:  # on another machine, the folder may be another
            state.pop("_real_root", None)
        return state

    @property
    def root(self) -> Path:
        """The dataset's folder; of one at an address, the folder that its files are fetched into."""
        if self._mirror is not None:
            return self._mirror.folder
        assert self._root is not None, "this reader has no root"
        return self._root

    @abstractmethod
    def samples(self) -> pa.Table:
        """The samples table, in a stable order.

        Raises:
            HarnessError: the folder does not have the layout of the card; the message says where and what to do.
        """

    @abstractmethod
    def load(self, sample: Sample) -> Media:
        """Read one sample's signal. Runs in worker processes.

        Raises:
            Unscored: the file is missing, unreadable, empty, …
        """

    def facts(self) -> dict[str, Any]:
        """What decides the media besides card, options and files, for the plan: a program and its version."""
        return {}

    def encoded(self, sample: Sample) -> EncodedFile:
        """The bytes of one sample's own file, for systems that decode by themselves. Runs in worker processes.

        Raises:
            HarnessError: the sample is not a whole file.
            Unscored: the file is missing, empty, or too large to be sent.
        """
        if not self.needs_root or sample["start_s"] is not None or sample["end_s"] is not None:
            raise HarnessError(
                f"dataset {self.card.name}: sample {sample['sample_id']} is not a whole file, so that it has no "
                "bytes to be sent. Let the model's card state an encoding in its input: png or wav."
            )
        try:
            data = read_bytes(self.path(sample["uri"]), MAX_ENCODED_BYTES)
        except ValueError:
            raise Unscored(Reason.TOO_LARGE, f"the file is over {MAX_ENCODED_BYTES // 2**20} MiB") from None
        if not data:
            raise Unscored(Reason.EMPTY)
        return EncodedFile(data, media_type(data))

    def check(self, progress: Callable[[int, int], None] | None = None) -> LayoutCheck:
        """Compare the folder with the card: counts, labels, subjects, and every file opened once.

        Args:
            progress: called with (files done, files in all).
        """
        table = self.samples()
        found = counted(table)
        found.problems += self.layout_problems(table)
        found.problems += leaks(table)
        found.problems += other_labels(self.card, table)
        found.problems += unloadable(self.load, table.to_pylist(), progress)
        if self.options == self.Options():  # the card's counts are those of the default options
            found.problems += differences(self.card, found)
        return found

    def layout_problems(self, samples: pa.Table) -> list[str]:  # noqa: ARG002 (for subclasses)
        """Irregularities of the folder besides wrong counts and files that `load` refuses: one short line each."""
        return []

    def recording(self) -> Self:
        """A copy that notes which files it opens, with their hashes: see `harness.datasets.recorded_files`."""
        recording = copy.copy(self)
        recording._records = True
        return recording

    def path(self, uri: str | None, missing: str = "") -> Path:
        """The path of a uri below the root; `missing` is the detail of the reason if there is no such file.

        Raises:
            Unscored: no such file, the uri leads out of the root, or the file is over 16 GiB.
        """
        path = self._existing(uri, Path.is_file, missing, ())
        if path.stat().st_size > MAX_FILE_BYTES:
            raise Unscored(Reason.TOO_LARGE, f"the file is over {MAX_FILE_BYTES // 2**30} GiB")
        return path

    def folder(self, uri: str | None, files: Collection[str], missing: str = "") -> Path:
        """The same for a recording that is a folder, of which these files are opened where they are there.

        Raises:
            Unscored: no such folder, or it or one of the files leads out of the root.
        """
        return self._existing(uri, Path.is_dir, missing, files)

    def file(self, name: str) -> Path:
        """The path of a file that may be missing, such as one of the dataset's own tables.

        Raises:
            HarnessError: it is a link that leads out of the root.
        """
        self._fetch(name)
        if self.leads_out(name):
            raise HarnessError(
                f"dataset {self.card.name}: {self.root / name} leads out of dataset.root. Copy the file there."
            )
        self._note(name)
        return self.root / name

    def leads_out(self, name: str) -> bool:
        """Whether a path below the root is, or goes through, a link to somewhere else."""
        try:
            real = os.path.realpath(self.root / name)
        except (OSError, ValueError):  # a name that no file can have
            return False
        return f"{real}{os.sep}" != self._real_root and not real.startswith(self._real_root)

    def hashed(self, name: str) -> FileRead:
        """A file below the root, read and hashed; or why it cannot be read."""
        self._fetch(name)
        return hashed(self.root, name)

    def _fetch(self, name: str) -> None:
        if self._mirror is not None:
            self._mirror.fetch(name)

    def _note(self, uri: str) -> None:
        if self._records:
            note(self.root, uri)

    def _existing(
        self, uri: str | None, is_there: Callable[[Path], bool], missing: str, files: Collection[str]
    ) -> Path:
        if uri is None:
            raise Unscored(Reason.MISSING_FILE, "the sample has no media")
        if self._mirror is not None:
            self._fetch_forms(self._mirror, uri, files if is_there is Path.is_dir else None)
        try:
            uri = next((form for form in _forms(uri) if is_there(self.root / form)), uri)
            path = self.root / uri
            path.resolve()
            exists = is_there(path)
        except (OSError, RuntimeError, ValueError):  # a name that no file can have, or links that form a circle
            raise Unscored(Reason.MISSING_FILE, "not a usable path") from None
        opened = [f"{uri}/{name}" for name in files] or [uri]
        if any(self.leads_out(name) for name in {uri, *opened}):
            raise Unscored(Reason.MISSING_FILE, "the path leads out of the dataset's root")
        for name in opened:
            self._note(name)
        if not exists:
            raise Unscored(Reason.MISSING_FILE, missing)
        return path

    def _fetch_forms(self, mirror: Mirror, uri: str, files: Collection[str] | None) -> None:
        """Fetch a file, or some files of a folder, under each form of its name."""
        for form in _forms(uri):
            if files is None:
                mirror.fetch(form)
            else:
                mirror.fetch_folder(form, files)


def _forms(uri: str) -> Iterator[str]:
    """A name as it is given, composed and decomposed: macOS and archives change the form of ``ä``."""
    yield uri
    if not uri.isascii():
        yield unicodedata.normalize("NFC", uri)
        yield unicodedata.normalize("NFD", uri)


def _mirror(root: Path | None) -> Mirror | None:
    """The files at an address, listed now; None where the root is a folder of this machine."""
    if root is None or local_path(root) != root or (address := remote_address(root)) is None:
        return None
    mirror = Mirror(address, MAX_FILE_BYTES)
    mirror.list()
    return mirror


def _require_folder(card: DatasetCard, root: Path | None) -> Path:
    if root is None:
        raise HarnessError(
            f"dataset {card.name}: give its folder with dataset.root=PATH (in Python root=PATH). "
            f"`harness show dataset {card.name}` says how to get it."
        )
    root = local_path(root)
    if not root.is_dir():
        require_reachable(root)
        raise HarnessError(f"dataset {card.name}: {root} is not a folder. Check dataset.root (in Python root).")
    return root
