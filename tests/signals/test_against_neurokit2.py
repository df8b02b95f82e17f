"""Heart and skin measured a second time, by neurokit2 (Makowski et al. 2021, doi:10.3758/s13428-020-01516-y).

What both define alike must be equal. Where the methods differ, the tolerance says by how much, and why.

neurokit2 is not among the dependencies: it asks for pandas 2, and pandas 3 is pinned. What is called here runs
with both: ``pip install --no-deps neurokit2 PyWavelets`` adds it to the pinned versions, and CI does so.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from harness.arrays import Floats
from harness.signals.beat_intervals import read_intervals
from harness.signals.beats import detect_beats
from harness.signals.electrodermal import MIN_AMPLITUDE_US, MIN_RISE_S, electrodermal
from harness.signals.hrv import IntervalRules, time_domain
from harness.signals.hrv_frequency import frequency_domain
from harness.signals.media import Beats, Channel, Recording
from harness.study.assembly import open_reader

KEEP_ALL = IntervalRules(shortest_ms=0.0, longest_ms=np.inf, ectopic_share=None)


# Its warnings are about its own methods (a short recording for Welch's, two equal times).
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def neurokit() -> Any:
    """The library, or a skip."""
    return pytest.importorskip("neurokit2", reason="needs: pip install --no-deps neurokit2 PyWavelets")


def gap_free(interval_ms: Floats) -> Beats:
    return Beats(np.cumsum(interval_ms) / 1000, interval_ms)


def real_series(shared_data: Path) -> dict[str, Floats]:
    """A published series, and an hour of R peaks from a laboratory's ECG."""
    vu = read_intervals(shared_data / "wearable_hrv" / "test_vu.txt", "r_peaks", ZoneInfo("Europe/Amsterdam"))
    return {
        "published": np.loadtxt(shared_data / "hrv" / "nn_intervals_1000.txt"),
        "laboratory": vu.interval_ms,
    }


def two_rhythms(lf_ms: float, hf_ms: float, duration_s: float = 600.0) -> Beats:
    """Intervals about 800 ms that swing at 0.1 and at 0.25 Hz."""
    time_s, beats = 0.0, []
    while time_s < duration_s:
        low, high = (np.sin(2 * np.pi * hz * time_s) for hz in (0.1, 0.25))
        interval = 800 + lf_ms * low + hf_ms * high
        time_s += interval / 1000
        beats.append((time_s, interval))
    return Beats(*np.array(beats).T)


@pytest.mark.parametrize("name", ["published", "laboratory"])
def test_time_domain_of_real_series(neurokit: Any, shared_data: Path, name: str) -> None:
    """Equal to rounding in every window, where neither removes an interval; pNN50 but for its denominator."""
    beats = gap_free(real_series(shared_data)[name])
    start_s = np.arange(0.0, beats.time_s[-1] - 120.0, 97.0)
    found = time_domain(beats, start_s, start_s + 120.0, KEEP_ALL)
    assert len(start_s) >= 5
    for window, start in enumerate(start_s):
        inside = (beats.time_s >= start) & (beats.time_s < start + 120.0)
        interval_ms = beats.interval_ms[inside]
        theirs = neurokit.hrv_time({"RRI": interval_ms, "RRI_Time": beats.time_s[inside]}, sampling_rate=1000)
        expected = {key: float(theirs[f"HRV_{key}"].iloc[0]) for key in ("MeanNN", "SDNN", "RMSSD", "pNN50")}
        assert found.mean_nn[window] == pytest.approx(expected["MeanNN"], rel=1e-9)
        assert found.sdnn[window] == pytest.approx(expected["SDNN"], rel=1e-9)
        assert found.rmssd[window] == pytest.approx(expected["RMSSD"], rel=1e-9)
        # Theirs divides by the number of intervals, which is one more than that of differences.
        num = len(interval_ms)
        assert 100 * found.pnn50[window] * (num - 1) / num == pytest.approx(expected["pNN50"], rel=1e-9)


