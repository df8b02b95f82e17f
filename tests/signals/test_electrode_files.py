"""EDF through MNE: electrodes by name, in µV, windows by time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.errors import HarnessError, Reason, Unscored
from harness.signals import electrode_files
from harness.signals.electrode_files import read_electrodes
from tests.recorded_electrodes import write_edf

RISING = np.arange(128 * 10) / 128.0  # µV equal the time in s
SIGNALS = {"EEG Fp1-REF": RISING, "T3": RISING + 100, "ECG": RISING, "Fp1.": RISING + 500}


def test_electrodes_by_their_names_in_microvolts(tmp_path: Path) -> None:
    pytest.importorskip("mne")
    found = read_electrodes(write_edf(tmp_path / "a.edf", SIGNALS), 2.0, 6.0)
    assert {name: (c.rate_hz, len(c.values), c.unit) for name, c in found.channels.items()} == {
        "Fp1": (128.0, 512, "µV"),
        "T7": (128.0, 512, "µV"),
    }
    np.testing.assert_allclose(found.channels["Fp1"].values, RISING[256:768], atol=0.02)  # 16 bits of 2000 µV
    np.testing.assert_allclose(found.channels["T7"].values, RISING[256:768] + 100, atol=0.02)
    assert found.duration_s == 4.0


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    pytest.importorskip("mne")
    whole = write_edf(tmp_path / "a.edf", SIGNALS)
    (tmp_path / "cut.edf").write_bytes(whole.read_bytes()[:300])
    (tmp_path / "empty.edf").touch()
    cases = [
        (whole, (8.0, 12.0), Reason.TOO_SHORT),
        (write_edf(tmp_path / "b.edf", {"ECG": RISING}), (0.0, 4.0), Reason.NO_SIGNAL),
        (tmp_path / "cut.edf", (0.0, 4.0), Reason.UNREADABLE),
        (tmp_path / "empty.edf", (0.0, 4.0), Reason.EMPTY),
        (tmp_path / "none.edf", (0.0, 4.0), Reason.MISSING_FILE),
    ]
    for path, window, reason in cases:
        with pytest.raises(Unscored) as raised:
            read_electrodes(path, *window)
        assert raised.value.reason is reason


def test_without_mne_the_message_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(electrode_files, "find_spec", lambda name: None)
    with pytest.raises(HarnessError, match=r"a.edf needs MNE-Python: pip install 'emotion-harness\[eeg\]'"):
        read_electrodes(tmp_path / "a.edf")
