"""MSP-Podcast: turns of podcasts with what workers rated, in the partitions of its release.

``Labels/labels_consensus.csv`` (before version 1.10 spelt ``labels_concensus.csv``) has a row per turn, ``Audios``
its sound. What each worker chose is read by `harness.datasets.msp_podcast_votes`. Source: Lotfian & Busso 2019,
doi:10.1109/TAFFC.2017.2736999.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from harness.datasets.layout import mean_rating, problem_lines, read_csv
from harness.datasets.msp_podcast_votes import worker_votes
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError
from harness.signals import audio
from harness.signals.media import Media
from harness.tables.samples import samples_table

CONSENSUS = ("Labels/labels_consensus.csv", "Labels/labels_concensus.csv")
SOUNDS = "Audios/"
COLUMNS = ("FileName", "EmoClass", "EmoAct", "EmoVal", "EmoDom", "SpkrID", "Gender", "Split_Set")
EMOTION_OF_CODE = {
    "A": "anger",
    "H": "happiness",
    "S": "sadness",
    "N": "neutral",
    "U": "surprise",
    "F": "fear",
    "D": "disgust",
    "C": "contempt",
    "O": "other",
    "X": "no agreement",
}
SCALE = (1.0, 7.0)
"""Of the ratings: 1 negative, calm, weak; 7 positive, active, dominant."""


class MspPodcastOptions(ReaderOptions):
    """The options.

    Attributes:
        part: one partition as the release names it, such as ``Test1``; null: all of them.
    """

    part: str | None = None


class MspPodcastReader(Reader[MspPodcastOptions]):
    """The turns that the table of consensus labels lists."""

    Options = MspPodcastOptions

    def samples(self) -> pa.Table:
        """One row per turn. A turn of an unknown speaker stands for a person of its own."""
        rows = self._rows()
        chosen = [row for row in rows if self.options.part in (None, row["split"])]
        if not chosen:
            parts = ", ".join(sorted({str(row["split"]) for row in rows})) or "none"
            raise HarnessError(
                f"dataset {self.card.name}: no turn in dataset.part={self.options.part or 'null'}. "
                f"The partitions of this release: {parts}."
            )
        return samples_table(self._with_votes(chosen), rows_independent=True)

    def load(self, sample: Sample) -> Media:
        """The waveform of the turn."""
        return audio.decode(self.path(sample["uri"]))

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Turns of unknown speakers, both spellings of the table, and ratings that do not fit the turns."""
        alone = [row["sample_id"] for row in samples.to_pylist() if row["subject_id"] == row["sample_id"]]
        votes = worker_votes(self.file)
        turns = [_turn(row) for row in self._rows()]
        there = [name for name in CONSENSUS if self.file(name).is_file()]
        return problem_lines(
            {
                "the speaker is unknown, so that the turn stands alone": alone,
                "more than one table of labels, the first is used": there if len(there) > 1 else [],
                f"turns without a rating in {votes.file}": [
                    turn for turn in turns if votes.file and turn not in votes.of_turn
                ],
                f"ratings in {votes.file} of turns without a consensus": sorted(set(votes.of_turn) - set(turns)),
                f"categories in {votes.file} that are counted as other": list(votes.unknown),
            }
        )

    def _with_votes(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        votes = worker_votes(self.file).of_turn
        return [row | {"votes": dict(sorted(votes.get(_turn(row), {}).items())) or None} for row in rows]

    def _rows(self) -> list[dict[str, Any]]:
        name = next((name for name in CONSENSUS if self.file(name).is_file()), None)
        if name is None:
            raise HarnessError(
                f"dataset {self.card.name}: there is neither {' nor '.join(CONSENSUS)} below {self.root}. Give "
                "the folder that holds Labels and Audios."
            )
        path = self.file(name)
        table = read_csv(path, COLUMNS)
        return [_row(cells, f"{path}, row {number}") for number, cells in enumerate(table, start=1)]


def _row(cells: Mapping[str, str], where: str) -> dict[str, Any]:
    uri = f"{SOUNDS}{cells['FileName']}"
    if cells["EmoClass"] not in EMOTION_OF_CODE:
        raise HarnessError(
            f"{where}: EmoClass is {cells['EmoClass']!r}. Expected one of {', '.join(EMOTION_OF_CODE)}."
        )
    return {
        "sample_id": uri,
        "modality": "voice",
        "uri": uri,
        "subject_id": _known(cells["SpkrID"]),
        "split": cells["Split_Set"] or None,
        "label": EMOTION_OF_CODE[cells["EmoClass"]],
        "valence": mean_rating(cells["EmoVal"], SCALE, f"{where}, column EmoVal"),
        "arousal": mean_rating(cells["EmoAct"], SCALE, f"{where}, column EmoAct"),
        "dominance": mean_rating(cells["EmoDom"], SCALE, f"{where}, column EmoDom"),
        "label_source": "observer",
        "attr.sex": (_known(cells["Gender"]) or "").lower() or None,
    }


def _turn(row: Mapping[str, Any]) -> str:
    return str(row["uri"]).removeprefix(SOUNDS)


def _known(text: str) -> str | None:
    return None if text.lower() in ("", "unknown") else text
