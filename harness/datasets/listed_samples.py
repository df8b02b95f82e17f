"""Folders in a format that is not that of one corpus: the user says what the columns of their tables are.

Columns are understood as those of the dataset ``table`` (`harness.datasets.named_columns`): names that are known
are told (`Reader.remarks`), all others have to be mapped with ``dataset.columns``.
"""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import ClassVar, Literal, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from harness.cards.facts import DatasetCard, LabelSource
from harness.cards.modality import Modality
from harness.cards.stated_facts import StatedDataset, with_stated_data
from harness.datasets.named_columns import named_columns
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.datasets.table_samples import STATED, samples_of_table
from harness.first_use import first_use
from harness.signals.media import Media
from harness.tables.samples import validate_samples
from harness.user_tables.label_places import LabelPlaces
from harness.user_tables.table_formats import UserTable
from harness.user_tables.user_columns import ColumnChoices


class ListedOptions(StatedDataset, ReaderOptions):
    """The options, and what is stated about the data (`StatedDataset`).

    Attributes:
        columns: column of the tables → column of samples, or None to leave it out.
        modality: of all rows: face or voice.
        label_source: of all rows, where the tables have no such column.
        rows_independent: there are no subjects, every row stands alone; the report prints it as a limitation.
    """

    columns: ColumnChoices = None
    modality: Literal["face", "voice"] | None = None
    label_source: LabelSource | None = None
    rows_independent: bool = False


ListedOptionsT = TypeVar("ListedOptionsT", bound=ListedOptions)


class ListedReader(Reader[ListedOptionsT]):
    """A reader of tables whose columns the user may map, of pictures and sounds."""

    Options: ClassVar[type[ReaderOptions]] = ListedOptions

    def __init__(self, card: DatasetCard, root: Path | None, options: ListedOptionsT) -> None:
        card = with_stated_data(card, options)
        super().__init__(card.model_copy(update={"rows_independent": options.rows_independent}), root, options)

    @abstractmethod
    def listed(self) -> UserTable:
        """All rows, with the names that the folder has for its columns; `uri` where the rows name files.

        Raises:
            HarnessError: the folder does not have the layout of the card.
        """

    def samples(self) -> pa.Table:
        """The rows of the tables, in their order: see `samples_of_table`.

        Raises:
            HarnessError: names the file, the row (the first under the header is 1) and the column.
        """
        stated = {name: getattr(self.options, name) for name in STATED}
        alone = self.options.rows_independent
        table = named_columns(self.listed(), self.options.columns, stated, rows_independent=alone)
        self.remarks = table.understood()
        samples = samples_of_table(table.cells, table.path, stated=stated, rows_independent=alone)
        if "label" in table.cells.column_names:
            self.label_places = LabelPlaces.of(table.path, samples["label"])
        return validate_samples(samples, rows_independent=alone, ids_are_unique=True)

    def load(self, sample: Sample) -> Media:
        """The picture, or the waveform or its stretch from `start_s` to `end_s`."""
        return decoded(self.path(sample["uri"]), sample)


def decoded(path: Path, sample: Sample) -> Media:
    """The picture or the sound in a file, by the sample's modality; of a sound its stretch, if it is one.

    Raises:
        Unscored: missing, unreadable, empty, …
    """
    with first_use():  # not needed where answers come from a file
        from harness.signals import audio, image
    if sample["modality"] in (Modality.FACE, Modality.BODY):
        return image.decode(path)
    return audio.decode(path, sample["start_s"], sample["end_s"])


def texts(cells: pa.ChunkedArray, names: list[str]) -> pa.ChunkedArray:
    """Codes as the names that they stand for; a code outside of them, such as -1, stands for none."""
    cells = cells.cast(pa.int64(), safe=False)  # codes beyond it are none either way: they become negative
    known = pc.and_(pc.greater_equal(cells, 0), pc.less(cells, len(names)))
    return pa.chunked_array([pa.array(names, pa.string())]).take(pc.if_else(known, cells, None))
