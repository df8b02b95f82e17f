"""Runs samples through the inference stage, for everything that is probed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.datasets.reader import Reader, ReaderOptions
from harness.inference.collected import Collected
from harness.inference.engine import Progress, collect
from harness.inference.inference_settings import InferenceSettings
from harness.inference.loading import load_for
from harness.inference.preparation import LoadSample, Prepared
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
        self,
        name: str,
        samples: pa.Table,
        reader: Reader[ReaderOptions],
        model: VectorModel[Any],
        load: LoadSample | None = None,
        known: Mapping[str, Prepared] | None = None,
    ) -> Collected:
        """What the model says of these samples.

        Args:
            name: of the subfolder.
            samples: some of the study's.
            reader: of the dataset.
            model: that is asked.
            load: what is read for it; by default what is read for it in the study.
            known: see `collect`.

        Raises:
            HarnessError: see `collect`.
        """
        return collect(
            samples,
            load or load_for(model, reader),
            model,
            journal=self.journal / name,
            plan_hash=self.plan_hash,
            settings=self.settings,
            progress=self.progress,
            known=known,
        )
