"""The commands that write files for users to fill in: datasets, systems, dossiers, people; without logic.

Heavy modules are only imported when a command is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.commands.arguments import OwnFolder

app = typer.Typer(rich_markup_mode=None)
new = typer.Typer(
    help="Files of your own, to fill in: of a dataset, a system, or a dossier.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(new, name="new")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.", show_default=False)],
    modality: Annotated[
        str | None, typer.Option(help="What the system reads: face, voice, wearable, …", show_default=False)
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="A known dataset, table, or files: files of your own.", show_default=False),
    ] = None,
    root: Annotated[Path | None, typer.Option(help="The folder of the data.", show_default=False)] = None,
    system: Annotated[
        str | None,
        typer.Option(
            help="A known system, a kind (docs/connect.md), or a table of its answers.", show_default=False
        ),
    ] = None,
    attributes: Annotated[
        str | None,
        typer.Option(help="What is known of the people: sex,age,… or none.", show_default=False),
    ] = None,
) -> None:
    """Answer five questions, and get the folder of a first study: config, table of people, next commands.

    What is given as an option is not asked.
    """
    from harness.commands.init import init as ask

    ask(folder, modality, dataset, root, system, attributes)


@new.callback()
def of_new() -> None:
    """Files of your own, to fill in: of a dataset, a system, or a dossier."""


@new.command(name="dataset")
def new_dataset(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="The folder of the corpus.", show_default=False)],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the draft is written.")] = Path("drafts"),
    name: Annotated[str | None, typer.Option(help="Of the dataset; default: that of its folder.")] = None,
) -> None:
    """Draft a card for a corpus from the names of its files, or a table of its samples to fill in.

    Shows which field of the names looks like the emotion, and which like the person. Nothing is written in ROOT.
    """
    from harness.commands.new import new_dataset as write

    write(root, folder, name)


@new.command(name="model")
def new_model(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where they are written.", show_default=False)],
    kind: Annotated[str, typer.Option(help="How it is reached: torch, onnx, http, command, … (docs/connect.md).")],
    modality: Annotated[
        str | None,
        typer.Option(help="What it reads: face, voice, wearable, …; default: what the kind usually does."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Of the model; default: that of DIR.", show_default=False)
    ] = None,
) -> None:
    """Write card, config and README of a system of a known kind, with every key explained, to fill in.

    harness new model --kind onnx --modality face DIR
    """
    from harness.commands.new import new_model as write

    write(kind, folder, modality, name)


@new.command(name="dossier")
def new_dossier(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Where it is written.", show_default=False)],
) -> None:
    """Write a dossier, with every key explained, to fill in: purpose, provider, test, and texts for documents.

    harness new dossier dossier.yaml
    """
    from harness.commands.new import new_dossier as write

    write(path)


attributes = typer.Typer(
    help="Attributes of people, by which they are grouped.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(attributes, name="attributes")


@attributes.callback()
def of_attributes() -> None:
    """Attributes of people, by which they are grouped."""


@attributes.command()
def template(
    source: Annotated[
        list[str],
        typer.Argument(metavar="DIR | dataset=NAME dataset.root=PATH", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="The table; default: people.csv in the dataset's folder.", show_default=False),
    ] = None,
    config_dir: OwnFolder = None,
) -> None:
    """Write a table of a dataset's or a run's subjects to fill in, and what may stand in its columns.

    Fill it in, and use it with attributes.file=people.csv.
    """
    from harness.commands.attributes import show_template

    show_template(source, out, config_dir)
