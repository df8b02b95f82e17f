"""The commands about what there is, without logic: lists, cards, datasets on disk and in the network, conditions.

Heavy modules are only imported when a command is called.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from harness.commands.arguments import OwnFolder
from harness.commands.completion import complete_card, complete_dataset
from harness.errors import ExitCode, HarnessError
from harness.resources import configs_beside_cards

app = typer.Typer(rich_markup_mode=None)


class CardKind(StrEnum):
    """What cards describe."""

    dataset = "dataset"
    model = "model"


class Listing(StrEnum):
    """What can be listed."""

    datasets = "datasets"
    models = "models"
    readers = "readers"
    metrics = "metrics"
    checks = "checks"
    conditions = "conditions"
    executors = "executors"
    practice_tests = "practice_tests"


@app.command(name="list")
def list_names(
    what: Annotated[
        Listing | None, typer.Argument(metavar="KIND", help="The kind; if not given, all kinds are listed.")
    ] = None,
    config_dir: OwnFolder = None,
) -> None:
    """List all names of a kind with a short description, including those of other packages."""
    from harness.commands.listing import list_cards, list_kinds, list_metrics, list_registered

    if config_dir is not None:
        configs_beside_cards(config_dir)
    if what is None:
        list_kinds()
    elif what is Listing.metrics:
        list_metrics()
    elif what in (Listing.datasets, Listing.models):
        list_cards(what.value)
    else:
        list_registered(what.value)


@app.command()
def show(
    kind: CardKind,
    name: Annotated[str, typer.Argument(metavar="NAME", autocompletion=complete_card)],
    config_dir: OwnFolder = None,
) -> None:
    """Show the card of a dataset or a model: facts, licence, limitations."""
    from harness.commands.listing import show_card

    if config_dir is not None:
        configs_beside_cards(config_dir)
    show_card(kind.value, name)


@app.command()
def check(
    kind: Annotated[str, typer.Argument(metavar="dataset")],
    name: Annotated[str, typer.Argument(metavar="NAME", autocompletion=complete_dataset)],
    options: Annotated[list[str] | None, typer.Argument(metavar="root=PATH [OPTION=VALUE]…")] = None,
) -> None:
    """Check that a dataset on disk agrees with its card.

    Counts, labels, subjects, missing and unreadable files. Exit code 1, with a list, if something differs.
    """
    from harness.commands.dataset_check import check_dataset

    if kind != "dataset":
        raise HarnessError(f"There is no check for {kind!r}. Use: harness check dataset NAME root=PATH")
    raise typer.Exit(0 if check_dataset(name, options or []) else ExitCode.FAILED_CHECK)


@app.command()
def fetch(
    kind: Annotated[str, typer.Argument(metavar="dataset", show_default=False)],
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Of its card.", autocompletion=complete_dataset, show_default=False),
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR", help="A new folder for it; by default one of its name, here.", show_default=False
        ),
    ] = None,
    accept_licence: Annotated[bool, typer.Option(help="You have read its licence and accept it.")] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="A host that may be asked without encryption, or in your own network.", show_default=False
        ),
    ] = None,
) -> None:
    """Download a dataset that may be downloaded freely, or say where to apply for it.

    The licence is shown first. An interrupted download goes on when the command is repeated.
    """
    from harness.commands.fetch import fetch as write

    if kind != "dataset":
        raise HarnessError(f"There is no {kind!r} to fetch. Use: harness fetch dataset NAME [DIR]")
    write(name, folder or Path(name), accept_licence=accept_licence, allow_hosts=allow_host or [])


conditions = typer.Typer(
    help="Conditions: the same sample with one thing changed.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(conditions, name="conditions")


@conditions.callback()
def of_conditions() -> None:
    """Conditions: the same sample with one thing changed."""


@conditions.command(name="list")
def list_conditions() -> None:
    """List all conditions with what their severities stand for, and whether labels hold."""
    from harness.commands.listing import list_conditions as write

    write()


@conditions.command(name="show")
def show_condition(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Such as face/grey or voice/gain@2.", show_default=False)
    ],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the page goes.", show_default=False)],
    source: Annotated[
        list[str] | None,
        typer.Argument(metavar="[dataset=NAME dataset.root=PATH]", show_default=False),
    ] = None,
    samples: Annotated[int, typer.Option(min=1, max=50, help="How many samples.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of what the condition draws.")] = 0,
) -> None:
    """Write a page with samples before and after a condition: pictures, sounds and signals, in one file.

    Without a dataset, simulated samples are shown. Of a family with severities, all of them are.
    """
    from harness.commands.conditions import show_condition as write

    write(name, folder, source or [], samples, seed)
