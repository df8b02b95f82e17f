"""AffectNet: faces from the web with one of eight expressions, and valence and arousal, in its two formats.

The first release lists pictures in ``training.csv`` and ``validation.csv`` (subDirectory_filePath, face_x, …,
expression, valence, arousal), which lie in ``Manually_Annotated_Images``. The later one has the folders
``train_set`` and ``val_set``, with ``images/7.jpg`` and the arrays ``annotations/7_exp.npy``, ``7_val.npy`` and
``7_aro.npy``.
Source: Mollahosseini, Hasani & Mahoor 2019, doi:10.1109/TAFFC.2017.2740923.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Literal

import pyarrow as pa

from harness.datasets.layout import cell_number, problem_lines, read_csv
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError
from harness.signals import image
from harness.signals.media import Media
from harness.signals.media_folder import find_files
from harness.signals.numpy_scalar import scalar_of
from harness.tables.samples import samples_table

COLUMNS = ("subDirectory_filePath", "expression", "valence", "arousal")
LISTS = {"training": "training.csv", "validation": "validation.csv"}
FOLDERS = {"training": "train_set", "validation": "val_set"}
LIST_FOLDERS = ("", "Manually_Annotated_file_lists/", "Manual_Annot_files/")
PICTURE_FOLDERS = ("Manually_Annotated_Images/", "Manually_Annotated/Manually_Annotated_Images/")

NO_EMOTION = {8: "none", 9: "uncertain", 10: "no face"}
"""What annotators chose where they saw none of the eight expressions, could not say, or saw no face."""
NO_RATING = -2.0


class AffectnetOptions(ReaderOptions):
    """The options.

    Attributes:
        part: ``training`` or ``validation``; null: both.
    """

    part: Literal["training", "validation"] | None = None


class AffectnetReader(Reader[AffectnetOptions]):
    """The pictures that the lists name, or those in the folders."""

    Options = AffectnetOptions

    def samples(self) -> pa.Table:
        """One row per picture; no label where none, uncertain or no face was chosen (``ctx.no_emotion``)."""
        rows = [
            row
            for part in LISTS
            if self.options.part in (None, part)
            for row in (*self._listed(part), *self._in_folder(part))
        ]
        if not rows:
            raise HarnessError(
                f"dataset {self.card.name}: neither the lists training.csv and validation.csv nor pictures in "
                f"train_set/images and val_set/images below {self.root} "
                f"(dataset.part={self.options.part or 'null'}). `harness show dataset {self.card.name}` describes "
                "both."
            )
        return samples_table(rows, rows_independent=True)

    def load(self, sample: Sample) -> Media:
        """The picture."""
        return image.decode(self.path(sample["uri"]))

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Parts that are missing, both formats at once, and pictures without an expression."""
        rows = samples.to_pylist()
        parts = {row["split"] for row in rows}
        lists = [part for part in LISTS if self._list(part)]
        folders = [name for name in FOLDERS.values() if (self.root / name).is_dir()]
        return problem_lines(
            {
                "no picture of part": [part for part in LISTS if part not in parts],
                "both formats, so that pictures may be found twice": folders if lists else [],
                "no readable annotation of the expression": [
                    row["sample_id"] for row in rows if row["label"] is None and row["ctx.no_emotion"] is None
                ],
            }
        )

    def _list(self, part: str) -> str | None:
        names = (folder + LISTS[part] for folder in LIST_FOLDERS)
        return next((name for name in names if self.file(name).is_file()), None)

    def _listed(self, part: str) -> Iterator[dict[str, Any]]:
        name = self._list(part)
        if name is None:
            return
        path = self.file(name)
        folder = next((folder for folder in PICTURE_FOLDERS if (self.root / folder).is_dir()), PICTURE_FOLDERS[0])
        for number, cells in enumerate(read_csv(path, COLUMNS), start=1):
            uri = folder + cells[COLUMNS[0]].replace("\\", "/")
            yield self._row(
                uri, part, cells[COLUMNS[1]], cells[COLUMNS[2]], cells[COLUMNS[3]], f"{path}, row {number}"
            )

    def _in_folder(self, part: str) -> Iterator[dict[str, Any]]:
        folder = FOLDERS[part]
        for name in find_files(self.root / folder / "images", {".jpg", ".jpeg", ".png"}):
            stem = f"{folder}/annotations/{PurePosixPath(name).stem}"
            expression, valence, arousal = (
                scalar_of(self.file(f"{stem}_{kind}.npy")) or "" for kind in ("exp", "val", "aro")
            )
            yield self._row(f"{folder}/images/{name}", part, expression, valence, arousal, stem)

    def _row(self, uri: str, part: str, expression: str, valence: str, arousal: str, where: str) -> dict[str, Any]:
        labels = self.card.labels
        number = cell_number(expression, f"{where}, expression")
        if number is not None and number not in range(len(labels) + len(NO_EMOTION)):
            raise HarnessError(f"{where}: expression is {expression[:40]!r}. Expected 0 to 10.")
        code = None if number is None else int(number)
        return {
            "sample_id": uri,
            "modality": "face",
            "uri": uri,
            "split": part,
            "label": labels[code] if code is not None and code < len(labels) else None,
            "valence": _rating(valence, f"{where}, valence"),
            "arousal": _rating(arousal, f"{where}, arousal"),
            "label_source": self.card.label_source,
            "ctx.no_emotion": None if code is None else NO_EMOTION.get(code),
        }


def _rating(text: str, where: str) -> float | None:
    """From -1 to 1; -2 stands for none."""
    value = cell_number(text, where)
    if value is None or value == NO_RATING:
        return None
    if not -1 <= value <= 1:
        raise HarnessError(f"{where}: {text[:40]}; expected -1 to 1, or -2 for none.")
    return value
