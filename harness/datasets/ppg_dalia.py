"""PPG-DaLiA: activities of daily life with a wristband and an ECG (Reiss et al. 2019, doi:10.3390/s19143079).

Layout: ``S1/S1.pkl`` … ``S15/S15.pkl``. ``activity`` says at 4 Hz what the person did, ``label`` is the heart rate
of the ECG in windows of 8 s every 2 s, and ``questionnaire`` says who it is, with the type of skin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa

from harness.arrays import Floats
from harness.datasets.cut_windows import stretches
from harness.datasets.respiban_e4 import Place
from harness.datasets.respiban_e4_reader import RespibanE4Options, RespibanE4Reader
from harness.signals.numpy_pickle import NumpyPickle

Activity = Literal["sitting", "stairs", "table_soccer", "cycling", "driving", "lunch", "walking", "working"]

ACTIVITIES: Mapping[int, Activity] = {
    1: "sitting", 2: "stairs", 3: "table_soccer", 4: "cycling",
    5: "driving", 6: "lunch", 7: "walking", 8: "working",
}  # fmt: skip
"""0 is between activities."""

ACTIVITY_RATE_HZ = 4.0
HEART_RATE_WINDOW_S, HEART_RATE_STRIDE_S = 8.0, 2.0
FITZPATRICK = ("I", "II", "III", "IV", "V", "VI")
_SEXES = {"m": "male", "male": "male", "f": "female", "female": "female"}


class PpgDaliaOptions(RespibanE4Options):
    """Which windows are read.

    Attributes:
        activities: whose windows are read.
    """

    activities: tuple[Activity, ...] = tuple(ACTIVITIES.values())


class PpgDaliaReader(RespibanE4Reader[PpgDaliaOptions]):
    """Windows inside one activity, by person in the order of their numbers, then by time.

    Of the chest ECG, respiration and acceleration are read, which the publication describes.
    """

    Options = PpgDaliaOptions
    undescribed: ClassVar[Mapping[Place, tuple[str, ...]]] = {"chest": ("eda", "emg", "temperature")}

    def layout_problems(self, samples: pa.Table) -> list[str]:  # noqa: ARG002 (the files are compared, not windows)
        """Per person: signals of another length than the activities, unknown activities and types of skin."""
        problems = []
        for subject in self.subjects():
            pickle = self.pickle(subject)
            activity = self.array(pickle, "activity")
            problems += self.other_lengths(subject, len(activity) / ACTIVITY_RATE_HZ)
            unknown = sorted({found.value for found in stretches(activity, ACTIVITY_RATE_HZ)} - {0, *ACTIVITIES})
            problems += [f"{subject}: unknown activity {value}" for value in unknown]
            if _person(pickle)["attr.fitzpatrick"] is None:
                problems.append(f"{subject}: the questionnaire states no type of skin from 1 to 6")
        return problems

    def rows(self, subject: str) -> Iterator[dict[str, Any]]:
        """One per window that lies wholly inside one activity.

        ``ctx.heart_rate`` is the mean of the ECG's heart rates (1/min) of the windows of 8 s inside this one.
        """
        pickle = self.pickle(subject)
        person = _person(pickle)
        rates = np.asarray(self.array(pickle, "label"), np.float64).ravel()
        for stretch in stretches(self.array(pickle, "activity"), ACTIVITY_RATE_HZ):
            label = ACTIVITIES.get(stretch.value)
            if label is not None and label in self.options.activities:
                for row in self.windows_of(subject, label, stretch, person):
                    yield row | {"ctx.heart_rate": _heart_rate(rates, row["start_s"], row["end_s"])}


def _heart_rate(rates: Floats, start_s: float, end_s: float) -> float | None:
    first = int(np.ceil(start_s / HEART_RATE_STRIDE_S))
    last = int(np.floor((end_s - HEART_RATE_WINDOW_S) / HEART_RATE_STRIDE_S))
    inside = rates[first : last + 1] if last >= first else rates[:0]
    return round(float(inside.mean()), 3) if len(inside) and np.isfinite(inside).all() else None


def _person(pickle: NumpyPickle) -> dict[str, Any]:
    def stated(name: str) -> Any:
        return pickle.value("questionnaire", name) if pickle.has("questionnaire", name) else None

    skin, age, gender = stated("SKIN"), stated("AGE"), stated("Gender")
    return {
        "attr.age": float(age) if type(age) in (int, float) and 0 < age < 130 else None,
        "attr.sex": _SEXES.get(gender.strip().lower()) if isinstance(gender, str) else None,
        "attr.fitzpatrick": FITZPATRICK[int(skin) - 1]
        if type(skin) in (int, float) and skin in range(1, 7)
        else None,
    }
