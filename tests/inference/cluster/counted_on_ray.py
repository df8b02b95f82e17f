"""``counted_on_ray.py ADDRESS FOLDER``: tasks on a cluster, of which some fail; tables counted here and there.

What a test asks of tasks that fail is here, too, so that the machines of the cluster can import it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.errors import HarnessError
from harness.inference.cluster.ray_options import RayOptions
from harness.inference.cluster.ray_spread import RaySpread


@dataclass(frozen=True)
class EndsOnce:
    """Ends its process the first time that it is called for task 2, as if memory were short."""

    mark: Path

    def __call__(self, number: int) -> int:
        if number == 2 and not self.mark.exists():
            self.mark.touch()
            os._exit(9)
        return number**2


def refused(number: int) -> int:
    if number == 3:
        raise HarnessError("3 is too large")
    return number


def always_ends(number: int) -> int:
    os._exit(9)


def words_of(work: Callable[[], object]) -> str:
    """The message of an error, or the outcome."""
    try:
        return str(work())
    except HarnessError as error:
        return str(error)


def main() -> None:
    address, folder = sys.argv[1], Path(sys.argv[2])
    spread = RaySpread(RayOptions(address=address), print)
    print(spread.num_workers)
    print(list(spread(EndsOnce(folder / "mark"), range(6))))
    print(words_of(lambda: list(spread(refused, range(6)))))
    print(words_of(lambda: list(spread(always_ends, range(2)))))
    gone = partial(read_rows, folder / "gone.parquet")
    print(words_of(lambda: list(spread(gone, range(2)))))
    print(measured(folder, spread))


def read_rows(path: Path, _: int) -> int:
    from harness.tables.pieces import TableFile

    return TableFile(path).num_rows


def measured(folder: Path, spread: RaySpread) -> str:
    """Whether results are equal to the byte to those of this process."""
    from harness.measurement.measure_settings import MeasureSettings
    from harness.measurement.streaming import measure_files as streaming
    from harness.measurement.streaming import spans
    from harness.tables.parquet_files import parquet_bytes

    spans.LEAST_ROWS, streaming.FEW_ROWS = 100, 0
    settings = MeasureSettings(resamples=100, permutations=100, system="one", search_depth=0)
    files = folder / "samples.parquet", folder / "predictions.parquet"
    here, there = (
        streaming.measure_files(*files, dataset="d", settings=settings, **chosen)
        for chosen in ({}, {"spread": spread})
    )
    same = parquet_bytes(here.results) == parquet_bytes(there.results) and list(here.curves) == list(there.curves)
    return "equal" if same and here.results.num_rows > 100 else "different"


if __name__ == "__main__":
    import counted_on_ray  # under its own name, by which the machines of the cluster find what it defines

    counted_on_ray.main()
