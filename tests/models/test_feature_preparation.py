from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from harness.errors import Unscored
from harness.models.feature_columns import FEATURE_UNITS, FeaturesInput
from harness.models.feature_preparation import FeaturePreparer
from harness.models.wearable_window import channel_features
from harness.signals.hrv import TimeDomain
from harness.signals.hrv_frequency import FrequencyDomain
from harness.signals.media import Beats, Channel, Recording

INTERVALS = np.array([800.0, 810.0, 790.0, 860.0, 805.0, 800.0, 795.0, 850.0])


def window(**channels: Channel) -> Recording:
    time_s = np.cumsum(INTERVALS) / 1000.0
    return Recording(10.0, channels, Beats(time_s, INTERVALS))


def features(columns: list[dict[str, Any]], **more: Any) -> FeaturesInput:
    return FeaturesInput.model_validate(
        {"channels": ["eda", "temperature", "acceleration"], "beats": ["device"], "columns": columns, **more}
    )


def test_columns_come_in_the_order_and_units_of_the_card() -> None:
    columns = [
        {"feature": "hrv.heart_rate"},
        {"value": 0.5},
        {"feature": "hrv.sdnn", "unit": "s"},
        {"feature": "hrv.pnn50", "unit": "%"},
        {"feature": "eda.level", "unit": "nS"},
    ]
    row = FeaturePreparer(features(columns))(window(eda=Channel(np.full(40, 2.5), 4.0, unit="µS")))
    # The first interval of the window has no interval before it: its difference does not count.
    large = (np.abs(np.diff(INTERVALS)) > 50.0).sum()
    expected = [
        60_000.0 / INTERVALS.mean(),
        0.5,
        INTERVALS.std(ddof=1) / 1000.0,
        100.0 * large / (len(INTERVALS) - 1),
        2_500.0,
    ]
    np.testing.assert_allclose(row, expected, rtol=1e-9)


def test_a_window_with_too_few_beats_is_not_answered() -> None:
    preparer = FeaturePreparer(features([{"feature": "hrv.rmssd"}], min_beats=30))
    with pytest.raises(Unscored, match=r"no_signal|NO_SIGNAL") as found:
        preparer(window())
    assert (found.value.text, found.value.outcome) == ("no_signal: 8 beats; at least 30", "abstained")


def test_an_undefined_feature_is_named() -> None:
    with pytest.raises(Unscored, match=r"no_signal|NO_SIGNAL") as found:
        FeaturePreparer(features([{"feature": "hrv.rmssd"}, {"feature": "temperature.level"}]))(window())
    assert found.value.text == "no_signal: temperature.level is undefined"


@pytest.mark.parametrize(
    ("feature", "written", "read"),
    [
        ("eda.level", "uS", "\N{MICRO SIGN}S"),
        ("eda.level", "\N{GREEK SMALL LETTER MU}S", "\N{MICRO SIGN}S"),
        ("eda.slope", "uS/min", "\N{MICRO SIGN}S/min"),
        ("temperature.level", "C", "°C"),
        ("motion.level", "m/s2", "m/s²"),
        ("hrv.lf", "s2", "s²"),
        ("hrv.heart_rate", "bpm", "1/min"),
    ],
)
def test_a_unit_may_be_written_on_any_keyboard(feature: str, written: str, read: str) -> None:
    stated, own = features([{"feature": feature, "unit": written}]), features([{"feature": feature, "unit": read}])
    assert stated == own
    assert stated.columns[0].unit == read


@pytest.mark.parametrize("more", [{"columns": [{"feature": "hrv.rmssd"}]}, {"min_beats": 10}])
def test_features_of_heartbeats_need_heartbeats(more: dict[str, Any]) -> None:
    stated = {"channels": ["eda", "bvp"], "columns": [{"feature": "eda.level"}], **more}
    with pytest.raises(ValidationError, match=r"need heartbeats: state beats, where they are taken from"):
        FeaturesInput.model_validate(stated)
    assert FeaturesInput.model_validate({**stated, "beats": ["bvp"]}).groups[-1] == "hrv"


@pytest.mark.parametrize(
    ("feature", "channel"),
    [("eda.slope", "eda"), ("motion.level", "acceleration"), ("temperature.sd", "temperature")],
)
def test_features_need_their_channel(feature: str, channel: str) -> None:
    stated = {"channels": ["bvp"], "columns": [{"feature": feature}]}
    with pytest.raises(ValidationError, match=rf"need the channel {channel}, which is not among the channels"):
        FeaturesInput.model_validate(stated)
    FeaturesInput.model_validate({**stated, "channels": ["bvp", channel]})


def test_every_feature_has_a_unit() -> None:
    named = channel_features(("eda", "motion", "temperature"))
    named += [f"hrv.{name}" for name in (*TimeDomain._fields, *FrequencyDomain._fields)]
    assert sorted(FEATURE_UNITS) == sorted(named)


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ({"feature": "hrv.hrv"}, "is no feature"),
        ({"feature": "hrv.rmssd", "unit": "µS"}, "can be given in ms or s, not in µS"),
        ({"feature": "hrv.rmssd", "value": 1.0}, "either a feature or a value"),
        ({}, "either a feature or a value"),
    ],
)
def test_a_column_that_is_not_plain_is_refused(column: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        features([column])
