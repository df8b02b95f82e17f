from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest
from viewed_runs import Place

from harness.errors import HarnessError
from harness.files import sha256_file
from harness.tables.file_table import FileRead, files_table
from harness.tables.schemas import SUBJECT_RANK
from harness.tables.versions import write_table
from harness.viewer.media_source import MediaSource
from harness.viewer.viewed_run import ViewedRun, read_viewed_run


@pytest.fixture
def place(pictures: Place, tmp_path: Path) -> Place:
    """A run of its own, whose media a test may change."""
    shutil.copytree(pictures.root, tmp_path / "pictures")
    return Place(tmp_path / "pictures", tmp_path / "pictures" / pictures.run.name)


def source_of(place: Place) -> MediaSource:
    return MediaSource(read_viewed_run(place.run), [f"dataset.root={place.root}"])


def decoded(part: dict[str, Any]) -> np.ndarray[Any, Any]:
    kind, _, data = part["data"].partition(";base64,")
    assert kind == "data:image/png"
    return np.asarray(cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR))


def with_samples(place: Place, samples: pa.Table) -> ViewedRun:
    write_table(samples, "samples", place.run / "samples.parquet")
    return read_viewed_run(place.run)


def test_a_picture_is_read_where_it_is_and_nothing_is_written(place: Place) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in place.root.rglob("*"))
    page = source_of(place).page(7, "clean")
    assert np.unique(decoded(page["parts"][0])).tolist() == [140]
    assert (page["remark"], "absent" in page) == (None, False)
    assert sorted((path, path.stat().st_mtime_ns) for path in place.root.rglob("*")) == before


def test_a_condition_changes_the_picture(place: Place) -> None:
    rng = np.random.default_rng(0)
    cv2.imwrite(str(place.root / "02.png"), rng.integers(0, 255, (8, 8, 3), np.uint8))
    source = source_of(place)
    plain, grey = (decoded(source.page(2, name)["parts"][0]) for name in ("clean", "face/grey"))
    assert (grey[..., 0] == grey[..., 1]).all()
    assert not (plain[..., 0] == plain[..., 1]).all()
    assert "there is no" in source.page(2, "face/none_such")["absent"].lower()


def test_a_file_that_is_another_one_is_shown_with_a_remark(place: Place) -> None:
    cv2.imwrite(str(place.root / "03.png"), np.full((8, 8, 3), 9, np.uint8))
    page = source_of(place).page(3, "clean")
    assert np.unique(decoded(page["parts"][0])).tolist() == [9]
    read = [FileRead("03.png", 4, "0" * 64), FileRead("04.png", 4, sha256_file(place.root / "04.png"))]
    write_table(files_table(read), "files", place.run / "files.parquet")
    source = source_of(place)
    assert source.page(3, "clean")["remark"] == "03.png is not the file that the run read (its hash differs)."
    assert source.page(4, "clean")["remark"] is None


def test_what_is_gone_leads_out_or_is_no_picture_is_said(place: Place, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes((place.root / "01.png").read_bytes())
    (place.root / "01.png").unlink()
    for name in ("02.png", "03.png"):
        (place.root / name).unlink()
    (place.root / "02.png").symlink_to(tmp_path / "secret.png")
    (place.root / "03.png").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    source = source_of(place)
    told = [source.page(row, "clean")["absent"] for row in (1, 2, 3)]
    assert told[0].startswith("It could not be read: missing_file")
    assert told[1].endswith("the path leads out of the dataset's root")
    assert told[2].startswith("It could not be read: unreadable")


@pytest.mark.parametrize("uri", ["../secret.png", "/etc/passwd", "..", "a\x00b", "x" * 300])
def test_paths_of_a_hostile_table_reach_nothing(place: Place, tmp_path: Path, uri: str) -> None:
    (tmp_path / "secret.png").write_bytes((place.root / "01.png").read_bytes())
    samples = read_viewed_run(place.run).samples
    column = samples.schema.get_field_index("uri")
    hostile = samples.set_column(column, samples.schema.field("uri"), pa.array([uri] * 12))
    page = MediaSource(with_samples(place, hostile), [f"dataset.root={place.root}"]).page(1, "clean")
    assert page["parts"] == []
    assert page["absent"].startswith("It could not be read: missing_file")


def test_without_a_root_or_with_pseudonyms_there_are_no_media_and_it_says_why(place: Place) -> None:
    run = read_viewed_run(place.run)
    source = MediaSource(run)
    assert source.absent is not None
    assert "dataset.root=PATH" in source.absent
    assert source.page(0, "clean") == {"absent": source.absent, "parts": []}
    ranked = run.samples.append_column(SUBJECT_RANK, pa.array(range(12), pa.int64()))
    public = MediaSource(with_samples(place, ranked), [f"dataset.root={place.root}"])
    assert public.absent is not None
    assert "pseudonyms" in public.absent


def test_a_folder_that_is_none_is_refused_at_once(place: Place) -> None:
    run = read_viewed_run(place.run)
    with pytest.raises(HarnessError, match="not a folder"):
        MediaSource(run, [f"dataset.root={place.root / 'none'}"])
    with pytest.raises(HarnessError, match="only the dataset is read"):
        MediaSource(run, ["model.file=x"])


def test_samples_that_name_no_files_are_no_reason_to_give_a_folder(place: Place) -> None:
    run = read_viewed_run(place.run)
    assert (MediaSource(run).absent or "").endswith("harness view DIR dataset.root=PATH")
    at = run.samples.schema.get_field_index("uri")
    samples = run.samples.set_column(at, run.samples.schema.field(at), pa.nulls(run.samples.num_rows, pa.string()))
    without = MediaSource(with_samples(place, samples))
    assert without.absent == "The samples of this run name no files, so there are no media to show."
    assert without.page(0, "clean") == {"absent": without.absent, "parts": []}
