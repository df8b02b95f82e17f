"""What the readers of FER2013 and FERPlus share: the pictures are rows of ``fer2013.csv``.

The table is the file of every sample (its `uri`), so that what is read is hashed as for other media; which row it
is stands in ``ctx.row``, counted from 0 under the header as FERPlus counts.
"""

from __future__ import annotations

from typing import TypeVar

from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError
from harness.signals.media import EncodedFile, Image
from harness.signals.picture_table import PixelRow, picture, pixel_rows

TABLE = "fer2013.csv"

OptionsT = TypeVar("OptionsT", bound=ReaderOptions)


class PixelTableReader(Reader[OptionsT]):
    """A reader whose pictures are rows of ``fer2013.csv``."""

    def load(self, sample: Sample) -> Image:
        """The picture, grey in three equal channels."""
        return Image(picture(self.path(sample["uri"]), int(sample["ctx.row"])))

    def encoded(self, sample: Sample) -> EncodedFile:
        """Always refused: a picture is a part of the table."""
        raise HarnessError(
            f"dataset {self.card.name}: sample {sample['sample_id']} is a row of {TABLE}, so that it has no file "
            "to be sent. Let the model's card state an encoding in its input: png."
        )

    def pixel_rows(self) -> tuple[PixelRow, ...]:
        """The rows of the table; none if it is not there.

        Raises:
            HarnessError: it is not such a table.
        """
        path = self.file(TABLE)
        return pixel_rows(path) if path.is_file() else ()
