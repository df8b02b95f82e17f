"""A user's own dataset: a table of samples in any usual format, with media paths relative to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from harness.attributes.column_names import with_plain_names
from harness.cards.facts import DatasetCard, LabelSource
from harness.cards.modality import Modality
from harness.cards.stated_facts import StatedDataset, with_stated_data
from harness.datasets.layout import NO_SOUND, vote_count
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError, Unscored
from harness.first_use import first_use
from harness.signals import recording
from harness.signals.media import Media, Video
from harness.signals.recording_oddities import odd_rates, recording_oddities
from harness.tables.samples import samples_table
from harness.tables.schemas import LABEL_SOURCES, SAMPLES
from harness.user_tables.cells import as_numbers, as_paths, as_text, as_values, name_of_path
from harness.user_tables.known_columns import samples_columns
from harness.user_tables.label_places import LabelPlaces
from harness.user_tables.table_formats import UserTable, read_user_table
from harness.user_tables.user_columns import ColumnChoices, UnknownColumnsError, require_column, with_known_columns

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".avi", ".flv", ".mkv", ".webm"})
RECORDED = (Modality.WEARABLE, Modality.EEG, Modality.PHYSIOLOGY)
STRETCHES = (Modality.VOICE, *RECORDED)
"""The modalities of which a sample may be a stretch of a file."""

_NUMBERS = tuple(field.name for field in SAMPLES if pa.types.is_floating(field.type))
_VOTES = "votes."

_LOOKED_UP = 20
"""Cells of a column that are looked up as files, to recognise the column that names them."""

Row = dict[str, Any]


class TableOptions(StatedDataset, ReaderOptions):
    """The options, and what is stated about the data (`StatedDataset`).

    Attributes:
        file: the table, relative to the root: CSV, Parquet, an Excel workbook, JSON or JSON Lines.
        columns: column of the file → column of samples, or None to leave it out.
        modality: of all rows, where the table has no such column.
        label_source: of all rows, where the table has no such column.
        rows_independent: there are no subjects, every row stands alone; the report prints it as a limitation.
        frames: of a film whose modality is video, spread evenly over it.
    """

    file: str = "samples.csv"
    columns: ColumnChoices = None
    modality: Modality | None = None
    label_source: LabelSource | None = None
    rows_independent: bool = False
    frames: int = Field(default=16, ge=1, le=1024)


class TableReader(Reader[TableOptions]):
    """The samples as the user's table lists them."""

    Options = TableOptions

    def __init__(self, card: DatasetCard, root: Path | None, options: TableOptions) -> None:
        card = with_stated_data(card, options)
        super().__init__(card.model_copy(update={"rows_independent": options.rows_independent}), root, options)

    def samples(self) -> pa.Table:
        """The table's rows in its own order.

        A row without `sample_id` is named by its `uri` (and its segment in milliseconds). Columns
        ``votes.<label>`` become the votes. An ``attr.*`` or ``ctx.*`` column is numeric if all its cells are.

        Raises:
            HarnessError: names the file, the row (the first under the header is 1) and the column.
        """
        path = self._file()
        table = self._table(path)
        self.remarks = table.understood()
        columns = {name: _column(table.cells[name], name, path) for name in table.cells.column_names}
        filled = [
            self._completed({name: values[i] for name, values in columns.items()}, f"{path}, row {i + 1}")
            for i in range(table.cells.num_rows)
        ]
        _require_unique_ids(filled, path)
        if "label" in columns:
            self.label_places = LabelPlaces.of(path, pa.array(columns["label"], pa.string()))
        try:
            return with_plain_names(samples_table(filled, rows_independent=self.options.rows_independent))
        except HarnessError as error:
            raise HarnessError(f"{path}: {error}") from None

    def load(self, sample: Sample) -> Media:
        """The sample's signal, by its modality.

        voice: a sound file, or its stretch from `start_s` to `end_s`. face: a picture, or a film's middle frame.
            wearable, eeg, physiology: a table of signals (`harness.signals.recording`), or a window of it.
            audiovisual: a
        film's middle frame, and its sound in a WAV file of the same name beside it. video: `frames` of a film, and
        its sound where there is such a file.
        """
        with first_use():  # not needed where answers come from a file
            from harness.signals import audio, image, video
        path, modality = self.path(sample["uri"]), Modality(sample["modality"])
        if modality is Modality.VOICE:
            return audio.decode(path, sample["start_s"], sample["end_s"])
        if modality is Modality.FACE:
            return video.middle_frame(path) if path.suffix.lower() in VIDEO_SUFFIXES else image.decode(path)
        if modality in STRETCHES:
            return recording.decode(path, sample["start_s"], sample["end_s"])
        return self._film(path, PurePosixPath(sample["uri"]).with_suffix(".wav").as_posix(), modality)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """What is odd about whole recordings, of which samples may only be windows."""
        rows = samples.filter(pc.is_in(samples["modality"], pa.array([str(kind) for kind in RECORDED])))
        problems: list[str] = []
        rates_hz: dict[str, dict[str, float]] = {}
        for uri in dict.fromkeys(uri for uri in rows["uri"].to_pylist() if uri is not None):
            try:
                whole = recording.decode(self.path(uri))
            except Unscored:
                continue  # every sample of it is refused
            problems += [f"{uri}: {text}" for text in recording_oddities(whole)]
            rates_hz[uri] = {name: channel.rate_hz for name, channel in whole.channels.items()}
        return problems + odd_rates(rates_hz)

    def _film(self, path: Path, sound: str, modality: Modality) -> Video:
        from harness.signals import audio, video

        if modality is Modality.AUDIOVISUAL:
            return replace(video.decode(path, num_frames=1), audio=audio.decode(self.path(sound, NO_SOUND)))
        film = video.decode(path, num_frames=self.options.frames)
        is_silent = not self.leads_out(sound) and not self.file(sound).is_file()
        return film if is_silent else replace(film, audio=audio.decode(self.path(sound)))

    def _file(self) -> Path:
        path = self.file(self.options.file)
        if not path.is_file():  # which is also how links end that form a circle
            raise HarnessError(
                f"{path.absolute()}: no such table. Give its name, relative to dataset.root, with dataset.file."
            )
        path = path.resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise HarnessError(f"dataset.file={self.options.file} leads out of dataset.root={self.root}.")
        return path

    def _table(self, path: Path) -> UserTable:
        known = samples_columns()
        who = [] if self.options.rows_independent else [["subject_id"]]
        needed = [["sample_id", "uri"], *who]
        problems = []
        try:
            table = with_known_columns(
                read_user_table(path), known, self.options.columns, needed, {"uri": self._are_files}
            )
            if "uri" not in table.cells.column_names:
                require_column(table, "sample_id", known, "what the row is about; or uri, its file")
            if not self.options.rows_independent:
                require_column(table, "subject_id", known, "who it is: subjects are the unit of resampling")
        except UnknownColumnsError as error:
            table = error.likely
            problems.append(str(error))
        problems += self._unstated(table)
        if problems:
            raise HarnessError("\n".join(problems))
        return table

    def _are_files(self, cells: pa.ChunkedArray, _: Collection[str]) -> float:
        """The share of the first cells that name files of the dataset."""
        if not pa.types.is_string(cells.type):
            return 0
        names = as_paths(cells.slice(0, _LOOKED_UP), "uri", "").drop_null().to_pylist()
        return sum(map(self._is_file, names)) / max(len(names), 1)

    def _is_file(self, name: str) -> bool:
        try:
            return not self.leads_out(name) and (self.root / name).is_file()
        except (OSError, ValueError):  # no file can have this name
            return False

    def _unstated(self, table: UserTable) -> list[str]:
        """What no column says and no option says for all rows."""
        choices = {"modality": tuple(Modality), "label_source": LABEL_SOURCES}
        absent = [
            name
            for name in choices
            if name not in table.cells.column_names and getattr(self.options, name) is None
        ]
        if not absent:
            return []
        options = " and ".join(f"dataset.{name} (one of {', '.join(choices[name])})" for name in absent)
        return [f"{table.path}: there is no column {' and none '.join(absent)}. Say it for all rows: {options}."]

    def _completed(self, row: Row, where: str) -> Row:
        row |= {name: row.get(name) or getattr(self.options, name) for name in ("modality", "label_source")}
        votes = {name.removeprefix(_VOTES): row.pop(name) for name in list(row) if name.startswith(_VOTES)}
        row["votes"] = votes if any(votes.values()) else row.get("votes")
        _require_known(row, "modality", tuple(Modality), where)
        _require_known(row, "label_source", LABEL_SOURCES, where)
        _require_plain_uri(row.get("uri"), where)
        _require_stretch(row, where)
        row["sample_id"] = row.get("sample_id") or _identity(row, where)
        if row.get("subject_id") is None and not self.options.rows_independent:
            raise HarnessError(
                f"{where}, column subject_id: empty. Who is it? Subjects are the unit of resampling."
            )
        return row


