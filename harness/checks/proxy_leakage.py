"""Proxy leakage: do the scores give away who somebody is, beyond what the label explains?

A system that never sees the attribute can still carry it in its scores, for whoever uses them next.

Shapes: N samples, S subjects, C classes of the truth, L scores, G groups, B resamples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.attributes.groups import Groups
from harness.checks.checked_system import MAX_CLASSES, CheckedSystem
from harness.checks.group_prediction import NUM_FOLDS, cross_fitted, mean_auc
from harness.checks.left_out import stratified_folds
from harness.metrics.tally import ratio, sum_by_row
from harness.statistics.intervals import expanded_tail
from harness.statistics.resampling import subject_weights
from harness.statistics.threads import one_thread
from harness.tables.alignment import NO_LABEL, Aligned
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import quantity

CHECK = "proxy_leakage"
MIN_PER_GROUP = 10
"""Subjects that a group needs for its members to be told at all."""

MAX_SUBJECTS = 1000
"""Beyond these a random part of the subjects is enough."""

PERMUTATIONS, RESAMPLES = 200, 400
AT_ONCE = 20
"""Permutations computed together."""

GUESSING = 0.5
"""The AUC of somebody who knows nothing: what is under it is noise of the folds, and no gain to count from."""

MAX_GAIN = 0.1
"""Passed, if the interval of the gain in AUC ends under this, and chance reaches no further."""


def proxy_leakage(system: CheckedSystem) -> list[Result]:
    """For every axis: how well groups of left-out people are told from label and scores, and from the label alone.

    What stands for a person is the mean of the scores, less what samples of the same label score in the mean. The
    figure is the gain in AUC over the labels and the share of scored samples. It is held against the gain of
    scores that were dealt to other people, at an error that all axes share; its interval resamples subjects.
    """
    if system.aligned.mapping is None or len(system.aligned.mapping.classes) > MAX_CLASSES or not system.axes:
        return []
    everybody = _described(system.aligned)
    with one_thread():
        return [_along(system, everybody, groups) for groups in system.axes]


@dataclass(frozen=True)
class _Everybody:
    """All subjects: what the label says of each, what the scores say beyond it, and whether there are scores."""

    labels: Floats
    scores: Floats
    has_scores: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _People:
    """Subjects with a group: their group, what the label says of them, and what the scores say beyond it."""

    num_groups: int
    group: Ints
    labels: Floats
    scores: Floats
    drawn: bool


def _along(system: CheckedSystem, everybody: _Everybody, groups: Groups) -> Result:
    if not groups.is_nested(system.aligned.subject):
        return system.finding(CHECK, not_tested("The attribute varies within a person."), group=groups.axis)
    people = _people(system, everybody, groups)
    if people is None:
        reason = f"Fewer than two groups with {quantity(_least(system), 'subject')} who have scores."
        return system.finding(CHECK, not_tested(reason), group=groups.axis)
    tail = (1 - system.level) / len(system.axes)
    base_B, full_B, null = _gains(people, system.seed, tail)
    gain_B = full_B - base_B
    inside = expanded_tail((1 - system.level) / 2, len(people.group))
    lo, hi = (float(bound) for bound in np.nanquantile(gain_B[1:], [inside, 1 - inside]))
    gain = float(gain_B[0])
    carried = True if gain > null[1] else False if max(hi, null[1]) <= MAX_GAIN else None
    drawn = f" ({quantity(len(people.group), 'subject')}, drawn at random)" if people.drawn else ""
    return system.finding(
        CHECK,
        _judged(carried, f"{groups.axis} of people left out{drawn}", float(base_B[0]), float(full_B[0]), null[1]),
        group=groups.axis,
        value=gain,
        interval=(lo, hi),
        null=null,
        threshold=MAX_GAIN,
        method=f"subject bootstrap, {RESAMPLES} resamples; null by {PERMUTATIONS} permutations of subjects",
        num_subjects=len(people.group),
    )


def _judged(carried: bool | None, group: str, base: float, full: float, null_hi: float) -> Judgement:
    told = (
        f"The group of {group} is told with an AUC of {full:.2f} from labels and scores, {base:.2f} from labels "
        "alone"
    )
    if carried:
        told += (
            f": the scores carry the attribute (by chance the gain is under {null_hi:.2f}). Remedy: look for what "
            "differs between the groups at equal label; pass on answers where scores are not needed"
        )
    elif carried is None:
        told += "; too few people to exclude that the scores carry it"
    return checked(carried, f"{told}.")


def _least(system: CheckedSystem) -> int:
    return max(system.min_subjects, MIN_PER_GROUP)


def _people(system: CheckedSystem, everybody: _Everybody, groups: Groups) -> _People | None:
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
        num_groups=len(kept),
        group=np.searchsorted(kept, group_S[chosen]),
        labels=everybody.labels[chosen],
        scores=everybody.scores[chosen],
        drawn=drawn,
    )


def _drawn(chosen: Ints, group_S: Ints, seed: int) -> Ints:
    """`MAX_SUBJECTS` of the chosen, small groups before large ones, so that none vanishes."""
    shuffled = np.random.default_rng(seed).permutation(chosen)
    by_group = shuffled[np.argsort(group_S[shuffled], kind="stable")]
    starts = np.flatnonzero(np.diff(group_S[by_group], prepend=NO_LABEL - 1))
    place_S = np.arange(len(by_group)) - np.repeat(starts, np.diff([*starts, len(by_group)]))
    return np.sort(by_group[np.argsort(place_S, kind="stable")[:MAX_SUBJECTS]])


def _described(aligned: Aligned) -> _Everybody:
    """Shares of labels and of scored samples; mean scores beyond the label's."""
    assert aligned.mapping is not None
    num_classes, num_subjects = len(aligned.mapping.classes), aligned.num_subjects
    scores_NL = aligned.class_scores
    if scores_NL is None:
        scores_NL = np.eye(num_classes + len(aligned.mapping.outside))[aligned.answer]
    scores_NL = scores_NL.astype(np.float64)
    labelled_N = aligned.truth != NO_LABEL
    used_N = labelled_N & (aligned.answer != NO_LABEL) & np.isfinite(scores_NL).all(1)
    label_SC = np.stack(
        [sum_by_row(aligned.subject, aligned.truth == c, num_subjects) for c in range(num_classes)], axis=1
    )
    used_S = sum_by_row(aligned.subject, used_N, num_subjects)
    total_S = label_SC.sum(1)
    labels_SF = np.nan_to_num(ratio(np.column_stack([label_SC, used_S]), total_S[:, None]))
    beyond_UL = _beyond_label(scores_NL[used_N], aligned.truth[used_N], num_classes)
    sums_SL = np.stack(
        [sum_by_row(aligned.subject[used_N], column, num_subjects) for column in beyond_UL.T], axis=1
    )
    return _Everybody(labels_SF, np.nan_to_num(ratio(sums_SL, used_S[:, None])), used_S > 0)


