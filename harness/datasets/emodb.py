"""EmoDB, the Berlin database of emotional speech: ``SSTTTEV.wav`` (speaker, text, emotion, version).

Source: Burkhardt et al. 2005, Proc. Interspeech. The speakers' ages and sexes are in the card.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from harness.datasets.layout import copies, file_name, first_by_name, problem_lines
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError
from harness.signals import audio
from harness.signals.media import Media
from harness.signals.media_folder import find_files
from harness.tables.samples import samples_table

EMODB_FILE_NAME = re.compile(r"(\d\d)([ab]\d\d)([WLEAFTN])([a-z])\.wav")
EMOTION_OF_LETTER = {
    "W": "anger",
    "L": "boredom",
    "E": "disgust",
    "A": "fear",
    "F": "happiness",
    "T": "sadness",
    "N": "neutral",
}


class EmodbOptions(ReaderOptions):
    """EmoDB has no options."""


class EmodbReader(Reader[EmodbOptions]):
    """All files below the root whose names follow EmoDB's naming scheme."""

    Options = EmodbOptions

    def samples(self) -> pa.Table:
        """One row per file; of duplicate files, the first."""
        files = first_by_name(self._files())
        rows = [self._row(match, uri) for name, uri in files.items() if (match := EMODB_FILE_NAME.fullmatch(name))]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no file is named like 03a01Fa.wav below {self.root}. "
                "Give the folder that holds wav/."
            )
        return samples_table(sorted(rows, key=lambda row: str(row["sample_id"])))

    def load(self, sample: Sample) -> Media:
        """The waveform."""
        return audio.decode(self.path(sample["uri"]))

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Names outside the naming scheme, duplicates, speakers who are missing or not in the card."""
        files = self._files()
        speakers = set(samples["subject_id"].to_pylist())
        return problem_lines(
            {
                "not named SSTTTEV.wav": [uri for uri in files if not EMODB_FILE_NAME.fullmatch(file_name(uri))],
                "found more than once, the first is used": copies(files),
                "speakers that the card does not list": sorted(speakers - set(self._speakers)),
                "no file of speaker": sorted(set(self._speakers) - speakers),
            }
        )

    @property
    def _speakers(self) -> Mapping[str, Any]:
        speakers: Mapping[str, Any] = self.card.details["speakers"]
        return speakers

    def _files(self) -> list[str]:
        return find_files(self.root, {".wav"})

    def _row(self, match: re.Match[str], uri: str) -> dict[str, Any]:
        speaker, text, emotion, version = match.groups()
        person = self._speakers.get(speaker, {})
        return {
            "sample_id": uri,
            "modality": "voice",
            "uri": uri,
            "subject_id": speaker,
            "label": EMOTION_OF_LETTER[emotion],
            "label_source": "acted",
            "attr.sex": person.get("sex"),
            "attr.age": float(person["age"]) if person else None,
            "ctx.text": text,
            "ctx.version": version,
        }
