"""CREMA-D: acted clips, the actors' demographics and the votes of 2,443 raters, in the layout of its repository.

Source: Cao et al. 2014, doi:10.1109/TAFFC.2014.2336244. The tables alone are enough for models that read no media.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from harness.cards.taxonomy import most_voted
from harness.datasets.cremad_tables import DEMOGRAPHICS, VOTES, read_actors, read_votes
from harness.datasets.films import FrameOptions, Presentation, load_film, sound_file
from harness.datasets.layout import problem_lines, read_csv
from harness.datasets.reader import Sample
from harness.datasets.splits import SplitOptions, SplitReader
from harness.errors import HarnessError
from harness.signals.media import Media
from harness.tables.samples import samples_table

CLIPS = "SentenceFilenames.csv"

CREMAD_FILE_NAME = re.compile(
    r"(\d{4})_(IEO|TIE|IOM|IWW|TAI|MTI|IWL|ITH|DFA|ITS|TSI|WSI)_(ANG|DIS|FEA|HAP|NEU|SAD)_(LO|MD|HI|XX)"
)
LEVELS = {"LO": "low", "MD": "medium", "HI": "high", "XX": "unspecified"}
FILM = "VideoFlash/{}.flv"
MEDIA_FOLDERS = {"voice": "AudioWAV/{}.wav", "face": FILM, "audiovisual": FILM, "video": FILM}


class CremadOptions(SplitOptions, FrameOptions):
    """The options.

    Attributes:
        presentation: what the system is given; votes are read from raters who were given the same. ``voice``
            (``AudioWAV``), ``face`` (the middle frame of the video), ``audiovisual`` (both) or ``video`` (several
            frames, and the sound).
        label: ``intended``, the emotion that the actor was asked for, or ``voted``, the emotion that most raters
            chose (null where they tie).
    """

    presentation: Presentation = "voice"
    label: Literal["intended", "voted"] = "intended"


class CremadReader(SplitReader[CremadOptions]):
    """The 7,442 clips that the tables list, in one presentation."""

    Options = CremadOptions

    def samples(self) -> pa.Table:
        """One row per clip; `uri` is null if the folder of the media is absent."""
        actors, votes = self._actors(), self._votes()
        media = MEDIA_FOLDERS[self.options.presentation]
        has_media = (self.root / media).parent.is_dir()
        rows = [
            self._row(match, actors, votes)
            for name in self._clips()
            if (match := CREMAD_FILE_NAME.fullmatch(name))
        ]
        if not rows:
            raise HarnessError(f"{self.root / CLIPS}: no clip is named like 1001_IEO_ANG_HI.")
        rows = [row | {"uri": row["sample_id"] if has_media else None} for row in rows]
        return self.in_chosen_split(samples_table(rows))

    def load(self, sample: Sample) -> Media:
        """The waveform, the middle frame of the video, both, or several frames.

        A video's sound is that of ``AudioWAV``, if it is there; otherwise its own.
        """
        path = self.path(sample["uri"])
        has_two = sample["modality"] in ("audiovisual", "video")
        sound = sound_file(self, MEDIA_FOLDERS["voice"].format(path.stem)) if has_two else None
        return load_film(path, sample["modality"], self.options, sound)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Missing media, clips without votes or demographics, votes for clips that are not listed."""
        clips, actors, votes = self._clips(), self._actors(), self._votes()
        folder = MEDIA_FOLDERS[self.options.presentation].partition("/")[0]
        absent = [] if (self.root / folder).is_dir() else [folder]
        return problem_lines(
            {
                "the folder is missing, so only models that read no media can run": absent,
                f"names in {CLIPS} that do not follow the naming scheme": [
                    name for name in clips if not CREMAD_FILE_NAME.fullmatch(name)
                ],
                f"clips without votes in {VOTES}": [name for name in clips if name not in votes],
                f"votes for clips that {CLIPS} does not list": sorted(set(votes) - set(clips)),
                f"actors without a row in {DEMOGRAPHICS}": sorted(
                    set(samples["subject_id"].to_pylist()) - set(actors)
                ),
            }
        )

    def _row(
        self, match: re.Match[str], actors: Mapping[str, Any], votes: Mapping[str, dict[str, int]]
    ) -> dict[str, Any]:
        actor, sentence, emotion, level = match.groups()
        counts = votes.get(match[0])
        voted = self.options.label == "voted"
        return {
            "sample_id": MEDIA_FOLDERS[self.options.presentation].format(match[0]),
            "modality": self.options.presentation,
            "subject_id": actor,
            "label": _winner(counts) if voted else emotion,
            "label_source": "observer" if voted else "acted",
            "votes": counts,
            **actors.get(actor, {}),
            "ctx.sentence": sentence,
            "ctx.level": LEVELS[level],
        }

    def _clips(self) -> list[str]:
        return [row["Filename"] for row in read_csv(self._there(CLIPS), ("Filename",))]

    def _actors(self) -> dict[str, dict[str, Any]]:
        return read_actors(self._there(DEMOGRAPHICS))

    def _votes(self) -> dict[str, dict[str, int]]:
        return read_votes(self._there(VOTES), self.options.presentation)

    def _there(self, name: str) -> Path:
        path = self.file(name)
        if not path.is_file():
            raise HarnessError(
                f"dataset {self.card.name}: {path} is missing. Give the folder of the cloned repository; "
                "its tables are needed even if the media come from elsewhere."
            )
        return path


def _winner(votes: Mapping[str, int] | None) -> str | None:
    winners = most_voted(votes or {})
    return winners[0] if len(winners) == 1 else None
