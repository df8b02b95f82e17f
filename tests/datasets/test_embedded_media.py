from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile as sf

from harness.datasets import embedded_media
from harness.datasets.embedded_media import decoded_bytes, embedded_bytes
from harness.errors import Reason, Unscored
from harness.signals.media import Audio

CELLS: list[dict[str, Any] | None] = [{"bytes": f"file {row}".encode(), "path": None} for row in range(7)]


def save(path: Path, cells: list[Any]) -> Path:
    table = pa.table({"audio": pa.array(cells, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))})
    if path.suffix == ".arrow":
        with pa.ipc.new_stream(path, table.schema) as writer:
            for batch in table.to_batches(max_chunksize=3):
                writer.write_batch(batch)
    else:
        pq.write_table(table, path, row_group_size=3)
    return path


@pytest.mark.parametrize("name", ["a.arrow", "a.parquet"])
def test_every_row_of_every_group_is_its_own_file(name: str, tmp_path: Path) -> None:
    path = save(tmp_path / name, CELLS)
    assert [embedded_bytes(path, "audio", row) for row in range(7)] == [b"file %d" % row for row in range(7)]


@pytest.mark.parametrize("name", ["a.arrow", "a.parquet"])
def test_what_cannot_be_read_has_a_reason(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / name, [None, {"bytes": None, "path": "a"}, {"bytes": b"", "path": "b"}, *CELLS])
    monkeypatch.setattr(embedded_media, "MAX_ENCODED_BYTES", 5)
    reasons = []
    for row in (0, 1, 2, 3, 99):
        with pytest.raises(Unscored) as caught:
            embedded_bytes(path, "audio", row)
        reasons.append(caught.value.reason)
    assert reasons == [
        *(Reason.MISSING_FILE, Reason.MISSING_FILE, Reason.EMPTY, Reason.TOO_LARGE, Reason.UNREADABLE),
    ]
    with pytest.raises(Unscored) as caught:
        embedded_bytes(path, "image", 3)
    assert caught.value.reason is Reason.UNREADABLE


@pytest.mark.parametrize("name", ["a.arrow", "a.parquet"])
def test_a_file_that_has_changed_is_read_again(name: str, tmp_path: Path) -> None:
    path = save(tmp_path / name, CELLS)
    assert embedded_bytes(path, "audio", 0) == b"file 0"
    path.unlink()
    save(path, CELLS[1:])
    assert embedded_bytes(path, "audio", 0) == b"file 1"
    path.write_bytes(b"no table")
    with pytest.raises(Unscored) as caught:
        embedded_bytes(path, "audio", 0)
    assert caught.value.reason is Reason.UNREADABLE


def test_bytes_are_decoded_as_their_file_would_be() -> None:
    file = io.BytesIO()
    sf.write(file, 0.1 * np.sin(np.arange(16_000) / 20), 16_000, format="FLAC")
    sample = {"modality": "voice", "start_s": 0.25, "end_s": 0.75}
    media = decoded_bytes(file.getvalue(), sample)
    assert isinstance(media, Audio)
    assert len(media.waveform) == 8_000


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_few_bytes_that_would_fill_the_memory_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    cells = [{"bytes": bytes([row]) * 2**20, "path": None} for row in range(3)]
    table = pa.table({"audio": pa.array(cells, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))})
    path = tmp_path / name
    if path.suffix == ".arrow":
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.ipc.new_stream(path, table.schema, options=options) as writer:
            writer.write_table(table)
    else:
        pq.write_table(table, path, compression="zstd", use_dictionary=False)
    assert len(embedded_bytes(path, "audio", 2)) == 2**20
    monkeypatch.setattr(embedded_media, "UNPACKED_BYTES", 2**20)
    os.utime(path, ns=(1, 1))
    with pytest.raises(Unscored, match="the table cannot be read"):
        embedded_bytes(path, "audio", 2)
