"""The course of a clip around one of its samples."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from silent import Silent
from viewed_runs import CHOICES

from harness.study.compose import compose_study
from harness.study.run_study import run
from harness.viewer.clip_courses import MAX_WINDOWS, clip_courses
from harness.viewer.listing import Listing
from harness.viewer.viewed_run import read_viewed_run

WINDOWS = 12
SHOWN = np.sin(np.arange(WINDOWS) / 2)
ANSWERED = 0.5 * SHOWN + 0.1


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Listing:
    """A long clip, whose samples stand in no order, a short one, and a picture that is no part of any."""
    root = tmp_path_factory.mktemp("clips")
    samples: list[tuple[object, ...]] = [("sample_id", "uri", "start_s", "end_s", "subject", "arousal")]
    answers: list[tuple[object, ...]] = [("sample_id", "arousal", "outcome", "reason")]
    for place in (*range(1, WINDOWS, 2), *range(0, WINDOWS, 2)):
        samples.append((f"long{place:02}", "long.wav", 4 * place, 4 * place + 4, "p0", SHOWN[place]))
        answers.append((f"long{place:02}", ANSWERED[place], "scored", ""))
    for place in range(3):
        samples.append((f"short{place}", "short.wav", place, "", "p1", 0.1 * place))
        answers.append((f"short{place}", *(("", "failed", "unreadable") if place == 1 else (0.2, "scored", ""))))
    samples.append(("alone", "alone.wav", "", "", "p1", 0.5))
    answers.append(("alone", 0.4, "scored", ""))
    for name, rows in (("samples", samples), ("answers", answers)):
        with (root / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    choices = [one for one in CHOICES if not one.startswith("dataset.modality")]
    given = [f"dataset.root={root}", f"model.file={root / 'answers.csv'}", f"out={root / 'run'}"]
    run(compose_study([*choices, "dataset.modality=voice", *given]), Silent())
    return Listing(read_viewed_run(root / "run"))


def row_of(listing: Listing, name: str) -> int:
    return int(listing.samples["sample_id"].to_pylist().index(name))


def test_a_course_is_in_the_order_of_time_and_knows_where_the_sample_is(listing: Listing) -> None:
    (course,) = clip_courses(listing, 0, row_of(listing, "long05"))
    assert (course["name"], course["here"]) == ("arousal", 5)
    assert course["middle"] == [4 * place + 2 for place in range(WINDOWS)]
    assert course["label"] == pytest.approx(SHOWN.tolist(), abs=1e-4)
    assert course["answer"] == pytest.approx(ANSWERED.tolist(), abs=1e-4)
    gap = SHOWN.mean() - ANSWERED.mean()
    expected = 2 * 0.5 * SHOWN.var() / (SHOWN.var() + 0.25 * SHOWN.var() + gap**2)
    assert course["ccc"] == pytest.approx(expected, abs=1e-4)


def test_what_was_not_answered_is_a_gap_and_few_samples_have_no_concordance(listing: Listing) -> None:
    (course,) = clip_courses(listing, 0, row_of(listing, "short2"))
    assert course["middle"] == [0, 1, 2]
    assert course["label"] == [0, 0.1, 0.2]
    assert course["answer"] == [0.2, None, 0.2]
    assert course["ccc"] is None


def test_what_is_no_part_of_a_clip_has_no_course(listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    assert clip_courses(listing, 0, row_of(listing, "alone")) == []
    monkeypatch.setattr("harness.viewer.clip_courses.MAX_WINDOWS", WINDOWS - 1)
    assert clip_courses(listing, 0, row_of(listing, "long05")) == []
    assert MAX_WINDOWS > WINDOWS
