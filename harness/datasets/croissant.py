"""Datasets that a Croissant description explains: tables beside it, and files that their rows name.

Read with the package mlcroissant, which checks the description and the hashes of the files. Everything has to lie
beside the description: addresses, archives and remote contexts are refused, and nothing is fetched or unpacked.
Source: Akhtar et al. 2024, doi:10.1145/3650203.3663326, and the specification 1.0 of MLCommons.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from harness.datasets.croissant_descriptions import require_description
from harness.datasets.listed_samples import ListedOptions, ListedReader
from harness.errors import HarnessError
from harness.user_tables.raw_table import MAX_ROWS
from harness.user_tables.table_formats import UserTable

TABLES = (".csv", ".tsv", ".json", ".jsonl", ".parquet", ".txt")
"""The endings of files that may be read; an archive would be unpacked."""

Value = str | int | float | bool | None


class CroissantOptions(ListedOptions):
    """The options.

    Attributes:
        file: the description, relative to the root.
        record_set: the one whose records are the samples; null: the only one.
    """

    file: str = "croissant.json"
    record_set: str | None = None


class CroissantReader(ListedReader[CroissantOptions]):
    """The records of one record set."""

    Options = CroissantOptions

    def listed(self) -> UserTable:
        """The records, with the names of their fields; fields that hold neither text nor numbers are left out."""
        path = self.file(self.options.file)
        require_description(path)
        records = self._rows(path)
        columns = {name: [record.get(name) for record in records] for name in records[0]}
        plain = {name: values for name, values in columns.items() if all(map(_is_plain, values))}
        left_out = sorted(set(columns) - set(plain))
        try:
            cells = pa.table({name: pa.array([*map(_value, values)]) for name, values in plain.items()})
        except (pa.ArrowException, UnicodeError) as error:
            raise HarnessError(
                f"{path}: records of one field differ in their kind ({str(error)[:200]})."
            ) from None
        told = (f"without {', '.join(left_out)}, which {'is' if len(left_out) == 1 else 'are'} no text or number",)
        return UserTable(path, cells, told if left_out else ())

    def _require_beside(self, part: Any, path: Path) -> None:
        """A part of the description as the package understands it: JSON-LD can call a property by many names."""
        url = getattr(part, "content_url", None)
        if url is None:  # a set of files, which only names those of others
            return
        if part.contained_in or "://" in url or PurePosixPath(url).suffix.lower() not in TABLES:
            raise HarnessError(
                f"{path}: {url[:100]} is no table beside the description. Fetch and unpack it there, and let "
                f"contentUrl name a file that ends in {', '.join(TABLES)}."
            )
        self.file((PurePosixPath(self.options.file).parent / url).as_posix())  # which refuses what leads out

    def _rows(self, path: Path) -> list[Mapping[str, Any]]:
        if find_spec("mlcroissant") is None:
            raise HarnessError("Croissant needs the package mlcroissant: pip install 'emotion-harness[croissant]'")
        with _quiet():
            import mlcroissant

            try:
                dataset = mlcroissant.Dataset(jsonld=str(path))
                for part in dataset.metadata.distribution:
                    self._require_beside(part, path)
                name = self._record_set([record_set.id for record_set in dataset.metadata.record_sets], path)
                records: list[Mapping[str, Any]] = []
                for record in dataset.records(name):
                    records.append({str(key).rpartition("/")[2]: value for key, value in record.items()})
                    if len(records) > MAX_ROWS:
                        raise HarnessError(f"{path}: over {MAX_ROWS:,} records.")
            except HarnessError:
                raise
            except Exception as error:  # whatever the package makes of a description of a stranger
                why = " ".join(str(error.__cause__ or error).split())[:300]
                raise HarnessError(f"{path}: mlcroissant cannot read it ({why}).") from None
        if not records:
            raise HarnessError(f"{path}: the record set {name} has no records.")
        return records

    def _record_set(self, names: list[str], path: Path) -> str:
        chosen = self.options.record_set or (names[0] if len(names) == 1 else None)
        if chosen not in names:
            raise HarnessError(
                f"{path}: say which records are the samples: dataset.record_set=NAME. There are "
                f"{', '.join(names) or 'none'}."
            )
        return chosen


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the package's warnings about recommended properties and about what it imports."""
    logger = logging.getLogger("absl")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | bytes | int | float | bool)


def _value(value: Any) -> Value:
    if isinstance(value, bytes):
        return value.decode()
    return None if isinstance(value, float) and math.isnan(value) else value
