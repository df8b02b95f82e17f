"""What a reader of a fusion must know: how many systems answered what, and what each lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pyarrow as pa

from harness.models.fused_answers import FusedAnswers
from harness.models.fused_run import FusedRun
from harness.models.fused_runs import MAX_RUNS
from harness.wording import listed, percent, quantity

MAX_CLASSES_NAMED = 8


def counts(
    runs: Sequence[FusedRun], answers: FusedAnswers, samples: pa.Table, to_class: Callable[[str], str]
) -> Iterator[str]:
    """How many systems answer how many of the study's samples; and of each, what it lacks or was told otherwise.

    Args:
        runs: that are fused.
        answers: theirs to the samples.
        samples: of the study.
        to_class: label → class.
    """
    num_N = answers.answered.sum(axis=1)
    shares = [
        f"{num} answered {percent(float((num_N == num).mean()))}"
        for num in sorted(set(num_N.tolist()), reverse=True)
    ]
    yield f"Of {quantity(len(runs), 'system')}, {listed(shares, most=MAX_RUNS)} of the samples."
    absent_M = (answers.row < 0).sum(axis=0)
    unanswered_M = (~answers.answered).sum(axis=0) - absent_M
    for what, num_M in (("not in the run of", absent_M), ("not answered by", unanswered_M)):
        lacking = [f"{run.name} ({num:,})" for run, num in zip(runs, num_M.tolist(), strict=True) if num]
        if lacking:
            yield f"Of {quantity(len(num_N), 'sample')}, some are {what} {listed(lacking, most=MAX_RUNS)}."
    truth = samples["label"].to_pylist()
    for run, row_N in zip(runs, answers.row.T.tolist(), strict=True):
        there = run.samples["label"].to_pylist()
        pairs = ((truth[sample], there[row]) for sample, row in enumerate(row_N) if row >= 0)
        num_other = sum(1 for own, other in pairs if own and other and to_class(own) != to_class(other))
        if num_other:
            yield (
                f"{run.name}: {quantity(num_other, 'sample')} with another label in its run than in this study, "
                "whose labels count."
            )


def notes_of(runs: Sequence[FusedRun]) -> Iterator[str]:
    """What readers of each run must know, such as that it was trained by a split that leaks."""
    for run in runs:
        protocol = run.plan.get("protocol")
        of_protocol = protocol.get("notes") if isinstance(protocol, Mapping) else None
        for notes in (of_protocol, run.plan["model"].get("notes")):
            yield from (f"{run.name}: {note}" for note in (notes if isinstance(notes, list) else []))
