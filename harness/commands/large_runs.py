"""The commands for runs on several machines, without logic: how far they are, and parts that become one run.

Heavy modules are only imported when a command is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.commands.choices_as_options import refuse_choices

app = typer.Typer(rich_markup_mode=None)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def merge(context: typer.Context) -> None:
    """Make one run of parts that were answered apart, with shard=i/n, and measure it.

    harness merge PART1 PART2 … out=DIR dataset=NAME dataset.root=PATH model=NAME [overrides…]

    The words after the folders are those of the parts' command, without shard=. Without them the answers are
    merged and not measured yet. Tables are equal to the byte to those of one run, and the report but for times
    (docs/sweeps.md).
    """
    from harness.commands.merge import merge_and_finish

    raise typer.Exit(merge_and_finish(context.args))


@app.command()
def status(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Of a run, of a sweep, or of several runs.",
            show_default=False,
            callback=refuse_choices,
        ),
    ],
    watch: Annotated[bool, typer.Option("--watch", help="Show it again until all runs have ended.")] = False,
    every: Annotated[float, typer.Option(help="With --watch: seconds.", min=0.1, max=86_400)] = 2.0,
) -> None:
    """Show how far a run or a sweep is: answers, rate, failures, cost, time left. Nothing is held up."""
    from harness.commands.status import show_status

    raise typer.Exit(show_status(folder, every_s=every if watch else None))
