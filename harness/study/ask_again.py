"""The stage after the predictions: describes the media and asks the system again, for the checks on the test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa

from harness.evidence.run_folder import RunFolder
from harness.models.model import MediaModel
from harness.probing.answered import Answered
from harness.probing.blind import blind_control
from harness.probing.collector import Collector
from harness.probing.kept_open import KeptOpen
from harness.probing.made_beside import MadeBeside
from harness.probing.media_facts import media_pieces
from harness.probing.probe import probes_table
from harness.probing.probe_settings import ProbeSettings
from harness.probing.recipes import made_for_checks
from harness.study.answers_file import add_answers
from harness.study.config import StudyConfig
from harness.study.observer import Observer
from harness.tables.probe_tables import MEDIA
from harness.tables.versions import write_pieces, write_table


def made_while_open(
    config: StudyConfig, system: MediaModel[Any], samples: pa.Table, collector: Collector
) -> MadeBeside | None:
    """What is made of the samples for this stage before, while they are open for the predictions."""
    return made_for_checks(system, samples, _amount(config), collector, media=config.checks.media)


def ask_again(
    config: StudyConfig, folder: RunFolder, answered: Answered, collector: Collector, observer: Observer
) -> None:
    """Write the tables on media and probes, and what the system said when it was asked without the media.

    Args:
        config: how much is asked.
        folder: where they are written.
        answered: the system, and its answers in the study.
        collector: see `harness.probing.collector.Collector`.
        observer: receives the progress.
    """
    checks = config.checks
    if checks.media:
        observer.stage("describing the media")
        pieces = media_pieces(answered.samples, answered.reader, collector)
        write_pieces(pieces, MEDIA, "media", folder / "media.parquet")
    amount = _amount(config)
    with KeptOpen(answered.model) as kept_open:
        answered = replace(answered, kept_open=kept_open)
        observer.stage("asking the system without the media")
        controls = blind_control(answered, amount, collector)
        observer.stage("asking the system again")
        probes = pa.concat_tables([probes_table(answered, amount, collector), *(of.rows for of in controls)])
    write_table(probes.combine_chunks(), "probes", folder / "probes.parquet")
    add_answers((piece for of in controls for piece in of.answers(answered.model.name)), folder)


def _amount(config: StudyConfig) -> ProbeSettings:
    checks = config.checks
    return ProbeSettings(checks.max_probes, checks.max_inputs, checks.max_blind, checks.ask_paid, config.seed)
