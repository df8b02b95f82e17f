"""``harness history``: one system over its packs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from harness.commands.pack import VERIFYING, show_line
from harness.commands.terminal import busy, say, show_table, warn
from harness.evidence.whole_folder import require_free, whole_folder
from harness.files import write_bytes
from harness.packs.history_page import PAGE, render_history
from harness.packs.lines import Line, Status
from harness.packs.manifest import Manifest
from harness.packs.pack_history import ID_DIGITS, Change, changes, in_chain_order
from harness.packs.received_pack import BrokenPackError
from harness.packs.signing_keys import read_public_key
from harness.packs.verified_pack import VerifiedPack, verified_pack
from harness.report.metric_names import compared_name
from harness.report.numbers import one_line, short
from harness.wording import quantity

MOST_SHOWN = 10
_TAKEN = "Give a new folder with --into DIR."


def show_history(paths: Sequence[Path], keys: Sequence[Path], into: Path | None) -> bool:
    """Verify packs, and print what changed from one to the next; whether all hold together."""
    trusted = [read_public_key(path) for path in keys]
    if into is not None:
        require_free(into, _TAKEN)  # before anything takes time
    with ExitStack() as stack:
        packs: list[VerifiedPack] = []
        for path in paths:
            try:
                with busy(f"{VERIFYING} {path}") as progress:
                    packs.append(stack.enter_context(verified_pack(path, trusted, _show_broken, progress)))
            except BrokenPackError:
                warn(f"\n{path} is not what it says. A history needs packs that hold together.")
                return False
        ordered = in_chain_order(packs)
        manifests = [pack.manifest for pack in ordered]
        say(f"{manifests[-1].system.title}: {quantity(len(ordered), 'pack')}, each verified")
        show_table(_packs_table(manifests))
        with _folder(into) as folder:
            with busy("comparing") as progress:
                found = list(changes(ordered, folder, progress))
            for change in found:
                _show(change)
            write_bytes(render_history(manifests, found).encode(), folder / PAGE)
    if into is not None:
        say(f"\nhistory: {into / PAGE}")
    return True


@contextmanager
def _folder(into: Path | None) -> Iterator[Path]:
    """A folder beside its place, where it is moved when it is whole; one that is removed if none is wanted."""
    if into is None:
        with tempfile.TemporaryDirectory(prefix="harness-history-") as scratch:
            yield Path(scratch)
        return
    with whole_folder(into, _TAKEN) as beside:
        yield beside


def _show_broken(line: Line) -> None:
    if line.status is Status.BROKEN:
        show_line(line)


def _packs_table(manifests: Sequence[Manifest]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for heading in ("pack", "made", "run begun", "version", "samples", "people"):
        table.add_column(heading, no_wrap=True)
    table.add_column("reason", overflow="fold")
    for one in manifests:
        reason = "" if one.previous is None else one.previous.reason
        cells = (one.pack_id, one.created[:10], one.run.started[:10], one.system.version or "-")
        sizes = (f"{one.dataset.num_samples:,}", f"{one.dataset.num_subjects:,}")
        table.add_row(*(Text(one_line(short(cell))) for cell in (*cells, *sizes, reason)))
    return table


def _show(change: Change) -> None:
    say(f"\n{change.before.pack_id[:ID_DIGITS]} to {change.after.pack_id[:ID_DIGITS]}")
    if not change.is_chained:
        warn("  The later pack does not name the earlier one as the pack before it.")
    say(f"  {change.how.value.capitalize()}.")
    _show_some(change.changed)
    say(f"  Verdicts: {change.num_same:,} the same, {len(change.moved):,} not.")
    _show_some(
        [f"{one.what}: {one.before or 'no such test'} → {one.after or 'not tested again'}" for one in change.moved]
    )
    if change.comparison is None:
        say(f"  Figures: {one_line(change.why_not)}.")
        return
    compared = change.comparison
    say(f"  Figures, on the {compared.num_shared:,} samples of {compared.num_subjects:,} people that both have:")
    _show_some(compared.conclusions)
    show_table(_figures_table(change))


def _show_some(texts: Sequence[str]) -> None:
    for text in texts[:MOST_SHOWN]:
        say(f"  • {one_line(text)}")
    if len(texts) > MOST_SHOWN:
        say(f"  • {len(texts) - MOST_SHOWN:,} more: see --into DIR")


def _figures_table(change: Change) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("metric", overflow="fold", min_width=10)
    for heading in ("before", "after", "after - before"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("equal within the tolerance", no_wrap=True)
    assert change.comparison is not None
    for one in change.comparison.comparison.differences:
        if one.is_overall:
            bounds = "" if one.lo is None or one.hi is None else f" [{one.lo:.3f}, {one.hi:.3f}]"
            values = (f"{one.second_value:.3f}", f"{one.first_value:.3f}", f"{one.value:.3f}{bounds}")
            table.add_row(Text(compared_name(one.metric.name)), *values, one.verdict.replace("_", " "))
    return table
