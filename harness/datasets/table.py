"""A user's own dataset: any CSV or Parquet table of samples, with media paths relative to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from harness.cards.facts import DatasetCard, LabelSource
from harness.cards.modality import Modality
from harness.datasets.layout import NO_SOUND, cell_number, read_csv, vote_count
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError, Unscored
from harness.signals import audio, image, recording, video
from harness.signals.media import Media, Video
from harness.signals.recording_oddities import odd_rates, recording_oddities
from harness.tables.parquet_files import read_parquet
from harness.tables.samples import samples_table
from harness.tables.schemas import LABEL_SOURCES, SAMPLES

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".avi", ".flv", ".mkv", ".webm"})
RECORDED = (Modality.WEARABLE, Modality.EEG, Modality.PHYSIOLOGY)
STRETCHES = (Modality.VOICE, *RECORDED)
"""The modalities of which a sample may be a stretch of a file."""

_NUMBERS = tuple(field.name for field in SAMPLES if pa.types.is_floating(field.type))
_VOTES = "votes."

Row = dict[str, Any]


class TableOptions(ReaderOptions):
    """The options.

    Attributes:
        file: the table, ``.csv`` or ``.parquet``, relative to the root.
        modality: of all rows, where the table has no such column.
        label_source: of all rows, where the table has no such column.
        rows_independent: there are no subjects, every row stands alone; the report prints it as a limitation.
        frames: of a film whose modality is video, spread evenly over it.
    """

    file: str = "samples.csv"
    modality: Modality | None = None
    label_source: LabelSource | None = None
    rows_independent: bool = False
    frames: int = Field(default=16, ge=1, le=1024)


class TableReader(Reader[TableOptions]):
    """The samples as the user's table lists them."""

    Options = TableOptions

    def __init__(self, card: DatasetCard, root: Path | None, options: TableOptions) -> None:
        super().__init__(card.model_copy(update={"rows_independent": options.rows_independent}), root, options)

    def samples(self) -> pa.Table:
        """The table's rows in its own order.

        A row without `sample_id` is named by its `uri` (and its segment in milliseconds). Columns
        ``votes.<label>`` become the votes. An ``attr.*`` or ``ctx.*`` column is numeric if all its cells are.

        Raises:
            HarnessError: names the file, the row (the first under the header is 1) and the column.
        """
        path = self._file()
        rows = read_csv(path, ()) if path.suffix.lower() == ".csv" else read_parquet(path).to_pylist()
        columns = {name: _column(name, [row[name] for row in rows], path) for name in (rows[0] if rows else ())}
        filled = [
            self._completed({name: values[i] for name, values in columns.items()}, f"{path}, row {i + 1}")
            for i in range(len(rows))
        ]
        _require_unique_ids(filled, path)
        try:
            return samples_table(filled, rows_independent=self.options.rows_independent)
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
        if modality is Modality.AUDIOVISUAL:
            return replace(video.decode(path, num_frames=1), audio=audio.decode(self.path(sound, NO_SOUND)))
        film = video.decode(path, num_frames=self.options.frames)
        is_silent = not self.leads_out(sound) and not self.file(sound).is_file()
        return film if is_silent else replace(film, audio=audio.decode(self.path(sound)))

    def _file(self) -> Path:
        path = self.file(self.options.file).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise HarnessError(f"dataset.file={self.options.file} leads out of dataset.root={self.root}.")
        if not path.is_file():
            raise HarnessError(
                f"{path}: no such table. Give its name, relative to dataset.root, with dataset.file."
            )
        if path.suffix.lower() not in (".csv", ".parquet"):
            raise HarnessError(f"{path}: expected a .csv or a .parquet file.")
        return path

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
                f"{where}, column subject_id: empty. Who is it? Subjects are the unit of resampling; only where "
                "none are known, set dataset.rows_independent=true."
            )
        return row


def _column(name: str, values: list[Any], path: Path) -> list[Any]:
    """A column's cells converted to the type of the samples table, from CSV text or from Parquet."""
    cells = [(value, f"{path}, row {row}, column {name}") for row, value in enumerate(values, start=1)]
    if name == "votes":
        return [_votes(value, where) for value, where in cells]
    texts = [_text(value, where) for value, where in cells]
    if name.startswith(_VOTES):
        return [vote_count(text or "", where) for text, (_, where) in zip(texts, cells, strict=True)]
    if name in _NUMBERS:
        return [cell_number(text or "", where) for text, (_, where) in zip(texts, cells, strict=True)]
    return _numbers_if_all_are(texts) if name.startswith(("attr.", "ctx.")) else texts


def _numbers_if_all_are(texts: list[str | None]) -> list[Any]:
    try:
        return [cell_number(text or "", "") for text in texts]
    except HarnessError:
        return texts


def _text(value: Any, where: str) -> str | None:
    if value is None or value == "" or value != value:
        return None
    if not isinstance(value, str | int | float):
        raise HarnessError(f"{where}: found {value!r}; expected text or a number.")
    return str(value).strip()


def _votes(value: Any, where: str) -> dict[str, int] | None:
    try:
        return {str(label): vote_count(str(votes), where) for label, votes in dict(value or {}).items()} or None
    except (TypeError, ValueError):
        raise HarnessError(f"{where}: found {value!r}; expected a map from label to number of votes.") from None


def _identity(row: Row, where: str) -> str:
    if row.get("uri") is None:
        raise HarnessError(f"{where}: neither sample_id nor uri. Give one of them.")
    start, end = row.get("start_s"), row.get("end_s")
    if start is None and end is None:
        return str(row["uri"])
    return f"{row['uri']}#{round((start or 0) * 1000)}-{'' if end is None else round(end * 1000)}"


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
