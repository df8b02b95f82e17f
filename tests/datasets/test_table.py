from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile as sf

from harness.cards.facts import dataset_card
from harness.datasets.table import TableOptions, TableReader
from harness.errors import HarnessError, Reason, Unscored
from harness.resources import share_dir
from harness.signals.media import Audio, Image, Recording, Video

ONCE: dict[str, Any] = {"modality": "voice", "label_source": "acted"}


def reader(root: Path, text: str | bytes | None = None, **options: Any) -> TableReader:
    if text is not None:
        (root / "samples.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    return TableReader(dataset_card("table"), root, TableOptions(**options))


def rows(root: Path, text: str | bytes, **options: Any) -> list[dict[str, Any]]:
    return reader(root, text, **options).samples().to_pylist()


def test_the_example_of_the_readme(tmp_path: Path, write_sound: Callable[[Path], None]) -> None:
    readme = (share_dir() / "datasets/table/README.md").read_text(encoding="utf-8")
    example, recording = re.findall(r"```csv\n(.*?)```", readme, re.DOTALL)
    assert re.search(r"dataset\.modality=voice dataset\.label_source=acted", readme)
    for name in ("anna_01", "anna_02", "ben_01", "ben_02"):
        write_sound(tmp_path / f"clips/{name}.wav")
    found = reader(tmp_path, example, modality="voice", label_source="acted")
    assert found.check().problems == []
    first = found.samples().to_pylist()[0]
    assert first["sample_id"] == first["uri"] == "clips/anna_01.wav"
    assert (first["subject_id"], first["label"], first["attr.sex"], first["attr.age"]) == (
        "anna",
        "happy",
        "female",
        34.0,
    )
    assert isinstance(found.load(first), Audio)
    (tmp_path / "day.csv").write_text(recording)
    worn = reader(tmp_path, "uri,subject_id\nday.csv,anna\n", modality="wearable", label_source="self_report")
    media = worn.load(worn.samples().to_pylist()[0])
    assert isinstance(media, Recording)
    assert media.channels["eda"].rate_hz == 4.0
    assert media.channels["temperature"].rate_hz == 1.0
    assert media.beats is not None
    assert media.beats.interval_ms.tolist() == [812.0]


def test_all_columns(tmp_path: Path) -> None:
    text = (
        "sample_id,modality,uri,start_s,end_s,subject_id,session_id,split,label,valence,arousal,dominance,"
        "label_source,votes.happy,votes.sad,attr.age,attr.sex,ctx.snr,ctx.note\n"
        "one,voice,a.wav,0.5,2,007,s1,test,happy,-1,0.25,1,observer,3,1,34,female,12.5,calm\n"
        'two,voice,,,,"Zoë, B.",,,,,,,self_report,,,,,,\n'
    )
    first, second = rows(tmp_path, text)
    assert dict(first.pop("votes")) == {"happy": 3, "sad": 1}
    assert first == {
        "sample_id": "one",
        "modality": "voice",
        "uri": "a.wav",
        "start_s": 0.5,
        "end_s": 2.0,
        "subject_id": "007",
        "session_id": "s1",
        "split": "test",
        "label": "happy",
        "valence": -1.0,
        "arousal": 0.25,
        "dominance": 1.0,
        "label_source": "observer",
        "attr.age": 34.0,
        "attr.sex": "female",
        "ctx.snr": 12.5,
        "ctx.note": "calm",
    }
    assert second["subject_id"] == "Zoë, B."
    assert {second[name] for name in ("uri", "label", "attr.age", "attr.sex", "valence")} == {None}


def test_the_two_sides_of_a_call_are_samples_of_their_own(tmp_path: Path) -> None:
    both = np.stack([0.5 * np.sin(np.arange(8_000) / 9), 0.25 * np.sin(np.arange(8_000) / 5)], axis=1)
    sf.write(tmp_path / "call.wav", both, 16_000, subtype="FLOAT")
    head = "sample_id,uri,subject_id,label,ctx.channel\n"
    text = f"{head},call.wav,p1,neutral,left\n,call.wav,p2,anger,2\nc,call.wav,p3,anger,\n"
    found = reader(tmp_path, text, **ONCE, channel_column="ctx.channel")
    samples = found.samples().to_pylist()
    assert [row["sample_id"] for row in samples] == ["call.wav#channel1", "call.wav#channel2", "c"]
    heard = [found.load(row) for row in samples]
    for audio, expected in zip(heard, (both[:, 0], both[:, 1], both.mean(axis=1)), strict=True):
        assert isinstance(audio, Audio)
        np.testing.assert_allclose(audio.waveform, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("ctx.channel", "middle", r"row 1: ctx\.channel says middle; expected the number of a channel from 1"),
        ("ctx.channel", "0", "says 0; expected"),
        ("ctx.channel", "1.5", "says 1.5; expected"),
        (
            "ctx.side",
            "left",
            r"dataset\.channel_column=ctx\.side: no such column\. Of the context: ctx\.channel\.",
        ),
    ],
)
def test_a_channel_that_is_none_is_refused(column: str, cell: str, said: str, tmp_path: Path) -> None:
    text = f"uri,subject_id,label,ctx.channel\ncall.wav,p1,neutral,{cell}\n"
    with pytest.raises(HarnessError, match=said):
        rows(tmp_path, text, **ONCE, channel_column=column)


