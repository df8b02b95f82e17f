"""IEMOCAP: two actors per session in improvised and scripted dialogues, cut into turns that people rated.

``SessionN/dialog/EmoEvaluation/<dialogue>.txt`` has a block per turn: its times, name, consensus and mean ratings,
and below it one line per rater (``C-E1``: categories, ``A-E1``: val, act, dom from 1 to 5; E other people, F and M
the actors of themselves). ``SessionN/sentences/wav/<dialogue>/<turn>.wav`` is the sound. Source: Busso et al.
2008, doi:10.1007/s10579-008-9076-6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import pyarrow as pa

from harness.datasets.iemocap_ratings import to_unit, votes_of
from harness.datasets.layout import problem_lines
from harness.datasets.reader import Sample
from harness.datasets.splits import SplitOptions, SplitReader
from harness.errors import HarnessError
from harness.files import read_text, text_lines
from harness.signals import audio
from harness.signals.media import Media
from harness.signals.media_folder import find_files
from harness.tables.samples import samples_table
from harness.tables.votes import RATERS

EVALUATION = re.compile(r"(?:.*/)?Session([1-5])/dialog/EmoEvaluation/(Ses0\1[FM]_(impro|script)\d\d[^/]*)\.txt")
TURN = re.compile(
    r"\[([\d.]+) - ([\d.]+)\]\t(Ses0([1-5])[FM]_\w+_([FM])\w*\d+)\t(\w+)\t\[([\d.]+), ([\d.]+), ([\d.]+)\]"
)


class IemocapOptions(SplitOptions):
    """The options.

    Attributes:
        part: the improvised dialogues, the scripted ones, or both.
    """

    part: Literal["both", "improvised", "scripted"] = "both"


class IemocapReader(SplitReader[IemocapOptions]):
    """The turns that the files of evaluations list."""

    Options = IemocapOptions

    def samples(self) -> pa.Table:
        """One row per turn; `label` is the consensus in the corpus' own code, ``xxx`` where raters disagree."""
        files = self._evaluations()
        kind = {"improvised": "impro", "scripted": "script"}.get(self.options.part)
        rows = [row for file, match in files for row in self._rows(file, match) if kind in (None, match[3])]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no turn ({self.options.part}) below {self.root}. Expected files like "
                "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt: give the folder that holds Session1 to "
                "Session5."
            )
        return self.in_chosen_split(samples_table(rows))

    def load(self, sample: Sample) -> Media:
        """The waveform of the turn."""
        return audio.decode(self.path(sample["uri"]))

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Sessions that are missing, turns that are listed twice, and lines in brackets that are no turn."""
        sessions = set(samples["session_id"].to_pylist())
        return problem_lines(
            {
                "no turn of session": [f"{n}" for n in range(1, 6) if f"Session{n}" not in sessions],
                "lines in brackets that are no turn, passed over": [
                    f"{file}: {line[:60]}"
                    for file, _ in self._evaluations()
                    for line in self._lines(file)
                    if line.startswith("[") and not TURN.match(line)
                ],
            }
        )

    def _evaluations(self) -> list[tuple[str, re.Match[str]]]:
        return [(name, match) for name in find_files(self.root, {".txt"}) if (match := EVALUATION.fullmatch(name))]

    def _lines(self, file: str) -> list[str]:
        try:
            return text_lines(read_text(self.file(file)))
        except (OSError, ValueError) as error:
            raise HarnessError(f"{self.root / file}: not a readable text ({error}). Unpack it again.") from None

    def _rows(self, file: str, match: re.Match[str]) -> Iterator[dict[str, Any]]:
        turn: re.Match[str] | None = None
        below: list[str] = []
        for line in [*self._lines(file), "["]:
            if not line.startswith("["):
                below.append(line)
                continue
            if turn is not None:
                yield self._row(file, match, turn, below)
            turn, below = TURN.match(line), []

    def _row(self, file: str, match: re.Match[str], turn: re.Match[str], below: list[str]) -> dict[str, Any]:
        start, end, name, session, speaker, label, *means = turn.groups()
        votes, raters, own = votes_of(below)
        folder = file.partition("dialog/EmoEvaluation/")[0]
        valence, activation, dominance = (to_unit(mean, f"{self.root / file}, turn {name}") for mean in means)
        return {
            "sample_id": f"{folder}sentences/wav/{match[2]}/{name}.wav",
            "modality": "voice",
            "uri": f"{folder}sentences/wav/{match[2]}/{name}.wav",
            "subject_id": f"Ses0{session}{speaker}",
            "session_id": f"Session{session}",
            "label": label,
            "valence": valence,
            "arousal": activation,
            "dominance": dominance,
            "label_source": "observer",
            "votes": votes or None,
            RATERS: raters,
            "attr.sex": {"F": "female", "M": "male"}[speaker],
            "ctx.dialogue": match[2],
            "ctx.part": {"impro": "improvised", "script": "scripted"}[match[3]],
            "ctx.own_label": own,
            "ctx.start_in_dialogue_s": float(start),
            "ctx.end_in_dialogue_s": float(end),
        }
