"""Batches that a device computes while this process does something else, and the moment at which each was done.

When a device has computed a batch, only those know who wait for it. The thread that runs the model may wait for
samples at that time, and would count this as the device's time; so another thread waits for the device.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from harness.models.model import Computed

Said = tuple[Any, float]
"""What a model says of a batch, and when it had computed it, as `time.perf_counter` does."""


@contextmanager
def waited_for(in_flight: int) -> Iterator[Callable[[Computed], Callable[[], Said]]]:
    """How batches are waited for that are begun within the block, in the order in which they were begun.

    Args:
        in_flight: how many are begun before the first is asked for. With 1 each is asked for at once, and this
            thread waits for it.

    Yields:
        Takes what waits for a batch and gives what it says, when that is asked for.
    """
    if in_flight == 1:
        yield lambda computed: lambda: _said(computed)
        return
    waiter = ThreadPoolExecutor(1, "waits for the device")
    try:
        yield lambda computed: waiter.submit(_said, computed).result
    finally:
        waiter.shutdown(cancel_futures=True)


def _said(computed: Computed) -> Said:
    return computed(), time.perf_counter()