def test_frequency_domain_of_known_rhythms(neurokit: Any) -> None:
    """Both find half the squared amplitude of each rhythm.

    Ours loses up to 5 % of HF with 1.25 beats a second, by linear interpolation; theirs spreads some of each over
    the neighbouring bands by the shorter windows of Welch's method.
    """
    beats = two_rhythms(lf_ms=30.0, hf_ms=20.0)
    span = np.array([0.0]), np.array([600.0])
    found = frequency_domain(beats, *span, np.array([1.0]))
    theirs = neurokit.hrv_frequency(
        {"RRI": beats.interval_ms, "RRI_Time": beats.time_s}, sampling_rate=1000, normalize=False
    )
    assert found.lf[0] == pytest.approx(30**2 / 2, rel=0.05)
    assert found.lf[0] == pytest.approx(float(theirs["HRV_LF"].iloc[0]), rel=0.1)
    assert found.hf[0] == pytest.approx(float(theirs["HRV_HF"].iloc[0]), rel=0.25)


def test_frequency_domain_of_a_real_series(neurokit: Any, shared_data: Path) -> None:
    """Within a fifth: a periodogram of 12 minutes beside the mean of shorter ones of an unsteady series."""
    beats = gap_free(real_series(shared_data)["published"])
    span = np.array([0.0]), np.array([beats.time_s[-1] + 0.001])
    found = frequency_domain(beats, *span, np.array([1.0]), rules=KEEP_ALL)
    theirs = neurokit.hrv_frequency(
        {"RRI": beats.interval_ms, "RRI_Time": beats.time_s}, sampling_rate=1000, normalize=False
    )
    for name, key in (("lf", "LF"), ("hf", "HF"), ("lf_hf", "LFHF")):
        assert getattr(found, name)[0] == pytest.approx(float(theirs[f"HRV_{key}"].iloc[0]), rel=0.2), name


@pytest.mark.parametrize("heart_rate", [55, 75, 95])
@pytest.mark.parametrize("rate_hz", [125, 250, 500])
def test_beats_of_a_simulated_ecg(neurokit: Any, heart_rate: int, rate_hz: int) -> None:
    """All R peaks, within 10 ms: ours reports the middle of the QRS complex, theirs its highest sample."""
    wave = neurokit.ecg_simulate(
        60, sampling_rate=rate_hz, heart_rate=heart_rate, heart_rate_std=3, noise=0.05, random_state=heart_rate
    )
    reference = neurokit.ecg_peaks(wave, sampling_rate=rate_hz)[1]["ECG_R_Peaks"] / rate_hz
    found = detect_beats(Channel(np.asarray(wave), float(rate_hz)), "ecg")
    assert f1(found.time_s, reference[1:], 0.05) > 0.99
    assert np.median(nearest(found.time_s, reference)) < 0.01


@pytest.mark.parametrize("heart_rate", [60, 75, 90])
@pytest.mark.parametrize("rate_hz", [25, 64, 100])
def test_beats_of_a_simulated_pulse_wave(neurokit: Any, heart_rate: int, rate_hz: int) -> None:
    """All beats, within 20 ms: theirs squares the wave and averages, which moves an asymmetrical peak."""
    wave = neurokit.ppg_simulate(60, sampling_rate=rate_hz, heart_rate=heart_rate, random_state=heart_rate)
    reference = neurokit.ppg_findpeaks(wave, sampling_rate=rate_hz)["PPG_Peaks"] / rate_hz
    found = detect_beats(Channel(np.asarray(wave), float(rate_hz)))
    # Theirs misses the first beat of some waves, ours reports none for the first.
    assert f1(found.time_s, reference, 0.05) > 0.98
    assert np.median(nearest(found.time_s, reference)) < 0.02


def test_beats_of_real_pulse_waves(neurokit: Any, shared_data: Path) -> None:
    """Wristbands of people who speak, move and rest: a median F1 of 0.93, over 0.83 in nine windows of ten."""
    scores = []
    for window in real_windows(shared_data, "bvp", start=5, step=32):
        channel = window.channels["bvp"]
        cleaned = neurokit.ppg_clean(channel.values, sampling_rate=channel.rate_hz)
        peaks = neurokit.ppg_findpeaks(cleaned, sampling_rate=channel.rate_hz)["PPG_Peaks"]
        reference = channel.start_s + peaks / channel.rate_hz
        scores.append(f1(detect_beats(channel).time_s, reference[1:], 0.1))
    assert len(scores) > 35
    assert np.median(scores) > 0.9
    assert np.quantile(scores, 0.1) > 0.8


