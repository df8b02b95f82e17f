"""The blind control: does the system use the medium, or does it answer the same without?

Shapes: N samples, n of them asked, W scores and dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Floats, Ints
from harness.cards.modality import Modality
from harness.checks.checked_system import CheckedSystem
from harness.checks.probe_answers import answers_to, says_something
from harness.checks.unchanged_answers import Unchanged, unchanged
from harness.statistics.intervals import Interval
from harness.statistics.subject_means import SHARE, mean_over_subjects
from harness.tables.alignment import NO_LABEL, Aligned
from harness.tables.probe_tables import AS_GIVEN, BLIND, BLIND_VARIANTS
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import quantity

MAX_DEPENDENCE = 0.5
"""Where more than this share of the way from chance to all answers stays the same, the medium is not used."""

MIN_ALIKE = 59
"""With fewer people who all got the same answer, another answer may well be as frequent as one in twenty.

0.95 to the power of 59 is below 0.05. People count and not samples: what somebody is answered once is often what
they are answered again.
"""

GROUPS = {
    "removed": "medium removed",
    "swapped": "medium swapped",
    "background": "background alone",
    "no_picture": "picture removed",
    "no_sound": "sound removed",
}
"""What a finding is about, by variant."""

_NOUNS = {
    Modality.FACE: "picture",
    Modality.BODY: "picture",
    Modality.VIDEO: "film",
    Modality.AUDIOVISUAL: "film",
    Modality.VOICE: "sound",
}

_DROPPED = (
    "Remedy: see whether the medium reaches the system at all (a service may drop what it cannot read, and answer "
    "all the same), and whether what it is told besides gives the answer."
)
_AROUND = (
    "Remedy: show the same people before other backgrounds, or cut the faces out; what stands around a face "
    "differs between datasets."
)

_NOTHING_SAID = (
    "Asked so, the system neither gave an answer that could be read nor declined; probes.parquet has the reasons."
)


def blind(system: CheckedSystem) -> list[Result]:
    """Whether the answers stay the same without the medium, with another's, or with the background alone."""
    answers = answers_to(system, BLIND)
    if answers.num_rows == 0:
        reason = (
            "The system was not asked without its media: it reads none, is trained within the study, answered "
            "none, or checks.max_blind is 0."
        )
        return [system.finding(BLIND, not_tested(reason))]
    own = _of_variant(answers, AS_GIVEN)
    found = {variant: _of_variant(answers, variant) for variant in BLIND_VARIANTS}
    findings: list[Result] = []
    for variant, rows in found.items():
        if rows.num_rows:
            blind_anyway = any(one.group == GROUPS["removed"] and one.verdict == "not_met" for one in findings)
            findings.append(_finding(system, variant, own, rows, blind_anyway=blind_anyway))
        elif pc.any(pc.equal(answers["variant"], variant)).as_py():
            findings.append(system.finding(BLIND, not_tested(_NOTHING_SAID), group=GROUPS[variant]))
    return findings


