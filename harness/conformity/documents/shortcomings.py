"""Reliability, specificity and generalisability: the shortcomings of such systems that the law names (recital 44).

For each: what the run shows, every figure with its row, and what it does not show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.checks.frozen import CHECK as FROZEN
from harness.conformity.documents.document_facts import ANSWERED, DocumentFacts
from harness.report.check_findings import Finding
from harness.report.condition_levels import condition_levels
from harness.report.metric_names import metric_name
from harness.report.numbers import interval, number, percent, short
from harness.report.run_curves import Confusion
from harness.report.run_page import LABEL_SOURCE_TEXTS
from harness.tables.probe_tables import BLIND
from harness.tables.schemas import RATERS
from harness.wording import listed, quantity

_RELIABILITY = (FROZEN, "determinism", "batch_invariance", "answers", "probabilities")
_SPECIFICITY = (BLIND, "negative_control", "recording_condition", "proxy_leakage", "collapsed")
_GENERALISABILITY = ("acted_only", "subject_leakage", "near_duplicates", "support")
"""The checks of the test itself that speak to each."""


@dataclass(frozen=True)
class Evidence:
    """Something that the run shows.

    Attributes:
        text: in a sentence or two.
        row: of the results; None for counts, which are in the curves.
        verdict: of the row, if it has one.
    """

    text: str
    row: Mapping[str, Any] | None = None
    verdict: str | None = None


@dataclass(frozen=True)
class Shortcoming:
    """One of the three.

    Attributes:
        name: reliability, specificity or generalisability.
        question: what is asked.
        shown: by the run.
        not_shown: by the run, in sentences.
    """

    name: str
    question: str
    shown: Sequence[Evidence]
    not_shown: Sequence[str]


@dataclass(frozen=True)
class Mixed:
    """The label and the answer that are mixed up most often.

    Attributes:
        label: the label.
        answer: what is answered instead.
        num: samples with this label that get this answer.
        of: all samples with this label.
    """

    label: str
    answer: str
    num: int
    of: int


def shortcomings(facts: DocumentFacts) -> list[Shortcoming]:
    """The three, in the order of the recital."""
    return [
        Shortcoming(
            "Reliability",
            "Does the system give the same answer to the same thing, and how sure may one be of it?",
            [*_levels(facts, ANSWERED, "ece"), *_conditions(facts), *_checked(facts, _RELIABILITY)],
            list(_reliability_open(facts)),
        ),
        Shortcoming(
            "Specificity",
            "Does it answer to the emotion, and to nothing else?",
            [*_confused(facts), *_levels(facts, "negative_assignment"), *_checked(facts, _SPECIFICITY)],
            list(_specificity_open(facts)),
        ),
        Shortcoming(
            "Generalisability",
            "Do the figures hold for other people, places and ways of showing emotion?",
            [*_origin(facts), *_checked(facts, _GENERALISABILITY)],
            list(_generalisability_open(facts)),
        ),
    ]


def most_mixed(confusion: Confusion | None) -> Mixed | None:
    """The wrong answer that takes the largest share of a label's samples; None if no answer is wrong."""
    if confusion is None:
        return None
    totals: dict[str, int] = {}
    for (label, _), num in confusion.counts.items():
        totals[label] = totals.get(label, 0) + num
    wrong = [
        Mixed(label, answer, num, totals[label])
        for (label, answer), num in confusion.counts.items()
        if answer is not None and answer != label and num
    ]
    return max(wrong, key=lambda one: (one.num / one.of, one.num, one.label, one.answer), default=None)


def checks_of(facts: DocumentFacts, names: Sequence[str]) -> list[Finding]:
    """The findings of some checks, those that were not made left out."""
    return [one for one in facts.findings if one.row["metric"] in names and one.verdict != "not_tested"]


def _checked(facts: DocumentFacts, names: Sequence[str]) -> list[Evidence]:
    return [Evidence(one.sentence, one.row, one.verdict) for one in checks_of(facts, names)]


