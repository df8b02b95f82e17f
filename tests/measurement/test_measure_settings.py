from __future__ import annotations

from typing import Any

import pytest

from harness.errors import HarnessError
from harness.measurement.measure_settings import MeasureSettings


def test_a_name_compares_its_metric_and_all_of_its_kind() -> None:
    settings = MeasureSettings(gaps=("accuracy", "ccc", "recall:anger"))
    compared = {name: settings.compares(name) for name in ("accuracy", "ccc:valence", "recall:anger")}
    assert compared == dict.fromkeys(compared, True)
    others = {name: settings.compares(name) for name in ("accuracy_scored", "recall:fear", "recall", "uar")}
    assert others == dict.fromkeys(others, False)
    assert not MeasureSettings(gaps=("recall:anger",)).compares("recall")


def test_the_nearest_tolerance_counts() -> None:
    settings = MeasureSettings(tolerance=0.1, tolerances={"recall": 0.2, "recall:anger": 0.3})
    assert settings.tolerated("accuracy") == 0.1
    assert settings.tolerated("recall:fear") == 0.2
    assert settings.tolerated("recall:anger") == 0.3


def test_the_tolerance_of_a_square_is_that_of_its_root() -> None:
    assert MeasureSettings(tolerance=0.1).tolerated("calibration_error_sq") == 0.1
    own = MeasureSettings(tolerance=0.1, tolerances={"calibration_error_sq": 0.02})
    assert own.tolerated("calibration_error_sq") == 0.02
    assert own.tolerated("ece") == 0.1


@pytest.mark.parametrize(
    "least",
    [
        {"resamples": 100, "permutations": 100},
        {"level": 0.5},
        {"seed": 0},
        {"min_subjects": 2},
        {"level": 0.99, "resamples": 200, "permutations": 100},
        {"level": 0.999, "resamples": 2000, "permutations": 999},
        {"tolerance": 0.999},
        {"tolerances": {"valence_error": 3.99, "log_loss": 15.0, "rmse": 5.0}},
    ],
)
def test_the_least_that_is_allowed_is_allowed(least: dict[str, Any]) -> None:
    for name, value in least.items():
        assert getattr(MeasureSettings(**least), name) == value


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"resamples": 99}, "resamples 99 and permutations 9999 .at least 100."),
        ({"permutations": 99}, "permutations 99"),
        ({"level": 0.499}, "level 0.499 .0.5 to under 1."),
        ({"level": 1.0}, "level 1.0"),
        ({"seed": -1}, "seed -1 .not negative."),
        ({"min_subjects": 1}, "min_subjects 1 .at least 2."),
        ({"level": 0.99, "resamples": 199}, "level 0.99 needs at least 200 resamples; there are 199"),
        ({"level": 0.999, "permutations": 998}, "level 0.999 needs at least 999 permutations; there are 998"),
        (
            {"gaps": ("accuracy", "accurate")},
            "there is no metric 'accurate' to compare groups on; there are accuracy,",
        ),
        ({"tolerances": {"accurate": 0.1}}, "there is no metric 'accurate'"),
        ({"tolerance": 0.0}, "tolerance: 0 accepts any difference, or none; expected above 0 and below 1"),
        ({"tolerance": 1.0}, "tolerance: 1 accepts any difference, or none; expected above 0 and below 1"),
        ({"tolerances": {"valence_error": 4.0}}, "valence_error: 4 accepts .* expected above 0 and below 4"),
        ({"tolerances": {"bias": float("inf")}}, "bias: inf accepts .* expected above 0 and finite"),
    ],
)
def test_what_cannot_be_measured_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(HarnessError, match=f"^measure: .*{message}"):
        MeasureSettings(**given)


def test_a_long_name_is_cut_in_the_message() -> None:
    with pytest.raises(HarnessError, match=f"there is no metric '{'x' * 80}' to"):
        MeasureSettings(gaps=("x" * 500,))


def test_what_is_compared_where_nothing_is_said() -> None:
    assert set(MeasureSettings().gaps) >= {"accuracy", "uar", "macro_f1", "coverage", "ccc"}


def test_the_search_may_be_of_one_of_a_kind_that_is_compared() -> None:
    settings = MeasureSettings(gaps=("accuracy", "ccc"), search_metric="ccc:valence")
    assert settings.searches("ccc:valence")
    assert not settings.searches("ccc:arousal")
    with pytest.raises(HarnessError, match="'ccc:valence' is not among the compared metrics"):
        MeasureSettings(gaps=("accuracy",), search_metric="ccc:valence")
