"""Proxy leakage: do the scores reveal the group of a person, beyond what the label explains?

A system that is never given the attribute can still reveal it in its scores to whoever uses them.

Shapes: S subjects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.attributes.groups import Groups
from harness.checks.checked_system import MAX_CLASSES, CheckedSystem
from harness.checks.people_scores import PeopleScores, people_scores
from harness.checks.score_leak import GUESSING, PERMUTATIONS, RESAMPLES, ScoreLeak, score_leak, told_apart
from harness.statistics.tail_quantiles import expanded_tail
from harness.statistics.threads import in_threads, one_thread
from harness.tables.alignment import NO_LABEL
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import listed, quantity

CHECK = "proxy_leakage"
MIN_PER_GROUP = 10
"""Groups with fewer subjects are not predicted."""

MAX_SUBJECTS = 1000
"""With more, a random part of the subjects is used."""

MAX_GAIN = 0.1
"""To pass, the interval of the gain in AUC must end below this, and so must the range of gains by chance."""

MIN_P = 0.2
"""To pass, the p-value must be larger."""


def proxy_leakage(system: CheckedSystem) -> list[Result]:
    """For every axis: how well groups of left-out people are predicted from label and scores, and from the label.

    A person is described by the mean of the scores, less the mean score of samples with the same label. The
    figure is the gain in AUC over the labels and the share of scored samples; its interval resamples subjects. It
    and the largest difference in a single mean score are tested by permuting the scores among people, at half the
    error of the study, divided among the axes (see `score_leak`).
    """
    if system.aligned.mapping is None or len(system.aligned.mapping.classes) > MAX_CLASSES or not system.axes:
        return []
    everybody = people_scores(system.aligned)
    with one_thread():
        return list(in_threads(lambda groups: _along(system, everybody, groups), system.axes))


def samples_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The samples of the people whose group was told from their scores; if scores tell none, of all: ``[N]``.

    All are those of the groups that were compared.

    Args:
        system: that was checked.
        finding: of this check, as a row of the results.
    """
    groups = next((groups for groups in system.axes if groups.axis == finding["group"]), None)
    people = None if groups is None else _people(system, people_scores(system.aligned), groups)
    if people is None:  # the table names another axis than the samples have
        return np.ones(system.samples.num_rows, bool)
    subjects = people.subject
    if finding["verdict"] == "not_met":
        with one_thread():
            subjects = subjects[told_apart(people.labels, people.scores, people.group, system.seed)]
    behind_N: Bools = np.isin(system.aligned.subject, subjects)
    return behind_N


@dataclass(frozen=True)
class _People:
    """Subjects with a group: who, their group, what the label says of them, and what the scores say beyond it."""

    subject: Ints
    group: Ints
    labels: Floats
    scores: Floats
    drawn: bool


def _along(system: CheckedSystem, everybody: PeopleScores, groups: Groups) -> Result:
    if not groups.is_nested(system.aligned.subject):
        return system.finding(CHECK, not_tested("The attribute varies within a person."), group=groups.axis)
    people = _people(system, everybody, groups)
    if people is None:
        reason = f"Fewer than two groups with {quantity(_least(system), 'subject')} who have scores."
        return system.finding(CHECK, not_tested(reason), group=groups.axis)
    tail = (1 - system.level) / len(system.axes)
    leak = score_leak(people.labels, people.scores, people.group, system.seed)
    lo, hi = (float(bound) for bound in np.quantile(leak.permuted, [tail, 1 - tail]))
    inside = expanded_tail((1 - system.level) / 2, len(people.group))
    interval = [float(bound) for bound in np.nanquantile(leak.gain[1:], [inside, 1 - inside])]
    carried = True if leak.p <= tail / 2 else False if _is_excluded(leak, max(interval[1], hi)) else None
    drawn = f" ({quantity(len(people.group), 'subject')}, drawn at random)" if people.drawn else ""
    return system.finding(
        CHECK,
        _judged(carried, f"{groups.axis} of people left out{drawn}", leak, everybody.names[leak.score]),
        group=groups.axis,
        value=float(leak.gain[0]),
        interval=(interval[0], interval[1]),
        null=(lo, hi),
        threshold=MAX_GAIN,
        method=f"subject bootstrap, {RESAMPLES} resamples; null by {PERMUTATIONS} permutations of subjects",
        num_subjects=len(people.group),
    )


def _is_excluded(leak: ScoreLeak, largest: float) -> bool:
    """Whether a gain of more than `MAX_GAIN` can be excluded. An AUC below 0.5 is evidence of nothing."""
    return largest <= MAX_GAIN and leak.full[0] >= GUESSING and leak.p > MIN_P


def _judged(carried: bool | None, group: str, leak: ScoreLeak, score: str) -> Judgement:
    found = (
        f"The group of {group} is predicted with an AUC of {leak.full[0]:.2f} from labels and scores, "
        f"{leak.base[0]:.2f} from labels alone (p = {leak.p:.3f})"
    )
    if carried:
        found += (
            f": the scores reveal the attribute, most of all the score of {listed([score])}. Remedy: look for "
            "what differs between the groups at equal label; pass on answers where scores are not needed"
        )
    elif carried is None:
        found += "; too few people to exclude that the scores reveal it"
    return checked(carried, f"{found}.")


def _least(system: CheckedSystem) -> int:
    return max(system.min_subjects, MIN_PER_GROUP)


def _people(system: CheckedSystem, everybody: PeopleScores, groups: Groups) -> _People | None:
    """The subjects of groups with enough of them; None if there are fewer than two such groups."""
    group_S = np.full(system.aligned.num_subjects, NO_LABEL)
    group_S[system.aligned.subject] = groups.index
    unknown = NO_LABEL if groups.unknown is None else groups.unknown
    usable_S = everybody.has_scores & (group_S != unknown)
    sizes = np.bincount(group_S[usable_S], minlength=len(groups.names))
    kept = np.flatnonzero(sizes >= _least(system))
    if len(kept) < 2:
        return None
    chosen = np.flatnonzero(usable_S & np.isin(group_S, kept))
    drawn = len(chosen) > MAX_SUBJECTS
    if drawn:
        chosen = _drawn(chosen, group_S, system.seed)
    return _People(
        subject=chosen,
        group=np.searchsorted(kept, group_S[chosen]),
        labels=everybody.labels[chosen],
        scores=everybody.scores[chosen],
        drawn=drawn,
    )


def _drawn(chosen: Ints, group_S: Ints, seed: int) -> Ints:
    """`MAX_SUBJECTS` of the chosen, small groups first, so that none is lost."""
    shuffled = np.random.default_rng(seed).permutation(chosen)
    by_group = shuffled[np.argsort(group_S[shuffled], kind="stable")]
    starts = np.flatnonzero(np.diff(group_S[by_group], prepend=NO_LABEL - 1))
    place_S = np.arange(len(by_group)) - np.repeat(starts, np.diff([*starts, len(by_group)]))
    return np.sort(by_group[np.argsort(place_S, kind="stable")[:MAX_SUBJECTS]])
