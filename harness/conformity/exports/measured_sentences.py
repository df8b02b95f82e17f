"""What was measured, in plain sentences of several languages.

The sentences are in ``configs/legal/sentences.yaml``; numbers and names are put into them. No number of a group
that has too few people, or was not tested, gets into one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal

from harness.attributes.group import THE_REST, Group
from harness.attributes.grouping import SEARCH
from harness.cards.facts import Facts
from harness.cards.taxonomy import canonical
from harness.conformity.disclosure import Row, shown_differences, shown_levels
from harness.conformity.measured_run import MeasuredRun
from harness.known_metrics import facts_of
from harness.plain_yaml import read_yaml
from harness.report.check_findings import Finding, findings
from harness.report.group_names import axis_name, group_name
from harness.report.metric_names import compared_name, metric_name
from harness.report.ranked_gaps import Gap, gaps, untested
from harness.resources import config_dir
from harness.tables.schemas import CLEAN

LanguageCode = Literal["en", "nl"]
LANGUAGES: tuple[LanguageCode, ...] = ("en", "nl")

WORST_NAMED = 5
"""How many groups for which it works worse are named; the others are counted."""


class Sentences(Facts):
    """The sentences of one language, with ``{places}`` for what is put in."""

    decimal: str
    thousands: str
    statement: str
    tested: str
    simulated: str
    level: str
    level_without_interval: str
    chance: str
    worse: str
    more_worse: str
    compared: str
    not_compared: str
    untested: str
    all_tested: str
    no_groups: str
    condition: str
    no_conditions: str
    finding: str | None
    findings: str
    no_finding: str
    frozen: str
    predetermined: str
    continuous: str
    answers: str
    dimensions: str
    rest: str
    everybody: str
    metrics: dict[str, str]
    words: dict[str, str]

    def number(self, value: float, decimals: int = 3) -> str:
        """A number as the language writes it."""
        text = f"{value:,.{decimals}f}"
        text = text.lstrip("-") if not text.strip("-0.,") else text
        return text.translate(str.maketrans(".,", self.decimal + self.thousands))

    def metric(self, name: str, *, compared: bool = False) -> str:
        """A metric by its name in the results."""
        base, _, part = name.partition(":")
        title = compared_name(name) if compared else metric_name(name)[0]
        known = self.metrics.get(base)
        return title if known is None else f"{known}, {part}" if part else known

    def axis(self, attributes: Sequence[str]) -> str:
        """An attribute or an intersection."""
        return axis_name([self.words.get(each, each) for each in attributes])

    def group(self, group: Group) -> str:
        """A group of people."""
        if group == THE_REST:
            return self.rest
        if group.values is None:
            return self.everybody
        return group_name(Group.of(*(self.words.get(value, value) for value in group.values)))


@cache
def sentences(language: LanguageCode) -> Sentences:
    """The sentences of a language."""
    return Sentences.model_validate(read_yaml(config_dir() / "legal" / "sentences.yaml")[language])


def performance(run: MeasuredRun, language: LanguageCode) -> list[str]:
    """What was tested on whom, and how well it did over all samples."""
    words = sentences(language)
    dataset = run.plan["dataset"]
    told = [
        words.tested.format(
            title=run.model_card.title,
            n_samples=words.number(dataset["num_samples"], 0),
            n_subjects=words.number(dataset["num_subjects"], 0),
            dataset=run.dataset_card.title,
        )
    ]
    told += [words.simulated] if dataset["simulated"] else []
    return told + [sentence for row in leading_levels(run) for sentence in _level(words, row)]


def leading_levels(run: MeasuredRun, condition: str = CLEAN) -> list[Row]:
    """The levels over all samples that stand at the top of a report, in its order."""
    rows = [
        row
        for row in shown_levels(run.results, run.system, min_subjects=run.min_subjects)
        if row["axis"] == "overall" and row["condition"] == condition and facts_of(row["metric"]).lead is not None
    ]
    return sorted(rows, key=lambda row: (facts_of(row["metric"]).lead or 0, row["metric"]))


def groups(run: MeasuredRun, language: LanguageCode) -> list[str]:
    """For whom it works worse than the plan accepts, and how the comparisons ended."""
    words, found = sentences(language), shown_gaps(run)
    if not found:
        return [words.not_compared]
    not_met = [gap for gap in found if gap.verdict == "not_met"]
    told = [_worse(words, gap) for gap in not_met[:WORST_NAMED]]
    told += [words.more_worse.format(n=len(not_met) - WORST_NAMED)] if not_met[WORST_NAMED:] else []
    counts = {
        "met": sum(gap.verdict == "met" for gap in found),
        "not_met": len(not_met),
        "open": sum(gap.verdict == "inconclusive" for gap in found),
    }
    return [*told, words.compared.format(n=len(found), **counts)]


def shown_gaps(run: MeasuredRun) -> list[Gap]:
    """The gaps with a verdict that may be shown, the worst first."""
    rows = shown_differences(run.results, run.system, min_subjects=run.min_subjects)
    shown = {
        (row["metric"], row["axis"], frozenset({Group.of_row(row), Group.of_row(row, "versus")}))
        for row in rows
        if row["condition"] == CLEAN
    }
    return [
        gap
        for gap in gaps(run.results, run.system)
        if (gap.metric, gap.axis, frozenset({gap.worse, gap.than})) in shown
    ]


def not_tested(run: MeasuredRun, language: LanguageCode) -> list[str]:
    """The groups of which too few people took part; that nothing is known of groups, where there are none."""
    words = sentences(language)
    if not set(run.results["axis"].unique().to_pylist()) - {"overall", SEARCH}:
        return [words.no_groups]
    left_out = [
        f"{words.group(one.group)} ({words.axis(one.axis.split('*'))})"
        for one in untested(run.results, run.system)
        if not one.group.is_unknown
    ]
    return [words.untested.format(groups="; ".join(left_out))] if left_out else [words.all_tested]


def robustness(run: MeasuredRun, language: LanguageCode) -> list[str]:
    """How well it did under other conditions than clean ones."""
    words = sentences(language)
    others = [each["name"] for each in run.plan.get("conditions", []) if each["name"] != CLEAN]
    rows = [(condition, row) for condition in others for row in leading_levels(run, condition)]
    told = [
        words.condition.format(
            condition=condition, metric=words.metric(row["metric"]), value=words.number(row["value"])
        )
        for condition, row in rows
    ]
    return told or [words.no_conditions]


def weaknesses(run: MeasuredRun, language: LanguageCode) -> list[str]:
    """What the checks on the test itself found, in their English sentences, which may hold small numbers."""
    words = sentences(language)
    if words.finding is None:
        return weaknesses_in_short(run, language)
    found = [words.finding.format(sentence=one.sentence) for one in _weaknesses(run)]
    return found or [words.no_finding]


def weaknesses_in_short(run: MeasuredRun, language: LanguageCode) -> list[str]:
    """How many weaknesses the checks on the test itself found, for the public: without the numbers in them."""
    words, found = sentences(language), _weaknesses(run)
    names = "; ".join(f"{one.name}: {one.about}" if one.about else one.name for one in found)
    return [words.findings.format(n=len(found), names=names) if found else words.no_finding]


def _weaknesses(run: MeasuredRun) -> list[Finding]:
    return [one for one in findings(run.results, run.system) if one.verdict == "not_met"]


def answers(run: MeasuredRun, language: LanguageCode) -> list[str]:
    """What the system can answer: labels, dimensions or both."""
    words, card = sentences(language), run.model_card
    labels = [words.words.get(canonical(label), label) for label in card.labels or run.dataset_card.labels]
    dimensions = [words.words.get(each, each) for each in card.dimensions]
    told = [words.answers.format(answers=", ".join(labels))] if labels else []
    return told + ([words.dimensions.format(answers=", ".join(dimensions))] if dimensions else [])


def input_media(run: MeasuredRun, language: LanguageCode) -> list[str]:
    """What of people the system is given."""
    words = sentences(language).words
    media = run.model_card.modalities or run.dataset_card.modalities
    return [_capital(", ".join(words.get(str(each), str(each)) for each in media))]


def changes(run: MeasuredRun, language: LanguageCode) -> list[str]:
    """Whether it learns in use, as its card says; nothing where the card does not."""
    stated = run.model_card.changes
    return [] if stated is None else [getattr(sentences(language), stated)]


def _level(words: Sentences, row: Row) -> Iterator[str]:
    shown = {"metric": _capital(words.metric(row["metric"])), "value": words.number(row["value"])}
    if row["lo"] is None or row["hi"] is None:
        yield words.level_without_interval.format(**shown)
    else:
        bounds = {"lo": words.number(row["lo"]), "hi": words.number(row["hi"])}
        yield words.level.format(**shown, **bounds, level=f"{100 * row['level']:.0f}")
    if row["chance"] is not None:
        yield words.chance.format(chance=words.number(row["chance"]))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _worse(words: Sentences, gap: Gap) -> str:
    assert gap.tolerance is not None
    return words.worse.format(
        group=words.group(gap.worse),
        versus=words.group(gap.than),
        axis=words.axis(gap.attributes),
        metric=words.metric(gap.metric, compared=True),
        gap=words.number(gap.value),
        tolerance=words.number(gap.tolerance),
    )