def test_only_a_voice_has_a_channel(tmp_path: Path) -> None:
    text = "uri,subject_id,label,ctx.channel\ncall.mp4,p1,neutral,left\n"
    with pytest.raises(HarnessError, match="which only a row of voice has"):
        rows(tmp_path, text, modality="audiovisual", label_source="acted", channel_column="ctx.channel")


def test_parquet_gives_the_same_samples(tmp_path: Path) -> None:
    text = "uri,subject_id,label,attr.age,votes.a,votes.b\nx/1.wav,7,a,30,2,1\nx/2.wav,8,b,,0,3\n"
    table = pa.table(
        {
            "uri": ["x/1.wav", "x/2.wav"],
            "subject_id": [7, 8],
            "label": pa.array(["a", "b"]).dictionary_encode(),
            "attr.age": [30, None],
            "votes": pa.array([[("a", 2), ("b", 1)], [("a", 0), ("b", 3)]], pa.map_(pa.string(), pa.int64())),
        }
    )
    pq.write_table(table, tmp_path / "samples.parquet")
    from_csv = reader(tmp_path, text, **ONCE).samples()
    from_parquet = reader(tmp_path, file="samples.parquet", **ONCE).samples()
    assert from_parquet.equals(from_csv)


def test_a_parquet_file_of_numpy_and_missing_values(tmp_path: Path) -> None:
    columns = {"uri": ["1.wav"], "subject_id": ["a"], "valence": [np.nan], "start_s": [np.float32(0.5)]}
    pq.write_table(pa.table(columns), tmp_path / "samples.parquet")
    row = reader(tmp_path, file="samples.parquet", **ONCE).samples().to_pylist()[0]
    assert row["valence"] is None
    assert row["sample_id"] == "1.wav#500-"


def test_a_file_from_a_spreadsheet(tmp_path: Path) -> None:
    text = "\ufeffuri,subject_id,label\r\nä.wav,Jörg,happy\r\n\r\n".encode()
    assert [row["sample_id"] for row in rows(tmp_path, text, **ONCE)] == ["ä.wav"]


def test_stretches_of_one_file_are_samples_of_their_own(
    tmp_path: Path, write_sound: Callable[[Path], None]
) -> None:
    write_sound(tmp_path / "a.wav")
    text = "uri,start_s,end_s,subject_id\na.wav,0,0.5,x\na.wav,0.5,0.75,x\na.wav,0.75,,x\n"
    found = reader(tmp_path, text, **ONCE)
    table = found.samples().to_pylist()
    assert [row["sample_id"] for row in table] == ["a.wav#0-500", "a.wav#500-750", "a.wav#750-"]
    assert [len(found.load(row).waveform) for row in table] == [8000, 4000, 4000]


