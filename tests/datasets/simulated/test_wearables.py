"""The simulated wristbands: the truth that was put in can be found, and nothing else."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.arrays import Floats
from harness.cards.facts import dataset_card
from harness.datasets.simulated.wearables import SimulatedWearablesOptions, SimulatedWearablesReader
from harness.errors import HarnessError
from harness.signals.electrodermal import electrodermal
from harness.signals.hrv import time_domain
from harness.signals.media import Recording

ROOT = Path(__file__).parents[3]


def reader(**options: Any) -> SimulatedWearablesReader:
    settings = SimulatedWearablesOptions.model_validate(options)
    return SimulatedWearablesReader(dataset_card("simulated_wearables"), None, settings)


def windows(made: SimulatedWearablesReader) -> list[tuple[dict[str, Any], Recording]]:
    return [(row, made.load(row)) for row in made.samples().to_pylist()]


def digest(made: SimulatedWearablesReader) -> str:
    """A hash over the table and every window's bytes."""
    found = hashlib.sha256(repr(made.samples().to_pylist()).encode())
    for _, window in windows(made):
        for name in sorted(window.channels):
            found.update(window.channels[name].values.tobytes())
        if window.beats is not None:
            found.update(window.beats.time_s.tobytes() + window.beats.interval_ms.tobytes())
    return found.hexdigest()


def rmssd(window: Recording) -> float:
    assert window.beats is not None
    return float(time_domain(window.beats, np.array([0.0]), np.array([window.duration_s])).rmssd[0])


def heart_rate(window: Recording) -> float:
    assert window.beats is not None
    return 60_000 / float(np.mean(window.beats.interval_ms))


def responses(window: Recording) -> float:
    return float(electrodermal(window.channels["eda"].values[None], 4.0).responses_per_minute[0])


def temperature(window: Recording) -> float:
    return float(window.channels["temperature"].values.mean())


def test_table() -> None:
    table = reader(subjects=10, samples_per_class=3).samples()
    assert table.num_rows == 10 * 2 * 3
    assert table["sample_id"][0].as_py() == "simulated/sim001/rest-1"
    assert table["uri"].null_count == table.num_rows
    assert table["label"].value_counts().to_pylist() == [
        {"values": "rest", "counts": 30},
        {"values": "stress", "counts": 30},
    ]
    first = table.slice(0, 6).to_pylist()
    assert [row["start_s"] for row in first] == [0, 60, 120, 180, 240, 300]
    assert {"attr.skin_tone", "attr.age", "attr.sex", "attr.neurodivergence", "ctx.motion"} < {*first[0]}


def test_units_and_rates() -> None:
    made = reader(subjects=3, window_s=30.0)
    for _, window in windows(made):
        rates = {name: channel.rate_hz for name, channel in window.channels.items()}
        assert rates == {"bvp": 64.0, "eda": 4.0, "temperature": 4.0, "acceleration": 32.0}
        for name, channel in window.channels.items():
            assert len(channel.values) == 30 * rates[name]
            assert np.isfinite(channel.values).all()
        assert window.channels["acceleration"].values.shape == (960, 3)
        assert 25 < temperature(window) < 38
        assert window.channels["eda"].values.min() > 0
        assert window.beats is not None
        assert np.all(np.diff(window.beats.time_s) > 0)
        assert 40 < heart_rate(window) < 140


def test_stress_shows_in_every_signal() -> None:
    by_label: dict[str, list[Floats]] = {"rest": [], "stress": []}
    for row, window in windows(reader(subjects=40, samples_per_class=1, walk_share=0.0)):
        measured = [heart_rate(window), rmssd(window), responses(window), temperature(window)]
        by_label[row["label"]].append(np.array(measured))
    change = np.array(by_label["stress"]) - np.array(by_label["rest"])
    assert np.sign(change.mean(axis=0)).tolist() == [1.0, -1.0, 1.0, -1.0]
    # each is the person's own answer: clear on average, not in everybody
    assert np.all(np.abs(change.mean(axis=0)) > 3 * change.std(axis=0, ddof=1) / np.sqrt(40))
    people = np.array(by_label["rest"]).std(axis=0, ddof=1)
    assert np.all(people > 0.3 * np.abs(change.mean(axis=0)))


