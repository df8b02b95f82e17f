"""What the public layer shows: results in plain sentences, where they may be shown at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.attributes.group import EVERYBODY, THE_REST, Group
from harness.conformity.disclosure import shown_differences, shown_levels
from harness.conformity.documents.comprehension import Question, questions
from harness.conformity.documents.document_facts import ANSWERED, RIGHT, DocumentFacts
from harness.conformity.documents.public_words import PublicWords, of_100
from harness.conformity.documents.shortcomings import checks_of, most_mixed
from harness.report.condition_levels import condition_levels
from harness.report.in_brief import WorseOff
from harness.report.ranked_gaps import FOUND, rows_of
from harness.tables.probe_tables import BLIND
from harness.tables.schemas import CLEAN

MAX_GROUPS = 120
"""Of all attributes together; all are in the results."""

MAX_SUPPRESSED = 20
"""Names of one attribute."""

MAX_WORSE = 4
NEUTRAL = "neutral"
DOCUMENT = "public"
"""The section of a dossier's texts for the purpose in plain words: ``purpose_en``, ``purpose_nl``."""


@dataclass(frozen=True)
class PublicAxis:
    """The groups of an attribute.

    Attributes:
        name: in words.
        groups: (name in words, row), those that may be shown.
        suppressed: the names of the others.
    """

    name: str
    groups: Sequence[tuple[str, Mapping[str, Any]]]
    suppressed: Sequence[str]


@dataclass(frozen=True)
class WorseFor:
    """A group for which the system works worse.

    Attributes:
        who: the group in words.
        text: in a sentence or two.
        verdict: in words.
        row: of the difference.
    """

    who: str
    text: str
    verdict: str
    row: Mapping[str, Any]


