"""What else is made of a sample while it is open, besides the array that the model is given.

To read and decode a medium takes longer than most of what is made of it. So a load may make at once what the
checks on the test will need (`harness.probing.opened_once`), and note it here; it comes with the sample from the
worker. It decides nothing: a sample that ends its worker is prepared again without it, and what is missing is made
of the file when it is needed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.inference.preparation import Prepared

OWN_ARRAY = "own_array"
"""The name under which the array that the model is given is kept, too."""


@dataclass
class Beside:
    """What is noted of the present sample.

    Attributes:
        make: makes what is wanted besides, by name. Called when what the model is given has been made, so that the
            sample is charged for whatever both need.
        keeps_array: whether the array that the model is given is to be kept as well.
    """

    make: Callable[[], Mapping[str, Prepared]] | None = None
    keeps_array: bool = False

    def taken(self, given: Prepared) -> Mapping[str, Prepared]:
        """All that was noted, which is forgotten.

        Args:
            given: what the model is given, on which it may write.
        """
        make, keeps_array = self.make, self.keeps_array
        self.make, self.keeps_array = None, False
        made = {} if make is None else make()
        return {**made, OWN_ARRAY: copy.deepcopy(given)} if keeps_array else made


_noted: ContextVar[Beside | None] = ContextVar("beside", default=None)


@contextmanager
def noted_beside(*, wanted: bool) -> Iterator[Beside]:
    """Collect what loads make besides within the block; nothing where it is not wanted."""
    noted = Beside()
    token = _noted.set(noted if wanted else None)
    try:
        yield noted
    finally:
        _noted.reset(token)


def beside() -> Beside | None:
    """Where a load notes what it makes besides; None where that is not wanted."""
    return _noted.get()
