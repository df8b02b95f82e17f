"""Samples of which the system is asked a second time, opened again while it is asked something else.

Workers open them, and this process has the system answer the other probes: neither waits for the other. What is
not there when it is needed, as it did not fit into memory or the set-up is wrong, is opened then, as it would be
without.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace

import numpy as np
import pyarrow as pa

from harness.inference.engine import sample_batches
from harness.inference.executor import gpus_elsewhere, open_executor
from harness.inference.loading import load_for
from harness.inference.pool import prepared_batches
from harness.inference.preparation import Prepared, PreparedBatch
from harness.probing.answered import Answered
from harness.probing.chosen import repeated_rows
from harness.probing.collector import Collector
from harness.probing.made_beside import MAX_BYTES, num_bytes
from harness.probing.probe_settings import ProbeSettings
from harness.probing.variants import Probed


class OpenedAgain:
    """What has been opened so far: takes it from the workers in a thread of its own.

    Args:
        batches: as workers prepare them.
        samples: that the batches are made of.
    """

    def __init__(self, batches: Iterable[PreparedBatch], samples: pa.Table) -> None:
        self._batches = batches
        self._ids = samples["sample_id"].to_pylist()
        self._found: dict[str, Prepared] = {}
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    def found(self) -> Mapping[str, Prepared]:
        """By id what was prepared, when all is; not what would not fit into `MAX_BYTES`."""
        self._thread.join()
        return self._found

    def _take(self) -> None:
        taken = 0
        with suppress(Exception):  # met again where the samples are needed, unless the workers were stopped
            for batch in self._batches:
                taken += sum(num_bytes(sample.array) for sample in batch.samples)
                if taken > MAX_BYTES:
                    return
                for place, sample in zip(batch.places.tolist(), batch.samples, strict=True):
                    # A copy: the memory is used for the next batch.
                    self._found[self._ids[place]] = replace(sample, array=copy.deepcopy(sample.array))


@contextmanager
def opened_again(
    answered: Answered, settings: ProbeSettings, collector: Collector
) -> Iterator[OpenedAgain | None]:
    """Have the samples opened that `determinism` asks about, from the moment that the context is entered.

    Args:
        answered: the system, and its answers in the study.
        settings: how much it is asked again.
        collector: of the probes.

    Yields:
        What is opened. None where nothing is: no workers of this machine, answers that come one by one or are
        paid for, and an interrupted run that has asked a second time already.
    """
    inference, model, own = collector.settings, answered.model, answered.own
    elsewhere = gpus_elsewhere(open_executor(inference.executor, inference.executor_options)) is not None
    unasked = own.is_one_by_one or (not settings.ask_paid and (model.card.paid or own.is_paid))
    rows = repeated_rows(answered.samples, np.flatnonzero(own.scored()), settings)
    if not inference.workers or elsewhere or unasked or not len(rows) or collector.has_begun(Probed.__name__):
        yield None
        return
    samples = answered.samples.take(rows).combine_chunks()
    ready = prepared_batches(
        sample_batches(samples, np.arange(len(rows)), inference.batch_size),
        load_for(model, answered.reader),
        model.preparer(),
        workers=inference.workers,
        timeout_s=inference.timeout_s,
    )
    with ready as batches:
        yield OpenedAgain(batches, samples)