@pytest.mark.parametrize("num_responses", [2, 4, 6])
def test_responses_of_simulated_skin_are_counted(neurokit: Any, num_responses: int) -> None:
    """The number only: the simulated responses rise in 0.2 s, those of skin in 1 to 3 s.

    So short a rise loses two fifths of its height where ours smooths over 1 s. The first response begins with the
    recording; 2 s at rest before it make it a whole one.
    """
    wave = neurokit.eda_simulate(
        120, sampling_rate=8, scr_number=num_responses, noise=0, drift=-0.01, random_state=num_responses
    )
    wave = np.concatenate([np.full(16, wave[0]), wave])
    phasic = neurokit.eda_phasic(wave, sampling_rate=8)["EDA_Phasic"].to_numpy()
    reference = neurokit.eda_peaks(phasic, sampling_rate=8)[1]["SCR_Peaks"]
    found = electrodermal(wave[None], 8.0)
    assert found.responses_per_minute[0] * 122 / 60 == pytest.approx(len(reference))
    assert len(reference) == num_responses


def test_responses_of_real_skin(neurokit: Any, shared_data: Path) -> None:
    """Trough to peak by their search for peaks in a smoothed signal, under our limits of height and rise.

    Theirs has the edges of a window smoothed in another way and no response without both a trough and a peak, so
    that counts differ by one in some windows.
    """
    ours, theirs = [], []
    for window in real_windows(shared_data, "eda", start=0, step=16):
        channel = window.channels["eda"]
        found = electrodermal(channel.values[None], channel.rate_hz)
        minutes = len(channel.values) / channel.rate_hz / 60
        ours.append((found.responses_per_minute[0] * minutes, found.response_amplitude[0]))
        theirs.append(responses(neurokit, channel))
    (number, height), (their_number, their_height) = np.transpose(ours), np.transpose(theirs)
    assert len(number) > 60
    assert np.corrcoef(number, their_number)[0, 1] > 0.95
    assert np.mean(np.abs(number - their_number) <= 1) > 0.85
    both = (height > 0) & (their_height > 0)
    assert np.corrcoef(np.log(height[both]), np.log(their_height[both]))[0, 1] > 0.95
    assert height[both].mean() == pytest.approx(their_height[both].mean(), rel=0.1)


def responses(neurokit: Any, channel: Channel) -> tuple[float, float]:
    """Number and mean height of the responses."""
    smooth = neurokit.signal_smooth(
        channel.values, method="convolution", kernel="boxzen", size=round(channel.rate_hz)
    )
    found = neurokit.signal_findpeaks(smooth)
    pairs = [(int(a), int(b)) for a, b in zip(found["Onsets"], found["Peaks"], strict=True) if np.isfinite(a)]
    heights = [
        smooth[peak] - smooth[onset]
        for onset, peak in pairs
        if smooth[peak] - smooth[onset] >= MIN_AMPLITUDE_US and peak - onset >= MIN_RISE_S * channel.rate_hz
    ]
    return len(heights), float(np.mean(heights)) if heights else 0.0


def real_windows(shared_data: Path, channel: str, start: int, step: int) -> Iterator[Recording]:
    """Windows of Stress-Predict without a missing frame."""
    reader = open_reader("stress_predict", shared_data / "stress_predict", {})
    for row in reader.samples().to_pylist()[start::step]:
        window = reader.load(row)
        assert isinstance(window, Recording)
        if channel in window.channels and np.isfinite(window.channels[channel].values).all():
            yield window


def nearest(found_s: Floats, reference_s: Floats) -> Floats:
    """How far each beat is from the nearest of the others, in seconds."""
    distance: Floats = np.abs(found_s[:, None] - reference_s).min(axis=1)
    return distance


def f1(found_s: Floats, reference_s: Floats, tolerance_s: float) -> float:
    near = np.abs(found_s[:, None] - reference_s)
    hits = min(int((near.min(axis=axis) <= tolerance_s).sum()) for axis in (0, 1))
    return 2 * hits / (len(found_s) + len(reference_s))