def test_each_modality_is_decoded(
    tmp_path: Path,
    write_sound: Callable[[Path], None],
    write_film: Callable[[Path], None],
    write_picture: Callable[[Path], None],
) -> None:
    write_sound(tmp_path / "a.wav")
    write_film(tmp_path / "a.mp4")
    write_film(tmp_path / "mute.mp4")
    write_picture(tmp_path / "a.png")
    text = (
        "sample_id,uri,modality,subject_id,label_source\n"
        "1,a.wav,voice,x,acted\n2,a.png,face,x,acted\n3,a.mp4,face,x,acted\n4,a.mp4,audiovisual,x,acted\n"
        "5,mute.mp4,audiovisual,x,acted\n6,,voice,x,acted\n"
    )
    found = reader(tmp_path, text)
    table = found.samples().to_pylist()
    assert [type(found.load(row)) for row in table[:4]] == [Audio, Image, Image, Video]
    why = ((Reason.NO_SIGNAL, "the film has no sound track"), (Reason.MISSING_FILE, "no media"))
    for row, (reason, detail) in zip(table[4:], why, strict=True):
        with pytest.raises(Unscored, match=detail) as caught:
            found.load(row)
        assert caught.value.reason is reason
    assert found.check().problems == ["no_signal: the film has no sound track: 5"]


def test_a_column_of_numbers_and_words_is_words(tmp_path: Path) -> None:
    text = "uri,subject_id,attr.age,attr.years\n1,a,34,34\n2,b,unknown,\n3,c,,5.5\n"
    table = rows(tmp_path, text, **ONCE)
    assert [row["attr.age"] for row in table] == ["34", "unknown", None]
    assert [row["attr.years"] for row in table] == [34.0, None, 5.5]


def test_missing_values_are_those_of_every_other_table(tmp_path: Path) -> None:
    text = (
        "uri,subject_id,label,attr.hearing,attr.age,ctx.room,valence\n1,NA,null,NA,N/A,nan,NaN\n2,b,x,yes,34,a,\n"
    )
    first = rows(tmp_path, text, **ONCE)[0]
    assert (first["subject_id"], first["label"]) == ("NA", "null")
    assert {first[name] for name in ("attr.hearing", "attr.age", "ctx.room", "valence")} == {None}
    assert rows(tmp_path, text, **ONCE)[1]["attr.age"] == 34.0


def test_numbers_of_pandas_are_names_without_a_point(tmp_path: Path) -> None:
    columns = {"uri": ["1", "2"], "subject_id": [7.0, 8.0], "label": [0.0, np.nan], "attr.site": [1.0, 2.5]}
    pq.write_table(pa.table(columns), tmp_path / "samples.parquet")
    table = reader(tmp_path, file="samples.parquet", **ONCE).samples()
    assert table["subject_id"].to_pylist() == ["7", "8"]
    assert table["label"].to_pylist() == ["0", None]
    assert table["attr.site"].to_pylist() == [1.0, 2.5]


def test_names_are_composed(tmp_path: Path) -> None:
    table = rows(tmp_path, "uri,subject_id,label\na\u0308.wav,Zoe\u0308,a\u0308rger\n", **ONCE)
    assert table[0]["label"] == "\u00e4rger"
    assert table[0]["sample_id"] == "\u00e4.wav"
    assert table[0]["subject_id"] == "Zo\u00eb"


@pytest.mark.parametrize("on_disk", ["\u00e4.wav", "a\u0308.wav"])
@pytest.mark.parametrize("in_table", ["\u00e4.wav", "a\u0308.wav"])
def test_a_file_is_found_in_either_form_of_its_name(
    tmp_path: Path, write_sound: Callable[[Path], None], on_disk: str, in_table: str
) -> None:
    write_sound(tmp_path / on_disk)
    found = reader(tmp_path, f"uri,subject_id\n{in_table},a\n", **ONCE)
    (row,) = found.samples().to_pylist()
    assert row["sample_id"] == "\u00e4.wav"
    assert isinstance(found.load(row), Audio)


