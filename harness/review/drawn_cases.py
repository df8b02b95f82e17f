"""The cases that are drawn from a run, as ``review.json`` states them: from the run, or again from its pack.

Of a run and of its pack, which has pseudonyms and the same rows, the same cases are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.grouping import Grouping
from harness.attributes.groups import group_samples
from harness.errors import HarnessError
from harness.evidence.public_tables import validated_tables
from harness.evidence.run_folder import RunFolder
from harness.files import sha256_file
from harness.review.drawing import Drawn, draw
from harness.review.review_document import MAX_CASES, Case, ReviewDocument, RuleFacts, StratumFacts
from harness.review.selection import Rule, is_selected, read_rules
from harness.tables.predictions import label_orders, rows_of
from harness.tables.samples import with_subjects
from harness.tables.schemas import CLEAN

_Rules = Callable[[Sequence[str], bool], Sequence[Rule]]
"""(labels of the system, whether it gives scores) → what it selects."""


@dataclass(frozen=True)
class ReviewChoices:
    """What is drawn.

    Attributes:
        select: see `harness.review.selection.read_rules`.
        by: the axis whose groups are drawn from alike; None: cases are not drawn by group.
        num_cases: how many.
        seed: of the draw.
    """

    select: Sequence[str]
    by: str | None
    num_cases: int
    seed: int


def drawn_cases(
    run: RunFolder, samples: pa.Table, predictions: pa.Table, choices: ReviewChoices
) -> ReviewDocument:
    """Draw cases of a run.

    Args:
        run: finished and unchanged.
        samples: of the run, validated.
        predictions: likewise.
        choices: what is drawn.

    Raises:
        HarnessError: the system of the run answers without labels, or a choice does not fit the run.
    """
    if not 2 <= choices.num_cases <= MAX_CASES:
        raise HarnessError(f"--cases={choices.num_cases}: draw 2 to {MAX_CASES:,} cases.")

    def rules(labels: Sequence[str], scored: bool) -> Sequence[Rule]:
        return read_rules(choices.select, labels, scored=scored)

    return _drawn(run, samples, predictions, rules, choices.by, choices.num_cases, choices.seed)


def drawn_again(run: RunFolder, document: ReviewDocument) -> ReviewDocument:
    """Draw the cases of a review again.

    Args:
        run: that the review is said to be of, or the run of its pack.
        document: what is said to have been drawn.

    Raises:
        HarnessError: such cases cannot be drawn from this run.
    """

    def rules(labels: Sequence[str], scored: bool) -> Sequence[Rule]:
        stated = [Rule(rule.label, rule.least) for rule in document.rules]
        if not document.positive <= set(labels) or (not scored and any(rule.least is not None for rule in stated)):
            raise HarnessError("the system of this run does not have the labels or scores by which was drawn")
        return stated

    return _drawn(run, *validated_tables(run), rules, document.by, len(document.cases), document.seed)


def people_of(samples: pa.Table) -> list[str]:
    """What the people of a run are called, by their numbers: in the order in which they first occur."""
    found: list[str] = _subjects(samples).dictionary.to_pylist()
    return found


def _drawn(
    run: RunFolder,
    samples: pa.Table,
    predictions: pa.Table,
    rules_for: _Rules,
    by: str | None,
    num_cases: int,
    seed: int,
) -> ReviewDocument:
    plan = run.read_plan().plan
    system = str(plan["model"]["name"])
    labels = label_orders(predictions).get(system, [])
    own = rows_of(predictions, system, CLEAN)
    own = own.take(pc.index_in(samples["sample_id"], value_set=own["sample_id"]))
    if len(labels) < 2:
        raise HarnessError(
            f"{run.path}: the system answers with numbers alone, so it selects no cases by a label."
        )
    rules = rules_for(labels, own["scores"].null_count < own.num_rows)
    groups = group_samples(samples, by, Grouping.of(plan["attributes"])) if by else None
    answered_N = pc.equal(own["outcome"], "scored").to_numpy(zero_copy_only=False)
    drawn = draw(is_selected(own, labels, rules), answered_N, groups, num_cases, seed)
    return ReviewDocument(
        schema=1,
        run_sha256=sha256_file(run / "run.json"),
        dataset=str(plan["dataset"]["name"]),
        system=system,
        labels=labels,
        rules=[RuleFacts(label=rule.label, least=rule.least) for rule in rules],
        by=by,
        seed=seed,
        strata=[StratumFacts(**vars(stratum)) for stratum in drawn.strata],
        cases=_cases(drawn, samples, own, labels),
    )


def _cases(drawn: Drawn, samples: pa.Table, own: pa.Table, labels: Sequence[str]) -> list[Case]:
    chosen = pa.array(drawn.rows)
    columns = zip(
        drawn.rows.tolist(),
        drawn.stratum.tolist(),
        _subjects(samples).indices.take(chosen).to_pylist(),
        own["label"].take(chosen).to_pylist(),
        own["scores"].take(chosen).to_pylist(),
        samples["label"].take(chosen).to_pylist(),
        strict=True,
    )
    return [
        Case(
            row=row,
            stratum=stratum,
            subject=subject,
            answer=answer,
            score=_score_of(answer, scores, labels),
            truth=truth,
        )
        for row, stratum, subject, answer, scores, truth in columns
    ]


def _subjects(samples: pa.Table) -> pa.DictionaryArray:
    return with_subjects(samples)["subject_id"].combine_chunks().dictionary_encode()


def _score_of(answer: str | None, scores: Sequence[float] | None, labels: Sequence[str]) -> float | None:
    return None if answer is None or scores is None or answer not in labels else scores[labels.index(answer)]
