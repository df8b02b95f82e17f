"""Sentences on how a system follows the courses of single people and clips."""

from __future__ import annotations

from harness.report.numbers import interval, number
from harness.report.run_curves import RunCurves
from harness.wording import quantity


def within_people(curves: RunCurves) -> list[str]:
    """One sentence for each dimension of which CCC is known within people, and one of it within clips.

    Where every person has one clip, the two are the same and the second is left out.
    """
    of_subjects = [
        f"CCC of {row['answer']} within each of {quantity(row['n_subjects'], 'subject')}, on average: "
        f"{number(row['y'])} {interval(row['lo'], row['hi'])}; the CCC above is that of all samples together."
        for row in curves.rows("within_subjects")
    ]
    one_each = [(row["answer"], row["n_samples"], row["n_subjects"]) for row in curves.rows("within_subjects")]
    of_clips = [
        f"CCC of {row['answer']} within each of {quantity(int(row['x']), 'clip')} of "
        f"{quantity(row['n_subjects'], 'subject')}, on average: "
        f"{number(row['y'])} {interval(row['lo'], row['hi'])}{_too_short(int(row['x_hi'] - row['x']))}."
        for row in curves.rows("within_clips")
        if row["x"] > row["n_subjects"] or (row["answer"], row["n_samples"], row["n_subjects"]) not in one_each
    ]
    return [*of_subjects, *of_clips]


def _too_short(num_clips: int) -> str:
    return f"; {quantity(num_clips, 'clip')} with too few samples left out" if num_clips else ""
