"""The media of what is trained on and not tested: which files were read of it, and its vectors as one training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from harness.errors import HarnessError
from harness.evidence.media_identity import media_identity
from harness.evidence.run_folder import RunFolder
from harness.inference.file_log import FileLog
from harness.models.model import Training, Vectors
from harness.study.observer import Observer
from harness.study.same_files import require_files_of_interrupted
from harness.study.training_corpora import TrainingCorpus, require_other_files
from harness.tables.file_table import files_of

MEDIA = "training_media"
"""The entry of ``run.json``."""


@dataclass(frozen=True)
class TrainingMedia:
    """The corpora of a training, each with the log of the files that were read of it.

    Attributes:
        corpora: at least one.
        logs: of each its own; the run's for a part of the dataset that is tested.
        allow_leak: whether recordings may be tested as well.
    """

    corpora: Sequence[TrainingCorpus]
    logs: Sequence[FileLog]
    allow_leak: bool

    @classmethod
    def of(
        cls,
        corpora: Sequence[TrainingCorpus],
        folder: RunFolder,
        files: FileLog,
        allow_leak: bool,
        observer: Observer,
    ) -> TrainingMedia | None:
        """The corpora in the folder of a run; None where there are none.

        Raises:
            HarnessError: the run was interrupted, and the files of a corpus are no longer those that it has read.
        """
        if not corpora:
            return None
        logs = [
            files if corpus.own else _log(corpus, journal_of(folder, number) / "files.jsonl", folder, observer)
            for number, corpus in enumerate(corpora, start=1)
        ]
        return cls(corpora, logs, allow_leak)

    def training(self, vectors: Sequence[Vectors], files: FileLog, tested: pa.Table) -> Training:
        """The vectors of the corpora as one training.

        Args:
            vectors: of each corpus, in its samples' order.
            files: that were read of the tested samples.
            tested: the samples table.

        Raises:
            HarnessError: recordings of a corpus are also tested, and that is not allowed.
        """
        uris = set(tested["uri"].to_pylist())
        for corpus, log in zip(self.corpora, self.logs, strict=True):
            if not corpus.own and not self.allow_leak:
                require_other_files(log.files, files.files, uris, corpus.name)
        return Training(
            name=f"trained on {' and '.join(corpus.name for corpus in self.corpora)}",
            samples=pa.concat_tables([corpus.samples for corpus in self.corpora], promote_options="default"),
            vectors=Vectors(
                np.concatenate([of.values for of in vectors]),
                [outcome for of in vectors for outcome in of.outcome],
                [reason for of in vectors for reason in of.reason],
            ),
        )

    def identity(self) -> list[dict[str, Any]]:
        """Of each other corpus, what identifies the files that were read of it, for ``run.json``."""
        return [
            {
                "dataset": corpus.name,
                **media_identity(files_of(log.table()), simulated=bool(corpus.reader.card.simulated)),
            }
            for corpus, log in zip(self.corpora, self.logs, strict=True)
            if not corpus.own
        ]


def journal_of(folder: RunFolder, number: int) -> Path:
    """Where the vectors of one corpus are kept while a run goes on."""
    return folder.journal / "training" / str(number)


def _log(corpus: TrainingCorpus, path: Path, folder: RunFolder, observer: Observer) -> FileLog:
    log = FileLog(path)
    if log.files:
        try:
            require_files_of_interrupted(folder, log.files, corpus.reader, observer.progress)
        except HarnessError as error:
            raise HarnessError(f"protocol.train_on: {error}") from None
    log.add(corpus.listed.values())
    return log
