"""What a system cannot know, as the user names it for the negative control."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import pyarrow as pa
from pydantic import AfterValidator, ConfigDict, Field

from harness.errors import HarnessError
from harness.plain_numbers import PlainNumbers
from harness.wording import did_you_mean, listed

CONTEXT = "ctx."
START = "start_s"
"""When a sample begins within its recording."""

MAX_COLUMNS = 20


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not name.startswith(CONTEXT) and name != START:
            raise ValueError(f"{name!r} is no column of the context: expected {CONTEXT}… or {START}")
    return tuple(dict.fromkeys(names))


ContextColumns = Annotated[tuple[str, ...], Field(max_length=MAX_COLUMNS), AfterValidator(_once)]


class NegativeControl(PlainNumbers):
    """Columns of the samples that have to do with the test and nothing with the person.

    Attributes:
        labels_of_others: answers are held against labels of other people at the same value of each of them.
        outcomes: answers must not go with any of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    labels_of_others: ContextColumns = ()
    outcomes: ContextColumns = ()

    @property
    def num(self) -> int:
        """How many controls there are."""
        return len(self.labels_of_others) + len(self.outcomes)


def require_columns(samples: pa.Table, columns: Sequence[str], option: str) -> None:
    """Check that the samples have the columns that an option names.

    Raises:
        HarnessError: there is no such column.
    """
    known = [name for name in samples.column_names if name == START or name.startswith(CONTEXT)]
    for name in columns:
        if name not in known:
            raise HarnessError(
                f"{option}: the samples have no column {name!r}; there are {listed(known, 12)}."
                f"{did_you_mean(name, known)}"
            )
