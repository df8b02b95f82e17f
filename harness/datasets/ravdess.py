"""RAVDESS: ``MM-VC-EM-IN-ST-RE-AC.wav`` or ``.mp4`` in one folder per actor; the file name holds all facts.

Source: Livingstone & Russo 2018, doi:10.1371/journal.pone.0196391; Zenodo record 1188976.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePosixPath
from typing import Any, Literal

import pyarrow as pa

from harness.datasets.films import FrameOptions, Presentation, load_film, sound_file
from harness.datasets.layout import copies, file_name, first_by_name, problem_lines
from harness.datasets.reader import Sample
from harness.datasets.splits import SplitOptions, SplitReader
from harness.errors import HarnessError
from harness.signals.media import Media
from harness.signals.media_folder import find_files
from harness.tables.samples import samples_table

RAVDESS_FILE_NAME = re.compile(r"(0[123])-(0[12])-(0[1-8])-(0[12])-(0[12])-(0[12])-(\d\d)\.(wav|mp4)")
MODALITIES = {"01": "audiovisual", "02": "face", "03": "voice"}
VOCAL_CHANNELS = {"01": "speech", "02": "song"}
EMOTION_OF_CODE = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fearful",
    "07": "disgust",
    "08": "surprised",
}
INTENSITIES = {"01": "normal", "02": "strong"}
STATEMENTS = {"01": "kids", "02": "dogs"}
ACTORS = {f"{number:02d}" for number in range(1, 25)}


class RavdessOptions(SplitOptions, FrameOptions):
    """The options.

    Attributes:
        presentation: ``voice`` takes the sound files, ``face`` the videos without sound (their middle frame),
            ``audiovisual`` the videos with sound (the same frame), ``video`` several frames of them.
        channel: ``speech``, ``song`` or ``both``.
    """

    presentation: Presentation = "voice"
    channel: Literal["speech", "song", "both"] = "speech"


class RavdessReader(SplitReader[RavdessOptions]):
    """All files below the root whose names follow RAVDESS' naming scheme."""

    Options = RavdessOptions

    def samples(self) -> pa.Table:
        """One row per file of the chosen presentation and channel; of duplicate files, the first."""
        rows = [
            row | {"modality": self.options.presentation}
            for uri in first_by_name(self._files()).values()
            if (row := _row(uri)) and self._is_chosen(row)
        ]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no {self.options.presentation} files ({self.options.channel}) "
                f"below {self.root}. Expected files like Actor_01/03-01-01-01-01-01-01.wav: give the folder that "
                "holds the Actor_XX folders, or change dataset.presentation or dataset.channel."
            )
        return self.in_chosen_split(samples_table(sorted(rows, key=lambda row: str(row["sample_id"]))))

    def load(self, sample: Sample) -> Media:
        """The waveform, the middle frame of the video, both, or several frames.

        A video's sound is that of the sound file of the same recording next to it (``03-…`` instead of ``01-…``),
        if it is there; otherwise its own.
        """
        film = PurePosixPath(sample["uri"])
        has_two = sample["modality"] in ("audiovisual", "video")
        sound = sound_file(self, film.with_name(f"03{film.stem[2:]}.wav").as_posix()) if has_two else None
        return load_film(self.path(sample["uri"]), sample["modality"], self.options, sound)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Names outside the naming scheme, duplicates, files in the wrong folder, missing or incomplete actors."""
        files = self._files()
        per_actor = Counter(samples["subject_id"].to_pylist())
        complete = self.card.details["files_per_actor"] if self.options == RavdessOptions() else 0
        return problem_lines(
            {
                "not named MM-VC-EM-IN-ST-RE-AC": [uri for uri in files if not _row(uri)],
                "found more than once, the first is used": copies(files),
                "in the folder of another actor": [
                    uri for uri in samples["uri"].to_pylist() if _is_misplaced(uri)
                ],
                "no file of actor": sorted(ACTORS - set(per_actor)),
                f"fewer than {complete} files of actor": [a for a, n in sorted(per_actor.items()) if n < complete],
            }
        )

    def _files(self) -> list[str]:
        return find_files(self.root, {".wav", ".mp4"})

    def _is_chosen(self, row: dict[str, Any]) -> bool:
        channels = VOCAL_CHANNELS.values() if self.options.channel == "both" else (self.options.channel,)
        recorded = "audiovisual" if self.options.presentation == "video" else self.options.presentation
        return row["modality"] == recorded and row["ctx.channel"] in channels


def _row(uri: str) -> dict[str, Any] | None:
    match = RAVDESS_FILE_NAME.fullmatch(file_name(uri))
    if not match or match[7] not in ACTORS:
        return None
    modality, channel, emotion, intensity, statement, repetition, actor, _ = match.groups()
    return {
        "sample_id": uri,
        "modality": MODALITIES[modality],
        "uri": uri,
        "subject_id": actor,
        "label": EMOTION_OF_CODE[emotion],
        "label_source": "acted",
        "attr.sex": "male" if int(actor) % 2 else "female",
        "ctx.channel": VOCAL_CHANNELS[channel],
        "ctx.intensity": INTENSITIES[intensity],
        "ctx.statement": STATEMENTS[statement],
        "ctx.repetition": int(repetition),
    }


def _is_misplaced(uri: str) -> bool:
    folder = re.search(r"Actor_(\d\d)/[^/]*(\d\d)\.\w+$", uri)
    return folder is not None and folder[1] != folder[2]