def _column(cells: pa.ChunkedArray, name: str, path: Path) -> list[Any]:
    """A column's cells as they stand in the samples table."""
    if name == "votes":
        return [
            _votes(value, f"{path}, row {row}, column votes") for row, value in enumerate(cells.to_pylist(), 1)
        ]
    if name.startswith(_VOTES):
        texts = as_text(cells, name, path).to_pylist()
        return [vote_count(text or "", f"{path}, row {row}, column {name}") for row, text in enumerate(texts, 1)]
    if name in _NUMBERS:
        return list(as_numbers(cells, name, path).to_pylist())
    read = as_paths if name == "uri" else as_values if name.startswith(("attr.", "ctx.")) else as_text
    return list(read(cells, name, path).to_pylist())


def _votes(value: Any, where: str) -> dict[str, int] | None:
    try:
        return {str(label): vote_count(str(votes), where) for label, votes in dict(value or {}).items()} or None
    except (TypeError, ValueError):
        raise HarnessError(f"{where}: found {value!r}; expected a map from label to number of votes.") from None


def _identity(row: Row, where: str) -> str:
    if row.get("uri") is None:
        raise HarnessError(f"{where}: neither sample_id nor uri. Give one of them.")
    name = name_of_path(row["uri"])
    start, end = row.get("start_s"), row.get("end_s")
    if start is None and end is None:
        return name
    return f"{name}#{round((start or 0) * 1000)}-{'' if end is None else round(end * 1000)}"


