"""What providers state about their systems, each figure beside what was measured.

A function of plan and results: the cards are in the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.attributes.group import EVERYBODY
from harness.cards.facts import Claim
from harness.cards.planned_cards import planned_dataset, planned_models
from harness.cards.stated_facts import stated_title
from harness.known_metrics import facts_of, is_metric
from harness.report.levels_table import Results
from harness.report.metric_names import better
from harness.verdicts.judge import Judgement, judge_claim, not_tested
from harness.wording import quantity


@dataclass(frozen=True)
class MeasuredClaim:
    """A stated figure beside the measured one.

    Attributes:
        model: the name of the model that it is about.
        title: of the model.
        claim: from the model's card.
        row: the row of the results with the measured figure; None if there is none.
        judgement: on the claim.
        elsewhere: that the figure was stated for another dataset than the one measured; None if it was not.
    """

    model: str
    title: str
    claim: Claim
    row: Mapping[str, Any] | None
    judgement: Judgement
    elsewhere: str | None = None

    @property
    def is_contradicted(self) -> bool:
        """Whether the system is worse than is stated, on the dataset that the statement is about."""
        return self.judgement.verdict == "not_met" and self.elsewhere is None


def measured_claims(plan: Mapping[str, Any], results: pa.Table) -> list[MeasuredClaim]:
    """The claims in the cards of all models of a plan, those of the system under test first.

    Args:
        plan: the resolved plan.
        results: the results table.
    """
    names = [model["name"] for model in (plan["model"], *plan["baselines"])]
    cards = planned_models(plan)
    levels = Results(results, names[0])
    return [
        measured_claim(levels, name, card.title, claim, _elsewhere(plan, claim))
        for name, card in zip(names, cards, strict=True)
        for claim in card.claims
    ]


def measured_claim(levels: Results, model: str, title: str, claim: Claim, elsewhere: str | None) -> MeasuredClaim:
    """A stated figure beside the measured one; the arguments are those of `MeasuredClaim`.

    Args:
        levels: the results in which it is looked for.
        model: see there.
        title: see there.
        claim: see there.
        elsewhere: see there.
    """
    row = _row(levels, model, claim)
    return MeasuredClaim(model, title, claim, row, _judged(claim, row, elsewhere), elsewhere)


def _row(levels: Results, model: str, claim: Claim) -> Mapping[str, Any] | None:
    if claim.axis is None:
        return levels.row(model, claim.metric)
    group = next((group for group in levels.groups(claim.axis) if group.name == claim.group), EVERYBODY)
    return levels.row(model, claim.metric, claim.axis, group)


def _judged(claim: Claim, row: Mapping[str, Any] | None, elsewhere: str | None) -> Judgement:
    if not is_metric(claim.metric):
        return not_tested("no metric of this harness has this name")
    facts = facts_of(claim.metric)
    if not facts.low <= claim.value <= facts.high:
        return not_tested(f"no value of this metric, which lies between {facts.low:g} and {facts.high:g}")
    if row is None:
        return not_tested("not measured here" if claim.axis is None else "this group was not measured here")
    if row["value"] is None:
        return not_tested(row["reason"] or "not defined on these samples")
    no_interval = row["lo"] is None or row["hi"] is None
    return judge_claim(
        claimed=claim.value,
        interval="there is no interval" if no_interval else (row["lo"], row["hi"]),
        better=better(claim.metric),
        elsewhere=elsewhere,
    )


def _elsewhere(plan: Mapping[str, Any], claim: Claim) -> str | None:
    """That a figure was stated for another dataset than the one that was measured; None if it was not."""
    card = planned_dataset(plan)
    measured_on = {_plain(name) for name in (card.name, card.title, stated_title(plan["dataset"]))}
    if _plain(claim.dataset) in measured_on:
        return None
    return "measured on another dataset than the claim names, which is a test of a shift and no refutation"


def _plain(name: str) -> str:
    """A name without case, spaces and punctuation: ``FER-2013`` is ``fer2013``."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def contradicted(claims: Sequence[MeasuredClaim]) -> str | None:
    """How many figures the measurement contradicts, in a sentence; None if nothing is stated."""
    if not claims:
        return None
    num = sum(one.is_contradicted for one in claims)
    which = f"{num} of {quantity(len(claims), 'stated figure')}" if num else "no stated figure"
    return f"What was measured contradicts {which}."


def told(claims: Sequence[MeasuredClaim]) -> Iterator[str]:
    """A line for each claim: what is stated, what was measured, and the verdict."""
    for one in claims:
        claim, row = one.claim, one.row
        group = f" for {claim.group} ({claim.axis})" if claim.group else ""
        stated = f"{one.model}: {claim.metric} {claim.value:g}{group} on {claim.dataset} ({claim.source})"
        measured = "" if row is None or row["value"] is None else f"measured {row['value']:.3f}"
        if measured and row is not None and row["lo"] is not None and row["hi"] is not None:
            measured += f" [{row['lo']:.3f}, {row['hi']:.3f}]"
        verdict = one.judgement.verdict.replace("_", " ")
        reason = f" ({one.judgement.reason})" if one.judgement.reason else ""
        yield f"{stated}: {measured + ', ' if measured else ''}{verdict}{reason}"