def test_what_was_understood_is_remembered_for_the_user(tmp_path: Path) -> None:
    found = reader(tmp_path, "Path;Speaker;Emotion;attr_age\n1.wav;a;sad;30,5\n", **ONCE)
    assert found.samples()["attr.age"].to_pylist() == [30.5]
    assert found.remarks == (
        "samples.csv was understood as: separated by semicolons; decimal commas in attr_age; Path is uri, "
        "Speaker is subject_id, Emotion is label and attr_age is attr.age.",
    )


def test_a_mapping_of_columns(tmp_path: Path) -> None:
    table = rows(tmp_path, "uri,who,mood\n1,a,sad\n", columns={"who": "subject_id", "mood": None}, **ONCE)
    assert (table[0]["subject_id"], table[0]["label"]) == ("a", None)


def test_the_table_wins_over_the_option(tmp_path: Path) -> None:
    table = rows(tmp_path, "uri,subject_id,modality\n1,a,face\n2,a,\n", **ONCE)
    assert [row["modality"] for row in table] == ["face", "voice"]


def test_rows_without_subjects_only_when_that_is_said(tmp_path: Path) -> None:
    text = "uri,label\n1.wav,happy\n2.wav,sad\n"
    with pytest.raises(HarnessError, match=r"samples\.csv: there is no column subject_id") as caught:
        rows(tmp_path, text, **ONCE)
    assert "rows_independent" not in str(caught.value)
    with pytest.raises(HarnessError, match=r"samples\.csv, row 1, column subject_id: empty") as caught:
        rows(tmp_path, "uri,subject_id,label\n1.wav,,happy\n2.wav,a,sad\n", **ONCE)
    assert "rows_independent" not in str(caught.value)
    found = reader(tmp_path, text, rows_independent=True, **ONCE)
    assert found.card.rows_independent
    assert [row["subject_id"] for row in found.samples().to_pylist()] == ["1.wav", "2.wav"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("uri,subject_id\n", "no rows"),
        ("", "no rows"),
        ("label,subject_id\nhappy,a\n", "there is no column sample_id"),
        ("label,subject_id,uri\nhappy,a,1\nsad,a,\n", "row 2: neither sample_id nor uri"),
        (
            "uri,subject_id,modality\n1,a,voice\n2,a,speech\n",
            "row 2, column modality: found 'speech'; expected one",
        ),
        ("uri,subject_id,label_source\n1,a,actor\n", "row 1, column label_source: found 'actor'; expected one of"),
        ("uri,subject_id,valence\n1,a,0\n2,a,high\n", "row 2, column valence: 'high' is not a number"),
        ("uri,subject_id,arousal\n1,a,7\n", "arousal is 7.0; it is scaled to [-1, 1]"),
        ("uri,subject_id,votes.sad\n1,a,-1\n", "row 1, column votes.sad: '-1' is not a number of votes"),
        ("uri,subject_id\n/etc/passwd,a\n", "row 1, column uri: '/etc/passwd' must be a path below dataset.root"),
        ("uri,subject_id\nx/../../y,a\n", "row 1, column uri: 'x/../../y' must be a path below dataset.root"),
        ("uri,subject_id\nx\\y.wav,a\n", "has a backslash"),
        ("uri,subject_id\n1,a\n2,b\n1,c\n", "rows 1 and 3 have the same sample_id '1'"),
        ("uri,subject_id,start_s,end_s\n1,a,2,1\n", "row 1: start_s is 2.0, end_s is 1.0"),
        ("uri,subject_id,start_s\n1,a,-1\n", "row 1: start_s is -1.0"),
        ("uri,subject_id,start_s\n1,a,inf\n", "row 1, column start_s: 'inf' is not a finite number"),
        (
            "uri,subject_id,modality,start_s\n1,a,face,1\n",
            "row 1: start_s and end_s are for voice, wearable, eeg, physiology, not for face",
        ),
        ("uri,subject_id\n1,\n", "row 1, column subject_id: empty"),
        ("uri,subject_id,gender\n1,a,f\n", "unknown column 'gender'. Further columns start with attr. or ctx."),
        ("uri,subject_id,gender\n1,a,f\n", "'dataset.columns={gender: attr.gender}'"),
        ("uri,subject_id,My note\n1,a,f\n", "'dataset.columns={My note: ctx.My_note}'"),
        ("uri,subject_id,labell\n1,a,f\n", "did you mean label?"),
        ("uri,label,subjekt\n1,a,f\n", "did you mean subject_id?"),
        ("uri,label\n1,a\n", "There are uri and label."),
        ("path,file,subject_id\n1,1,a\n", "both 'path' and 'file' could be uri"),
        ("uri,subject_id\n1,a,b\n", "row 1: 3 cells, but the header has 2"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(HarnessError, match=r"samples\.csv") as caught:
        rows(tmp_path, text, **ONCE)
    assert message in str(caught.value)


def test_what_is_the_same_for_all_rows_must_be_said_somewhere(tmp_path: Path) -> None:
    said = r"no column {0}\. Say it for all rows: dataset\.{0} \(one of "
    with pytest.raises(HarnessError, match=said.format("modality")):
        rows(tmp_path, "uri,subject_id\n1,a\n", label_source="acted")
    with pytest.raises(HarnessError, match=said.format("label_source")):
        rows(tmp_path, "uri,subject_id\n1,a\n", modality="voice")
    with pytest.raises(HarnessError, match=r"row 2, column modality: empty\. Fill it, or set dataset\.modality"):
        rows(tmp_path, "uri,subject_id,modality\n1,a,voice\n2,a,\n", label_source="acted")
    with pytest.raises(HarnessError, match=r"row 1, column label_source: empty\. Fill it, or set dataset\.label"):
        rows(tmp_path, "uri,subject_id,label_source\n1,a,\n", modality="voice")


def test_the_table_must_lie_below_the_root(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "samples.csv").write_text("uri,subject_id\n1,a\n")
    (tmp_path / "root" / "link.csv").symlink_to(tmp_path / "samples.csv")
    (tmp_path / "root" / "circle.json").symlink_to("circle.json")
    (tmp_path / "root" / "samples.xlsx").touch()
    (tmp_path / "root" / "samples.doc").touch()
    expected = {
        "../samples.csv": "leads out of",
        "link.csv": "leads out of",
        "absent.csv": "no such table",
        "circle.json": "no such table",
        "samples.xlsx": "not a readable workbook",
        "samples.doc": "not a format of tables. Give one of .csv, ",
    }
    for file, message in expected.items():
        with pytest.raises(HarnessError) as caught:
            reader(tmp_path / "root", file=file).samples()
        assert message in str(caught.value)


def test_a_parquet_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "samples.parquet").write_text("not parquet")
    with pytest.raises(HarnessError, match="not a readable Parquet file"):
        reader(tmp_path, file="samples.parquet", **ONCE).samples()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("votes", pa.array([5])),
        ("votes", pa.array([[("a", "many")]], pa.map_(pa.string(), pa.string()))),
        ("attr.list", pa.array([[1, 2]])),
        ("valence", pa.array(["low"])),
        ("uri", pa.array([["a"]])),
    ],
)
def test_parquet_columns_of_strange_types_are_no_traceback(tmp_path: Path, name: str, values: pa.Array) -> None:
    columns = {"sample_id": pa.array(["1"]), "subject_id": pa.array(["a"]), name: values}
    pq.write_table(pa.table(columns), tmp_path / "samples.parquet")
    with pytest.raises(HarnessError, match=rf"samples\.parquet.*{re.escape(name)}"):
        reader(tmp_path, file="samples.parquet", **ONCE).samples()


