"""A small model that describes the media of each sample: file-level properties and a fingerprint.

It uses the same inference stage as a system under test, so that hostile files, time-outs, kills and resuming are
handled in one place. Its vector: kind, content hash, properties, fingerprint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.cards.facts import Licence, ModelCard
from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import Unscored
from harness.models.model import ModelOptions, Preparer, RunSettings, VectorModel
from harness.probing.collector import Collector
from harness.probing.fingerprints import Fingerprint, of_audio, of_image, of_signal
from harness.probing.packing import BYTES, packed, packed_width, unpacked
from harness.signals.media import Audio, Image, Media, Recording, Video
from harness.tables.probe_tables import FINGERPRINT_WIDTH, MEDIA, MEDIA_KINDS, PROPERTIES

FACTS = "media"
"""What the facts of the media are called among what is made of a sample, and in the journal."""

_NUM_HEAD = 2
_WIDTH = _NUM_HEAD + len(PROPERTIES) + packed_width(FINGERPRINT_WIDTH)
_SMALL_SIDE = 64


def media_pieces(samples: pa.Table, reader: Reader[ReaderOptions], collector: Collector) -> Iterator[pa.Table]:
    """The media table (schema `harness.tables.probe_tables.MEDIA`) in pieces, one row per sample in their order.

    Args:
        samples: a validated samples table.
        reader: loads a sample, in workers.
        collector: see `Collector`.

    Raises:
        HarnessError: see `Collector.collect`.
    """
    for start, vectors in collector.collect(FACTS, samples, reader, MediaFacts()).pieces():
        part = samples.slice(start, len(vectors.values))
        yield _table(part, vectors.values, list(_file_sizes(part, reader)))


def describe(media: Media) -> npt.NDArray[np.float64]:
    """One sample's vector, NaN where a property does not apply; for workers."""
    picture, sound, window = _parts(media)
    properties = dict.fromkeys(PROPERTIES, np.nan)
    if picture is not None:
        properties |= _of_picture(picture)
    if sound is not None:
        properties |= _of_sound(sound)
    if window is not None:
        properties |= _of_window(window)
    kind, fingerprint = _fingerprint(picture, sound, window)
    absent = np.full(packed_width(FINGERPRINT_WIDTH), np.nan)
    numbers = absent if fingerprint is None else packed(fingerprint.view(np.uint8))
    head = [[float(MEDIA_KINDS.index(kind))], packed(_content(media))]
    return np.concatenate([*head, [properties[name] for name in PROPERTIES], numbers])