def samples_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The samples that were asked so; of a system that does not use the medium, those whose answer stays: ``[N]``.

    Args:
        system: that was checked.
        finding: of this check, as a row of the results.
    """
    behind_N = np.zeros(system.samples.num_rows, bool)
    answers = answers_to(system, BLIND)
    variant = next((name for name, group in GROUPS.items() if group == finding["group"]), "")
    rows = _of_variant(answers, variant)
    if not rows.num_rows:
        return ~behind_N
    row_n, compared = _compared(system, _of_variant(answers, AS_GIVEN), rows)
    behind_N[row_n[compared.same_n] if finding["verdict"] == "not_met" else row_n] = True
    return behind_N


def _of_variant(answers: pa.Table, variant: str) -> pa.Table:
    """The rows of one variant that say something: an answer, or why the system declined to give one."""
    rows = answers.filter(pc.equal(answers["variant"], variant))
    return rows.filter(pa.array(says_something(rows)))


def _compared(system: CheckedSystem, own: pa.Table, rows: pa.Table) -> tuple[Ints, Unchanged]:
    """Which samples were asked ``[n]``, and whether their answers stayed the same."""
    at = pc.index_in(rows["sample_id"], value_set=system.samples["sample_id"]).to_numpy()
    order = np.argsort(at)
    rows, row_n = rows.take(pa.array(order)), at[order]
    own = own.take(pc.index_in(rows["sample_id"], value_set=own["sample_id"]).combine_chunks())
    difference_n = pc.fill_null(rows["max_difference"], np.inf).to_numpy()
    compared = unchanged(
        own["label"].to_pylist(),
        rows["label"].to_pylist(),
        difference_n,
        numbers_nW=_numbers(system.aligned, row_n),
        subject_n=system.aligned.subject[row_n],
        seed=system.seed,
    )
    return row_n, compared


def _finding(system: CheckedSystem, variant: str, own: pa.Table, rows: pa.Table, *, blind_anyway: bool) -> Result:
    row_n, compared = _compared(system, own, rows)
    subject_n = system.aligned.subject[row_n]
    share, interval = mean_over_subjects(compared.same_n.astype(np.float64), subject_n, system.level, SHARE)
    num_subjects = len(np.unique(subject_n))
    finding = partial(
        system.finding,
        BLIND,
        group=GROUPS[variant],
        value=share,
        null=compared.null,
        num_samples=len(row_n),
        num_subjects=num_subjects,
    )
    if num_subjects < system.min_subjects:
        reason = f"{quantity(num_subjects, 'subject')}; at least {system.min_subjects} are needed."
        return finding(not_tested(reason))
    limit = compared.by_chance + MAX_DEPENDENCE * (1.0 - compared.by_chance)
    (modality,) = system.samples["modality"].take(pa.array(row_n[:1])).to_pylist()
    noun = _NOUNS.get(modality, "recording")
    doubt = _doubt(system.aligned.truth[row_n], num_subjects) if compared.is_one else None
    return finding(
        _judged(variant, noun, compared, interval, limit, doubt, blind_anyway=blind_anyway),
        interval=(interval.lo, interval.hi),
        method=interval.method,
        threshold=limit,
    )


def _numbers(aligned: Aligned, row_n: Ints) -> Floats:
    """The scores and dimensions that the samples got ``[n, W]``."""
    columns: list[npt.NDArray[np.floating]] = [
        predicted_N[row_n, None] for _, predicted_N in aligned.dimensions.values()
    ]
    columns += [] if aligned.label_scores is None else [aligned.label_scores[row_n]]
    return np.concatenate([np.empty((len(row_n), 0)), *columns], axis=1, dtype=np.float64)


def _doubt(truth_n: Ints, num_subjects: int) -> str | None:
    """Why a system that uses the medium may have given all samples the same answer; None if it hardly can."""
    if len(np.unique(truth_n)) == 1 and truth_n[0] != NO_LABEL:
        return "as the right answer to all of them is the same"
    if num_subjects < MIN_ALIKE:
        return f"as all of them got the same answer, and they are of fewer than {MIN_ALIKE} people"
    return None


def _judged(
    variant: str,
    noun: str,
    compared: Unchanged,
    interval: Interval,
    limit: float,
    doubt: str | None,
    *,
    blind_anyway: bool,
) -> Judgement:
    """The verdict; whether a system looks at the background cannot be said of one that does not look at all."""
    num, same = len(compared.same_n), int(compared.same_n.sum())
    chance = f"; {compared.by_chance * num:.0f} would by chance" if compared.by_chance else ""
    stay = f"{same} of {quantity(num, 'answer')} stay the same{chance}"
    how = _how(variant, noun)
    if interval.lo is None or interval.hi is None:
        return checked(None, f"{how} {stay}; {interval.reason}.")
    if variant == "background" and blind_anyway:
        return checked(None, f"{how} {stay}, as without the {noun}.")
    if interval.lo > limit and doubt is not None:
        return checked(None, f"{how} {stay}; {doubt}, it cannot be said whether it uses it.")
    if interval.lo > limit:
        said, remedy = _fault(variant, noun)
        return checked(True, f"{said}: {how[0].lower()}{how[1:]} {stay}. {remedy}")
    if interval.hi < limit:
        return checked(False, f"{how} {stay}.")
    return checked(None, f"{how} {stay}; with these samples it cannot be said whether it uses it.")


def _how(variant: str, noun: str) -> str:
    return {
        "removed": f"Without the {noun}",
        "swapped": f"With the {noun} of another sample that got another answer",
        "background": f"With the face in the {noun} covered",
        "no_picture": "Without its picture",
        "no_sound": "Without its sound",
    }[variant]


def _fault(variant: str, noun: str) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    if variant == "background":
        return "The answers follow the background and not the face", _AROUND
    used = {"no_picture": "picture of the film", "no_sound": "sound of the film"}.get(variant, noun)
    return f"The answers do not depend on the {used}", _DROPPED