@dataclass(frozen=True)
class PublicContent:
    """What the layer shows.

    Attributes:
        facts: of the run.
        words: of the language.
    """

    facts: DocumentFacts
    words: PublicWords

    @property
    def enough(self) -> bool:
        """Whether enough people took part to show any number."""
        return self.facts.num_subjects >= self.facts.run.min_subjects

    @property
    def purpose(self) -> str | None:
        """The purpose in plain language, as somebody wrote it; None if nobody did."""
        texts = self.facts.run.dossier.texts.get(DOCUMENT, {})
        found = texts.get(f"purpose_{self.words.language}")
        return found if isinstance(found, str) else None

    @property
    def right(self) -> Mapping[str, Any] | None:
        """The row of right answers; None where it may not be shown, or is not known."""
        row = self.facts.right
        return row if self.enough else None

    @property
    def has_interval(self) -> bool:
        """Whether the share of right answers has one."""
        return self.right is not None and self.right["lo"] is not None

    @property
    def is_no_better(self) -> bool:
        """Whether guessing could be just as good."""
        row = self.right
        return row is not None and row["chance"] is not None and (row["lo"] is None or row["lo"] <= row["chance"])

    @property
    def unanswered(self) -> Mapping[str, Any] | None:
        """The row of coverage, where it is not complete."""
        row = self.facts.level(ANSWERED)
        return row if self.enough and row is not None and row["value"] is not None and row["value"] < 1 else None

    @property
    def case(self) -> str:
        """What is known of for whom it works worse: worse, unclear, alike or unknown."""
        if self.worse:
            return "worse"
        gaps = [gap for gap in self.facts.gaps if gap.tolerance is not None]
        if not gaps:
            return "unknown"
        return "unclear" if any(gap.verdict == "inconclusive" for gap in gaps) else "alike"

    @cached_property
    def worse(self) -> list[WorseFor]:
        """For whom it works worse, where both sides may be shown."""
        return [found for one in self.facts.worse_off if (found := self._worse(one)) is not None]

    @cached_property
    def axes(self) -> list[PublicAxis]:
        """The single attributes with the right answers of their groups."""
        if self.right is None:
            return []
        shown = self.facts.shown_axes(MAX_GROUPS)
        return [self._axis(axis, num) for axis, num in shown if len(self.facts.results.attributes(axis)) == 1]

    @property
    def unknown(self) -> list[str]:
        """What is not known, in sentences."""
        return list(self._unknown())

    @property
    def reliability(self) -> list[str]:
        """In sentences."""
        return list(self._reliability())

    @property
    def specificity(self) -> list[str]:
        """In sentences."""
        return list(self._specificity())

    @property
    def label(self) -> str:
        """An answer that the system can give, in words."""
        card = self.facts.run.model_card
        confusion = self.facts.curves.confusion()
        answers = [*(confusion.classes if confusion else ()), *card.labels]
        named = [label for label in answers if label.casefold() != NEUTRAL]
        if named:
            return self.words.emotion(named[0])
        return self.words.dimension(next(iter(card.dimensions), ""))

    @property
    def questions(self) -> list[Question]:
        """The comprehension check."""
        groups = ", ".join(one.who for one in self.worse[:MAX_WORSE])
        return questions(self.words, case=self.case, label=self.label, groups=groups)

    @property
    def not_recorded(self) -> list[str]:
        """Attributes that the data do not have."""
        return [self.words.attribute(name.replace(" ", "_")) for name in self.facts.not_carried]

    def _worse(self, one: WorseOff) -> WorseFor | None:
        gap = one.gap
        row = self._difference(one)
        if row is None:
            return None
        who, other = (self.words.group(group, gap.attributes) for group in (gap.worse, gap.than))
        text = self.words.worse(gap.metric, who, other)
        if gap.metric == RIGHT and gap.than != THE_REST:
            text = " ".join([text, *self._both(row, gap.worse)])
        return WorseFor(who, text, self.words.word("verdicts", row["verdict"] or FOUND), row)

    def _both(self, row: Mapping[str, Any], worse: Group) -> Iterator[str]:
        """The right answers of the two groups of a difference, the worse first."""
        own, other = row["own_value"], row["versus_value"]
        if own is None or other is None:
            return
        if Group.of_row(row) != worse:
            own, other = other, own
        yield self.words.filled(self.words.word("numbers"), own=of_100(own), other=of_100(other))

    def _difference(self, one: WorseOff) -> Mapping[str, Any] | None:
        """The row of a gap, if both of its sides may be shown."""
        gap = one.gap
        sides = {gap.worse, gap.than}
        return next(
            (
                row
                for row in (*self._differences, *self._found)
                if (row["metric"], row["axis"]) == (gap.metric, gap.axis)
                and {Group.of_row(row), Group.of_row(row, "versus")} == sides
            ),
            None,
        )

    @cached_property
    def _differences(self) -> list[Mapping[str, Any]]:
        run = self.facts.run
        rows = shown_differences(run.results, run.system, min_subjects=run.min_subjects)
        return [row for row in rows if row["condition"] == CLEAN and row["kind"] == "metric"]

    @cached_property
    def _found(self) -> list[dict[str, Any]]:
        """The differences that a search found, of groups that are large enough; their levels are nowhere shown."""
        run = self.facts.run
        rows = rows_of(run.results, run.system, "difference", kind="search")
        return [row for row in rows if row["n_subjects"] >= run.min_subjects]

    @cached_property
    def _shown(self) -> Mapping[tuple[str, Group], Mapping[str, Any]]:
        run = self.facts.run
        rows = shown_levels(run.results, run.system, min_subjects=run.min_subjects)
        return {
            (row["axis"], Group.of_row(row)): row
            for row in rows
            if (row["metric"], row["condition"], row["kind"]) == (RIGHT, CLEAN, "metric")
        }

    def _axis(self, axis: str, num: int) -> PublicAxis:
        attributes = self.facts.results.attributes(axis)
        shown, suppressed = [], []
        groups = [group for group in self.facts.results.groups(axis) if group != EVERYBODY]
        for group in groups[:num]:
            name = self.words.group(group, attributes)
            row = self._shown.get((axis, group))
            if row is None:
                suppressed.append(name)
            else:
                shown.append((name, row))
        if len(groups) > num or len(suppressed) > MAX_SUPPRESSED:
            suppressed = [*suppressed[:MAX_SUPPRESSED], self.words.word("other_groups")]
        return PublicAxis(self.words.axis(attributes), shown, suppressed)

    def _unknown(self) -> Iterator[str]:
        say = self.words.say
        if self.facts.is_simulated:
            yield self.words.word("simulated")
        if "self_report" not in {name for name, _ in self.facts.label_sources}:
            yield say("feelings")
        yield say("other_places")
        if condition_levels(self.facts.run.results, self.facts.run.system) is None:
            yield say("conditions_unknown")
        if self.not_recorded:
            yield say("not_recorded", attributes=", ".join(self.not_recorded))

    def _reliability(self) -> Iterator[str]:
        verdicts = {one.verdict for one in checks_of(self.facts, ("determinism",))}
        yield self.words.say(
            "same_no" if "not_met" in verdicts else "same_yes" if verdicts == {"met"} else "same_unknown"
        )

    def _specificity(self) -> Iterator[str]:
        verdicts = {one.verdict for one in checks_of(self.facts, (BLIND,))}
        yield self.words.say(
            "looks_no" if "not_met" in verdicts else "looks_yes" if verdicts == {"met"} else "looks_unknown"
        )
        mixed = most_mixed(self.facts.curves.confusion()) if self.enough else None
        if mixed is not None:
            label, answer = (self.words.emotion(name) for name in (mixed.label, mixed.answer))
            yield self.words.say("mixed", label=label, answer=answer)
        if any(one.verdict == "not_met" for one in checks_of(self.facts, ("acted_only",))):
            yield self.words.say("acted")
