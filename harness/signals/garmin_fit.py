"""Garmin's FIT files, through fitdecode: heart rates of ``record`` messages and beats of ``hrv`` messages."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from harness.errors import HarnessError, Reason, Unscored
from harness.files import regular
from harness.signals.consumer_exports import Found, in_order
from harness.signals.media import UNITS, Beats
from harness.signals.undecodable import undecodable

MAX_FIT_BYTES = 2**28


def read_fit(path: Path) -> Found:
    """Heart rates by the time of their record (unix seconds), and beats.

    ``hrv`` messages hold intervals in s without a time. Beats are counted up from the first record, so that they
    drift where intervals are missing.

    Raises:
        HarnessError: the package fitdecode is not installed.
        Unscored: missing, damaged, over 256 MiB, or it holds neither (``no_signal``).
    """
    if find_spec("fitdecode") is None:
        raise HarnessError(f"{path.name} needs fitdecode: pip install 'emotion-harness[fit]'.")
    try:
        if path.stat().st_size > MAX_FIT_BYTES:
            raise Unscored(Reason.TOO_LARGE, f"the file is over {MAX_FIT_BYTES // 2**20} MiB")
        pairs, intervals_s = _messages(path)
    except Unscored:
        raise
    except Exception:  # a damaged file can fail in any way
        raise undecodable(path, "a FIT file") from None
    if not pairs and not intervals_s:
        raise Unscored(Reason.NO_SIGNAL, f"{path.name} holds neither heart rates nor intervals")
    series = in_order(pairs, UNITS["heart_rate"])
    origin = float(series.time_s[0]) if pairs else 0.0
    interval_ms = np.array(intervals_s, np.float64) * 1e3
    beats = Beats(origin + np.cumsum(interval_ms) / 1e3, interval_ms) if intervals_s else None
    return ({"heart_rate": series} if pairs else {}), beats


def _messages(path: Path) -> tuple[list[tuple[float, float]], list[float]]:
    """Moments with heart rates, and intervals in s."""
    import fitdecode

    pairs: list[tuple[float, float]] = []
    intervals_s: list[float] = []
    with fitdecode.FitReader(str(regular(path))) as messages:
        for message in messages:
            if message.frame_type != fitdecode.FIT_FRAME_DATA:
                continue
            if message.name == "record":
                moment = message.get_value("timestamp", fallback=None)
                rate = message.get_value("heart_rate", fallback=None)
                if moment is not None and rate is not None:
                    pairs.append((moment.timestamp(), float(rate)))
            elif message.name == "hrv":
                found = message.get_value("time", fallback=())
                found = found if isinstance(found, tuple | list) else (found,)
                intervals_s += [float(value) for value in found if value is not None]
    return pairs, intervals_s
