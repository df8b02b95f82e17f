"""What a practice test measured from: plain facts and tables without names, in files from which it measures again.

They are the files of ``observed/`` in the folder of a test, and in its pack. Names of people lie beside them, and
are in no pack.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
from pydantic import BaseModel, ValidationError

from harness.cards.facts import validation_problems
from harness.errors import HarnessError
from harness.files import read_json, write_json
from harness.tables.parquet_files import read_parquet, write_parquet

OBSERVED = "observed"
PEOPLE = "people.json"
"""Who is which number: for whoever has the data, and to look for these names in what leaves the machine."""
FACTS = "facts.json"
_Facts = TypeVar("_Facts", bound=BaseModel)
_TABLE = re.compile(r"[a-z][a-z0-9_]{0,60}")


@dataclass(frozen=True)
class Observed:
    """What a test measured from.

    Attributes:
        facts: plain JSON values.
        tables: by their name, of small letters. People are numbers in them, in the order in which they first
            occur.
        people: what they are called where they come from, by their numbers; empty: they are simulated.
    """

    facts: Mapping[str, Any]
    tables: Mapping[str, pa.Table]
    people: Sequence[str] = ()

    def facts_as(self, kind: type[_Facts]) -> _Facts:
        """The facts of a test of this kind.

        Raises:
            HarnessError: they are not.
        """
        try:
            return kind.model_validate(dict(self.facts))
        except ValidationError as error:
            raise HarnessError(f"observed: {validation_problems(error)}") from None

    def table(self, name: str) -> pa.Table:
        """A table by its name.

        Raises:
            HarnessError: there is none.
        """
        if name not in self.tables:
            raise HarnessError(f"observed: there is no table {name}.")
        return self.tables[name]


def write_observed(observed: Observed, out: Path) -> list[str]:
    """Write what was observed below the folder of a practice test; the names of the files without names of people.

    Args:
        observed: facts, tables and people.
        out: the folder.
    """
    shutil.rmtree(out / OBSERVED, ignore_errors=True)  # of an interrupted test with other options
    write_json(list(observed.people), out / PEOPLE)
    written = [f"{OBSERVED}/{FACTS}", *(f"{OBSERVED}/{name}.parquet" for name in observed.tables)]
    write_json(dict(observed.facts), out / OBSERVED / FACTS)
    for name, table in observed.tables.items():
        write_parquet(table, out / OBSERVED / f"{name}.parquet")
    return written


def read_people(folder: Path) -> list[str]:
    """What people are called in whose scores or answers a practice test rests on, by their numbers.

    Raises:
        HarnessError: it is not known.
    """
    path = folder / PEOPLE
    try:
        names = read_json(path)
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: what people are called cannot be read ({error}).") from None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise HarnessError(f"{path}: no list of what people are called.")
    return names


def read_observed(folder: Path) -> Observed:
    """What was written, without knowing what people are called.

    Args:
        folder: of a practice test, or the part of a pack that holds it.

    Raises:
        HarnessError: the facts are absent or no JSON object, or a table cannot be read.
    """
    path = folder / OBSERVED / FACTS
    try:
        facts = read_json(path)
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: what the test measured from cannot be read ({error}).") from None
    if not isinstance(facts, dict):
        raise HarnessError(f"{path}: what the test measured from is no JSON object.")
    paths = sorted((folder / OBSERVED).glob("*.parquet"))
    return Observed(facts, {path.stem: read_parquet(path) for path in paths if _TABLE.fullmatch(path.stem)})
