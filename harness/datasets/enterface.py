"""eNTERFACE'05: people react to stories in one of six emotions, by fixed sentences, as films.

``subject 1/anger/sentence 1/s1_an_1.avi``; a film right below its emotion is read as well. The person is the
number of the folder: in copies in use the files of subject 11 begin with ``s12`` and those of subject 3 with
``s_3``, which the loader of Strong-AI-Lab/emotion mends. Source: Martin et al. 2006, doi:10.1109/ICDEW.2006.145.
"""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa

from harness.datasets.films import FrameOptions, Presentation, load_film
from harness.datasets.layout import problem_lines
from harness.datasets.reader import Reader, Sample
from harness.errors import HarnessError
from harness.signals.media import Media
from harness.signals.media_folder import find_files
from harness.tables.samples import samples_table

FILE = re.compile(
    r"(?:.*/)?subject[ _-](\d+)/(?:.*/)?(s_?(\d+)_(an|di|fe|ha|sa|su)_(\d+))[^/]*\.avi", re.IGNORECASE
)
EMOTION_OF_CODE = {
    "an": "anger",
    "di": "disgust",
    "fe": "fear",
    "ha": "happiness",
    "sa": "sadness",
    "su": "surprise",
}


class EnterfaceOptions(FrameOptions):
    """The options.

    Attributes:
        presentation: what the system is given of a film, see `harness.datasets.films.Presentation`.
    """

    presentation: Presentation = "video"


class EnterfaceReader(Reader[EnterfaceOptions]):
    """The films below folders of subjects."""

    Options = EnterfaceOptions

    def samples(self) -> pa.Table:
        """One row per film."""
        rows = [self._row(uri, match) for uri, match in self._films().items()]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: no film like subject 1/anger/sentence 1/s1_an_1.avi below "
                f"{self.root}. Give the folder that holds the folders of the subjects."
            )
        return samples_table(rows)

    def load(self, sample: Sample) -> Media:
        """What of the film the presentation is."""
        return load_film(self.path(sample["uri"]), sample["modality"], self.options)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Other names, and names that state another person or emotion than their folders."""
        used, found = set(samples["uri"].to_pylist()), self._films()
        return problem_lines(
            {
                "not named like subject 1/anger/sentence 1/s1_an_1.avi": sorted(set(self._files()) - used),
                "in the folder of another subject than its name says, taken for that of the folder": [
                    uri for uri, match in found.items() if int(match[1]) != int(match[3])
                ],
                "in the folder of another emotion than its name says, taken for that of the name": [
                    uri
                    for uri, match in found.items()
                    if (folders := set(uri.lower().split("/")) & set(EMOTION_OF_CODE.values()))
                    and EMOTION_OF_CODE[match[4].lower()] not in folders
                ],
            }
        )

    def _files(self) -> list[str]:
        return find_files(self.root, {".avi"})

    def _films(self) -> dict[str, re.Match[str]]:
        return {uri: match for uri in self._files() if (match := FILE.fullmatch(uri))}

    def _row(self, uri: str, match: re.Match[str]) -> dict[str, Any]:
        return {
            "sample_id": uri,
            "modality": self.options.presentation,
            "uri": uri,
            "subject_id": str(int(match[1])),
            "label": EMOTION_OF_CODE[match[4].lower()],
            "label_source": "elicited",
            "ctx.sentence": match[5],
        }
