"""By what the same samples are found in several runs: their ids, the names of their files, or other columns."""

from __future__ import annotations

from pathlib import PurePosixPath

import pyarrow as pa

BY_FILE_NAME = "name"
"""Instead of a column to join on: the name of the sample's file, without folder and extension."""

ID_COLUMN = "sample_id"


def key_column(samples: pa.Table, on: str) -> pa.ChunkedArray:
    """What a sample is matched by: a column, or for `BY_FILE_NAME` the names of the files."""
    if on != BY_FILE_NAME:
        return samples[on]
    return pa.chunked_array([[file_name(sample_id) for sample_id in samples[ID_COLUMN].to_pylist()]], pa.string())


def file_name(sample_id: str) -> str:
    """``AudioWAV/1001_IEO_ANG_HI.wav#0-500`` → ``1001_IEO_ANG_HI#0-500``."""
    path, mark, part = sample_id.partition("#")
    return f"{PurePosixPath(path).stem}{mark}{part}"
