"""Recordings in other units than their channels have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.cards.facts import dataset_card
from harness.datasets.simulated.wearables import SimulatedWearablesOptions, SimulatedWearablesReader
from harness.datasets.stress_predict import StressPredictReader
from harness.datasets.stress_predict_windows import StressPredictOptions
from harness.errors import Reason, Unscored
from harness.signals import recording
from harness.signals.empatica import read_window
from harness.signals.media import UNITS, Beats, Channel, Image, Recording
from harness.signals.plausible_units import with_plausible_units

RNG = np.random.default_rng(0)
RIGHT = {
    "eda": 2.0 + 0.1 * RNG.normal(size=240),
    "temperature": 33.0 + 0.1 * RNG.normal(size=240),
    "acceleration": np.array([0.3, 0.2, 0.93]) + 0.05 * RNG.normal(size=(240, 3)),
    "heart_rate": 72.0 + RNG.normal(size=240),
}


def refused(window: Recording) -> dict[str, str]:
    found = with_plausible_units(window)
    assert isinstance(found, Recording)
    assert not set(found.refused) & set(found.channels)
    assert all(why.reason is Reason.UNREADABLE for why in found.refused.values())
    return {name: why.detail for name, why in found.refused.items()}


def window(rate_hz: float = 4.0, **values: np.ndarray) -> Recording:
    return Recording(60.0, {name: Channel(of, rate_hz, unit=UNITS[name]) for name, of in values.items()})


def test_what_bodies_have_is_kept() -> None:
    made = window(**RIGHT)
    assert with_plausible_units(made) is made
    picture = Image(np.zeros((2, 2, 3), np.uint8))
    assert with_plausible_units(picture) is picture


@pytest.mark.parametrize(
    ("channel", "values", "found"),
    [
        ("eda", RIGHT["eda"] * 1000, "over 100, as if in nS or kΩ"),
        ("eda", 1e3 / (RIGHT["eda"] / 10), "over 100, as if in nS or kΩ"),
        ("eda", 1e6 / RIGHT["eda"], "over 100, as if in Ω"),
        ("eda", RIGHT["eda"] * 1e-6, "under 0.0001, as if in S"),
        ("temperature", RIGHT["temperature"] + 273.15, "over 50, as if in K"),
        ("temperature", RIGHT["temperature"] * 1.8 + 32, "over 50, as if in °F"),
        ("acceleration", RIGHT["acceleration"] * 64, "over 5, as if in 1/64 g"),
        ("acceleration", RIGHT["acceleration"] * 9.81, "over 5, as if in m/s²"),
        ("acceleration", RIGHT["acceleration"] * 16384, "over 5"),
        ("acceleration", RIGHT["acceleration"] / 64, "under 0.2, as if in 64 g"),
        ("heart_rate", RIGHT["heart_rate"] / 60, "under 20, as if in Hz"),
        ("heart_rate", 6e4 / RIGHT["heart_rate"], "over 250, as if in ms"),
    ],
)
def test_another_unit_is_named(channel: str, values: np.ndarray, found: str) -> None:
    detail = f"{channel} is not in {UNITS[channel]}: typical values are {found}"
    assert refused(window(**(RIGHT | {channel: values}))) == {channel: detail}


def test_a_sensor_that_is_not_worn_has_no_wrong_unit() -> None:
    off = {name: np.zeros_like(values) for name, values in RIGHT.items()}
    assert refused(window(**off)) == {}
    assert refused(window(**{name: np.full_like(values, np.nan) for name, values in RIGHT.items()})) == {}
    assert refused(window(eda=np.r_[np.zeros(200), np.full(40, 0.02)])) == {}


@pytest.mark.parametrize(
    ("factor", "detail"),
    [
        (1e-3, "interval_ms is not in ms: typical values are under 250, as if in s"),
        (1e3, "interval_ms is not in ms: typical values are over 3000, as if in µs"),
    ],
)
def test_intervals_in_another_unit(factor: float, detail: str) -> None:
    times = np.cumsum(np.full(70, 0.8))
    right, wrong = (Beats(times, np.full(70, 800.0 * of)) for of in (1.0, factor))
    assert refused(Recording(60.0, {}, right)) == {}
    assert refused(Recording(60.0, {}, wrong)) == {"beats": detail}
    assert refused(Recording(60.0, {}, Beats(times, 6e4 / right.interval_ms))) == {
        "beats": "interval_ms is not in ms: typical values are under 250, as if in 1/min"
    }


def test_a_wristband_whose_beats_have_times_in_ms(tmp_path: Path) -> None:
    """The window would hold no beat: the whole file tells."""
    (tmp_path / "EDA.csv").write_text("1644227574\n4\n" + "2.0\n" * 240)
    rows = "".join(f"{800 * beat},0.8\n" for beat in range(1, 75))
    (tmp_path / "IBI.csv").write_text(f"1644227574, IBI\n{rows}")
    found = read_window(tmp_path, 0.0, 60.0)
    assert found.beats is None
    assert found.refused["beats"].detail == (
        "IBI.csv: the times of beats are not in s: they do not agree with the intervals, as if in ms"
    )


def test_time_stamps_in_ms() -> None:
    time_s = np.cumsum(np.full(70, 0.8))
    beats = Beats(time_s * 1000, np.full(70, 800.0))
    detail = "the times of beats are not in s: they do not agree with the intervals, as if in ms"
    assert refused(Recording(60_000.0, {}, beats)) == {"beats": detail}
    gaps = Beats(np.cumsum(np.where(np.arange(70) % 3 == 0, 20.0, 0.8)), np.full(70, 800.0))
    assert refused(Recording(600.0, {}, gaps)) == {}, "missed beats"
    channels = {"bvp": np.sin(np.arange(640) / 10), "eda": np.full(40, 2.0), "temperature": np.full(640, 33.0)}
    slow = Recording(10_000.0, {name: Channel(of, 0.064, unit=UNITS[name]) for name, of in channels.items()})
    assert refused(slow) == {
        "bvp": "time_s is not in s: bvp has under 5 frames a second, as if it were in ms",
        "eda": "time_s is not in s: eda has under 0.1 frames a second, as if it were in ms",
    }


@pytest.mark.parametrize("factor", [1e3, 1e6])
@pytest.mark.parametrize("window_s", [(None, None), (0.0, 60.0), (60.0, 120.0)])
def test_the_clock_of_a_table_is_looked_at_before_a_window_is_cut(
    tmp_path: Path, factor: float, window_s: tuple[float | None, float | None]
) -> None:
    eda = "".join(f"{factor * frame / 4:.3f},2.0\n" for frame in range(480))
    beats = "".join(f"{factor * 0.8 * beat:.3f},800\n" for beat in range(1, 150))
    both = "".join(f"{factor * frame / 4:.3f},2.0,{'' if frame % 3 else 750}\n" for frame in range(480))
    tables = (f"time_s,eda\n{eda}", f"time_s,interval_ms\n{beats}", f"time_s,eda,interval_ms\n{both}")
    for table in tables:
        (tmp_path / "a.csv").write_text(table)
        with pytest.raises(Unscored, match="time_s is not in s: its rows are too far apart, as if it were in ms"):
            recording.decode(tmp_path / "a.csv", *window_s)


def test_simulated_people_are_plausible() -> None:
    options = SimulatedWearablesOptions(subjects=6, samples_per_class=2)
    reader = SimulatedWearablesReader(dataset_card("simulated_wearables"), None, options)
    for row in reader.samples().to_pylist():
        assert refused(reader.load(row)) == {}


def test_real_people_are_plausible(shared_data: Path) -> None:
    root = shared_data / "stress_predict"
    reader = StressPredictReader(dataset_card("stress_predict"), root, StressPredictOptions())
    rows = reader.samples().to_pylist()
    subjects = {row["subject_id"] for row in rows}
    for subject in sorted(subjects)[:6]:
        for row in [row for row in rows if row["subject_id"] == subject][::8]:
            assert refused(reader.load(row)) == {}, row["sample_id"]
