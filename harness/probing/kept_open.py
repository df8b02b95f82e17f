"""A system that is opened once for several probes, and stays open from one to the next."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from harness.models.model import MediaModel


class KeptOpen:
    """A system that was closed after the predictions; leaving the block closes it.

    It is opened when the first probe asks it, not at all where the journal holds all answers. What it kept of the
    study is no answer now.

    Args:
        model: the system.
    """

    def __init__(self, model: MediaModel[Any]) -> None:
        self._model = model
        self._is_opened = False

    def open(self) -> None:
        """Open it unless it is open.

        Raises:
            HarnessError: see `harness.models.model.VectorModel.open`.
        """
        if not self._is_opened:
            self._is_opened, self._model.asks_anew = True, True
            self._model.open()

    def close(self) -> None:
        """Close it: the next probe opens it anew."""
        if self._is_opened:
            self._is_opened, self._model.asks_anew = False, False
            self._model.close()

    def __enter__(self) -> KeptOpen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
