"""``harness fetch``: a dataset onto the disk, after its licence was shown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from harness.cards.facts import DatasetCard, dataset_card
from harness.commands.json_answer import answer
from harness.commands.terminal import say, warn
from harness.errors import HarnessError
from harness.fetching.fetch_dataset import RECORD, downloads_of, fetch_dataset
from harness.wording import listed, printable


def fetch(name: str, folder: Path, *, accept_licence: bool, allow_hosts: Sequence[str]) -> None:
    """Show the licence, fetch the dataset, and print what to do next.

    Args:
        name: of the dataset's card.
        folder: for the dataset.
        accept_licence: whether the user accepts the licence without being asked.
        allow_hosts: see `fetch_dataset`.

    Raises:
        HarnessError: the licence is not accepted; see `fetch_dataset`.
    """
    card = dataset_card(name)
    downloads = downloads_of(card)
    known = [download.size for download in downloads if download.size is not None]
    size = f"{sum(known) / 1e6:,.0f} MB" if len(known) == len(downloads) else "size not published"
    say(f"{card.title}: {listed([download.name for download in downloads])}, {size}.")
    say(_licence(card))
    if not accept_licence:
        _ask(card)
    with _Bar() as bar:
        found = fetch_dataset(card, folder, allow_hosts, bar.stage, bar.progress)
    if not found.is_new:
        say(f"It is in {folder} already ({folder / RECORD}).")
    elif found.unchecked:
        say(f"No checksum is published of {listed(found.unchecked)}. That of what came is in {folder / RECORD}.")
    say(f"Next: harness check dataset {card.name} root={folder}")
    answer(folder=folder, is_new=found.is_new, unchecked=found.unchecked)


def _licence(card: DatasetCard) -> str:
    licence = card.licence
    use = {True: "commercial use allowed", False: "no commercial use", None: "commercial use not established"}
    parts = [f"Licence: {licence.name} ({use[licence.commercial_use]})", licence.url, licence.note]
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


def _ask(card: DatasetCard) -> None:
    if not sys.stdin.isatty():
        raise HarnessError("Read the licence. If you accept it, repeat the command with --accept-licence.")
    if not typer.confirm(f"Do you accept the licence of {printable(card.name)}?"):
        raise HarnessError("Nothing was fetched, as the licence was not accepted.")


class _Bar:
    """Progress in bytes on standard error; a line for each stage where that is no terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._progress.add_task("")

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def stage(self, text: str) -> None:
        """Begin a stage."""
        self._progress.reset(self._task, description=escape(printable(text)), total=None)
        if not self._console.is_terminal:
            warn(text)

    def progress(self, done: int, total: int | None) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=done, total=total)
