"""Databases of audformat: ``db.yaml`` (schemes, splits, tables) and ``db.<table>.csv`` or ``.parquet``.

Read without the package audformat, which unpickles ``db.<table>.pkl`` where it lies beside a table, and whose
reading of ``db.yaml`` can build any object of Python. Source: audformat 1.4, documentation, "Specifications".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from harness.datasets.audformat_tables import with_facts_of_files, with_seconds
from harness.datasets.listed_samples import ListedOptions, ListedReader
from harness.errors import HarnessError
from harness.plain_yaml import read_yaml
from harness.user_tables.cells import as_text
from harness.user_tables.table_formats import UserTable, read_user_table
from harness.wording import listed

HEADER = "db.yaml"
FORMATS = (".csv", ".parquet")


class AudformatOptions(ListedOptions):
    """The options.

    Attributes:
        tables: those whose rows are the samples, such as ``[emotion.train, emotion.test]``.
        facts: filewise tables with more columns for the same files, such as ``[files]`` with the speakers.
    """

    tables: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


class AudformatReader(ListedReader[AudformatOptions]):
    """The rows of the tables that the user names, in the splits that these state."""

    Options = AudformatOptions

    def listed(self) -> UserTable:
        """The rows of all tables below each other, with the columns of the tables of facts."""
        header = self._header()
        if not self.options.tables:
            raise HarnessError(
                f"dataset {self.card.name}: say which tables hold the samples: dataset.tables=[NAME, …]. "
                f"There are {_described(header)}."
            )
        cells = self._below_each_other([self._rows(name, header) for name in self.options.tables])
        for name in self.options.facts:
            cells = with_facts_of_files(cells, self._rows(name, header).drop_columns(["split"]), name)
        cells = cells.rename_columns({"file": "uri"})
        if twice := sorted(name for name, times in Counter(cells.column_names).items() if times > 1):
            raise HarnessError(f"{self.root / HEADER}: columns that would have the same name: {listed(twice)}.")
        told = [
            f"the rows of {listed([*self.options.tables])}",
            *(f"with those of {name}" for name in self.options.facts),
        ]
        return UserTable(self.root / HEADER, cells, tuple(told))

    def _header(self) -> Mapping[str, Any]:
        path = self.file(HEADER)
        try:
            header = read_yaml(path)
        except FileNotFoundError:
            raise HarnessError(f"{path}: no such file. Give the folder that holds {HEADER}.") from None
        except (OSError, ValueError) as error:
            raise HarnessError(f"{path}: not a readable header ({error}).") from None
        kinds = ("schemes", "splits", "tables", "misc_tables")
        if not isinstance(header, dict) or not all(_is_named(header.get(kind, {})) for kind in kinds):
            raise HarnessError(f"{path}: expected {listed(kinds)}, each of names with their facts.")
        return {kind: header.get(kind, {}) for kind in kinds}

    def _rows(self, name: str, header: Mapping[str, Any]) -> pa.Table:
        """A table with its split, times in seconds, and what the schemes say of the labels of its columns."""
        table = header["tables"].get(name)
        if table is None:
            raise HarnessError(f"dataset {self.card.name}: no table {name!r}. There are {_described(header)}.")
        cells = self._cells(name, "file")
        cells = with_seconds(cells, f"db.{name}")
        for column, of in _named(table.get("columns")).items():
            scheme = header["schemes"].get(str(of.get("scheme_id")), {})
            if column in cells.column_names:
                cells = self._with_facts(cells, column, scheme.get("labels"), header)
        split = header["splits"].get(str(table.get("split_id")), {}).get("type")
        of_rows = [None if split is None else str(split)] * cells.num_rows
        return cells.append_column("split", pa.array(of_rows, pa.string()))

    def _below_each_other(self, tables: list[pa.Table]) -> pa.Table:
        try:
            return pa.concat_tables(tables, promote_options="default")
        except pa.ArrowException as error:
            raise HarnessError(
                f"dataset {self.card.name}: the tables have other columns ({str(error)[:200]}). Name fewer in "
                "dataset.tables."
            ) from None

    def _with_facts(self, cells: pa.Table, column: str, labels: object, header: Mapping[str, Any]) -> pa.Table:
        """With a column ``speaker.age`` where the labels of ``speaker`` have an ``age``."""
        facts: dict[str, Mapping[str, Any]] = {}
        if isinstance(labels, dict):
            facts = {str(label): of for label, of in labels.items() if isinstance(of, dict)}
        elif isinstance(labels, str) and labels in header["misc_tables"]:
            rows = self._cells(labels, None).to_pylist()
            facts = {str(next(iter(row.values()))): dict([*row.items()][1:]) for row in rows}
        known = as_text(cells[column], column, HEADER).to_pylist()
        for fact in dict.fromkeys(fact for of in facts.values() for fact in of):
            if f"{column}.{fact}" in cells.column_names:
                continue
            values = [facts.get(label, {}).get(fact) for label in known]
            texts = [None if value is None else str(value) for value in values]
            cells = cells.append_column(f"{column}.{fact}", pa.array(texts, pa.string()))
        return cells

    def _cells(self, name: str, needed: str | None) -> pa.Table:
        files = [f"db.{name}{ending}" for ending in FORMATS]
        file = next((file for file in files if self.file(file).is_file()), None)
        if file is None:
            raise HarnessError(
                f"dataset {self.card.name}: there is neither {' nor '.join(files)} below {self.root}. A table "
                'that is only there as .pkl is not read, as it could run code; save it with storage_format="csv".'
            )
        cells = read_user_table(self.file(file)).cells
        if needed is not None and needed not in cells.column_names:
            raise HarnessError(f"{self.root / file}: there is no column {needed}.")
        return cells


def _is_named(facts: object) -> bool:
    return isinstance(facts, dict) and all(isinstance(of, dict) for of in facts.values())


def _named(facts: object) -> Mapping[str, Mapping[str, Any]]:
    return {str(name): of for name, of in facts.items() if isinstance(of, dict)} if isinstance(facts, dict) else {}


def _described(header: Mapping[str, Any]) -> str:
    found = [f"{name} ({', '.join(_named(of.get('columns')))})" for name, of in header["tables"].items()]
    return listed(found) or "none"
