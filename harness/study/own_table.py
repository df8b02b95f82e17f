"""What a first study has to say of a user's table of samples, as far as the folder and the table tell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.cards.described import TO_FILL
from harness.datasets.table import TableOptions, tables_in
from harness.errors import HarnessError
from harness.tables.schemas import LABEL_SOURCES
from harness.user_tables.known_columns import samples_columns
from harness.user_tables.mapping_lines import mapping_line
from harness.user_tables.table_formats import read_user_table
from harness.user_tables.user_columns import UnknownColumnsError, with_known_columns

LABEL_SOURCE = "label_source"
_OFTEN_TEXT = (".txt", ".json")
"""Endings of files that explain a table as often as they are one."""


@dataclass(frozen=True)
class OwnTable:
    """What was found out.

    Attributes:
        options: of the dataset; what nobody but the user knows is `TO_FILL`.
        guessed: columns of the table → what they seem to be.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    guessed: Mapping[str, str | None] = field(default_factory=dict)


def own_table(root: Path) -> OwnTable:
    """Look for the table of samples, and at its header.

    Args:
        root: the folder of the data.

    Returns:
        Nothing of a folder without exactly one table that it could be, or whose table cannot be read: the reader
        says then what is wrong.
    """
    usual = TableOptions.model_fields["file"].default
    there = tables_in(root)
    names = [name for name in there if Path(name).suffix.lower() not in _OFTEN_TEXT] or there
    if usual not in names and len(names) != 1:
        return OwnTable()
    name = usual if usual in names else names[0]
    options: dict[str, Any] = {} if name == usual else {"file": name}
    guessed: Mapping[str, str | None] = {}
    try:
        table = read_user_table(root / name)
        try:
            table = with_known_columns(table, samples_columns())
        except UnknownColumnsError as error:
            table, guessed = error.likely, error.mapping
    except HarnessError:
        return OwnTable(options)
    if guessed:
        options["columns"] = dict(guessed)
    if LABEL_SOURCE not in table.cells.column_names:
        options[LABEL_SOURCE] = TO_FILL
    return OwnTable(options, guessed)


def listable_options(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """The options with which samples can be listed already, whatever the source of their labels will be.

    Args:
        dataset: name, root and options of a config.
    """
    options = {key: value for key, value in dataset.items() if key not in ("name", "root")}
    return options | ({LABEL_SOURCE: "not_stated"} if options.get(LABEL_SOURCE) == TO_FILL else {})


def check_arguments(dataset: Mapping[str, Any]) -> str:
    """Name and options of a config's dataset as ``harness check dataset`` takes them in a shell."""
    options = {key: value for key, value in dataset.items() if key != "name"}
    mapped = [mapping_line(key, options.pop(key)) for key in ("columns",) if key in options]
    return " ".join(
        [shlex.join([dataset["name"], *(f"{key}={value}" for key, value in options.items())]), *mapped]
    )


def with_choices_explained(config: str) -> str:
    """A config, in which a comment names the choices of a source of labels that is to be filled in."""
    to_fill = f"{LABEL_SOURCE}: {TO_FILL}"
    return re.sub(
        rf"(?m)^( *){re.escape(to_fill)}$", rf"\1# one of {', '.join(LABEL_SOURCES)}\n\1{to_fill}", config
    )
