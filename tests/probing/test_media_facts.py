"""What is said of media, and the table that it makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest
import soundfile

from harness.inference.inference_settings import InferenceSettings
from harness.probing.collector import Collector
from harness.probing.media_facts import describe, media_pieces
from harness.signals.media import Audio, Beats, Channel, Image, Media, Recording, Video
from harness.study.assembly import open_reader
from harness.tables.parquet_files import parquet_bytes
from harness.tables.probe_tables import MEDIA, PROPERTIES, validate_media

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)
WAVEFORM = (0.5 * np.sin(np.arange(8_000) / 5)).astype(np.float32)


def properties(media: Media) -> dict[str, float]:
    values = dict(zip(PROPERTIES, describe(media)[2:], strict=False))
    return {name: value for name, value in values.items() if not np.isnan(value)}


def test_a_picture() -> None:
    found = properties(Image(PIXELS))
    grey = cv2.cvtColor(PIXELS, cv2.COLOR_RGB2GRAY) / 255
    assert found == pytest.approx({"width": 60, "height": 40, "brightness": grey.mean(), "contrast": grey.std()})


def test_a_voice() -> None:
    found = properties(Audio(WAVEFORM, 16_000))
    assert found == pytest.approx(
        {"duration_s": 0.5, "sample_rate": 16_000, "loudness_db": 20 * np.log10(0.5 / np.sqrt(2))}, abs=0.01
    )


def test_a_window() -> None:
    values = np.array([2.0, 4.0, np.nan, 6.0])
    window = Recording(60.0, {"eda": Channel(values, 4.0), "temperature": Channel(values * 9, 1.0)})
    expected = {"duration_s": 60, "channels": 2, "sample_rate": 4, "mean_level": 4, "missing": 0.25}
    assert properties(window) == pytest.approx(expected)
    assert properties(Recording(60.0, {}, Beats(np.arange(3.0), np.full(3, 800.0)))) == {
        "duration_s": 60,
        "channels": 0,
    }


def test_a_clip_has_the_properties_of_both_and_is_known_by_its_sound() -> None:
    picture, sound = Image(PIXELS), Audio(WAVEFORM, 16_000)
    clip = Video(PIXELS[None], np.array([0.0]), sound)
    assert set(properties(clip)) == {*properties(picture), *properties(sound)}
    assert describe(clip)[0] == describe(sound)[0]
    assert describe(Video(PIXELS[None], np.array([0.0])))[0] == describe(picture)[0]


def test_every_frame_of_a_film_is_part_of_its_content() -> None:
    film = np.stack([PIXELS] * 3)
    changed = film.copy()
    changed[2, 0, 0, 0] ^= 1
    first, second = (describe(Video(frames, np.arange(3.0))) for frames in (film, changed))
    assert first[1] != second[1]
    assert (first[2:] == second[2:])[np.isfinite(first[2:])].all()


def test_content_differs_where_one_pixel_does() -> None:
    other = PIXELS.copy()
    other[0, 0, 0] ^= 1
    contents = [describe(Image(pixels))[1] for pixels in (PIXELS, PIXELS.copy(), other)]
    assert contents[0] == contents[1] != contents[2]
    assert contents[0] == int(contents[0]) < 2**48


def test_the_table_of_real_pictures(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "images").mkdir(parents=True)
    (data / "data").mkdir()
    names = [f"Jo_{i:04d}.jpg" for i in range(5)]
    for seed, name in enumerate(names[:3]):
        pixels = np.random.default_rng(seed).integers(0, 256, (30, 20, 3)).astype(np.uint8)
        cv2.imwrite(str(data / "images" / name), pixels)
    (data / "images" / names[3]).write_bytes(b"not a picture")
    lines = ["user.id,image,emotion", *(f"1,{name},anger" for name in names)]
    (data / "data" / "legend.csv").write_text("\n".join(lines))
    reader = open_reader("facial_expressions", data, {})
    samples = reader.samples()
    tables = [
        pa.concat_tables(
            media_pieces(
                samples, reader, Collector(tmp_path / f"{workers}", "a" * 64, InferenceSettings(2, workers, 60.0))
            )
        )
        for workers in (0, 2)
    ]
    assert parquet_bytes(tables[0]) == parquet_bytes(tables[1])
    table = validate_media(tables[0], samples)
    assert table.schema.equals(MEDIA)
    assert table["kind"].to_pylist() == ["image"] * 3 + [None] * 2
    assert table["width"].to_pylist() == [20.0] * 3 + [None] * 2
    assert table["fingerprint"].is_valid().to_pylist() == [True] * 3 + [False] * 2
    sizes = [float((data / "images" / name).stat().st_size) for name in names[:4]]
    assert table["num_bytes"].to_pylist() == [*sizes, None]


def _listed(folder: Path, modality: str, suffix: str, num: int = 3) -> None:
    lines = ["uri,subject_id,label", *(f"{i}{suffix},s{i},calm" for i in range(num))]
    (folder / "samples.csv").write_text("\n".join(lines))


def _no_files(folder: Path) -> tuple[str, str]:
    return "voice", ".wav"


def _silence(folder: Path) -> tuple[str, str]:
    for i in range(3):
        soundfile.write(folder / f"{i}.wav", np.zeros(8_000), 8_000)
    return "voice", ".wav"


def _short_eeg(folder: Path) -> tuple[str, str]:
    """One second at 50 Hz, fewer frames than a fingerprint needs."""
    for i in range(3):
        frames = np.random.default_rng(i).normal(size=50)
        rows = [f"{t / 50},{value}" for t, value in enumerate(frames)]
        (folder / f"{i}.csv").write_text("\n".join(["time_s,Fz [µV]", *rows]), encoding="utf-8")
    return "eeg", ".csv"


def _one_colour(folder: Path) -> tuple[str, str]:
    for i in range(3):
        cv2.imwrite(str(folder / f"{i}.png"), np.full((20, 20, 3), 80 * i, np.uint8))
    return "face", ".png"


@pytest.mark.parametrize(
    ("write", "kind", "sizes"),
    [
        (_no_files, None, 0),
        (_silence, None, 3),
        (_short_eeg, "signal", 3),
        (_one_colour, "image", 3),
    ],
)
def test_a_dataset_without_any_fingerprint_is_described(
    write: Callable[[Path], tuple[str, str]], kind: str | None, sizes: int, tmp_path: Path
) -> None:
    modality, suffix = write(tmp_path)
    _listed(tmp_path, modality, suffix)
    reader = open_reader("table", tmp_path, {"modality": modality, "label_source": "acted"})
    samples = reader.samples()
    collector = Collector(tmp_path / "journal", "a" * 64, InferenceSettings(2, 0, 60.0))
    table = validate_media(pa.concat_tables(media_pieces(samples, reader, collector)), samples)
    assert table["kind"].to_pylist() == [kind] * 3
    assert table["fingerprint"].null_count == 3
    assert table["num_bytes"].null_count == 3 - sizes
