"""The finished runs that are fused: read, chosen, and checked against each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.cards.facts import RECORDED_ANSWERS, ModelCard
from harness.cards.stated_facts import NAME
from harness.cards.taxonomy import canonical
from harness.errors import HarnessError
from harness.models.fused_run import FusedRun, read_fused_run
from harness.wording import listed

MAX_RUNS = 20
MAX_SHOWN = 80
NEEDING_SCORES = ("product", "learned")


def read_fused_runs(model: str, given: Mapping[str, Path] | Sequence[Path] | None) -> list[FusedRun]:
    """Read the runs that are to be fused.

    Args:
        model: the name of the fusion, for messages.
        given: their folders, or name → folder.

    Raises:
        HarnessError: there are too few or too many, two have one name, or one cannot be used: see
            `read_fused_run`.
    """
    named = list(given.items()) if isinstance(given, Mapping) else [(None, path) for path in given or ()]
    if not 2 <= len(named) <= MAX_RUNS:
        raise HarnessError(
            f"model={model} needs the folders of 2 to {MAX_RUNS} finished runs, and has {len(named)}: "
            "model.runs=[DIR,DIR], or with names model.runs={face: DIR, voice: DIR}."
        )
    runs = [read_fused_run(path, name) for name, path in named]
    for run in runs:
        if not re.fullmatch(NAME, run.name):
            raise HarnessError(
                f"model.runs: {run.name[:MAX_SHOWN]!r} is no usable name. Give one of letters, digits, spaces and "
                "any of ._+-: model.runs={a: DIR, b: DIR}."
            )
    times = Counter(run.name for run in runs)
    twice = [name for name, num in times.items() if num > 1]
    if twice:
        raise HarnessError(
            f"model.runs: several runs are of {twice[0]}. Name them: model.runs={{a: DIR, b: DIR}}."
        )
    return runs


def chosen_runs(runs: Sequence[FusedRun], left_out: Sequence[str]) -> list[FusedRun]:
    """The runs without those that are left out by name.

    Raises:
        HarnessError: there is no such run, or none remains.
    """
    names = [run.name for run in runs]
    unknown = [name for name in left_out if name not in names]
    if unknown:
        raise HarnessError(f"model.without: there is no run {unknown[0]!r}. The runs: {listed(names, MAX_RUNS)}.")
    kept = [run for run in runs if run.name not in left_out]
    if not kept:
        raise HarnessError("model.without leaves no run to fuse.")
    return kept


def require_scores(runs: Sequence[FusedRun], method: str) -> None:
    """Check that the answers are as the method needs them: all but a vote take scores for probabilities.

    Raises:
        HarnessError: scores are missing or are no probabilities.
    """
    for run in runs:
        if method == "vote":
            continue
        if sample := run.not_probabilities:
            raise HarnessError(
                f"{run.path}: the scores of sample {sample!r} are no probabilities (they do not add up to 1), and "
                f"cannot be fused by {method}. Use model.method=vote, or give probabilities."
            )
        if method in NEEDING_SCORES and not run.has_scores[run.scored].all():
            raise HarnessError(
                f"{run.path}: {run.name} gives answers without scores, and cannot be fused by {method}. Use "
                "model.method=mean, where a label counts as certain, or model.method=vote."
            )


def merged_classes(runs: Sequence[FusedRun]) -> dict[str, str]:
    """What the plans of the runs merge.

    Raises:
        HarnessError: they contradict each other.
    """
    merged: dict[str, tuple[str, str]] = {}
    for run in runs:
        for label, into in run.merge.items():
            found, by = merged.setdefault(canonical(label), (canonical(into), run.name))
            if found != canonical(into):
                raise HarnessError(
                    f"The runs merge labels in different ways: {by} {label} into {found}, {run.name} into {into}. "
                    "Run them with the same labels.merge."
                )
    return {label: into for label, (into, _) in merged.items()}


def described(card: ModelCard, runs: Sequence[FusedRun], method: str) -> ModelCard:
    """The card with what follows from the systems that are fused: its title and their training.

    The training subjects are known if they are known of all systems that were trained elsewhere.
    """
    cards = [run.card for run in runs]
    elsewhere = [of for of in cards if of is None or of.training == "pretrained" or of.kind == RECORDED_ANSWERS]
    lists = [None if of is None else of.training_subjects for of in elsewhere]
    known = [subjects for subjects in lists if subjects is not None]
    within = method == "learned" or any(of is not None and of.training == "cross_fitted" for of in cards)
    all_known = bool(elsewhere) and len(known) == len(lists)
    return card.model_copy(
        update={
            "title": f"{card.title} of {listed([run.name for run in runs])}",
            "training": "pretrained" if elsewhere else "cross_fitted" if within else "none",
            "training_subjects": sorted(set[str]().union(*known)) if all_known else None,
        }
    )