class MediaFacts(VectorModel[ModelOptions]):
    """Describes media; there are no weights."""

    nan_is_missing = True

    def __init__(self) -> None:
        card = ModelCard(
            name="media_facts",
            title="Properties and fingerprints of the media",
            kind="media_facts",
            modalities=[],
            description="",
            licence=Licence(name="none"),
            purpose="",
            training="none",
            limitations=[],
        )
        super().__init__(card, ModelOptions(), RunSettings())

    @property
    def width(self) -> int:
        """Kind, content, properties, fingerprint."""
        return _WIDTH

    def preparer(self) -> Preparer:
        """All of the work, which is done in the workers."""
        return describe

    def open(self) -> None:
        """There is nothing to load."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        """The vectors from the workers, unchanged."""
        return np.stack(batch)


def _parts(media: Media) -> tuple[Image | None, Audio | None, Recording | None]:
    if isinstance(media, Video):
        return media.still, media.audio, None
    return (
        media if isinstance(media, Image) else None,
        media if isinstance(media, Audio) else None,
        media if isinstance(media, Recording) else None,
    )


def _of_picture(image: Image) -> dict[str, float]:
    height, width = image.pixels.shape[:2]
    size = (min(width, _SMALL_SIDE), min(height, _SMALL_SIDE))
    small = cv2.resize(image.pixels, size, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY) / 255.0
    return {
        "width": float(width),
        "height": float(height),
        "brightness": float(grey.mean()),
        "contrast": float(grey.std()),
    }


def _of_sound(audio: Audio) -> dict[str, float]:
    mean_square = float(np.mean(np.square(audio.waveform, dtype=np.float64)))
    return {
        "duration_s": len(audio.waveform) / audio.sample_rate,
        "loudness_db": 10.0 * float(np.log10(max(mean_square, 1e-12))),
        "sample_rate": float(audio.sample_rate),
    }


def _of_window(window: Recording) -> dict[str, float]:
    described = {"duration_s": window.duration_s, "channels": float(len(window.channels))}
    for _, channel in sorted(window.channels.items())[:1]:
        present = channel.values[np.isfinite(channel.values)]
        described["sample_rate"] = channel.rate_hz
        described["mean_level"] = float(present.mean()) if len(present) else np.nan
        described["missing"] = 1.0 - len(present) / max(1, channel.values.size)
    return described


def _fingerprint(
    picture: Image | None, sound: Audio | None, window: Recording | None
) -> tuple[str, Fingerprint | None]:
    """A clip is identified by its sound, because two utterances may show the same still."""
    if sound is not None:
        return "audio", of_audio(sound)
    if picture is not None:
        return "image", of_image(picture)
    assert window is not None
    return "signal", of_signal(window)


def _content(media: Media) -> npt.NDArray[np.uint8]:
    """The first 48 bits of the SHA-256 of the decoded media."""
    digest = hashlib.sha256()
    for part in _arrays(media):
        digest.update(f"{part.shape}{part.dtype}".encode())
        digest.update(np.ascontiguousarray(part).data)
    return np.frombuffer(digest.digest()[:BYTES], dtype=np.uint8)


def _arrays(media: Media) -> Iterator[npt.NDArray[Any]]:
    if isinstance(media, Image):
        yield media.pixels
    elif isinstance(media, Audio):
        yield media.waveform
    elif isinstance(media, Video):
        yield from media.frames
        if media.audio is not None:
            yield media.audio.waveform
    else:
        for _, channel in sorted(media.channels.items()):
            yield channel.values
        if media.beats is not None:
            yield media.beats.interval_ms


def _file_sizes(samples: pa.Table, reader: Reader[ReaderOptions]) -> Iterator[float | None]:
    """The size in bytes of each sample's file; None for a folder, a simulated sample or a missing file."""
    for uri in samples["uri"].to_pylist():
        try:
            yield float(reader.path(uri).stat().st_size) if reader.needs_root else None
        except (Unscored, OSError):
            yield None


def _table(samples: pa.Table, values_NW: npt.NDArray[np.float64], num_bytes: list[float | None]) -> pa.Table:
    read = np.isfinite(values_NW[:, 0])
    kinds = [MEDIA_KINDS[int(code)] if found else None for code, found in zip(values_NW[:, 0], read, strict=True)]
    hashes = unpacked(np.where(read[:, None], values_NW[:, 1:_NUM_HEAD], 0.0), BYTES)
    contents = [row.tobytes().hex() if found else None for row, found in zip(hashes, read, strict=True)]
    columns: dict[str, Any] = {"sample_id": samples["sample_id"], "kind": kinds, "content": contents}
    for index, name in enumerate(PROPERTIES, start=_NUM_HEAD):
        columns[name] = pa.array(values_NW[:, index], from_pandas=True)
    columns["num_bytes"] = num_bytes
    columns["fingerprint"] = _fingerprints(values_NW[:, _NUM_HEAD + len(PROPERTIES) :])
    arrays = [_cast(columns[field.name], field.type) for field in MEDIA]
    return pa.table(arrays, schema=MEDIA)


def _fingerprints(values_NP: npt.NDArray[np.float64]) -> pa.Array:
    present = np.isfinite(values_NP[:, 0])
    offsets = np.concatenate([[0], np.cumsum(present) * FINGERPRINT_WIDTH]).astype(np.int32)
    flat = pa.array(unpacked(values_NP[present], FINGERPRINT_WIDTH).view(np.int8).ravel())
    return pa.ListArray.from_arrays(pa.array(offsets), flat, mask=pa.array(~present))


def _cast(column: Any, kind: pa.DataType) -> pa.Array:
    return column.cast(kind) if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column, kind)
