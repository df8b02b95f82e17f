"""Subject leakage: was the system trained on anybody whom it is tested on?

What a system scores on people it has seen says nothing about others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools
from harness.cards.facts import RECORDED_ANSWERS
from harness.checks.checked_system import CheckedSystem
from harness.checks.subject_ids import SharedIds, shared_ids
from harness.tables.results import Result
from harness.tables.split_names import is_fold, part_of, people_on_both_sides
from harness.verdicts.judge import checked, not_tested
from harness.wording import listed, quantity

CHECK = "subject_leakage"
FOLDS, LIST, SPLIT, SPLIT_NAMES = "folds", "training_subjects", "split", "names of splits"
"""What a finding is about."""


def subject_leakage(system: CheckedSystem) -> list[Result]:
    """Whether subjects are on both sides, by whatever is known of the training."""
    if system.folds:
        found = [_by_folds(system, system.folds)]
        # A fusion may be trained here, of systems that were trained elsewhere.
        return [*found, _by_list(system)] if system.card.training == "pretrained" else found
    if system.card.training == "none" and system.card.kind != RECORDED_ANSWERS:
        return [system.finding(CHECK, checked(False, "The system is not trained."), value=0)]
    return [_by_list(system), *_by_split(system)]


def samples_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The samples of the subjects on both sides; without such, of those that were looked for: ``[N]``.

    Args:
        system: that was checked.
        finding: of this check, as a row of the results.
    """
    column, wanted = "subject_id", _subjects_behind(system, finding)
    if finding["group"] == SPLIT_NAMES:
        column, wanted = "split", set(_splits(system).unknown)
    chosen = pc.is_in(system.samples[column], value_set=pa.array(sorted(wanted), pa.string()))
    chosen_N: Bools = chosen.to_numpy()
    return chosen_N if chosen_N.any() else np.ones_like(chosen_N)


def _subjects_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Collection[str]:
    """Whom a finding is about; nobody if it is about everybody, or if it cannot be found out any more."""
    if finding["group"] == FOLDS:
        exact, rewritten = _both_sides_of_folds(system, system.folds)
        return exact or rewritten or _tested(system.folds)
    if finding["group"] == LIST:
        shared = _on_list(system)
        return shared.exact | shared.rewritten
    splits = _splits(system)
    people = (splits.in_two_folds, splits.shared, splits.trained_on)
    return next((found for found in people if len(found) == finding["value"]), ())


def _by_folds(system: CheckedSystem, folds: Sequence[Mapping[str, Any]]) -> Result:
    exact, rewritten = _both_sides_of_folds(system, folds)
    if exact:
        return _leaked(system, exact, "on both sides of a fold", FOLDS, "Remedy: fold by subject.")
    if rewritten:
        reason = (
            f"{_whose(system, rewritten)} on both sides of a fold if ids that differ only in case, spaces, "
            "separators or leading zeros mean one person. Remedy: write every person's id in one way."
        )
        return system.finding(CHECK, checked(None, reason), group=FOLDS, value=len(rewritten), threshold=0)
    reason = f"{quantity(len(folds), 'training')}; none saw a subject that it was tested on."
    num_tested = len(_tested(folds))
    return system.finding(CHECK, checked(False, reason), group=FOLDS, value=0, num_subjects=num_tested)


def _both_sides_of_folds(
    system: CheckedSystem, folds: Sequence[Mapping[str, Any]]
) -> tuple[frozenset[str], frozenset[str]]:
    """The subjects on both sides of a fold, by their ids as they are, and as they may be meant."""
    sides = [shared_ids(fold["train_subjects"], fold["test_subjects"], system.dataset) for fold in folds]
    exact = frozenset[str]().union(*(shared.exact for shared in sides))
    return exact, frozenset[str]().union(*(shared.rewritten for shared in sides))


def _tested(folds: Sequence[Mapping[str, Any]]) -> set[str]:
    return {subject for fold in folds for subject in fold["test_subjects"]}


def _by_list(system: CheckedSystem) -> Result:
    group = LIST
    if system.card.training_subjects is None:
        reason = (
            "Nothing is known of the subjects that the system was trained on. Remedy: ask the provider for the "
            "list, and give it as training_subjects in the model's card."
        )
        return system.finding(CHECK, not_tested(reason), group=group)
    trained_on, shared = set(system.card.training_subjects), _on_list(system)
    if found := shared.exact | shared.rewritten:
        where = "among the system's training subjects"
        if shared.rewritten:
            where += f" ({len(shared.rewritten)} of them written in another way there)"
        return _leaked(system, found, where, group, "Remedy: leave these subjects out of the samples.")
    if shared.incomparable:
        reason = _incomparable(shared, len(trained_on))
        return system.finding(CHECK, checked(None, reason), group=group, value=0, threshold=0)
    reason = f"None of the {quantity(len(trained_on), 'training subject')} is tested."
    return system.finding(CHECK, checked(False, reason), group=group, value=0)


