"""Does the audit without labels name the right gap of a system, and none of one that treats everybody alike?

30 to 240 people of three groups, of 50, 30 and 20 %, have ten pictures each. A system answers fewer, more
negatively or less surely in the last group; its answers go as tables through what the audit does with those of a
study. Then
one whose gaps are exactly at the limits, because of some people everything is missing and of most nothing.

    OMP_NUM_THREADS=1 python benchmarks/validity/audited_people.py     (prints the tables of practice_tests.md)
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from named_defects import AT_LIMIT, Verdicts, study

from harness.attributes.grouping import Grouping
from harness.practice_tests.audit.audit_options import AuditOptions
from harness.practice_tests.audit.audited_answers import audited_of
from harness.practice_tests.audit.group_questions import group_questions
from harness.practice_tests.questions import answered
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table
from harness.tables.schemas import TIMINGS

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LABELS = ("anger", "happiness")
SHARES = {"a": 0.5, "b": 0.3, "c": 0.2}
EACH = 10
PEOPLE = (30, 60, 120, 240)
OPTIONS = AuditOptions(model="made", axes=("origin",))
GAPS = ("coverage_gap", "negative_gap", "confidence_gap")
DEFECTS = {
    "treats all alike": (),
    "fewer answers": ("coverage_gap",),
    "more negative answers": ("negative_gap",),
    "less sure answers": ("confidence_gap",),
}
"""System → which gap it has; the group is ``c``, and gaps of the others follow from it."""


def main() -> None:
    """Print the tables."""
    study(__doc__ or "", tested, DEFECTS, PEOPLE, GAPS)


def tested(system: str, people: int, seed: int) -> Verdicts:
    """Which gap → its verdict: that of group ``c`` at the limits, and the most serious of all groups otherwise."""
    samples, person, in_c = pictures(people)
    predictions = made(system, np.random.default_rng([seed, people]), samples, person, in_c)
    audited = audited_of(samples, predictions, TIMINGS.empty_table(), "made", Grouping(), OPTIONS)
    rows = answered(list(group_questions(audited, OPTIONS)), OPTIONS.level)
    found: dict[str, str] = {}
    for gap in GAPS:
        verdicts = {row.group: str(row.verdict) for row in rows if row.metric == gap}
        worst = ("not_met", "inconclusive", "not_tested", "met")
        of_all = min(verdicts.values(), key=worst.index)
        found[gap] = verdicts["c"] if system == AT_LIMIT or gap in DEFECTS[system] else of_all
    return found


@cache
def pictures(people: int) -> tuple[pa.Table, Ints, npt.NDArray[np.bool_]]:
    """The samples, and of each the person, and whether they are of the last group."""
    ends = np.round(np.cumsum(list(SHARES.values())) * people)
    group = np.searchsorted(ends, np.arange(people), side="right")
    person = np.repeat(np.arange(people), EACH)
    rows = [
        {
            "sample_id": f"{number:05}",
            "modality": "face",
            "subject_id": f"p{of:03}",
            "label_source": "not_stated",
            "attr.origin": tuple(SHARES)[group[of]],
        }
        for number, of in enumerate(person.tolist())
    ]
    return samples_table(rows), person, group[person] == len(SHARES) - 1


def made(
    system: str, rng: np.random.Generator, samples: pa.Table, person: Ints, in_c: npt.NDArray[np.bool_]
) -> pa.Table:
    """The predictions of a system."""
    num = person.max() + 1
    at_limit, limits = system == AT_LIMIT, OPTIONS.limits
    of_person = in_c[::EACH]
    missing = np.where(of_person & (system == "fewer answers"), 0.3, 0.03)
    negative = np.where(of_person & (system == "more negative answers"), 0.7, 0.3)
    sure = np.where(of_person & (system == "less sure answers"), 0.65, 0.8)
    if at_limit:
        missing, negative = 0.05 + limits.coverage * of_person, 0.3 + limits.negative * of_person
        sure = sure - limits.confidence * of_person
    strength = 0.5 if at_limit else 20.0  # the smaller, the more people of whom nothing or everything is missing
    missing_S = rng.beta(strength * missing, strength * (1 - missing))
    negative_S = rng.beta(8 * negative, 8 * (1 - negative))
    answer = np.where(rng.random(len(person)) < negative_S[person], 0, 1)
    scored = rng.random(len(person)) >= missing_S[person]
    confidence = np.clip((sure + rng.normal(0, 0.03, num))[person] + rng.normal(0, 0.03, len(person)), 0.5, 1)
    scores = np.where(np.arange(2) == answer[:, None], confidence[:, None], 1 - confidence[:, None])
    labels = np.array(LABELS, dtype=object)[answer]
    return predictions_table(
        model="made",
        labels=LABELS,
        sample_id=samples["sample_id"],
        outcome=np.where(scored, "scored", "failed").tolist(),
        reason=np.where(scored, None, "no_face").tolist(),
        label=np.where(scored, labels, None).tolist(),
        scores=[of if is_scored else None for of, is_scored in zip(scores.tolist(), scored.tolist(), strict=True)],
    )


if __name__ == "__main__":
    main()
