"""The stage after the predictions: describes the media and asks the system again, for the checks on the test."""

from __future__ import annotations

import pyarrow as pa

from harness.evidence.run_folder import RunFolder
from harness.probing.answered import Answered
from harness.probing.blind import blind_control
from harness.probing.collector import Collector
from harness.probing.media_facts import media_pieces
from harness.probing.probe import ProbeSettings, probes_table
from harness.study.answers_file import add_answers
from harness.study.config import StudyConfig
from harness.study.observer import Observer
from harness.tables.probe_tables import MEDIA
from harness.tables.versions import write_pieces, write_table


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
    amount = ProbeSettings(checks.max_probes, checks.max_inputs, checks.max_blind, checks.ask_paid, config.seed)
    observer.stage("asking the system without the media")
    controls = blind_control(answered, amount, collector)
    observer.stage("asking the system again")
    probes = pa.concat_tables([probes_table(answered, amount, collector), *(of.rows for of in controls)])
    write_table(probes.combine_chunks(), "probes", folder / "probes.parquet")
    add_answers((piece for of in controls for piece in of.answers(answered.model.name)), folder)