def test_attributes_change_nothing_without_a_bias() -> None:
    rows = reader(subjects=120, samples_per_class=1, walk_share=0.0)
    women = {"rest": [], "stress": []}  # type: dict[str, list[tuple[bool, float]]]
    for row, window in windows(rows):
        women[row["label"]].append((row["attr.sex"] == "female", heart_rate(window)))
    for pairs in women.values():
        is_woman, rate = np.array(pairs).T
        groups = rate[is_woman == 1], rate[is_woman == 0]
        error = np.sqrt(sum(group.var(ddof=1) / len(group) for group in groups))
        assert abs(groups[0].mean() - groups[1].mean()) < 3 * error


def test_swapped_windows_show_the_other_class() -> None:
    plain = reader(subjects=20, walk_share=0.0)
    biased = reader(
        subjects=20, walk_share=0.0, bias={"attribute": "skin_tone", "group": "monk_10", "effect": 1.0}
    )
    for row in plain.samples().to_pylist():
        before, after = plain.load(row), biased.load(row)
        if row["attr.skin_tone"] != "monk_10":
            np.testing.assert_array_equal(before.channels["eda"].values, after.channels["eda"].values)
        else:
            expected = 1 if row["label"] == "rest" else -1
            assert np.sign(heart_rate(after) - heart_rate(before)) == expected


def test_weakened_stress_is_rest() -> None:
    options = {"subjects": 20, "walk_share": 0.0}
    bias = {"attribute": "sex", "group": "female", "effect": 1.0, "mechanism": "weaken"}
    plain, biased = reader(**options), reader(**options, bias=bias)
    change = [
        heart_rate(biased.load(row)) - heart_rate(plain.load(row))
        for row in plain.samples().to_pylist()
        if row["attr.sex"] == "female" and row["label"] == "stress"
    ]
    assert np.mean(change) < -8


def test_bias_of_a_group_that_nobody_is_in() -> None:
    made = reader(subjects=5, bias={"attribute": "skin_tone", "group": "monk_11", "effect": 0.5})
    with pytest.raises(HarnessError, match="nobody has skin_tone = 'monk_11'"):
        made.samples()


def test_movement_is_independent_of_the_label_unless_asked() -> None:
    def share(label: str, **options: Any) -> float:
        rows = reader(subjects=200, **options).samples().to_pylist()
        return float(np.mean([row["ctx.motion"] == "walk" for row in rows if row["label"] == label]))

    assert share("rest") == pytest.approx(0.25, abs=0.06)
    assert share("stress") == pytest.approx(0.25, abs=0.06)
    assert share("rest", walk_share=0.0, walk_share_stress=1.0) == 0.0
    assert share("stress", walk_share=0.0, walk_share_stress=1.0) == 1.0


def test_movement_costs_delivered_beats() -> None:
    coverage: dict[str, list[float]] = {"rest": [], "walk": []}
    for row, window in windows(reader(subjects=20, walk_share=0.5)):
        assert window.beats is not None
        found = time_domain(window.beats, np.array([0.0]), np.array([60.0]))
        coverage[row["ctx.motion"]].append(float(found.coverage[0]))
    assert np.mean(coverage["rest"]) > 0.95
    assert np.mean(coverage["walk"]) < 0.7


def test_beats_can_be_withheld() -> None:
    made = reader(subjects=1, deliver_beats=False)
    assert all(window.beats is None for _, window in windows(made))


def test_equal_to_the_byte_in_another_process() -> None:
    code = (
        "from tests.datasets.simulated.test_wearables import digest, reader; "
        "print(digest(reader(subjects=4, window_s=20.0, seed=3)))"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert child.stdout.strip() == digest(reader(subjects=4, window_s=20.0, seed=3))
    assert child.stdout.strip() != digest(reader(subjects=4, window_s=20.0, seed=4))


def test_loading_is_fast() -> None:
    made = reader(subjects=10)
    rows = made.samples().to_pylist()
    start = time.perf_counter()
    for row in rows:
        made.load(row)
    assert (time.perf_counter() - start) / len(rows) < 0.010
