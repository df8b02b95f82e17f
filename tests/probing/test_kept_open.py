"""A system that is opened once for its probes, and anew where determinism is tested."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import pytest
from counted_pictures import Colours, counted_pictures
from silent import Silent
from systems_with_faults import write_pictures

from harness.errors import HarnessError
from harness.probing.kept_open import KeptOpen
from harness.study.compose import compose_study
from harness.study.run_study import run_opened

CHOICES = [
    *("dataset=table", "dataset.label_source=acted", "model=majority", "tracking.enabled=false", "workers=0"),
    *("measure.permutations=100", "measure.resamples=100", "checks.max_probes=4", "checks.max_blind=4"),
]


class Counted(Colours):
    """Takes down when it is opened and closed, and whether what it kept counts."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[str] = []

    def open(self) -> None:
        self.log.append("opened anew" if self.asks_anew else "opened")

    def close(self) -> None:
        self.log.append("closed")


class Redrawn(Counted):
    """Draws its weights whenever it is loaded, as a network does whose file lacks a layer."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        return super().forward(batch) * (1.0 + self.log.count("opened anew") / 64)


def probes(system: Counted, folder: Path) -> list[dict[str, Any]]:
    pictures = write_pictures(folder / "pictures", subjects=2, per_label=2)
    config = compose_study([*CHOICES, f"dataset.root={pictures}", f"out={folder / 'run'}"])
    done = run_opened(config, counted_pictures(pictures), system, Silent())
    return pq.read_table(done.folder / "probes.parquet").to_pylist()


def test_it_is_opened_for_the_predictions_for_the_probes_and_for_determinism(tmp_path: Path) -> None:
    system = Counted()
    assert len({row["variant"] for row in probes(system, tmp_path)}) > 5
    assert system.log == ["opened", "closed", *["opened anew", "closed"] * 2]
    assert not system.asks_anew


def test_weights_that_are_drawn_at_random_are_not_deterministic(tmp_path: Path) -> None:
    differences = {
        probe: [row["max_difference"] for row in probes(Redrawn(), tmp_path / probe) if row["probe"] == probe]
        for probe in ("determinism", "batch_invariance")
    }
    assert min(differences["determinism"]) > 1e-3
    assert min(differences["batch_invariance"]) > 1e-3


def test_it_is_neither_opened_nor_closed_where_nothing_is_asked() -> None:
    system = Counted()
    with KeptOpen(system):
        pass
    assert system.log == []


def test_it_is_closed_whatever_ends_the_probes() -> None:
    system = Counted()

    def probe() -> None:
        with KeptOpen(system) as kept_open:
            kept_open.open()
            kept_open.open()
            raise HarnessError("gone")

    with pytest.raises(HarnessError, match="gone"):
        probe()
    assert system.log == ["opened anew", "closed"]
    assert not system.asks_anew
