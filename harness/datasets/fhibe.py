"""FHIBE, the Fair Human-Centric Image Benchmark: people who state who they are, and no emotions.

``data/processed/NAME/NAME.csv`` has a row per person and picture, with the path of the picture from the folder
that holds ``data``. ``NAME`` is ``fhibe_face_crop_align`` (faces, 512 × 512), ``fhibe_face_crop``,
``fhibe_downsampled`` (whole pictures) or ``fhibe`` (in full size). Sources: Xiang et al. 2025,
doi:10.1038/s41586-025-09716-2; README and loader of github.com/SonyResearch/fhibe_evaluation_api; names of files:
github.com/harpreetsahota204/FHIBE.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, Literal

import pyarrow as pa

from harness.datasets.boxed_reader import EDGES, BoxedReader
from harness.datasets.fhibe_answers import HUES, REGIONS, age, answers, box, joined, phototype
from harness.datasets.layout import problem_lines
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.datasets.wide_tables import wide_rows
from harness.errors import HarnessError
from harness.signals import image
from harness.signals.media import EncodedFile, Image
from harness.signals.media_folder import find_files
from harness.tables.samples import samples_table

Images = Literal["fhibe_face_crop_align", "fhibe_face_crop", "fhibe_downsampled", "fhibe"]

REQUIRED = ("subject_id", "filepath")
CONTEXT = ("image_id", "head_pose", "camera_distance", "scene", "location_country")
SKIN = ("natural_skin_color", "apparent_skin_color", "apparent_skin_color_hue_lum")
COLUMNS = (*REQUIRED, *CONTEXT, *SKIN, "age", "pronoun", "ancestry", "person_bbox")
STATED = ("age", "pronoun", "ancestry", "fitzpatrick")

BEGINNINGS = {"fhibe_face_crop_align": "faces_crop_and_align_", "fhibe_face_crop": "faces_crop_only_"}
"""How files of faces are called; those of whole pictures begin with ``main_``, and so do drawings of `DRAWN`."""
DRAWN = ("mask", "bbox", "keypoint")


class FhibeOptions(ReaderOptions):
    """The options.

    Attributes:
        images: which of the sets of pictures is read: faces, or whole people in their box.
    """

    images: Images = "fhibe_face_crop_align"


class FhibeReader(BoxedReader[FhibeOptions]):
    """The people that one of the tables lists."""

    Options = FhibeOptions
    boxed = "person"

    def samples(self) -> pa.Table:
        """One row per person and picture; none has a label."""
        table = self._table()
        base = PurePosixPath(*PurePosixPath(table).parts[:-4])  # without data/processed/NAME/NAME.csv
        cells = enumerate(wide_rows(self.file(table), COLUMNS, REQUIRED), start=1)
        return samples_table([self._row(one, base, f"{self.root / table}, row {number}") for number, one in cells])

    def load(self, sample: Sample) -> Image:
        """The face, or the person in the box."""
        return image.decode(self.path(sample["uri"])) if self._are_faces else super().load(sample)

    def encoded(self, sample: Sample) -> EncodedFile:
        """The file of a face; a person is a part of a picture."""
        return Reader.encoded(self, sample) if self._are_faces else super().encoded(sample)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """People without what everybody is asked for, and pictures that the table does not list."""
        rows = samples.to_pylist()
        listed = {row["uri"] for row in rows}
        nothing = {
            f"no {name}, or none that is known": [row["sample_id"] for row in rows if row[f"attr.{name}"] is None]
            for name in STATED
        }
        unlisted = [uri for uri in self._pictures() if uri not in listed]
        return problem_lines(
            nothing | {"not in the table, as pictures of people who have withdrawn may be": unlisted}
        )

    @property
    def _are_faces(self) -> bool:
        return self.options.images in BEGINNINGS

    def _table(self) -> str:
        name = self.options.images
        place = f"data/processed/{name}/{name}.csv"
        found = [uri for uri in find_files(self.root, {".csv"}) if f"/{uri}".endswith(f"/{place}")]
        if len(found) == 1:
            return found[0]
        problem = f"there are {', '.join(found[:3])}" if found else "there is none"
        raise HarnessError(
            f"dataset {self.card.name}: expected one {place} below {self.root}, and {problem}. Give the folder of "
            "one version, which holds data, or choose dataset.images."
        )

    def _pictures(self) -> list[str]:
        beginning = BEGINNINGS.get(self.options.images, "main_")
        names = ((uri, PurePosixPath(uri).name) for uri in find_files(self.root, {".png", ".jpg", ".jpeg"}))
        return [
            uri for uri, name in names if name.startswith(beginning) and not any(word in name for word in DRAWN)
        ]

    def _row(self, cells: dict[str, str], base: PurePosixPath, where: str) -> dict[str, Any]:
        person, file = cells["subject_id"], cells["filepath"]
        if not person or not file:
            raise HarnessError(f"{where}: no subject_id or no filepath. Is the table whole?")
        uri = (base / ("" if file.startswith("data/") else "data") / file).as_posix()
        ancestry, hues = answers(cells["ancestry"]), answers(cells["apparent_skin_color_hue_lum"])
        row = {
            "sample_id": uri if self._are_faces else f"{uri}#{person}",
            "modality": "face" if self._are_faces else "body",
            "uri": uri,
            "subject_id": person,
            "label_source": self.card.label_source,
            "attr.age": age(cells["age"]),
            "attr.pronoun": joined(answers(cells["pronoun"])),
            "attr.ancestry": joined([one for one in ancestry if one in REGIONS]),
            "attr.subregion": joined([one for one in ancestry if one not in REGIONS]),
            "attr.fitzpatrick": phototype(cells["natural_skin_color"]),
            "attr.apparent_fitzpatrick": phototype(cells["apparent_skin_color"]),
            "attr.skin_hue": next((hue for hue in hues if hue in HUES), None),
            **{f"ctx.{name}": joined(answers(cells[name])) for name in CONTEXT},
        }
        if not self._are_faces:
            edges = box(cells["person_bbox"]) or [None] * len(EDGES)
            row |= {f"ctx.{edge}": pixels for edge, pixels in zip(EDGES, edges, strict=True)}
        return row