def _beyond_label(scores_NL: Floats, truth_N: Ints, num_classes: int) -> Floats:
    """Scores less their mean over samples of the same label; once more the score of the label itself, last."""
    sums_CL = np.stack([sum_by_row(truth_N, column, num_classes) for column in scores_NL.T], axis=1)
    size_C = sum_by_row(truth_N, np.ones(len(truth_N)), num_classes)
    beyond_NL = scores_NL - np.nan_to_num(ratio(sums_CL, size_C[:, None]))[truth_N]
    return np.column_stack([beyond_NL, np.take_along_axis(beyond_NL, truth_N[:, None], axis=1)])


def _gains(people: _People, seed: int, tail: float) -> tuple[Floats, Floats, tuple[float, float]]:
    """AUC from labels and from both, observed and resampled ``[1 + B]``; and where chance puts the gain."""
    group_S, num_groups = people.group, people.num_groups
    num_subjects, fold_S = len(group_S), stratified_folds(people.group, NUM_FOLDS, seed)
    observed_1S = np.ones((1, num_subjects))
    weights_BS = np.concatenate([observed_1S, *subject_weights(num_subjects, RESAMPLES, seed)])
    both_2SF = (people.labels[None], np.column_stack([people.labels, people.scores])[None])
    base_B, full_B = (
        mean_auc(cross_fitted(features, group_S, fold_S, num_groups)[0], group_S, weights_BS)
        for features in both_2SF
    )
    base_B = np.maximum(base_B, GUESSING)
    rng = np.random.default_rng([seed, num_subjects])
    dealt = []
    for _ in range(PERMUTATIONS // AT_ONCE):
        order_DS = np.stack([rng.permutation(num_subjects) for _ in range(AT_ONCE)])
        labels_DSF = np.broadcast_to(people.labels, (AT_ONCE, *people.labels.shape))
        features = np.concatenate([labels_DSF, people.scores[order_DS]], axis=2)
        scores_DSG = cross_fitted(features, group_S, fold_S, num_groups)
        dealt += [float(mean_auc(scores_SG, group_S, observed_1S)[0]) for scores_SG in scores_DSG]
    lo, hi = np.quantile(np.array(dealt) - base_B[0], [tail, 1 - tail])
    return base_B, full_B, (float(lo), float(hi))
