"""Batches computed on this machine: worker processes prepare them, this process runs the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from harness.inference.device import deterministic
from harness.inference.executor import Finished
from harness.inference.forward import forward_all, open_model
from harness.inference.inference_settings import InferenceSettings
from harness.inference.pool import prepared_batches
from harness.inference.preparation import LoadSample, SampleBatch
from harness.models.model import VectorModel


class LocalExecutor:
    """This machine: worker processes read and prepare samples, the calling process runs the model."""

    @contextmanager
    def run(
        self,
        batches: Iterable[SampleBatch],
        load: LoadSample,
        model: VectorModel[Any],
        settings: InferenceSettings,
    ) -> Iterator[Iterator[Finished]]:
        """See `harness.inference.executor.Executor.run`."""
        deterministic()
        ahead = prepared_batches(
            batches,
            load,
            model.preparer(),
            workers=settings.workers,
            timeout_s=settings.timeout_s,
            in_use=model.in_flight,
        )
        with closing(model), ahead as prepared:  # workers start while the model loads
            open_model(model)
            deterministic()
            yield forward_all(prepared, model)
