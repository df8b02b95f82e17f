from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.attributes.groups import group_samples
from harness.errors import HarnessError
from harness.measurement.frame_coverage import frame_coverage
from harness.report.film_frames import film_frames
from harness.report.run_curves import RunCurves
from harness.tables.curves import Curve, curves_table
from harness.tables.film_frames import FRAMES, validate_frames
from harness.tables.samples import samples_table

SAMPLES = samples_table(
    [
        {
            "sample_id": f"f{number}",
            "subject_id": f"p{number // 2}",
            "modality": "video",
            "label_source": "acted",
            "attr.sex": ("female", "male")[number // 4],
        }
        for number in range(8)
    ]
)
COUNTS = [(8, 8), (4, 8), (8, 8), (8, 8), (2, 8), (1, 8), (8, 8)]  # the eighth film has no answer


def frames(counts: list[tuple[int, int]] = COUNTS, model: str = "m") -> pa.Table:
    rows = [
        {"sample_id": f"f{number}", "model": model, "condition": "clean", "answered": answered, "frames": of}
        for number, (answered, of) in enumerate(counts)
    ]
    return pa.Table.from_pylist(rows, schema=FRAMES)


def rows(table: pa.Table, **changes: Any) -> list[Curve]:
    options = {"dataset": "d", "model": "m", "level": 0.95, "min_subjects": 2, **changes}
    return list(frame_coverage(table, SAMPLES, [group_samples(SAMPLES, "sex")], **options))


def test_the_share_of_frames_within_films_of_all_and_of_each_group() -> None:
    lacking = np.array([1 - answered / of for answered, of in COUNTS])
    found = rows(frames())
    assert [(row.axis, row.group, row.n_samples, row.n_subjects) for row in found] == [
        ("overall", "all", 7, 4),
        ("sex", "female", 4, 2),
        ("sex", "male", 3, 2),
    ]
    np.testing.assert_allclose([row.y for row in found], [lacking.mean(), lacking[:4].mean(), lacking[4:].mean()])
    assert all(row.lo is not None and row.lo <= row.y <= row.hi for row in found)  # type: ignore[operator]


def test_groups_of_few_people_and_other_models_are_left_out() -> None:
    assert [row.group for row in rows(frames(), min_subjects=3)] == ["all"]
    assert rows(frames(model="other")) == []


def test_the_report_says_it_where_frames_lack_an_answer() -> None:
    shown = film_frames(RunCurves(curves_table(rows(frames())), "m"))
    assert shown is not None
    assert shown.lines[0].startswith("Within 7 films of 4 subjects that have an answer, the system has none to 30")
    assert shown.lines[1].startswith("- sex: female 0.125, male 0.54")
    assert film_frames(RunCurves(curves_table(rows(frames([(8, 8)] * 7))), "m")) is None
    assert film_frames(RunCurves(curves_table([]), "m")) is None


@pytest.mark.parametrize(
    ("counts", "message"), [([(9, 8)], "not from 1 to the number"), ([(0, 8)], "not from 1 to the number")]
)
def test_counts_that_cannot_be_are_refused(counts: list[tuple[int, int]], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        validate_frames(frames(counts), SAMPLES)


def test_unknown_and_repeated_films_are_refused() -> None:
    with pytest.raises(HarnessError, match="no sample of the study"):
        validate_frames(frames(), SAMPLES.slice(0, 3))
    with pytest.raises(HarnessError, match="stands twice"):
        validate_frames(pa.concat_tables([frames(), frames()]), SAMPLES)
