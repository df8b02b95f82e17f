"""The number of samples per batch that goes into the plan, where the user leaves it to the harness.

A batch is part of the plan, as answers may depend on its size in their last digits. So the size is decided before
the plan is fixed, the plan states the number, and whoever continues or repeats the run takes it from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from harness.evidence.run_folder import RunFolder
from harness.models.model import MediaModel, Model
from harness.study.build_plan import default_folder
from harness.study.config import AUTO, MAX_BATCH_SIZE, StudyConfig
from harness.study.grants import require_needed
from harness.study.observer import Observer

MOST_ON_GPU = 256
"""Beyond that networks are hardly faster, and a kill costs more."""

FEWEST_BATCHES = 4
"""So many batches there are at least, so that workers prepare one while another is computed."""


def planned_batch_size(
    config: StudyConfig, plan: Mapping[str, Any], system: Model[Any], observer: Observer
) -> int:
    """The batch size of a study; for ``auto`` that of the stored run, otherwise what fits into the memory.

    Args:
        config: of the study.
        plan: complete but for the batch size.
        system: under test, not open.
        observer: is told how the size came about.

    Raises:
        HarnessError: the system cannot be opened or computes nothing; the folder of the run has a damaged plan.
    """
    if config.batch_size != AUTO:
        return config.batch_size
    if (stored := _stored(config, plan)) is not None:
        size, folder = stored
        observer.note(f"batch_size=auto: {size}, as the plan in {folder.path} states.")
        return size
    largest = system.largest_input() if isinstance(system, MediaModel) else None
    if largest is None or config.executor.name != "local":
        elsewhere = f"the memory of this machine says nothing of executor={config.executor.name}"
        unknown = f"the memory that {system.name} needs does not grow with it, or is not known"
        why = unknown if largest is None else elsewhere
        observer.note(f"batch_size=auto: {config.usual_batch_size}, the usual size, as {why}.")
        return config.usual_batch_size
    assert isinstance(system, MediaModel)
    return _measured(config, plan, system, largest, observer)


def _measured(
    config: StudyConfig,
    plan: Mapping[str, Any],
    system: MediaModel[Any],
    largest: npt.NDArray[Any],
    observer: Observer,
) -> int:
    require_needed(system)
    from harness.inference.device_memory import device_memory
    from harness.inference.fitting_batch import fitting_batch_size

    observer.stage("looking for the batch size")
    most = _most(config, plan, system)
    size = fitting_batch_size(system, largest, device_memory(system.settings.device), most=most)
    why = (
        "more would leave too few batches, or bring nothing"
        if size == most
        else "twice as many of the largest size would take too much"
    )
    observer.note(
        f"batch_size=auto: {size}, by the memory of {system.settings.device} ({why}). The plan states it."
    )
    return size


def _stored(config: StudyConfig, plan: Mapping[str, Any]) -> tuple[int, RunFolder] | None:
    """The size in the plan of this study's folder; without a folder of its own, of a run that only differs in it.

    A run to be continued comes before a finished one, and a larger size before a smaller one.
    """
    if config.out is not None:
        folder = RunFolder(config.out)
        size = folder.read_plan().plan.get("batch_size") if (folder / "plan.yaml").is_file() else None
        return (size, folder) if type(size) is int and 1 <= size <= MAX_BATCH_SIZE else None
    found = []
    for size in {config.usual_batch_size, *_powers(MOST_ON_GPU)}:
        folder = RunFolder(default_folder({**plan, "batch_size": size}))
        if (folder / "plan.yaml").is_file():
            found.append((folder.read_run() is None, size, folder))
    if not found:
        return None
    _, size, folder = max(found, key=lambda one: one[:2])
    return size, folder


def _most(config: StudyConfig, plan: Mapping[str, Any], system: Model[Any]) -> int:
    """On a processor no more than usual: a larger batch is not faster there."""
    bound = config.usual_batch_size if system.settings.device == "cpu" else MOST_ON_GPU
    bound = min(bound, plan["dataset"]["num_samples"] // FEWEST_BATCHES)
    return max([1, *(size for size in _powers(MOST_ON_GPU) if size <= bound)])


def _powers(most: int) -> list[int]:
    """1, 2, 4 … up to a number."""
    return [1 << place for place in range(most.bit_length())]
