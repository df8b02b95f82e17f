"""``harness view``: opens the viewer of one or two finished runs in the browser."""

from __future__ import annotations

import tempfile
import webbrowser
from collections.abc import Sequence
from html import escape
from pathlib import Path

from harness.commands.json_answer import answer, print_document
from harness.commands.terminal import busy, note, say, warn
from harness.errors import HarnessError
from harness.resources import configs_beside_cards
from harness.viewer.listing import Listing
from harness.viewer.media_source import MediaSource
from harness.viewer.pages import Pages
from harness.viewer.server import ViewServer
from harness.viewer.viewed_run import ViewedRun, read_viewed_run
from harness.wording import quantity


def show_viewer(
    arguments: Sequence[str], *, port: int, browser: bool, own_configs: Path | None, result: int | None = None
) -> None:
    """Serve the viewer until it is stopped.

    Args:
        arguments: one or two folders, then overrides such as ``dataset.root=PATH``.
        port: where the server listens; 0 for a free one.
        browser: whether a browser is opened.
        own_configs: a folder of cards and configs.
        result: the number of a row in the results of the first run whose samples are shown to begin with.

    Raises:
        HarnessError: a folder is not that of a finished run; the runs do not fit each other; the port is taken;
            there is no such row.
    """
    if own_configs is not None:
        configs_beside_cards(own_configs)
    folders = [text for text in arguments if "=" not in text or Path(text).exists()]
    if not 1 <= len(folders) <= 2:
        raise HarnessError("Give the folder of a run, or of two: harness view DIR [DIR] [dataset.root=PATH]")
    with busy("reading") as progress:
        *reading, listing_them = progress.split(*[3] * len(folders), 1)
        each = zip(folders, reading, strict=True)
        runs = [read_viewed_run(Path(folder), share) for folder, share in each]
        media = MediaSource(runs[0], [text for text in arguments if text not in folders])
        listing = Listing(*runs)
        listing.columns(0)
        listing_them.end()
    if result is not None:
        _require_row(runs[0], result)
    with ViewServer(Pages(listing, media), port) as server:
        url = server.url if result is None else f"{server.url}#result={result}"
        _say_where(url, listing, media)
        with tempfile.TemporaryDirectory(prefix="harness-view-") as place:
            if browser:
                _open_browser(url, Path(place))
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                warn("Stopped.")


def _require_row(run: ViewedRun, number: int) -> None:
    results = run.table("results")
    num_rows = 0 if results is None else results.num_rows
    if number >= num_rows:
        raise HarnessError(
            f"--result {number}: {run.folder.path} has {quantity(num_rows, 'row')} of results, counted from 0."
        )


def _say_where(url: str, listing: Listing, media: MediaSource) -> None:
    num = listing.samples.num_rows
    say(f"{quantity(num, 'sample')} at {url}")
    if media.absent is not None:
        note(media.absent)
    say("Whoever has this address on this machine can read it. Ctrl-C stops.")
    answer(url=url, samples=num, media_absent=media.absent)
    print_document(0)  # now: the command ends when somebody stops it


def _open_browser(url: str, place: Path) -> None:
    """Open a file that leads to the address: what a program is started with, others on this machine can read."""
    page = place / "open.html"
    page.touch(mode=0o600)
    page.write_text(f'<!doctype html><meta http-equiv="refresh" content="0; url={escape(url)}">', encoding="utf-8")
    webbrowser.open(page.as_uri())
