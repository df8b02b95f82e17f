from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy import signal
from sounds_made import RATE_HZ, level_db, voice

from harness.conditions import codecs
from harness.conditions.codecs import A_LAW, MU_LAW, Codec, amr_nb, coded, opus, require_codec
from harness.errors import HarnessError

SPEECH = voice(2.0)


def a_law(value: float) -> float:
    """ITU-T G.711, by hand: 13 segments, 16 steps each, decoded to the middle of a step. For values in [-1, 1)."""
    magnitude = int(min(abs(value) * 4096, 4095))
    exponent = max(magnitude.bit_length() - 5, 1)
    step = 2**exponent
    return float(np.copysign((magnitude // step * step + step / 2) / 4096, value))


def mu_law(value: float) -> float:
    """ITU-T G.711, by hand, on 14 bits with the bias of 33."""
    magnitude = int(min(abs(value) * 8192, 8158)) + 33
    exponent = magnitude.bit_length() - 6
    step = 2 ** (exponent + 1)
    return float(np.copysign((magnitude // step * step + step / 2 - 33) / 8192, value))


@pytest.mark.parametrize(("codec", "by_hand", "tolerance"), [(A_LAW, a_law, 1e-6), (MU_LAW, mu_law, 1e-6)])
def test_g711_gives_the_values_of_the_recommendation(codec: Codec, by_hand: object, tolerance: float) -> None:
    assert callable(by_hand)
    values = np.arange(-3_999, 4_000, 2, dtype=np.float32) / 4096  # exact in the 13 bits of A-law
    decoded = coded(values, 8_000, codec)
    np.testing.assert_allclose(decoded, [by_hand(float(value)) for value in values], atol=tolerance)


@pytest.mark.parametrize("codec", [A_LAW, amr_nb(12.2), amr_nb(4.75), opus(64), opus(16)], ids=str)
@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_what_is_coded_has_its_length_and_is_not_delayed(codec: Codec, rate_hz: int) -> None:
    pytest.importorskip("av")
    speech = voice(1.2, rate_hz=rate_hz).waveform
    decoded = coded(speech, rate_hz, codec)
    assert (len(decoded), decoded.dtype) == (len(speech), np.float32)
    rise, rise_decoded = (np.convolve(np.abs(each), np.ones(400) / 400, "same") for each in (speech, decoded))
    correlation = signal.correlate(rise_decoded - rise_decoded.mean(), rise - rise.mean(), "full", method="fft")
    late_s = (correlation.argmax() - len(rise) + 1) / rate_hz
    assert abs(late_s) < 0.003
    assert level_db(decoded) == pytest.approx(level_db(speech), abs=3)


@pytest.mark.parametrize("codec", [amr_nb(12.2), amr_nb(7.4), amr_nb(4.75)], ids=str)
def test_amr_nb_leaves_nothing_over_4_khz_and_more_of_the_speech_at_higher_rates(codec: Codec) -> None:
    pytest.importorskip("av")
    decoded = coded(SPEECH.waveform, RATE_HZ, codec)
    frequency_hz, power = signal.welch(decoded, RATE_HZ, nperseg=1024)
    assert power[frequency_hz > 4_200].max() < 1e-5 * power.max()


def spectral_distance_db(decoded: np.ndarray) -> float:
    """Between spectrograms, under 3.4 kHz."""
    given, found = (
        10 * np.log10(np.maximum(np.abs(signal.stft(each, RATE_HZ, nperseg=512)[2][5:108]) ** 2, 1e-8))
        for each in (SPEECH.waveform, decoded)
    )
    return float(np.sqrt(np.mean((given - found) ** 2)))


@pytest.mark.parametrize(
    "rates", [[amr_nb(12.2), amr_nb(4.75)], [opus(64), opus(16), opus(6)]], ids=["amr", "opus"]
)
def test_a_lower_rate_loses_more(rates: list[Codec]) -> None:
    pytest.importorskip("av")
    distances = [spectral_distance_db(coded(SPEECH.waveform, RATE_HZ, codec)) for codec in rates]
    assert distances == sorted(distances)
    assert distances[0] < 0.9 * distances[-1]


@pytest.mark.parametrize(
    ("codec", "over_kbit_s"), [(amr_nb(12.2), 0.61), (amr_nb(4.75), 0.5), (opus(16), 0.2)], ids=str
)
def test_the_packets_have_the_rate_that_is_stated(
    codec: Codec, over_kbit_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what a packet needs besides: a byte that states the mode, and bits up to a whole byte."""
    av = pytest.importorskip("av")
    sizes: list[int] = []

    def counted(codec: Codec, mode: str) -> object:
        context = made(codec, mode)
        if mode == "w":
            return context

        class Counted:
            def decode(self, packet: object) -> object:
                sizes.append(0 if packet is None else packet.size)  # type: ignore[attr-defined]
                return context.decode(packet)

        return Counted()

    made = codecs._context
    monkeypatch.setattr(codecs, "_context", counted)
    coded(SPEECH.waveform, RATE_HZ, codec)
    packets = [size for size in sizes if size]
    kbit_s = 8 * sum(packets) / (0.02 * len(packets)) / 1000
    assert codec.kbit_s <= kbit_s < codec.kbit_s + over_kbit_s
    assert av is not None


def test_a_codec_that_is_not_there_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    require_codec("voice/telephone", A_LAW)
    if "av" in sys.modules or pytest.importorskip("av"):
        with pytest.raises(HarnessError, match=r"has no encoder libnone\. Install the wheels of PyPI"):
            require_codec("voice/telephone", Codec("None", "libnone", 1, 8_000))
    monkeypatch.setattr(codecs, "find_spec", lambda name: None)
    with pytest.raises(HarnessError, match=r"voice/telephone needs PyAV for AMR-NB.*emotion-harness\[codecs\]"):
        require_codec("voice/telephone", amr_nb(12.2))
