"""The system held against raters' votes, from rows of the results: metrics, groups, samples without agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.attributes.group import EVERYBODY, Group
from harness.known_metrics import metric_facts
from harness.metrics.votes import (
    ABOVE_CEILING,
    ACCURACY_AS_RATER,
    AGREED_ACCURACY,
    HUMAN_CEILING,
    NO_AGREEMENT,
    PLURALITY_ACCURACY,
    TIED_ANSWER,
)
from harness.report.levels_table import Results
from harness.report.metric_names import metric_name

MAX_PLACES = 40

Row = Mapping[str, Any]


@dataclass(frozen=True)
class VoteFigure:
    """One metric of votes over all samples: its title, what it is, and its row."""

    name: str
    meaning: str
    row: Row


@dataclass(frozen=True)
class VotePlace:
    """The system and one rater in the whole or in a group; a row is None where nothing is measured.

    Attributes:
        axis: None for the whole.
        group: whose samples these are.
        system: the system in the place of one rater.
        rater: the human ceiling.
        difference: the system's minus the ceiling.
        agreed: the system's accuracy where the raters agree.
        all_rated: the same on all rated samples.
        no_agreement: the share of samples without agreement.
    """

    axis: str | None
    group: Group
    system: Row | None
    rater: Row | None
    difference: Row | None
    agreed: Row | None
    all_rated: Row | None
    no_agreement: Row | None


@dataclass(frozen=True)
class VoteSection:
    """What the report shows of the votes.

    Attributes:
        figures: over all samples.
        places: the whole, then the groups of every axis.
        num_more: groups that are not shown.
        answers: label → the share of the samples without agreement that are answered with it.
    """

    figures: Sequence[VoteFigure]
    places: Sequence[VotePlace]
    num_more: int
    answers: Mapping[str, Row]


def vote_section(results: Results) -> VoteSection | None:
    """The section; None if no votes were measured."""
    names = [facts.base for facts in metric_facts() if "votes" in facts.needs and not facts.each]
    rows = [(name, results.row(results.system, name)) for name in names]
    figures = [VoteFigure(*metric_name(name), row) for name, row in rows if row is not None]
    if not figures:
        return None
    groups = [(axis, group) for axis in results.axes() for group in results.groups(axis)]
    places = [_place(results, None, EVERYBODY), *(_place(results, axis, group) for axis, group in groups)]
    measured = [place for place in places if place.system is not None]
    return VoteSection(figures, measured[:MAX_PLACES], max(len(measured) - MAX_PLACES, 0), _answers(results))


def _place(results: Results, axis: str | None, group: Group) -> VotePlace:
    found = [
        results.row(results.system, facts.name, axis or "overall", group)
        for facts in (
            ACCURACY_AS_RATER,
            HUMAN_CEILING,
            ABOVE_CEILING,
            AGREED_ACCURACY,
            PLURALITY_ACCURACY,
            NO_AGREEMENT,
        )
    ]
    return VotePlace(axis, group, *found)


def _answers(results: Results) -> dict[str, Row]:
    """By label, of the system; empty where raters always agree."""
    rows = results.parts(TIED_ANSWER.base)
    return {label: row for label, row in rows.items() if row["n_samples"]}
