"""What workers made for the checks while samples were open for the predictions, as this process keeps it.

Facts of the media go to their journal as they come. Arrays that the system will be asked about stay in memory, up
to a bound. Both save work and nothing else: what is not there, after a kill or beyond the bound, is made of the
file when it is needed, and is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.arrays import Bools
from harness.inference.engine import KeepBeside, open_journal
from harness.inference.forward import forward
from harness.inference.journal import Journal
from harness.inference.preparation import LoadSample, Prepared, PreparedBatch
from harness.inference.shards import Shards
from harness.probing.collector import Collector
from harness.probing.media_facts import FACTS, MediaFacts
from harness.probing.opened_once import OpenedOnce, Recipe

MAX_BYTES = 1 << 28
"""Of all arrays that are kept in memory."""


class MadeBeside:
    """What is made of the samples of a study, and what of it is there.

    Args:
        samples: of the study.
        recipes: what is made, by name.
        keep_arrays: ids of the samples of which what the model is given is kept.
        collector: of the probes, whose journal of the media this fills.
    """

    def __init__(
        self,
        samples: pa.Table,
        recipes: Mapping[str, Recipe],
        keep_arrays: frozenset[str],
        collector: Collector,
    ) -> None:
        self._sample_id = samples["sample_id"].combine_chunks()
        self._recipes = recipes
        self._keep_arrays = keep_arrays
        self._collector = collector
        self._num_bytes = 0
        self._facts = MediaFacts()
        self.arrays: dict[str, dict[str, Prepared]] = {}

    def reading(self, load: LoadSample) -> LoadSample:
        """A load of decoded media that also makes it."""
        return OpenedOnce(load, self._recipes, self._keep_arrays, self._collector.settings.timeout_s)

    @contextmanager
    def kept(self) -> Iterator[KeepBeside]:
        """Takes in what comes with the samples. What was taken is on the disk or in `arrays` at the end.

        Raises:
            HarnessError: the journal belongs to another plan or cannot be written.
        """
        settings = self._collector.settings
        folder, plan_hash = self._collector.journal / FACTS, self._collector.plan_hash
        shards = Shards(folder, plan_hash, self._sample_id, settings.batch_size, self._facts.width)
        shards.recover()
        missing_N = np.zeros(len(self._sample_id), dtype=bool)
        missing_N[shards.missing()] = True
        with open_journal(shards, settings.flush_s) as journal:
            yield partial(self._keep, journal, missing_N)

    def _keep(self, journal: Journal, missing_N: Bools, made: Mapping[int, Mapping[str, Prepared]]) -> None:
        described = [place for place, by_name in made.items() if FACTS in by_name and missing_N[place]]
        facts = [made[place][FACTS] for place in described]
        for finished in forward([PreparedBatch(0, np.array(described), facts)] if facts else [], self._facts):
            journal.add(finished)
        for place, by_name in made.items():
            for name, prepared in by_name.items():
                if name != FACTS:
                    self._keep_array(name, self._sample_id[place].as_py(), prepared)

    def _keep_array(self, name: str, sample_id: str, prepared: Prepared) -> None:
        num_bytes = _num_bytes(prepared.array)
        if self._num_bytes + num_bytes <= MAX_BYTES:
            self._num_bytes += num_bytes
            self.arrays.setdefault(name, {})[sample_id] = prepared


def _num_bytes(array: npt.NDArray[Any] | None) -> int:
    """With the arrays that an array of objects holds."""
    if array is None:
        return 0
    inside = array.ravel() if array.dtype.hasobject else ()
    return array.nbytes + sum(_num_bytes(one) for one in inside if isinstance(one, np.ndarray))
