from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile as sf

from harness.cards.facts import dataset_card
from harness.datasets.hf_dataset import HfDatasetOptions, HfDatasetReader
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import Audio, Image
from harness.tables.split_names import leaked_people

FACE = {"modality": "face", "label_source": "acted"}
VOICE = {"modality": "voice", "label_source": "acted"}
FEATURES = {
    "image": {"_type": "Image"},
    "label": {"names": ["anger", "joy"], "_type": "ClassLabel"},
    "speaker_id": {"dtype": "string", "_type": "Value"},
}


def reader(root: Path, **options: Any) -> HfDatasetReader:
    return HfDatasetReader(dataset_card("hf_dataset"), root, HfDatasetOptions.model_validate(options))


def png(red: int) -> bytes:
    return cv2.imencode(".png", np.full((48, 64, 3), (0, 0, red), np.uint8))[1].tobytes()


def wav() -> bytes:
    file = io.BytesIO()
    sf.write(file, 0.1 * np.sin(np.arange(16_000) / 20), 16_000, format="WAV")
    return file.getvalue()


def pictures(names: Sequence[str | None], speakers: Sequence[Any], **more: Sequence[Any]) -> pa.Table:
    """As the library writes it: media as structs, classes as codes, and what they mean beside the schema."""
    cells = [{"bytes": png(10 * row), "path": name} for row, name in enumerate(names)]
    media = pa.array(cells, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    codes = pa.array([row % 3 - 1 for row in range(len(names))], pa.int64())
    table = pa.table({"image": media, "label": codes, "speaker_id": list(speakers), **more})
    return table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": FEATURES}})})


def save_to_disk(root: Path, **splits: pa.Table) -> None:
    for split, table in splits.items():
        (root / split).mkdir(parents=True)
        with pa.ipc.new_stream(root / split / "data-00000-of-00001.arrow", table.schema) as writer:
            writer.write_table(table)
        files = [{"filename": "data-00000-of-00001.arrow"}]
        (root / split / "state.json").write_text(json.dumps({"_data_files": files, "_split": None}))
        (root / split / "dataset_info.json").write_text(json.dumps({"features": FEATURES}))
    (root / "dataset_dict.json").write_text(json.dumps({"splits": list(splits)}))


def save_parquet(root: Path, **splits: pa.Table) -> None:
    (root / "data").mkdir(parents=True)
    for split, table in splits.items():
        pq.write_table(table, root / "data" / f"{split}-00000-of-00001.parquet", row_group_size=2)


SPLITS = {
    "train": pictures(["a.png", "b.png", "c.png"], ["s1", "s1", "s2"]),
    "test": pictures(["d.png"], ["s3"]),
}


@pytest.mark.parametrize("save", [save_to_disk, save_parquet])
def test_media_are_cells_and_codes_are_the_names_of_their_classes(
    save: Callable[..., None], tmp_path: Path
) -> None:
    save(tmp_path, **SPLITS)
    found = reader(tmp_path, **FACE)
    rows = {row["sample_id"]: row for row in found.samples().to_pylist()}
    assert {name: (row["subject_id"], row["split"], row["label"]) for name, row in rows.items()} == {
        "a.png": ("s1", "train", None),
        "b.png": ("s1", "train", "anger"),
        "c.png": ("s2", "train", "joy"),
        "d.png": ("s3", "test", None),
    }
    media = found.load(rows["c.png"])
    assert isinstance(media, Image)
    assert media.pixels[0, 0].tolist() == [20, 0, 0], "the cell of its own row"
    assert found.encoded(rows["c.png"]).data == png(20)
    assert found.layout_problems(found.samples()) == []
    first = "data-00000-of-00001.arrow" if save is save_to_disk else "test-00000-of-00001.parquet"
    assert found.remarks == (
        f"{first} was understood as: the rows of 2 files; the split (test, train) is that of the names of files "
        "and folders; speaker_id is subject_id.",
    )


def test_ids_are_those_of_a_column_or_of_paths_or_rows(tmp_path: Path) -> None:
    save_parquet(tmp_path / "same", train=pictures(["a.png", "a.png"], ["s1", "s2"]))
    uri = "data/train-00000-of-00001.parquet"
    assert reader(tmp_path / "same", **FACE).samples()["sample_id"].to_pylist() == [f"{uri}#0", f"{uri}#1"]
    save_parquet(tmp_path / "own", train=pictures(["a.png", None], ["s1", "s2"], key=["x", "y"]))
    own = {"columns": {"key": "sample_id"}}
    assert reader(tmp_path / "own", **FACE, **own).samples()["sample_id"].to_pylist() == ["x", "y"]


def test_a_folder_of_sounds_has_a_table_of_metadata(tmp_path: Path) -> None:
    for part, speaker in (("train", "s1"), ("test", "s2")):
        (tmp_path / part / "audio").mkdir(parents=True)
        (tmp_path / part / "audio" / "0001.wav").write_bytes(wav())
        (tmp_path / part / "metadata.csv").write_text(
            f"file_name,emotion,speaker,accent\naudio/0001.wav,happy,{speaker},north\n", encoding="utf-8"
        )
    found = reader(tmp_path, **VOICE, columns={"accent": "attr.accent"})
    rows = found.samples().to_pylist()
    assert [(row["sample_id"], row["split"], row["attr.accent"]) for row in rows] == [
        ("test/audio/0001.wav", "test", "north"),
        ("train/audio/0001.wav", "train", "north"),
    ]
    assert isinstance(found.load(rows[0]), Audio)
    assert found.encoded(rows[0]).media_type == "audio/wav"


def test_a_column_that_is_not_known_has_to_be_mapped(tmp_path: Path) -> None:
    save_parquet(tmp_path, train=pictures(["a.png"], ["s1"], raw_text=["x"]))
    with pytest.raises(HarnessError, match=r"unknown column 'raw_text'.*'dataset\.columns=\{raw_text: "):
        reader(tmp_path, **FACE).samples()
    assert reader(tmp_path, **FACE, columns={"raw_text": None}).samples().num_rows == 1


def test_what_no_column_says_has_to_be_stated(tmp_path: Path) -> None:
    save_parquet(tmp_path, train=pictures(["a.png"], ["s1"]).drop_columns("speaker_id"))
    with pytest.raises(HarnessError, match="there is no column subject_id"):
        reader(tmp_path, **FACE).samples()
    with pytest.raises(HarnessError, match="no column modality and none label_source"):
        reader(tmp_path, rows_independent=True).samples()
    assert reader(tmp_path, **FACE, rows_independent=True).samples()["subject_id"].to_pylist() == ["a.png"]


def test_a_split_with_the_same_people_on_both_sides_leaks(tmp_path: Path) -> None:
    save_parquet(tmp_path, train=pictures(["a.png"], ["s1"]), test=pictures(["b.png"], ["s1"]))
    assert leaked_people(reader(tmp_path, **FACE).samples()) == ["s1"]


def test_of_several_columns_of_media_one_is_named(tmp_path: Path) -> None:
    table = pictures(["a.png"], ["s1"])
    save_parquet(tmp_path, train=table.append_column("thumbnail", table["image"]))
    with pytest.raises(HarnessError, match=r"columns with media: image, thumbnail\. Say which one"):
        reader(tmp_path, **FACE).samples()
    found = reader(tmp_path, **FACE, media="thumbnail")
    assert isinstance(found.load(found.samples().to_pylist()[0]), Image)


def test_a_cell_without_bytes_and_one_with_damaged_bytes_have_reasons(tmp_path: Path) -> None:
    cells: list[dict[str, Any]] = [
        {"bytes": data, "path": f"{row}.png"} for row, data in enumerate((None, b"", b"x"))
    ]
    table = pa.table({"image": pa.array(cells), "speaker_id": ["a", "b", "c"]})
    save_parquet(tmp_path, train=table)
    found = reader(tmp_path, **FACE)
    reasons = []
    for row in found.samples().to_pylist():
        with pytest.raises(Unscored) as caught:
            found.load(row)
        reasons.append(caught.value.reason)
    assert reasons == [Reason.MISSING_FILE, Reason.EMPTY, Reason.UNREADABLE]


def test_configurations_are_chosen_by_their_folder(tmp_path: Path) -> None:
    save_parquet(tmp_path / "one", train=pictures(["a.png"], ["s1"]))
    save_parquet(tmp_path / "two", train=pictures(["b.png"], [7]))
    with pytest.raises(HarnessError, match="the tables have different columns"):
        reader(tmp_path, **FACE).samples()
    assert reader(tmp_path, **FACE, folder="two").samples()["subject_id"].to_pylist() == ["7"]
    for folder in ("three", "../two"):
        with pytest.raises(HarnessError, match="is no folder below"):
            reader(tmp_path / "one", **FACE, folder=folder).samples()


def test_none_of_the_layouts(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"neither metadata\.csv"):
        reader(tmp_path, **FACE).samples()
    (tmp_path / "state.json").write_text("[]")
    with pytest.raises(HarnessError, match="expected an object"):
        reader(tmp_path, **FACE).samples()
    (tmp_path / "state.json").write_text('{"_data_files": "a"}')
    with pytest.raises(HarnessError, match="no list _data_files"):
        reader(tmp_path, **FACE).samples()
    (tmp_path / "state.json").unlink()
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no table PAR1")
    with pytest.raises(HarnessError, match="not a readable table"):
        reader(tmp_path, **FACE).samples()


@pytest.mark.parametrize("save", [save_to_disk, save_parquet])
@pytest.mark.parametrize(
    ("name", "message"),
    [("label", "columns with the same name: label"), ("uri", "column uri would be the place")],
)
def test_columns_of_one_name_are_told(save: Callable[..., None], name: str, message: str, tmp_path: Path) -> None:
    save(tmp_path, train=pictures(["a.png"], ["s1"]).append_column(name, pa.array(["x"])))
    with pytest.raises(HarnessError, match=message):
        reader(tmp_path, **FACE).samples()


def test_metadata_with_two_columns_for_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("file_name,uri,label,speaker_id\na.png,b.png,joy,s1\n")
    with pytest.raises(HarnessError, match="both file_name and uri"):
        reader(tmp_path, **FACE).samples()


@pytest.mark.parametrize("save", [save_to_disk, save_parquet])
@pytest.mark.parametrize(
    ("kinds", "cell"),
    [
        ((pa.int64(), pa.string()), {"bytes": 1, "path": "a"}),
        ((pa.list_(pa.uint8()), pa.string()), {"bytes": [1], "path": "a"}),
        ((pa.binary(), pa.list_(pa.string())), {"bytes": b"", "path": ["a"]}),
    ],
)
def test_structs_of_other_types_are_no_media(
    save: Callable[..., None], kinds: tuple[pa.DataType, ...], cell: dict[str, Any], tmp_path: Path
) -> None:
    kind = pa.struct([*zip(("bytes", "path"), kinds, strict=True)])
    save(tmp_path, train=pictures(["a.png"], ["s1"]).set_column(0, "image", pa.array([cell], kind)))
    with pytest.raises(HarnessError, match="columns with media: none"):
        reader(tmp_path, **FACE).samples()


def test_media_without_bytes_are_missing(tmp_path: Path) -> None:
    cells = pa.array([{"path": "a.png"}], pa.struct([("path", pa.string())]))
    save_parquet(tmp_path, train=pictures(["a.png"], ["s1"]).set_column(0, "image", cells))
    of_it = reader(tmp_path, **FACE)
    with pytest.raises(Unscored, match="the cell holds no bytes"):
        of_it.load(of_it.samples().to_pylist()[0])


def test_a_code_beyond_64_bits_is_no_class(tmp_path: Path) -> None:
    table = pictures(["a.png", "b.png"], ["s1", "s2"])
    codes = pa.array([2**63, 1], pa.uint64())
    save_parquet(tmp_path, train=table.set_column(1, "label", codes))
    assert reader(tmp_path, **FACE).samples()["label"].to_pylist() == [None, "joy"]


def test_a_parquet_file_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.tables.parquet_files.UNPACKED_BYTES", 2**20)
    rows = 400_000
    table = pa.table({"label": pa.array(["joy"] * rows), "n": pa.array([0] * rows)})
    (tmp_path / "data").mkdir()
    pq.write_table(
        table, tmp_path / "data" / "train-00000-of-00001.parquet", use_dictionary=False, compression="zstd"
    )
    with pytest.raises(HarnessError, match="more than tables are compressed"):
        reader(tmp_path, **FACE).samples()


def test_a_text_of_json_lines_may_hold_other_ends_of_lines(tmp_path: Path) -> None:
    rows = [{"file_name": f"{name}.png", "label": "joy\u2028\x85", "speaker_id": "s1"} for name in "ab"]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (tmp_path / "metadata.jsonl").write_text(lines, encoding="utf-8")
    assert reader(tmp_path, **FACE).samples()["uri"].to_pylist() == ["a.png", "b.png"]


def test_half_of_a_character_in_json_lines_is_told(tmp_path: Path) -> None:
    row = '{"file_name": "%s.png", "label": "\\ud800", "speaker_id": "s1"}'
    (tmp_path / "metadata.jsonl").write_text("\n".join([row % "a", row % "b"]))
    with pytest.raises(HarnessError, match="column label: a text that is no Unicode"):
        reader(tmp_path, **FACE).samples()
