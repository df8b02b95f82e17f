"""Scores that devices gave over time, and what is known of each moment besides.

Shapes: n moments, one per person, device and time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from harness.arrays import Bools, Floats, Indices, Ints
from harness.practice_tests.wearables.measurements import Texts

REPORT, POSITIVE, NEGATIVE = "report", "positive", "negative"


@dataclass(frozen=True)
class Scores:
    """Scores of one or several devices, in the order of time within each person and device.

    Attributes:
        dataset: its name.
        subject_n: codes of the people.
        device_n: names of the devices.
        time_s_n: seconds from any common origin.
        score_n: NaN where the device gave none.
        moving_n: 1 where the person moves, 0 at rest; NaN where that is not known.
        motion_n: how much they move, in any unit; NaN where that is not known.
        stressor_n: 1 under a known stressor, 0 where there is none; NaN where that is not known.
        reports: ``report`` (felt stress), ``positive`` and ``negative`` (arousal) → what people said; NaN where
            they were not asked.
        documented: variable → its value, of which the maker says that the score is made of them.
    """

    dataset: str
    subject_n: Ints
    device_n: Texts
    time_s_n: Floats
    score_n: Floats
    moving_n: Floats
    motion_n: Floats
    stressor_n: Floats
    reports: Mapping[str, Floats] = field(default_factory=dict)
    documented: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def devices(self) -> list[str]:
        """Their names."""
        return sorted(set(self.device_n.tolist()))

    @property
    def num_subjects(self) -> int:
        """People."""
        return len(np.unique(self.subject_n))

    @property
    def num_moments(self) -> int:
        """Of all people, however many devices they wore."""
        return len(np.unique(np.stack([self.subject_n, self.time_s_n]), axis=1).T)

    @property
    def available_n(self) -> Bools:
        """Where the device gave a score."""
        return np.isfinite(self.score_n)

    def within(self, in_part_n: Bools) -> Scores:
        """Some of the moments."""
        return self._taken(np.flatnonzero(in_part_n))

    def in_time_order(self) -> Scores:
        """The same moments, in the order of time within each person and device."""
        return self._taken(np.lexsort((self.time_s_n, self.device_n, self.subject_n)))

    def of_device(self, device: str) -> Scores:
        """The moments of one device."""
        return self.within(self.device_n == device)

    def _taken(self, index: Indices) -> Scores:
        columns = ("subject_n", "device_n", "time_s_n", "score_n", "moving_n", "motion_n", "stressor_n")
        return replace(
            self,
            **{name: getattr(self, name)[index] for name in columns},
            reports={name: values[index] for name, values in self.reports.items()},
            documented={name: values[index] for name, values in self.documented.items()},
        )


def aligned(scores: Scores, prompts: Scores, window_s: float) -> Scores:
    """The prompts, each with the mean score of the moments within a window around it.

    Args:
        scores: of one device.
        prompts: a moment per answered questionnaire; their own scores are ignored.
        window_s: the largest distance in time, before and after.
    """
    score_n = np.full(len(prompts.time_s_n), np.nan)
    for person in np.unique(prompts.subject_n):
        own = np.flatnonzero((scores.subject_n == person) & scores.available_n)
        asked = np.flatnonzero(prompts.subject_n == person)
        sums = np.concatenate([[0.0], np.cumsum(scores.score_n[own])])
        time_s = scores.time_s_n[own]
        first = np.searchsorted(time_s, prompts.time_s_n[asked] - window_s, side="left")
        last = np.searchsorted(time_s, prompts.time_s_n[asked] + window_s, side="right")
        with np.errstate(invalid="ignore"):
            score_n[asked] = (sums[last] - sums[first]) / (last - first)
    return replace(prompts, score_n=score_n, device_n=np.full(len(score_n), scores.device_n[0]))
