"""MELD: utterances of the television series Friends, in the split of its authors.

``train_sent_emo.csv``, ``dev_sent_emo.csv`` and ``test_sent_emo.csv`` have a row per utterance; its film is
``dia{Dialogue_ID}_utt{Utterance_ID}.mp4`` in the folder of its part. Dialogues are numbered anew in each part.
Source: Poria et al. 2019, arXiv:1810.02508, and the reports of users at github.com/declare-lab/MELD.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pyarrow as pa

from harness.datasets.films import FrameOptions, Presentation, load_film
from harness.datasets.layout import problem_lines, read_csv
from harness.datasets.reader import Reader, Sample
from harness.errors import HarnessError
from harness.signals.media import Media
from harness.signals.media_folder import find_files
from harness.tables.samples import samples_table

FOLDERS = {
    "train": "train_splits",
    "dev": "dev_splits_complete",
    "test": "output_repeated_splits_test",
}
COLUMNS = ("Speaker", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID", "Season", "Episode")
UNKNOWN_SPEAKERS = frozenset({"", "all", "both"})
"""What stands for a speaker where several speak at once, in lower case."""


class MeldOptions(FrameOptions):
    """The options.

    Attributes:
        part: one part of the authors' split; ``all``: a study refuses it, as people are on both sides of it.
        presentation: what the system is given of a film, see `harness.datasets.films.Presentation`.
    """

    part: Literal["train", "dev", "test", "all"] = "test"
    presentation: Presentation = "video"


class MeldReader(Reader[MeldOptions]):
    """The utterances that the tables list."""

    Options = MeldOptions

    def samples(self) -> pa.Table:
        """One row per utterance of the part, in the order of its table."""
        parts = list(FOLDERS) if self.options.part == "all" else [self.options.part]
        films = self._films()
        rows = [row for part in parts for row in self._rows(part, films)]
        return samples_table(rows)

    def load(self, sample: Sample) -> Media:
        """What of the film the presentation is."""
        return load_film(self.path(sample["uri"]), sample["modality"], self.options)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Films that no row names, such as ``final_videos_testdia101_utt0.mp4``, and speakers who are several."""
        used = set(samples["uri"].to_pylist())
        parts = set(samples["split"].to_pylist())
        extra = [uri for uri in self._films().values() if uri not in used and _part_of(uri) in parts]
        several = [
            row["sample_id"]
            for row in samples.select(["sample_id", "subject_id"]).to_pylist()
            if row["subject_id"].lower() in UNKNOWN_SPEAKERS
        ]
        return problem_lines(
            {
                "films that no row of the tables names": sorted(extra),
                "several people speak, taken for one person of that name": several,
            }
        )

    def _rows(self, part: str, films: Mapping[str, str]) -> list[dict[str, Any]]:
        name = f"{part}_sent_emo.csv"
        table = next((uri for uri in find_files(self.root, {".csv"}) if uri.rpartition("/")[2] == name), None)
        if table is None:
            raise HarnessError(
                f"dataset {self.card.name}: there is no {name} below {self.root}. Give the folder that holds the "
                f"tables and the folders of the films ({', '.join(FOLDERS.values())})."
            )
        return [self._row(part, cells, films) for cells in read_csv(self.file(table), COLUMNS)]

    def _row(self, part: str, cells: Mapping[str, str], films: Mapping[str, str]) -> dict[str, Any]:
        name = f"dia{cells['Dialogue_ID']}_utt{cells['Utterance_ID']}.mp4"
        key = f"{FOLDERS[part]}/{name}"
        return {
            "sample_id": key,
            "modality": self.options.presentation,
            "uri": films.get(key, key),
            "subject_id": cells["Speaker"] or "unknown",
            "session_id": f"{part} {cells['Dialogue_ID']}",
            "split": part,
            "label": cells["Emotion"].lower() or None,
            "label_source": "observer",
            "ctx.sentiment": cells["Sentiment"].lower() or None,
            "ctx.season": cells["Season"] or None,
            "ctx.episode": cells["Episode"] or None,
        }

    def _films(self) -> dict[str, str]:
        """Folder of the part and name → where it lies; archives unpack into folders of several depths."""
        found: dict[str, str] = {}
        for uri in find_files(self.root, {".mp4"}):
            found.setdefault("/".join(uri.split("/")[-2:]), uri)
        return found


def _part_of(uri: str) -> str | None:
    folder = uri.split("/")[-2] if "/" in uri else ""
    return next((part for part, name in FOLDERS.items() if name == folder), None)
