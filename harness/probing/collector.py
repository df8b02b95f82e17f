"""Runs samples through the inference stage, for everything that is probed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.datasets.reader import Reader, ReaderOptions
from harness.inference.collected import Collected
from harness.inference.engine import Progress, collect
from harness.inference.inference_settings import InferenceSettings
from harness.inference.loading import load_for
from harness.models.model import VectorModel


@dataclass(frozen=True)
class Collector:
    """Settings of the collection. A journal allows a killed run to continue.

    Attributes:
        journal: a folder with one subfolder per collection.
        plan_hash: see `collect`.
        settings: see `collect`.
        progress: see `collect`.
    """

    journal: Path
    plan_hash: str
    settings: InferenceSettings
    progress: Progress | None = None

    def collect(
        self, name: str, samples: pa.Table, reader: Reader[ReaderOptions], model: VectorModel[Any]
    ) -> Collected:
        """What the model says of these samples.

        Raises:
            HarnessError: see `collect`.
        """
        return collect(
            samples,
            load_for(model, reader),
            model,
            journal=self.journal / name,
            plan_hash=self.plan_hash,
            settings=self.settings,
            progress=self.progress,
        )
