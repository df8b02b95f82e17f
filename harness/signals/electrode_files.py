"""Files of an EEG in the European Data Format and its 24-bit form (EDF, EDF+, BDF), through MNE-Python.

Other formats of MNE name further files in their header or hold pickles; of these two the file is all there is.
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from harness.errors import HarnessError, Reason, Unscored
from harness.files import regular
from harness.signals.covered import require_covered
from harness.signals.media import Channel, Recording
from harness.signals.montage import position
from harness.signals.undecodable import undecodable

SUFFIXES = (".edf", ".bdf")
MAX_FRAMES = 50_000_000
"""Of all electrodes of one window together."""


def read_electrodes(path: Path, start_s: float | None = None, end_s: float | None = None) -> Recording:
    """Read a recording's electrodes, or a window of them, in µV.

    Channels whose names are no electrode of the 10-10 system are left out. Of two channels that are the same
    electrode the first is read. Where channels have several rates, MNE raises all to the highest.

    Args:
        path: the file, ``.edf`` or ``.bdf``.
        start_s: where the window begins, from the first frame; None for the first.
        end_s: where it ends (exclusive); None for the last.

    Raises:
        HarnessError: the package mne is not installed.
        Unscored: missing, damaged, no electrode (``no_signal``), over 50 million frames (``too_large``), or it
            covers too little of the window.
    """
    if find_spec("mne") is None:
        raise HarnessError(f"{path.name} needs MNE-Python: pip install 'emotion-harness[eeg]'.")
    import mne

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = mne.io.read_raw_bdf if path.suffix.lower() == ".bdf" else mne.io.read_raw_edf
            raw = read(regular(path), preload=False, verbose="ERROR")
            rate_hz, num_frames = float(raw.info["sfreq"]), int(raw.n_times)
            places: dict[str, str] = {}
            for name in raw.ch_names:
                if electrode := position(name):
                    places.setdefault(electrode, name)
            start = 0.0 if start_s is None else start_s
            end = num_frames / rate_hz if end_s is None else end_s
            first, last = (min(max(round(edge * rate_hz), 0), num_frames) for edge in (start, end))
            if (last - first) * len(places) > MAX_FRAMES:
                raise Unscored(Reason.TOO_LARGE, f"the window has over {MAX_FRAMES:,} frames")
            require_covered([(0.0, num_frames / rate_hz)], start, end)
            if not places:
                raise Unscored(Reason.NO_SIGNAL, "none of its channels is an electrode of the 10-10 system")
            volts_CF = raw.get_data(picks=list(places.values()), start=first, stop=last, verbose="ERROR")
    except Unscored:
        raise
    except Exception:  # a damaged file can fail in any way
        raise undecodable(path, "an EDF or BDF recording") from None
    offset_s = first / rate_hz - start
    channels = {
        name: Channel(np.asarray(values, np.float64) * 1e6, rate_hz, offset_s, "µV")
        for name, values in zip(places, volts_CF, strict=True)
    }
    return Recording(end - start, channels)
