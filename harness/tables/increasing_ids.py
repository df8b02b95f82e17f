"""Recognizes ids, read in pieces, as unique by their order alone."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


class IncreasingIds:
    """Whether ids increase from row to row: then they are unique, and none has to be kept in memory."""

    def __init__(self) -> None:
        self._last: pa.Scalar | None = None
        self._so_far = True

    def increases(self, ids: pa.ChunkedArray) -> bool:
        """Whether they have increased so far, including this chunk."""
        if self._so_far and not ids.null_count:
            joined = ids.combine_chunks()
            rising = pc.all(pc.less(joined.slice(0, len(joined) - 1), joined.slice(1)), min_count=0).as_py()
            after = self._last is None or pc.less(self._last, joined[0]).as_py()
            self._last, self._so_far = joined[-1], rising and after
        return self._so_far and not ids.null_count
