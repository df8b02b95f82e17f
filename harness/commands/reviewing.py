"""The commands under ``harness review``, without logic. Heavy modules are only imported when one is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.commands.arguments import Folder, OwnFolder

app = typer.Typer(
    help="People judge a random part of a run's cases: blind first, then with the system's answer.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def review() -> None:
    """People judge a random part of a run's cases: blind first, then with the system's answer."""


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def sample(
    context: typer.Context,
    folder: Folder,
    select: Annotated[
        list[str],
        typer.Option(help="What the system selects: a label, or 'LABEL>=SCORE'; several may.", show_default=False),
    ],
    cases: Annotated[int, typer.Option(help="How many cases are drawn, half of them selected ones.")] = 200,
    by: Annotated[
        str | None, typer.Option(help="Draw from every group of this axis alike, such as sex.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draw.", min=0, max=2**32 - 1)] = 0,
    into: Annotated[
        Path | None, typer.Option(help="The new folder; default: outputs/review-RUN.", show_default=False)
    ] = None,
    config_dir: OwnFolder = None,
) -> None:
    """Draw cases, selected and not selected, and write an offline page on which people judge them.

    harness review sample DIR --select anger --select 'fear>=0.3' --by sex dataset.root=PATH
    """
    from harness.commands.review import show_sample
    from harness.review.drawn_cases import ReviewChoices

    show_sample(folder, context.args, ReviewChoices(select, by, cases, seed), into, config_dir)


@app.command()
def score(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a review.", show_default=False)],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="What reviewers saved.", show_default=False)
    ],
    into: Annotated[
        Path | None, typer.Option(help="The folder; default: score in that of the review.", show_default=False)
    ] = None,
) -> None:
    """Estimate whom the system missed, how far reviewers agree, and whether its answers change minds.

    It writes a folder like that of harness practice, with summaries of one page in plain English and Dutch, of
    which harness pack makes evidence for others.
    """
    from harness.commands.review import show_review

    show_review(folder, files, into)
