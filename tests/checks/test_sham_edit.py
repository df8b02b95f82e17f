"""Systems that react to the tone of skin, to any change of its pixels, or to nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from harness.checks.checked_system import CheckedSystem
from harness.checks.sham_edit import sham_edit
from harness.tables.predictions import concat_predictions, predictions_table
from harness.tables.results import Result

MakeSystem = Callable[..., CheckedSystem]
LABELS = ("anger", "joy")
EDIT, SHAM = "face/skin_tone@3", "face/skin_tone_sham@3"
PEOPLE, CLIPS = 90, 6


def findings(
    make_system: MakeSystem, flips: Mapping[str, float], *, people: int = PEOPLE, left_out: str | None = None
) -> list[Result]:
    """Of a system that answers otherwise in so large a share of the samples under each condition."""
    rng = np.random.default_rng(0)
    num = people * CLIPS
    label = [LABELS[index % 2] for index in range(num)]
    system = make_system(np.repeat(np.arange(people), CLIPS), label, label, labels=LABELS)
    tables = []
    for condition, share in {"clean": 0.0, **flips}.items():
        flipped = rng.random(num) < share
        skipped = np.arange(num) % 4 == 0 if condition == left_out else np.zeros(num, bool)
        tables.append(
            predictions_table(
                model="toy",
                labels=LABELS,
                sample_id=system.samples["sample_id"].to_pylist(),
                outcome=["failed" if skip else "scored" for skip in skipped],
                reason=["not_applicable: no face" if skip else None for skip in skipped],
                label=[
                    None if skip else LABELS[1 - LABELS.index(own)] if flip else own
                    for own, flip, skip in zip(label, flipped, skipped, strict=True)
                ],
                condition=condition,
            )
        )
    return list(sham_edit(replace(system, predictions=concat_predictions(tables))))


def test_a_system_that_flips_with_the_sham_is_named(make_system: MakeSystem) -> None:
    (found,) = findings(make_system, {EDIT: 0.3, SHAM: 0.3})
    assert (found.metric, found.group, found.verdict, found.threshold) == ("sham_edit", EDIT, "not_met", 0.05)
    assert found.value == pytest.approx(0.3, abs=0.06)
    assert found.versus_value == found.value
    assert found.lo is not None
    assert 0.05 < found.lo < found.value
    assert "None of it is shown to be due to what the edit is about. Remedy: " in str(found.reason)


def test_a_system_that_reacts_to_the_tone_alone_is_not_blamed_for_the_edit(make_system: MakeSystem) -> None:
    (found,) = findings(make_system, {EDIT: 0.3, SHAM: 0.0})
    assert (found.verdict, found.value) == ("met", 0.0)
    assert "What changes more is due to what the edit is about." in str(found.reason)
    (both,) = findings(make_system, {EDIT: 0.6, SHAM: 0.3})
    assert both.verdict == "not_met"
    assert "Only the difference is shown to be due" in str(both.reason)


def test_a_system_that_reacts_to_neither_has_nothing_to_answer_for(make_system: MakeSystem) -> None:
    (found,) = findings(make_system, {EDIT: 0.01, SHAM: 0.01})
    assert found.verdict == "met"
    assert "due to" not in str(found.reason)
    (few,) = findings(make_system, {EDIT: 0.0, SHAM: 0.0}, people=20)  # all alike: the exact bound is 17 %
    assert few.verdict == "inconclusive"
    assert "More people are needed" in str(few.reason)


def test_only_samples_that_both_could_change_are_counted(make_system: MakeSystem) -> None:
    (found,) = findings(make_system, {EDIT: 0.3, SHAM: 0.3}, left_out=SHAM)
    assert found.n_samples == 405


def test_several_tones_share_the_level_and_few_people_are_not_judged(make_system: MakeSystem) -> None:
    (alone,) = findings(make_system, {EDIT: 0.3, SHAM: 0.3})
    two = findings(make_system, {EDIT: 0.3, SHAM: 0.3, "face/skin_tone@8": 0.3, "face/skin_tone_sham@8": 0.3})
    assert [one.group for one in two] == [EDIT, "face/skin_tone@8"]
    assert float(two[0].lo or 0) < float(alone.lo or 0)
    (few,) = findings(make_system, {EDIT: 0.3, SHAM: 0.3}, people=3)
    assert few.verdict == "not_tested"
    assert "3 subjects; at least 5 are needed" in str(few.reason)


@pytest.mark.parametrize("measured", [{}, {EDIT: 0.3}, {SHAM: 0.3}, {EDIT: 0.3, "face/skin_tone_sham@4": 0.3}])
def test_without_both_nothing_is_said(make_system: MakeSystem, measured: dict[str, float]) -> None:
    assert findings(make_system, measured) == []
