"""Frames of films without an answer, for the report and the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.report.numbers import interval, number, percent, short
from harness.report.run_curves import RunCurves
from harness.wording import quantity

MAX_GROUPS = 60


@dataclass(frozen=True)
class FilmFrames:
    """The share of frames without an answer within films.

    Attributes:
        overall: the row of all films.
        groups: the rows of groups of enough people, at most `MAX_GROUPS`.
        num_more: groups that are not shown.
    """

    overall: dict[str, Any]
    groups: Sequence[dict[str, Any]]
    num_more: int

    @property
    def sentence(self) -> str:
        """Of all films."""
        row = self.overall
        films, people = quantity(row["n_samples"], "film"), quantity(row["n_subjects"], "subject")
        return (
            f"Within {films} of {people} that have an answer, the system has none to {percent(row['y'])} of the "
            f"frames {interval(row['lo'], row['hi'])}, such as where it found no face."
        )

    @property
    def lines(self) -> list[str]:
        """For the terminal: of all films, and of the groups of each axis."""
        of_axis: dict[str, list[str]] = {}
        for row in self.groups:
            of_axis.setdefault(row["axis"], []).append(f"{short(row['group'])} {number(row['y'])}")
        return [self.sentence, *(f"- {axis}: {', '.join(groups)}" for axis, groups in of_axis.items())]


def film_frames(curves: RunCurves) -> FilmFrames | None:
    """The rows of a run; None where every frame of every film has an answer, or there are no films."""
    rows = curves.rows("frames_without_answer")
    overall = next((row for row in rows if row["axis"] == "overall"), None)
    if overall is None or not overall["y"]:
        return None
    groups = [row for row in rows if row is not overall]
    return FilmFrames(overall, groups[:MAX_GROUPS], max(0, len(groups) - MAX_GROUPS))
