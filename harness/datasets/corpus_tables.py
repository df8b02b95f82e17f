"""Corpora whose own tables state all facts: the card says which columns they are, and what their codes mean.

``details.corpus_tables`` of a card holds the description (`harness.datasets.corpus_table_rows.CorpusTables`); a
corpus of this kind needs no code of its own.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from harness.cards.facts import DatasetCard, validation_problems
from harness.cards.modality import Modality
from harness.datasets.corpus_table_rows import CorpusTables, Rows, listed_rows, unlike_described
from harness.datasets.layout import cell_number, problem_lines
from harness.datasets.listed_samples import decoded
from harness.datasets.reader import Sample
from harness.datasets.splits import SplitOptions, SplitReader
from harness.errors import HarnessError
from harness.signals.media import Media
from harness.signals.media_folder import PICTURE_SUFFIXES, SOUND_SUFFIXES, find_files
from harness.tables.samples import samples_table
from harness.tables.schemas import DIMENSIONS
from harness.user_tables.cells import MISSING


class CorpusTablesReader(SplitReader[SplitOptions]):
    """The files that a corpus' tables list, with what the tables say of them."""

    Options = SplitOptions

    def __init__(self, card: DatasetCard, root: Path | None, options: SplitOptions) -> None:
        super().__init__(card, root, options)
        try:
            self.form = CorpusTables.model_validate(card.details.get("corpus_tables", {}))
        except ValidationError as error:
            where = f"dataset {card.name}: details.corpus_tables of its card"
            raise HarnessError(f"{where}: {validation_problems(error)}.") from None

    def samples(self) -> pa.Table:
        """One row per row of the tables; of rows for the same file, the first.

        Raises:
            HarnessError: two rows say different things of a file: which is true cannot be known, and a file that
                is in two parts of the split leaks.
        """
        rows: dict[str, dict[str, Any]] = {}
        places: dict[str, str] = {}
        for file, found in self._listed().items():
            for number, cells in enumerate(found, start=1):
                where = f"{file}, row {number}"
                row = self._row(cells, f"{self.root / where}")
                first = rows.setdefault(row["sample_id"], row)
                if other := _contradicted(first, row):
                    self._refuse(row["sample_id"], places[row["sample_id"]], where, other)
                places.setdefault(row["sample_id"], where)
        alone = self.card.rows_independent
        return self.in_chosen_split(samples_table(list(rows.values()), rows_independent=alone))

    def load(self, sample: Sample) -> Media:
        """The picture or the waveform."""
        return decoded(self.path(sample["uri"]), sample)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Tables that are missing or unlike the card, rows for one file, files that no table lists, odd values."""
        rows = [cells for found in self._listed().values() for cells in found]
        files = {uri.removeprefix(self.form.folder) for uri in samples["uri"].to_pylist()}
        suffixes = PICTURE_SUFFIXES if self.card.modalities == [Modality.FACE] else SOUND_SUFFIXES
        tables = [*self.form.tables.values(), *(table.file for table in self.form.joined)]
        times = Counter(posixpath.normpath(str(cells["uri"])) for cells in rows)
        odd = {
            f"{column} {cells[column]!r}"
            for column, codes in self.form.codes.items()
            for cells in rows
            if cells.get(column) is not None and cells[column] not in codes
        }
        return problem_lines(
            {
                "no such table": [name for name in tables if not self.file(name).is_file()],
                **unlike_described(self.form, self.file),
                "listed more than once": [uri for uri, count in times.items() if count > 1],
                "files that no table lists": sorted({*find_files(self.root / self.form.folder, suffixes)} - files),
                "values that the card does not explain": sorted(odd),
            }
        )

    def _refuse(self, uri: str, first: str, second: str, columns: list[str]) -> None:
        raise HarnessError(
            f"dataset {self.card.name}: {first}, and {second}, are about {uri} and differ in "
            f"{', '.join(columns)}. Keep the row that is right."
        )

    def _listed(self) -> dict[str, Rows]:
        found = listed_rows(self.form, self.file, rows_independent=self.card.rows_independent)
        if not any(found.values()):
            raise HarnessError(
                f"dataset {self.card.name}: no file is listed in {', '.join(self.form.tables.values())} below "
                f"{self.root}. `harness show dataset {self.card.name}` describes the layout."
            )
        return found

    def _row(self, cells: Mapping[str, str | None], where: str) -> dict[str, Any]:
        uri = posixpath.normpath(f"{self.form.folder}{cells['uri']}{self.form.suffix}")
        row: dict[str, Any] = {
            "sample_id": uri,
            "modality": str(self.card.modalities[0]),
            "label_source": self.card.label_source,
        }
        for column, text in cells.items():
            row[column] = self._value(column, text, f"{where}, {column}")
        return {**row, "uri": uri}

    def _value(self, column: str, text: str | None, where: str) -> str | float | None:
        if text is None:
            return None
        if column in DIMENSIONS:
            return self._rating(text, where)
        if column in self.form.codes:
            return self.form.codes[column].get(text)
        attribute = self.card.attributes.get(column.removeprefix("attr."))
        if column.startswith("attr.") and text.lower() in MISSING:
            return None
        return cell_number(text, where) if attribute is not None and attribute.unit is not None else text

    def _rating(self, text: str, where: str) -> float | None:
        """From -1 to 1."""
        low, high = self.form.scale
        value = cell_number(text, where)
        if value is not None and not low <= value <= high:
            raise HarnessError(f"{where}: {text[:40]}; expected {low:g} to {high:g}.")
        return None if value is None else 2 * (value - low) / (high - low) - 1


def _contradicted(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    """The columns of which both rows say something, and not the same."""
    both = (name for name in second if first.get(name) is not None and second[name] is not None)
    return [name for name in both if first[name] != second[name]]
