"""Subject leakage: is anybody in the test whom the system was trained on?

What a system scores on people it has seen says nothing about others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.checks.checked_system import CheckedSystem
from harness.tables.results import Result
from harness.verdicts.judge import checked, not_tested
from harness.wording import listed, quantity

CHECK = "subject_leakage"
TRAIN = "train"
RECORDED_ANSWERS = "predictions"
"""The kind of a system of which only the answers are known: its card says nothing of its training."""


def subject_leakage(system: CheckedSystem) -> list[Result]:
    """Which subjects are on both sides, by whatever is known of the training."""
    if system.folds:
        return [_by_folds(system, system.folds)]
    if system.card.training == "none" and system.card.kind != RECORDED_ANSWERS:
        return [system.finding(CHECK, checked(False, "The system is not trained."), value=0)]
    return [_by_list(system), *_by_split(system)]


def _by_folds(system: CheckedSystem, folds: Sequence[Mapping[str, Any]]) -> Result:
    shared = {s for fold in folds for s in {*fold["train_subjects"]} & {*fold["test_subjects"]}}
    tested = {s for fold in folds for s in fold["test_subjects"]}
    if shared:
        return _leaked(system, shared, "were on both sides of a fold", "folds", "Remedy: fold by subject.")
    reason = f"{quantity(len(folds), 'training')}; none saw a subject that it was tested on."
    return system.finding(CHECK, checked(False, reason), group="folds", value=0, num_subjects=len(tested))


def _by_list(system: CheckedSystem) -> Result:
    if system.card.training_subjects is None:
        reason = (
            "Nothing is known of the subjects that the system was trained on. Remedy: ask the provider for the "
            "list, and give it as training_subjects in the model's card."
        )
        return system.finding(CHECK, not_tested(reason), group="training_subjects")
    shared = set(system.card.training_subjects) & set(system.samples["subject_id"].unique().to_pylist())
    if shared:
        remedy = "Remedy: leave these subjects out of the samples."
        return _leaked(system, shared, "are among the system's training subjects", "training_subjects", remedy)
    reason = f"None of the {quantity(len(system.card.training_subjects), 'training subject')} is tested."
    return system.finding(CHECK, checked(False, reason), group="training_subjects", value=0)


def _by_split(system: CheckedSystem) -> Iterator[Result]:
    """What the dataset's own split says of a system that may have been trained on it."""
    pairs = system.samples.group_by(["subject_id", "split"]).aggregate([]).to_pylist()
    trained_on = {pair["subject_id"] for pair in pairs if pair["split"] == TRAIN}
    held_out = {pair["subject_id"] for pair in pairs if pair["split"] not in {TRAIN, None}}
    if not trained_on:
        return
    if trained_on & held_out:
        remedy = "Remedy: split by subject."
        yield _leaked(system, trained_on & held_out, "are in the split train and in another", "split", remedy)
        return
    reason = (
        f"{quantity(len(trained_on), 'tested subject')} belong to the dataset's own split train: seen, if the "
        "system was trained on this dataset. Remedy: then measure the other splits alone."
    )
    yield system.finding(CHECK, checked(None, reason), group="split", value=len(trained_on), threshold=0)


def _leaked(system: CheckedSystem, shared: set[str], where: str, group: str, remedy: str) -> Result:
    # By the row of a first sample, not by name: findings leave the machine with the results.
    names = system.samples["subject_id"].to_pylist()
    rows = listed(system.stored_rows([names.index(name) for name in sorted(shared)]), most=3)
    reason = f"{quantity(len(shared), 'subject')} (first seen in row {rows} of samples.parquet) {where}. {remedy}"
    return system.finding(CHECK, checked(True, reason), group=group, value=len(shared), threshold=0)