def _require_known(row: Row, column: str, known: tuple[str, ...], where: str) -> None:
    found = row[column]
    if found is None:
        raise HarnessError(f"{where}, column {column}: empty. Fill it, or set dataset.{column} for all rows.")
    if found not in known:
        raise HarnessError(f"{where}, column {column}: found {found!r}; expected one of {', '.join(known)}.")


def _require_plain_uri(uri: str | None, where: str) -> None:
    if uri is None:
        return
    if "\\" in uri:
        raise HarnessError(f"{where}, column uri: {uri!r} has a backslash. Separate folders by '/'.")
    if uri.startswith("/") or ".." in uri.split("/"):
        raise HarnessError(f"{where}, column uri: {uri!r} must be a path below dataset.root.")


def _require_stretch(row: Mapping[str, Any], where: str) -> None:
    start, end = row.get("start_s"), row.get("end_s")
    if (start, end) == (None, None):
        return
    if row["modality"] not in STRETCHES:
        raise HarnessError(
            f"{where}: start_s and end_s are for {', '.join(STRETCHES)}, not for {row['modality']}."
        )
    if (start or 0) < 0 or (end is not None and end <= (start or 0)):
        raise HarnessError(
            f"{where}: start_s is {start}, end_s is {end}; expected 0 <= start_s < end_s (seconds)."
        )


def _require_unique_ids(rows: list[Row], path: Path) -> None:
    first: dict[str, int] = {}
    for index, row in enumerate(rows, start=1):
        earlier = first.setdefault(row["sample_id"], index)
        if earlier != index:
            raise HarnessError(f"{path}: rows {earlier} and {index} have the same sample_id {row['sample_id']!r}.")
