"""What is tested on a dataset of the harness: devices beside a reference, or the scores of a stress detector."""

from __future__ import annotations

from pathlib import Path

from harness.errors import HarnessError
from harness.practice_tests.observed import Observed
from harness.practice_tests.observed_columns import numbered
from harness.practice_tests.practice_interface import Said
from harness.practice_tests.wearables.measurement_sources import is_of_devices, of_reader
from harness.practice_tests.wearables.observed_wearables import observed_measurements, observed_scores
from harness.practice_tests.wearables.stress_dataset import is_of_stress, scores_of_dataset
from harness.practice_tests.wearables.transparency import Checklist
from harness.practice_tests.wearables.wearables_options import WearablesOptions
from harness.study.assembly import open_reader
from harness.study.observer import Observer


def observed_dataset(
    options: WearablesOptions, checklist: Checklist | None, out: Path, observer: Observer
) -> Observed:
    """Read the measurements of a dataset, or run the studies that give its scores.

    Raises:
        HarnessError: it cannot be read, or is neither of devices beside a reference nor of stress and rest.
    """
    assert options.dataset is not None
    reader = open_reader(options.dataset, options.root, options.dataset_options)
    observer.stage("listing samples")
    samples = reader.samples()
    if is_of_devices(samples, options.reference):
        return observed_measurements(of_reader(reader, samples, options, observer))
    if is_of_stress(samples):
        scores, alarms = scores_of_dataset(reader, samples, options, out, observer)
        return observed_scores(
            scores,
            None,
            alarms=alarms,
            checklist=checklist,
            about=[Said("detectors", {"detector": options.detector})],
            people=numbered(samples["subject_id"].to_pylist())[1],
        )
    raise HarnessError(
        f"dataset {options.dataset}: its samples are neither of devices beside a reference (ctx.device, and "
        "ctx.reference_device or reference=DEVICE) nor labelled stress and rest. Give a table: scores=FILE or "
        "measurements=FILE."
    )
