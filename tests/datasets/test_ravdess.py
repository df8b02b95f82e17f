from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.ravdess import RavdessOptions, RavdessReader
from harness.errors import HarnessError, Unscored
from harness.signals.media import Audio, Image, Video


def reader(root: Path, **options: object) -> RavdessReader:
    return RavdessReader(dataset_card("ravdess"), root, RavdessOptions(**options))


def test_the_real_files(shared_data: Path) -> None:
    table = reader(shared_data / "ravdess").samples()
    rows = table.to_pylist()
    assert len(rows) == 480
    assert set(Counter(row["subject_id"] for row in rows).values()) == {60}
    assert Counter(row["label"] for row in rows) == {
        "neutral": 32,
        **dict.fromkeys(("calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"), 64),
    }
    assert {row["subject_id"] for row in rows if row["attr.sex"] == "female"} == {"02", "04", "06", "08"}
    assert {row["ctx.intensity"] for row in rows if row["label"] == "neutral"} == {"normal"}
    by_id = {row["sample_id"]: row for row in rows}
    row = by_id["Actor_07/03-01-05-02-01-02-07.wav"]
    expected = {"label": "angry", "subject_id": "07", "attr.sex": "male", "label_source": "acted"}
    expected |= {"ctx.intensity": "strong", "ctx.statement": "kids", "ctx.channel": "speech", "modality": "voice"}
    assert expected.items() <= row.items()
    assert row["ctx.repetition"] == 2
    assert isinstance(reader(shared_data / "ravdess").load(row), Audio)


def test_check_of_the_real_files_says_that_two_thirds_are_absent(shared_data: Path) -> None:
    found = reader(shared_data / "ravdess").check()
    assert found.counts == {"samples": 480, "subjects": 8}
    assert "no file of actor: 09, 10, 11 and 13 more" in found.problems
    assert "samples: found 480, the card says 1,440" in found.problems
    assert len(found.problems) == 4


def test_song_and_film_are_listed_when_asked_for(
    tmp_path: Path, write_sound: Callable[[Path], None], write_film: Callable[[Path], None]
) -> None:
    write_sound(tmp_path / "Actor_02/03-01-03-01-01-01-02.wav")
    write_sound(tmp_path / "Actor_02/03-02-03-01-01-01-02.wav")
    write_film(tmp_path / "Video/Actor_02/02-01-04-01-02-01-02.mp4")
    write_film(tmp_path / "Actor_02/01-01-03-01-01-01-02.mp4")

    def ids(**options: str) -> list[str]:
        return reader(tmp_path, **options).samples()["sample_id"].to_pylist()

    assert ids() == ["Actor_02/03-01-03-01-01-01-02.wav"]
    assert ids(channel="song") == ["Actor_02/03-02-03-01-01-01-02.wav"]
    assert len(ids(channel="both")) == 2
    assert ids(presentation="face") == ["Video/Actor_02/02-01-04-01-02-01-02.mp4"]
    assert ids(presentation="audiovisual") == ["Actor_02/01-01-03-01-01-01-02.mp4"]


def test_films_are_loaded_as_stills_or_several_frames_with_the_sound_beside_them(
    tmp_path: Path, write_sound: Callable[[Path], None], write_film: Callable[[Path], None]
) -> None:
    write_film(tmp_path / "02-01-04-01-02-01-02.mp4")
    write_film(tmp_path / "01-01-03-01-01-01-02.mp4")
    face = reader(tmp_path, presentation="face")
    assert isinstance(face.load(face.samples().to_pylist()[0]), Image)
    both = reader(tmp_path, presentation="audiovisual")
    sample = both.samples().to_pylist()[0]
    with pytest.raises(Unscored, match=r"no_signal.*no sound track"):
        both.load(sample)
    write_sound(tmp_path / "03-01-03-01-01-01-02.wav")
    media = both.load(sample)
    assert isinstance(media, Video)
    assert media.audio is not None
    assert len(media.audio.waveform) == 16_000
    assert len(media.frames) == 1
    np.testing.assert_allclose(media.still.pixels.mean(axis=(0, 1)), (200, 0, 0), atol=6)
    film = reader(tmp_path, presentation="video", frames=4)
    (row,) = film.samples().to_pylist()
    assert (row["sample_id"], row["modality"]) == (sample["sample_id"], "video")
    several = film.load(row)
    assert isinstance(several, Video)
    assert len(several.frames) == 4
    assert len(several.sound.waveform) == 16_000


def test_what_is_odd_is_reported_and_passed_over(tmp_path: Path, write_sound: Callable[[Path], None]) -> None:
    write_sound(tmp_path / "Actor_01/03-01-01-01-01-01-01.wav")
    write_sound(tmp_path / "nested/Actor_01/03-01-01-01-01-01-01.wav")
    write_sound(tmp_path / "Actor_01/03-01-02-01-01-01-02.wav")
    write_sound(tmp_path / "Actor_01/03-01-09-01-01-01-01.wav")
    write_sound(tmp_path / "Actor_01/03-01-01-01-01-01-25.wav")
    (tmp_path / "Actor_01/.DS_Store").touch()
    (tmp_path / "Actor_01/notes.txt").touch()
    found = reader(tmp_path)
    assert found.samples()["sample_id"].to_pylist() == [
        "Actor_01/03-01-01-01-01-01-01.wav",
        "Actor_01/03-01-02-01-01-01-02.wav",
    ]
    problems = found.layout_problems(found.samples())
    assert problems == [
        "not named MM-VC-EM-IN-ST-RE-AC: Actor_01/03-01-01-01-01-01-25.wav, Actor_01/03-01-09-01-01-01-01.wav",
        "found more than once, the first is used: 03-01-01-01-01-01-01.wav",
        "in the folder of another actor: Actor_01/03-01-02-01-01-01-02.wav",
        "no file of actor: 03, 04, 05 and 19 more",
        "fewer than 60 files of actor: 01, 02",
    ]


def test_an_empty_folder_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"Actor_01/03-01-01-01-01-01-01\.wav"):
        reader(tmp_path).samples()
