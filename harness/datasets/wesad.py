"""WESAD: wearable stress and affect detection (Schmidt et al. 2018, doi:10.1145/3242969.3242985).

Layout: ``S2/S2.pkl`` … ``S17/S17.pkl`` without S12; beside each pickle ``S2_readme.txt`` (the person) and
``S2_quest.csv`` (ratings after each condition). ``label`` in the pickle says at 700 Hz which condition it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pyarrow as pa

from harness.datasets.cut_windows import stretches
from harness.datasets.respiban_e4 import CHEST_RATE_HZ
from harness.datasets.respiban_e4_reader import RespibanE4Options, RespibanE4Reader
from harness.datasets.wesad_notes import read_person, read_ratings

Condition = Literal["baseline", "stress", "amusement", "meditation"]

LABELS: Mapping[int, Condition] = {1: "baseline", 2: "stress", 3: "amusement", 4: "meditation"}
"""0 is between conditions; 5, 6 and 7 are to be ignored, as the dataset's own readme says."""
IGNORED = (0, 5, 6, 7)


class WesadOptions(RespibanE4Options):
    """Which windows are read.

    Attributes:
        conditions: whose windows are read.
    """

    conditions: tuple[Condition, ...] = ("baseline", "stress", "amusement")


class WesadReader(RespibanE4Reader[WesadOptions]):
    """Windows inside one condition, by person in the order of their numbers, then by time."""

    Options = WesadOptions

    def layout_problems(self, samples: pa.Table) -> list[str]:  # noqa: ARG002 (the files are compared, not windows)
        """Per person: signals of another length than the labels, unknown labels, notes that are absent."""
        problems = []
        for subject in self.subjects():
            labels = self.array(self.pickle(subject), "label")
            problems += self.other_lengths(subject, len(labels) / CHEST_RATE_HZ)
            unknown = sorted({found.value for found in stretches(labels, CHEST_RATE_HZ)} - {*LABELS, *IGNORED})
            problems += [f"{subject}: unknown label {value}" for value in unknown]
            notes = (f"{subject}/{subject}_{note}" for note in ("readme.txt", "quest.csv"))
            problems += [f"{subject}: {note} is absent" for note in notes if not self.file(note).is_file()]
        return problems

    def rows(self, subject: str) -> Iterator[dict[str, Any]]:
        """One per window that lies wholly inside one condition.

        ``ctx.condition`` counts conditions of the same label (meditation comes twice), ``ctx.sam_valence`` and
        ``ctx.sam_arousal`` are the person's own ratings (1 to 9) after it, null where there are none.
        """
        person = read_person(self.file(f"{subject}/{subject}_readme.txt"))
        ratings = read_ratings(self.file(f"{subject}/{subject}_quest.csv"))
        times: Counter[str] = Counter()
        for stretch in stretches(self.array(self.pickle(subject), "label"), CHEST_RATE_HZ):
            label = LABELS.get(stretch.value)
            if label is None:
                continue
            times[label] += 1
            if label in self.options.conditions:
                rated = ratings.get(label, [])[times[label] - 1 : times[label]]
                valence, arousal = rated[0] if rated else (None, None)
                context = {"ctx.condition": times[label], "ctx.sam_valence": valence, "ctx.sam_arousal": arousal}
                yield from self.windows_of(subject, label, stretch, person | context)
