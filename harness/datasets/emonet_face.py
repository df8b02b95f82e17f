"""EmoNet-Face HQ: faces that a computer generated, and how strongly experts saw each of 40 emotions in them.

Parquet tables with ``path``, the picture (``{bytes, path}``), and ``label``, the ratings of its experts
(`harness.datasets.emonet_ratings`). Source: Schuhmann et al. 2025, arXiv:2505.20033.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from harness.datasets.embedded_media import decoded_bytes, embedded_bytes
from harness.datasets.emonet_ratings import HIGHEST, Ratings, ratings_of
from harness.datasets.hf_tables import media_columns
from harness.datasets.layout import problem_lines
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError
from harness.files import regular
from harness.signals.media import EncodedFile, Media
from harness.signals.media_folder import find_files
from harness.signals.media_types import media_type
from harness.tables.parquet_files import readable, require_plausible
from harness.tables.samples import samples_table
from harness.tables.votes import RATERS, SHARES

PICTURE, RATINGS = "path", "label"
MAX_ROWS = 1_000_000


class Rated(NamedTuple):
    """One row: where its picture is, and what experts saw; None where that cannot be read."""

    uri: str
    number: int
    ratings: Ratings | None


class EmonetFaceOptions(ReaderOptions):
    """EmoNet-Face has no options."""


class EmonetFaceReader(Reader[EmonetFaceOptions]):
    """The pictures of all Parquet tables below the root."""

    Options = EmonetFaceOptions

    def samples(self) -> pa.Table:
        """One row per picture; its label is the emotion with the highest mean rating, none where several are."""
        rated = list(self._rated())
        if not any(one.ratings for one in rated):
            raise HarnessError(
                f"dataset {self.card.name}: no picture that experts rated in Parquet files below {self.root}. "
                "Give the folder of emonet-face-hq, which holds data/train-00000-of-….parquet."
            )
        return samples_table([self._row(one) for one in rated], rows_independent=True)

    def load(self, sample: Sample) -> Media:
        """The picture in its cell."""
        return decoded_bytes(self._bytes(sample), sample)

    def encoded(self, sample: Sample) -> EncodedFile:
        """The bytes as they stand in the cell."""
        data = self._bytes(sample)
        return EncodedFile(data, media_type(data))

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Ratings that cannot be read or are of emotions not in the card, and pictures without a label."""
        rated = list(self._rated())
        seen = {emotion for one in rated for of_one in (one.ratings or {}).values() for emotion in of_one}
        unread = [f"{one.uri}#{one.number}" for one in rated if one.ratings is None]
        unlabelled = [row["sample_id"] for row in samples.to_pylist() if row["label"] is None]
        return problem_lines(
            {
                f"{RATINGS} holds no ratings from 0 to {HIGHEST:.0f} by experts": unread,
                "emotions that the card does not list, which are left out": sorted(seen - set(self.card.labels)),
                "several emotions are rated highest, or none, so that there is no label": [
                    name for name in unlabelled if name not in set(unread)
                ],
            }
        )

    def _bytes(self, sample: Sample) -> bytes:
        return embedded_bytes(self.path(sample["uri"]), PICTURE, int(sample["ctx.row"]))

    def _rated(self) -> Iterator[Rated]:
        for uri in find_files(self.root, {".parquet"}):
            path = self.file(uri)
            try:
                require_plausible(regular(path))
                with pq.ParquetFile(path) as file:
                    schema, num_rows = file.schema_arrow, file.metadata.num_rows
                    if PICTURE not in media_columns(schema) or RATINGS not in schema.names or num_rows > MAX_ROWS:
                        raise ValueError(f"expected pictures as {PICTURE}, {RATINGS}, and no million rows")
                    cells = readable(file.read(columns=[RATINGS]))[RATINGS].to_pylist()
            except (pa.ArrowException, OSError, ValueError) as error:
                raise HarnessError(f"{path}: not a table of EmoNet-Face HQ ({str(error)[:200]}).") from None
            yield from (Rated(uri, number, ratings_of(cell)) for number, cell in enumerate(cells))

    def _row(self, one: Rated) -> dict[str, Any]:
        known = set(self.card.labels)
        ratings = [{name: of[name] for name in of if name in known} for of in (one.ratings or {}).values()]
        total = sum((Counter(of) for of in ratings), Counter())
        votes = Counter(name for of in ratings for name in of if of[name] == max(of.values()))
        leading = [name for name, strength in total.items() if strength == max(total.values())]
        whole = sum(total.values())
        return {
            "sample_id": f"{one.uri}#{one.number}",
            "modality": "face",
            "uri": one.uri,
            "label": leading[0] if len(leading) == 1 else None,
            "label_source": self.card.label_source,
            "votes": dict(sorted(votes.items())) or None,
            "ctx.row": one.number,
            RATERS: sum(bool(of) for of in ratings),
            **{f"{SHARES}{name}": total[name] / whole if whole else None for name in self.card.labels},
        }
