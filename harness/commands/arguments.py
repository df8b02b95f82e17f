"""Arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.commands.choices_as_options import refuse_choices
from harness.commands.completion import complete_override

Folder = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="The folder of a run.", show_default=False, callback=refuse_choices),
]
Runs = Annotated[
    list[Path],
    typer.Argument(
        metavar="DIR_A DIR_B [DIR_C]…", help="Finished runs.", show_default=False, callback=refuse_choices
    ),
]
PackFolder = Annotated[
    Path,
    typer.Argument(metavar="PACK", help="The folder of a pack.", show_default=False, callback=refuse_choices),
]
Packs = Annotated[
    list[Path],
    typer.Argument(metavar="PACK…", help="Packs of one system.", show_default=False, callback=refuse_choices),
]
OwnFolder = Annotated[
    Path | None, typer.Option("--config-dir", help="A folder of your cards and configs.", show_default=False)
]

Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY=VALUE", help="Choices, such as seed=7.", autocompletion=complete_override, show_default=False
    ),
]
"""Of a command that passes unknown options on: they are among the overrides, in their order."""
