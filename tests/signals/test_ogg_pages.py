from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from harness.errors import Unscored
from harness.signals import audio

RATE = 16_000


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_a_file_that_breaks_off_within_a_page_is_cut_short(tmp_path: Path, subtype: str) -> None:
    wave = 0.3 * np.sin(np.arange(30 * RATE) / 20)
    sf.write(tmp_path / "a.ogg", wave, RATE, format="OGG", subtype=subtype)
    data = (tmp_path / "a.ogg").read_bytes()
    for length in (len(data) // 2, len(data) - 1):
        (tmp_path / "cut.ogg").write_bytes(data[:length])
        with pytest.raises(Unscored, match="cut short"):
            audio.decode(tmp_path / "cut.ogg")
    (tmp_path / "streamed.ogg").write_bytes(data[: data.rindex(b"OggS")])
    found = audio.decode(tmp_path / "streamed.ogg").waveform
    assert 20 * RATE < len(found) <= len(wave), "whole pages without an end are a stream that was stopped"
