"""EDF files made by hand: the 16-bit format as its authors publish it (Kemp et al. 1992)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from harness.arrays import Floats


def write_edf(path: Path, signals_uv: Mapping[str, Floats], rate_hz: int = 128) -> Path:
    """Write channels of whole seconds, in µV from -1000 to 1000, in records of one second."""
    num_seconds = len(next(iter(signals_uv.values()))) // rate_hz
    num = len(signals_uv)

    def field(text: object, width: int) -> bytes:
        return str(text).ljust(width).encode("ascii")

    head = [(0, 8), ("X", 80), ("X", 80), ("01.01.20", 8), ("10.00.00", 8), (256 * (num + 1), 8), ("", 44)]
    head += [(num_seconds, 8), (1, 8), (num, 4)]
    columns = [
        ([*signals_uv], 16),
        (["AgAgCl"] * num, 80),
        (["uV"] * num, 8),
        ([-1000] * num, 8),
        ([1000] * num, 8),
    ]
    columns += [([-32768] * num, 8), ([32767] * num, 8), ([""] * num, 80), ([rate_hz] * num, 8), ([""] * num, 32)]
    digital = [
        np.round((np.asarray(values) + 1000.0) / 2000.0 * 65535.0 - 32768.0).astype("<i2").reshape(-1, rate_hz)
        for values in signals_uv.values()
    ]
    records = b"".join(channel[second].tobytes() for second in range(num_seconds) for channel in digital)
    path.parent.mkdir(parents=True, exist_ok=True)
    header = b"".join(field(*cell) for cell in head)
    header += b"".join(field(value, width) for values, width in columns for value in values)
    path.write_bytes(header + records)
    return path
