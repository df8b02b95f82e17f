"""What is made of the samples of a study for the checks, while the samples are open for the predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.models.model import MediaModel, Preparer, PretrainedModel
from harness.probing.blind import CHANGES, variants
from harness.probing.chosen import Rows, blind_rows, other_input_rows, repeated_rows, takes_other_input
from harness.probing.collector import Collector
from harness.probing.made_beside import MadeBeside
from harness.probing.media_facts import FACTS, MediaFacts
from harness.probing.opened_once import Recipe
from harness.probing.probe_settings import ProbeSettings
from harness.probing.variants import OTHER_ORDER, InOtherOrder, swapped
from harness.tables.probe_tables import BLIND


def made_for_checks(
    model: MediaModel[Any], samples: pa.Table, settings: ProbeSettings, collector: Collector, *, media: bool
) -> MadeBeside | None:
    """What is made, and where it is kept; None of a system that decodes files by itself.

    Which samples will be scored is not known yet. In place of those that are not, the probes take others, whose
    media are then opened again.

    Args:
        model: the system under test.
        samples: of the study.
        settings: how much the system will be asked.
        collector: of the probes.
        media: whether all media are described.
    """
    if model.reads_files:
        return None
    asked_again = settings.ask_paid or not model.card.paid
    shown_otherwise = asked_again and takes_other_input(model) and not model.context
    prepare = model.preparer()
    every_row, nothing = np.arange(samples.num_rows), frozenset[str]()
    repeated = _ids(samples, repeated_rows(samples, every_row, settings)) if asked_again else nothing
    shown = _ids(samples, other_input_rows(samples, every_row, settings)) if shown_otherwise else nothing
    recipes = {
        **({FACTS: Recipe(MediaFacts().preparer())} if media else {}),
        **({OTHER_ORDER: Recipe(InOtherOrder(prepare), swapped, shown)} if shown else {}),
        **_blind(model, prepare, samples, settings),
    }
    return MadeBeside(samples, recipes, repeated | shown, collector)


def _blind(
    model: MediaModel[Any], prepare: Preparer, samples: pa.Table, settings: ProbeSettings
) -> dict[str, Recipe]:
    """The variants of the blind control that are made of a sample by itself."""
    if not isinstance(model, PretrainedModel) or model.context:
        return {}
    rows = blind_rows(samples, np.arange(samples.num_rows), settings)
    names = variants(model, set(pc.unique(samples["modality"].take(rows)).to_pylist()))
    sample_ids = _ids(samples, rows)
    return {f"{BLIND}/{name}": Recipe(prepare, CHANGES[name], sample_ids) for name in names if name in CHANGES}


def _ids(samples: pa.Table, rows: Rows) -> frozenset[str]:
    return frozenset(samples["sample_id"].take(rows).to_pylist())
