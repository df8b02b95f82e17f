from __future__ import annotations

import numpy as np

from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.measurement.cells import by_group, by_subject, cells_of
from harness.metrics.categorical import categorical

SUBJECT = np.array([0, 0, 1, 1, 1, 2])
SEX = Groups(("sex",), (Group.of("female"), Group.of("male")), np.array([0, 0, 1, 1, 1, 0]))
LIGHT = Groups(
    ("light",), (Group.of("bright"), Group.of("dim"), Group.of("unknown")), np.array([0, 1, 0, 0, 1, 2])
)
TRUTH = np.array([0, 0, 0, 1, 1, 1])
ANSWER = np.array([0, 1, 0, 0, 1, 1])


def tally_of(row: np.ndarray, num_rows: int) -> list:
    return [categorical(row, TRUTH, ANSWER, num_rows=num_rows, classes=("a", "b"), per_class=False)]


def test_an_attribute_of_people_divides_nothing() -> None:
    cells = cells_of(SUBJECT, [SEX])
    assert cells.row.tolist() == SUBJECT.tolist()
    assert cells.subject.tolist() == [0, 1, 2]
    assert cells.group["sex"].tolist() == [0, 1, 0]


def test_an_attribute_that_varies_within_people_divides_them() -> None:
    cells = cells_of(SUBJECT, [SEX, LIGHT])
    assert len(cells.subject) == 5
    for row, subject, sex, light in zip(cells.row, SUBJECT, SEX.index, LIGHT.index, strict=True):
        assert (cells.subject[row], cells.group["sex"][row], cells.group["light"][row]) == (subject, sex, light)


def test_cells_add_up_to_what_is_counted_directly() -> None:
    cells = cells_of(SUBJECT, [SEX, LIGHT])
    tallies = tally_of(cells.row, len(cells.subject))
    (whole,) = by_subject(tallies, cells)
    np.testing.assert_array_equal(whole.sums, tally_of(SUBJECT, 3)[0].sums)
    pairs = by_group(tallies, cells, SEX)
    assert (pairs.subject.tolist(), pairs.group.tolist()) == ([0, 1, 2], [0, 1, 0])
    np.testing.assert_array_equal(pairs.tallies[0].sums, whole.sums)
    lit = by_group(tallies, cells, LIGHT)
    assert list(zip(lit.subject.tolist(), lit.group.tolist(), strict=True)) == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
        (2, 2),
    ]
    for group in range(3):
        chosen = LIGHT.index == group
        np.testing.assert_array_equal(
            lit.tallies[0].sums[lit.members(group)].sum(0),
            categorical(
                SUBJECT[chosen], TRUTH[chosen], ANSWER[chosen], num_rows=3, classes=("a", "b"), per_class=False
            ).sums.sum(0),
        )