def test_films_with_and_without_sound_and_recordings_of_any_channels(
    tmp_path: Path, write_sound: Callable[[Path], None], write_film: Callable[[Path], None]
) -> None:
    write_film(tmp_path / "a.mp4")
    write_film(tmp_path / "mute.mp4")
    write_sound(tmp_path / "a.wav")
    (tmp_path / "b.csv").write_text("time_s,Fz [µV],eda\n0,1,2\n0.5,3,\n1,5,2\n")
    text = (
        "uri,modality,subject_id,label_source,start_s,end_s\n"
        "a.mp4,video,x,acted,,\nmute.mp4,video,x,acted,,\nb.csv,eeg,x,acted,0,1\nb.csv,physiology,x,acted,,\n"
    )
    found = reader(tmp_path, text, frames=3)
    with_sound, mute, window, whole = (found.load(row) for row in found.samples().to_pylist())
    assert isinstance(with_sound, Video)
    assert isinstance(mute, Video)
    assert with_sound.audio is not None
    assert (mute.audio, len(mute.frames), mute.frames.shape[3]) == (None, 3, 3)
    assert isinstance(window, Recording)
    assert isinstance(whole, Recording)
    assert window.channels["Fz"].values.tolist() == [1.0, 3.0]
    assert {name: channel.unit for name, channel in whole.channels.items()} == {"Fz": "µV", "eda": "µS"}


