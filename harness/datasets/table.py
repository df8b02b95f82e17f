"""A user's own dataset: a table of samples in any usual format, with media paths relative to it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import StringConstraints

from harness.attributes.column_names import with_plain_names
from harness.cards.facts import DatasetCard, LabelSource
from harness.cards.modality import Modality
from harness.cards.stated_facts import StatedDataset, with_stated_data
from harness.datasets.films import FrameOptions, load_film, sound_file
from harness.datasets.named_columns import LOOKED_UP, named_columns, share_of_files
from harness.datasets.reader import Reader, Sample
from harness.datasets.sound_channels import channel_of
from harness.datasets.table_samples import STATED, STRETCHES, samples_of_table
from harness.errors import HarnessError
from harness.first_use import first_use
from harness.signals import recording, recording_files
from harness.signals.media import Media
from harness.signals.media_folder import VIDEO_SUFFIXES
from harness.signals.recording_oddities import oddities_of_files
from harness.tables.samples import validate_samples
from harness.user_tables.label_places import LabelPlaces
from harness.user_tables.table_formats import FORMATS, UserTable, read_user_table
from harness.user_tables.user_columns import ColumnChoices
from harness.wording import listed

MAX_FOLDERS = 1000
"""So many folders are looked through for a file that is not where the table says."""

RECORDED = (Modality.WEARABLE, Modality.EEG, Modality.PHYSIOLOGY)


class TableOptions(StatedDataset, FrameOptions):
    """The options, and what is stated about the data (`StatedDataset`).

    Attributes:
        file: the table, relative to the root: CSV, Parquet, an Excel workbook, JSON or JSON Lines.
        columns: column of the file → column of samples, or None to leave it out.
        modality: of all rows, where the table has no such column.
        label_source: of all rows, where the table has no such column.
        rows_independent: there are no subjects, every row stands alone; the report prints it as a limitation.
        channel_column: says which channel of a sound file a sample is, 1, 2, …, left or right, such as where the
            two sides of a call are recorded apart; where it is empty, channels are averaged.
    """

    file: str = "samples.csv"
    columns: ColumnChoices = None
    modality: Modality | None = None
    label_source: LabelSource | None = None
    rows_independent: bool = False
    channel_column: Annotated[str, StringConstraints(pattern=r"^ctx\..+")] | None = None


def tables_in(root: Path) -> list[str]:
    """The names of the files in a folder that could be tables, without hidden ones."""
    try:
        found = [path.name for path in root.iterdir() if path.suffix.lower() in FORMATS and path.is_file()]
    except OSError:
        return []
    return sorted(name for name in found if not name.startswith("."))


class TableReader(Reader[TableOptions]):
    """The samples as the user's table lists them."""

    Options = TableOptions

    def __init__(self, card: DatasetCard, root: Path | None, options: TableOptions) -> None:
        card = with_stated_data(card, options)
        super().__init__(card.model_copy(update={"rows_independent": options.rows_independent}), root, options)

    def samples(self) -> pa.Table:
        """The table's rows in its own order: see `samples_of_table`.

        Raises:
            HarnessError: names the file, the row (the first under the header is 1) and the column.
        """
        path = self._file()
        table = self._table(path)
        self.remarks = table.understood()
        stated = {name: getattr(self.options, name) for name in STATED}
        alone = self.options.rows_independent
        samples = samples_of_table(
            table.cells, path, stated=stated, rows_independent=alone, channel_column=self.options.channel_column
        )
        self.remarks += self._misplaced(samples)
        if "label" in table.cells.column_names:
            self.label_places = LabelPlaces.of(path, samples["label"])
        try:
            return with_plain_names(validate_samples(samples, rows_independent=alone, ids_are_unique=True))
        except HarnessError as error:
            raise HarnessError(f"{path}: {error}") from None

    def load(self, sample: Sample) -> Media:
        """The sample's signal, by its modality.

        voice: a sound file or that of a film, or its stretch from `start_s` to `end_s`. face: a picture, or a
            film's middle frame. audiovisual: that and the film's sound. video: some frames of a film, with its
            sound if there is any. wearable, eeg, physiology: a table of signals (`harness.signals.recording`), or
            a window of it. The sound of a film may lie in a WAV file of the same name beside it.
        """
        with first_use():  # not needed where answers come from a file
            from harness.signals import audio, image
        path, modality = self.path(sample["uri"]), Modality(sample["modality"])
        if modality is Modality.VOICE:
            return audio.decode(path, sample["start_s"], sample["end_s"], channel=self._channel(sample))
        if modality in (Modality.FACE, Modality.BODY):
            is_film = path.suffix.lower() in VIDEO_SUFFIXES
            return load_film(path, modality, self.options) if is_film else image.decode(path)
        if modality in STRETCHES:
            for other in recording_files.beside(sample["uri"]):
                self.file(other)
            return recording.decode(path, sample["start_s"], sample["end_s"])
        sound = sound_file(self, PurePosixPath(sample["uri"]).with_suffix(".wav").as_posix())
        return load_film(path, modality, self.options, sound)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """What is odd about whole recordings, of which samples may only be windows."""
        rows = samples.filter(pc.is_in(samples["modality"], pa.array([str(kind) for kind in RECORDED])))
        return oddities_of_files(
            dict.fromkeys(uri for uri in rows["uri"].to_pylist() if uri is not None), self.path
        )

    def _channel(self, sample: Sample) -> int | None:
        column = self.options.channel_column
        return None if column is None else channel_of(sample[column], column)

    def _file(self) -> Path:
        path = self.file(self.options.file)
        if not path.is_file():  # which is also how links end that form a circle
            there = tables_in(self.root)
            hint = f" There {'is' if len(there) == 1 else 'are'} {listed(there)}." if there else ""
            raise HarnessError(
                f"{path.absolute()}: no such table.{hint} Give its name, relative to dataset.root, with "
                "dataset.file."
            )
        path = path.resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise HarnessError(f"dataset.file={self.options.file} leads out of dataset.root={self.root}.")
        return path

    def _table(self, path: Path) -> UserTable:
        stated = {name: getattr(self.options, name) for name in STATED}
        return named_columns(
            read_user_table(path),
            self.options.columns,
            stated,
            rows_independent=self.options.rows_independent,
            contents={"uri": lambda cells, _: share_of_files(cells, self._is_file)},
        )

    def _misplaced(self, samples: pa.Table) -> tuple[str, ...]:
        """Where the first file lies, if it is not where the table says but in a folder below."""
        first = next((uri for uri in samples["uri"].slice(0, LOOKED_UP).to_pylist() if uri is not None), None)
        if first is None or self._mirror is not None or self._is_file(first):
            return ()
        try:
            folders = [path.name for path in self.root.iterdir() if path.is_dir()][:MAX_FOLDERS]
        except OSError:
            return ()
        found = sorted(name for name in folders if self._is_file(f"{name}/{first}"))
        return tuple(
            f"{first!r} is in the folder {name}: names of files are relative to dataset.root, so let the table "
            f"say {f'{name}/{first}'!r}."
            for name in found[:1]
        )

    def _is_file(self, name: str) -> bool:
        try:
            return not self.leads_out(name) and (self.root / name).is_file()
        except (OSError, ValueError):  # no file can have this name
            return False