def _levels(facts: DocumentFacts, *metrics: str) -> Iterator[Evidence]:
    for metric in metrics:
        row = facts.level(metric)
        if row is not None and row["value"] is not None:
            name, meaning = metric_name(metric)
            yield Evidence(f"{name} {number(row['value'])} {interval(row['lo'], row['hi'])}: {meaning}.", row)


def _conditions(facts: DocumentFacts) -> Iterator[Evidence]:
    levels = condition_levels(facts.run.results, facts.run.system)
    if levels is None:
        return
    for condition, rows in levels.rows.items():
        shown = [
            f"{name} {number(row['value'])} {interval(row['lo'], row['hi'])}"
            for name, row in zip(levels.metrics, rows, strict=True)
            if row is not None
        ]
        if shown:
            yield Evidence(f"Under the condition {short(condition)}: {', '.join(shown)}.", rows[0])


def _confused(facts: DocumentFacts) -> Iterator[Evidence]:
    mixed = most_mixed(facts.curves.confusion())
    if mixed is not None:
        yield Evidence(
            f"Most often, {short(mixed.label)} is answered with {short(mixed.answer)}: "
            f"{percent(mixed.num, mixed.of)} of {quantity(mixed.of, 'sample')} with this label."
        )


def _origin(facts: DocumentFacts) -> Iterator[Evidence]:
    card = facts.run.dataset_card
    sources = ", ".join(LABEL_SOURCE_TEXTS[name] for name, _ in facts.label_sources)
    yield Evidence(
        f"Measured on one data set, {card.title}: {quantity(facts.num_samples, 'sample')} of "
        f"{quantity(facts.num_subjects, 'subject')}, {card.elicitation.replace('_', ' ')}; the labels are "
        f"{sources or 'of an origin that is not stated'}."
    )
    for claim in facts.claims:
        if claim.row is not None and claim.elsewhere is not None:
            yield Evidence(
                f"Stated for {short(claim.claim.dataset)}: {metric_name(claim.claim.metric)[0]} "
                f"{number(claim.claim.value)}; measured here: {number(claim.row['value'])} "
                f"{interval(claim.row['lo'], claim.row['hi'])}.",
                claim.row,
            )


def _reliability_open(facts: DocumentFacts) -> Iterator[str]:
    if facts.num_answers < 2:
        when = "some were asked for again at the end of the run, and no later"
        when = when if checks_of(facts, (FROZEN,)) else "every sample was asked for once"
        yield f"Whether answers to the same sample stay the same over time: {when}."
    if condition_levels(facts.run.results, facts.run.system) is None:
        yield "Whether noise, light or compression changes the answers: only unchanged samples were measured."
    if RATERS not in facts.models:
        yield "How far people agree on these labels: the data have no votes of raters that could be compared."


def _specificity_open(facts: DocumentFacts) -> Iterator[str]:
    if not checks_of(facts, (BLIND,)):
        yield "Whether the answers depend on the medium at all: the blind control could not be made."
    if facts.level("negative_assignment") is None:
        yield "How often negative emotions are ascribed to samples that show none: there are no such samples."
    yield (
        "Whether the same signal with another cause, such as movement, loudness or surroundings, moves the "
        "answer: this takes samples that were made for it."
    )


def _generalisability_open(facts: DocumentFacts) -> Iterator[str]:
    if facts.is_simulated:
        yield "Anything about people: the data are simulated."
    yield "Other data sets, cultures, languages and situations than those of this data set."
    if facts.not_carried:
        yield f"Groups by {listed(facts.not_carried, 10)}: not recorded."
    if facts.untested_groups:
        yield f"{quantity(len(facts.untested_groups), 'group')} with too few people to be tested."
    sources = {name for name, _ in facts.label_sources}
    if "self_report" not in sources:
        yield "What people felt: the labels are not what they reported about themselves."