def test_check_finds_what_scoring_would_suffer_from(tmp_path: Path) -> None:
    """Windows of a minute that can all be read, of recordings that are odd as a whole or in one channel."""
    time_s = np.arange(0.0, 120.0, 0.25)
    rng = np.random.default_rng(0)
    eda = 2.0 + 0.1 * rng.normal(size=len(time_s))
    gap = np.where((time_s >= 20.0) & (time_s < 45.0), np.nan, eda)
    slow = np.where(np.arange(len(time_s)) % 2 == 0, eda, np.nan)
    files = {
        "a.csv": {"eda": eda, "temperature": 33.0 + 0.1 * eda},
        "b.csv": {"eda": gap, "temperature": 33.0 + 0.1 * eda},
        "c.csv": {"eda": slow, "temperature": 33.0 + 0.1 * eda},
        "d.csv": {"eda": np.r_[eda[:240], eda[:240]], "temperature": 306.0 + 0.1 * eda},
        "e.csv": {"eda": np.where(time_s < 90.0, eda, np.nan), "temperature": 33.0 + 0.1 * eda},
    }
    table = ["uri,start_s,end_s,subject_id,label"]
    for name, channels in files.items():
        columns = {"time_s": time_s, **channels}
        lines = [
            ",".join("" if np.isnan(v) else f"{v:.6f}" for v in row) for row in zip(*columns.values(), strict=True)
        ]
        (tmp_path / name).write_text("\n".join([",".join(columns), *lines]) + "\n")
        table += [f"{name},{start},{start + 60},{name[0]},rest" for start in (0, 60)]
    found = reader(tmp_path, "\n".join(table) + "\n", modality="wearable", label_source="self_report").check()
    kelvin = "temperature: unreadable: temperature is not in °C: typical values are over 50, as if in K"
    assert found.problems == [
        "b.csv: eda: no value for 25 s at a stretch",
        "d.csv: eda: the second half repeats the first: the signal is there twice",
        "e.csv: eda ends 30 s before the recording",
        "c.csv: eda is sampled at 2 Hz, most others at 4 Hz",
        f"{kelvin}: 2 samples (d.csv#0-60000, d.csv#60000-120000)",
    ]


def test_a_table_of_another_name_and_files_in_another_folder_are_named(
    tmp_path: Path, write_sound: Callable[[Path], None]
) -> None:
    text = "filename,speaker\na.wav,p\nb.wav,q\n"
    (tmp_path / "calls.csv").write_text(text)
    (tmp_path / ".hidden.csv").write_text(text)
    with pytest.raises(HarnessError, match=r"samples\.csv: no such table\. There is calls\.csv\. Give its name"):
        reader(tmp_path, **ONCE).samples()
    write_sound(tmp_path / "audio" / "a.wav")
    (tmp_path / "empty").mkdir()
    misplaced = reader(tmp_path, file="calls.csv", **ONCE)
    misplaced.samples()
    assert misplaced.remarks[-1] == (
        "'a.wav' is in the folder audio: names of files are relative to dataset.root, so let the table say "
        "'audio/a.wav'."
    )
    write_sound(tmp_path / "a.wav")
    in_place = reader(tmp_path, file="calls.csv", **ONCE)
    in_place.samples()
    assert not any("folder audio" in remark for remark in in_place.remarks)
