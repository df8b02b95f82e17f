"""Arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Argument(help="The folder of a run.", show_default=False)]
PackFolder = Annotated[Path, typer.Argument(help="The folder of a pack.", show_default=False)]
OwnFolder = Annotated[
    Path | None, typer.Option("--config-dir", help="A folder of your cards and configs.", show_default=False)
]
