"""Studies in which it is known whether quality explains a gap: of the noise, or of the people themselves."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from harness.evidence.pseudonyms import pseudonymise
from harness.measurement.measure import measure_run
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.quality.quality_rows import quality_rows
from harness.tables.predictions import predictions_table
from harness.tables.quality_columns import grades
from harness.tables.samples import samples_table

LABELS = ("fear", "joy")
SETTINGS = MeasureSettings(gaps=["accuracy", "uar"], system="mine", permutations=400, min_subjects=5)
NUM_PEOPLE, NUM_CLIPS = 60, 40


def study(
    *, of_quality: float, of_group: float, seed: int = 0, apart: bool = False, pseudonyms: bool = False
) -> list[dict[str, Any]]:
    """Women are recorded with 8 dB less; the system loses accuracy per dB, and by the group itself."""
    rng = np.random.default_rng(seed)
    rows, snr_db, rights = [], [], []
    for person in range(NUM_PEOPLE):
        sex = ("female", "male")[person % 2]
        for clip in range(NUM_CLIPS):
            snr = rng.normal(12.0 if sex == "female" else 20.0, 0.5 if apart else 8.0)
            rate = 0.75 + of_quality * (snr - 16.0) - of_group * (sex == "female")
            snr_db.append(snr)
            rights.append(rng.random() < np.clip(rate, 0.0, 1.0))
            rows.append(
                {
                    "sample_id": f"p{person:02}/{clip:02}",
                    "subject_id": f"p{person:02}",
                    "attr.sex": sex,
                    "label": LABELS[clip % 2],
                    "modality": "voice",
                    "label_source": "acted",
                }
            )
    graded = grades(np.array(snr_db), better="higher")
    for row, grade in zip(rows, graded.tolist(), strict=True):
        row["ctx.quality_snr"] = grade
    return measured(rows, rights, pseudonyms=pseudonyms)


def measured(rows: list[dict[str, Any]], rights: list[bool], *, pseudonyms: bool = False) -> list[dict[str, Any]]:
    other = dict(zip(LABELS, LABELS[::-1], strict=True))
    predictions = predictions_table(
        model="mine",
        labels=list(LABELS),
        sample_id=[row["sample_id"] for row in rows],
        label=[row["label"] if right else other[row["label"]] for row, right in zip(rows, rights, strict=True)],
        outcome=["scored"] * len(rows),
        reason=[None] * len(rows),
    )
    samples = samples_table(rows)
    if pseudonyms:
        samples, predictions = pseudonymise(samples, predictions)
    drawn = measure_run(samples, predictions, dataset="toys", settings=SETTINGS).drawn
    assert drawn is not None
    return [vars(row) for row in quality_rows(drawn, dataset="toys", settings=SETTINGS)]


@cache
def of_noise() -> list[dict[str, Any]]:
    return study(of_quality=0.02, of_group=0.0)


@cache
def of_people() -> list[dict[str, Any]]:
    return study(of_quality=0.0, of_group=0.2)


def one(rows: list[dict[str, Any]], kind: str, **wanted: Any) -> dict[str, Any]:
    wanted = {"metric": "accuracy", "statistic": "difference", "index": None, **wanted}
    (row,) = [row for row in rows if row["kind"] == kind and all(row[key] == wanted[key] for key in wanted)]
    return row


@pytest.mark.parametrize("kind", ["equal_quality", "matched_quality"])
def test_a_gap_that_is_all_noise_vanishes_at_equal_quality(kind: str) -> None:
    equal = one(of_noise(), kind)
    change = one(of_noise(), kind, statistic="index", index="raw_less_equal")
    assert (equal["group"], equal["versus"]) == ("female", "male")
    assert change["own_value"] < -0.1  # as the groups are
    assert equal["lo"] < 0 < equal["hi"]
    assert abs(equal["value"]) < 0.05
    assert change["hi"] < 0
    assert change["value"] == pytest.approx(change["own_value"] - equal["value"], abs=1e-12)


@pytest.mark.parametrize("kind", ["equal_quality", "matched_quality"])
def test_a_gap_of_the_people_themselves_stays(kind: str) -> None:
    equal = one(of_people(), kind)
    change = one(of_people(), kind, statistic="index", index="raw_less_equal")
    assert equal["hi"] < -0.1
    assert equal["value"] == pytest.approx(-0.2, abs=0.06)
    assert change["lo"] < 0 < change["hi"]


def test_the_mean_over_classes_is_standardised_as_well() -> None:
    equal = one(of_noise(), "equal_quality", metric="uar")
    assert equal["lo"] < 0 < equal["hi"]
    assert one(of_people(), "equal_quality", metric="uar")["hi"] < -0.1


def test_standardisation_is_the_weighted_mean_of_strata() -> None:
    """By hand: two strata, every rate known, both groups mixed as the study is."""
    rows, rights = [], []
    counts = {("f", 1): (30, 10), ("f", 20): (10, 8), ("m", 1): (10, 5), ("m", 20): (30, 27)}
    for (sex, grade), (num, num_right) in counts.items():
        for clip in range(num):
            rows.append(
                {
                    "sample_id": f"{sex}{grade}/{clip}",
                    "subject_id": f"{sex}{clip % 10}",
                    "attr.sex": sex,
                    "label": LABELS[clip % 2],
                    "modality": "voice",
                    "label_source": "acted",
                    "ctx.quality_snr": grade,
                }
            )
            rights.append(clip < num_right)
    found = measured(rows, rights)
    equal = one(found, "equal_quality")
    assert equal["own_value"] == pytest.approx(0.5 * 10 / 30 + 0.5 * 8 / 10)
    assert equal["versus_value"] == pytest.approx(0.5 * 5 / 10 + 0.5 * 27 / 30)
    change = one(found, "equal_quality", statistic="index", index="raw_less_equal")
    assert change["own_value"] == pytest.approx(18 / 40 - 32 / 40)
    refused = one(found, "refused_quality", metric="refused", group="f", statistic="level", threshold=0.1)
    assert refused["value"] == pytest.approx(30 / 40)
    kept = one(found, "refused_quality", statistic="level", threshold=0.1)
    assert kept["value"] == pytest.approx(35 / 40)
    assert kept["n_samples"] == 40


def test_matching_balances_and_says_how_much_of_the_samples_overlap() -> None:
    imbalance = one(of_noise(), "matched_quality", statistic="index", index="largest_imbalance")
    assert imbalance["versus_value"] > 0.7
    assert imbalance["value"] < 0.1
    support = one(of_noise(), "matched_quality", statistic="index", index="common_support")
    assert 0.4 < support["value"] < 0.9
    assert one(of_noise(), "equal_quality", statistic="index", index="common_support")["value"] == 1.0


def test_groups_without_overlap_have_no_match_and_little_support() -> None:
    """The middle fifth holds the best of the one and the worst of the other: strata alone would not tell."""
    found = study(of_quality=0.02, of_group=0.0, apart=True)
    row = one(found, "matched_quality")
    assert row["value"] is None
    assert row["judgement"].verdict == "not_tested"
    assert row["judgement"].reason.startswith("0 subjects with a match on one side")
    assert one(found, "equal_quality", statistic="index", index="common_support")["value"] == pytest.approx(0.2)
    assert "are left out" in one(found, "equal_quality")["note"]


def test_refusing_noise_helps_and_refuses_the_group_that_was_recorded_worse() -> None:
    found = of_noise()
    help_ = one(found, "refused_quality", statistic="index", index="kept_less_all", threshold=0.2)
    assert help_["lo"] > 0
    gap = one(found, "refused_quality", metric="refused", threshold=0.2)
    assert gap["lo"] > 0.1
    assert gap["own_value"] > 2 * gap["versus_value"]
    overall = one(found, "refused_quality", metric="refused", statistic="level", group="all", threshold=0.2)
    assert overall["value"] == pytest.approx(0.2, abs=0.001)
    assert gap["own_value"] + gap["versus_value"] == pytest.approx(0.4, abs=0.002)
    no_help = one(of_people(), "refused_quality", statistic="index", index="kept_less_all", threshold=0.2)
    assert no_help["lo"] < 0.02


def test_nothing_is_judged_or_said_without_grades() -> None:
    assert all(row["judgement"] is None for row in of_noise())
    rows = [
        {
            "sample_id": f"p{person}/0",
            "subject_id": f"p{person}",
            "label": LABELS[person % 2],
            "modality": "voice",
            "label_source": "acted",
        }
        for person in range(12)
    ]
    assert measured(rows, [True] * len(rows)) == []


def test_pseudonyms_change_nothing(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their samples are in another order, and pairs are drawn at random among equals."""
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path))
    assert study(of_quality=0.02, of_group=0.0, pseudonyms=True) == of_noise()
