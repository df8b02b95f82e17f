"""``SPEAKER/LABEL/NAME.wav``, below any root."""

from __future__ import annotations

from pathlib import PurePosixPath

import pyarrow as pa

from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError
from harness.signals import audio
from harness.signals.media import Media
from harness.signals.media_folder import find_files
from harness.tables.samples import samples_table


class FoldersOptions(ReaderOptions):
    """Choices of `FoldersByLabel`.

    Attributes:
        ending: of the files that count.
    """

    ending: str = ".wav"


class FoldersByLabel(Reader[FoldersOptions]):
    """One folder per speaker, in it one per label, in it the clips."""

    Options = FoldersOptions

    def samples(self) -> pa.Table:
        """One row per clip."""
        paths = [PurePosixPath(uri) for uri in find_files(self.root, {self.options.ending})]
        clips = [path for path in paths if len(path.parts) == 3]
        if not clips:
            raise HarnessError(
                f"dataset {self.card.name}: no file SPEAKER/LABEL/NAME{self.options.ending} below {self.root}."
            )
        return samples_table([self._row(path) for path in sorted(clips)])

    def load(self, sample: Sample) -> Media:
        """The waveform."""
        return audio.decode(self.path(sample["uri"]))

    def _row(self, path: PurePosixPath) -> dict[str, str]:
        speaker, label, _ = path.parts
        return {
            "sample_id": str(path),
            "uri": str(path),
            "modality": "voice",
            "subject_id": speaker,
            "label": label,
            "label_source": "acted",
        }