def _on_list(system: CheckedSystem) -> SharedIds:
    """The tested subjects that the card names as training subjects."""
    tested = system.samples["subject_id"].unique().to_pylist()
    return shared_ids(set(system.card.training_subjects or ()), tested, system.dataset)


def _incomparable(shared: SharedIds, num_listed: int) -> str:
    alike = f"; {shared.alike} of them end in the number or the name of a tested one" if shared.alike else ""
    return (
        f"No id is in both lists, but {shared.incomparable} of the {num_listed} ids in training_subjects are "
        f"built differently from those in the samples{alike}, so this does not show that nobody is in both. "
        "Remedy: write training_subjects as the samples write subject_id."
    )


@dataclass(frozen=True)
class _Splits:
    """What the dataset's own split says.

    Attributes:
        in_two_folds: subjects in two folds.
        shared: subjects in a training split and in another, however their ids are written.
        trained_on: subjects in a training split.
        unknown: names that do not say which part they are.
    """

    in_two_folds: Collection[str]
    shared: Collection[str]
    trained_on: Collection[str]
    unknown: Sequence[str]


def _splits(system: CheckedSystem) -> _Splits:
    pairs = system.samples.group_by(["subject_id", "split"]).aggregate([]).to_pylist()
    splits = sorted({pair["split"] for pair in pairs if pair["split"] is not None})
    trained_on, held_out = (
        {pair["subject_id"] for pair in pairs if pair["split"] is not None and part_of(pair["split"]) == part}
        for part in ("training", "held out")
    )
    shared = shared_ids(trained_on, held_out, system.dataset)
    of_folds = ((pair["subject_id"], pair["split"]) for pair in pairs if is_fold(pair["split"]))
    return _Splits(
        in_two_folds=people_on_both_sides(of_folds),
        shared=shared.exact | shared.rewritten,
        trained_on=trained_on,
        unknown=[split for split in splits if part_of(split) is None and not is_fold(split)],
    )


def _by_split(system: CheckedSystem) -> Iterator[Result]:
    """What the dataset's own split says of a system that may have been trained on it."""
    splits = _splits(system)
    if splits.in_two_folds:
        where = "in two folds of the dataset's split"
        yield _leaked(system, splits.in_two_folds, where, SPLIT, "Remedy: fold by subject.")
    if splits.shared:
        where = "in a training split and in another"
        yield _leaked(system, splits.shared, where, SPLIT, "Remedy: split by subject.")
    elif num := len(splits.trained_on):
        reason = (
            f"{quantity(num, 'tested subject')} belong to the dataset's own training split: seen, if "
            "the system was trained on this dataset. Remedy: then measure the other splits alone."
        )
        yield system.finding(CHECK, checked(None, reason), group=SPLIT, value=num, threshold=0)
    if splits.unknown:
        reason = (
            "The names of these splits do not say whether they are for training: "
            f"{listed(splits.unknown)}. Remedy: call "
            "them train, validation or test in the samples, so that people in two of them are found."
        )
        yield system.finding(CHECK, checked(None, reason), group=SPLIT_NAMES, value=len(splits.unknown))


def _leaked(system: CheckedSystem, shared: Collection[str], where: str, group: str, remedy: str) -> Result:
    reason = f"{_whose(system, shared)} {where}. {remedy}"
    return system.finding(CHECK, checked(True, reason), group=group, value=len(shared), threshold=0)


def _whose(system: CheckedSystem, subjects: Collection[str]) -> str:
    # By the row of a first sample, not by name: findings leave the machine with the results.
    names = system.samples["subject_id"].to_pylist()
    in_stored_order = range(len(names)) if system.row is None else np.argsort(system.row).tolist()
    first = {names[index]: index for index in reversed(in_stored_order)}
    rows = listed(system.stored_rows([first[name] for name in sorted(subjects)]), most=3)
    verb = "is" if len(subjects) == 1 else "are"
    return f"{quantity(len(subjects), 'subject')} (first seen in row {rows} of samples.parquet) {verb}"
