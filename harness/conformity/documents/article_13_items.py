"""The items of the instructions for use (Art. 13(3)), each with what run, cards and dossier say on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.report_items import party
from harness.conformity.documents.stated_items import Entry, Item, asked_items, known, stated, written
from harness.report.numbers import interval, number, percent, short
from harness.wording import listed, quantity

ITEMS = "article_13"

DOCUMENT = "article_13"
"""The section of a dossier's texts in which people write what an item asks for, by its letter."""


def article_13_items(facts: DocumentFacts) -> list[Item]:
    """All items in their order."""
    found = []
    for asked in asked_items(ITEMS).items:
        entries = list(_ENTRIES[asked.id](facts)) if asked.id in _ENTRIES else []
        if asked.by_people:
            entries.append(written(facts.run.dossier, DOCUMENT, asked.id, "In the provider's words"))
        found.append(Item(asked.id, asked.title, tuple(entries)))
    return found


def _provider(facts: DocumentFacts) -> list[Entry]:
    dossier = facts.run.dossier
    representative = dossier.authorised_representative.name
    return [
        *party(dossier.provider, "provider"),
        known("Authorised representative", representative or "none is stated"),
    ]


def _purpose(facts: DocumentFacts) -> list[Entry]:
    purpose = facts.run.dossier.purpose
    return [
        known("Intended purpose", purpose.statement),
        known("Used by", purpose.deployer),
        known("On whom", purpose.exposed),
        known("What the law says of it", facts.run.scope.heading, *facts.run.scope.remarks),
    ]


def _accuracy(facts: DocumentFacts) -> list[Entry]:
    conditions = facts.changed_conditions
    found = [one.sentence for one in facts.findings if one.verdict == "not_met"]
    nothing = "the checks of the test found nothing" if facts.findings else "no checks of the test were made"
    return [
        known(
            "Accuracy", "in the table of figures below, each with its interval and what would be reached by chance"
        ),
        known("Robustness", listed(conditions, 20) if conditions else "only unchanged samples were measured"),
        known("What else affects the figures", *(found or [nothing])),
        written(facts.run.dossier, DOCUMENT, "cybersecurity", "Cybersecurity"),
    ]


def _misuse(facts: DocumentFacts) -> list[Entry]:
    mistaken = [
        f"{one.reason.replace('_', ' ')}: {percent(one.num_samples, facts.num_samples)}" for one in facts.failures
    ]
    return [known("No answer, by reason", *(mistaken or ["every sample got an answer in this test"]))]


def _groups(facts: DocumentFacts) -> list[Entry]:
    worse = [
        f"{short(one.group.name)}: {one.metric} {one.direction} by {number(one.gap.value)} "
        f"{interval(one.gap.lo, one.gap.hi)}"
        for one in facts.worse_off
    ]
    untested = [f"{short(one.group.name)} ({one.axis.replace('_', ' ')})" for one in facts.untested_groups]
    return [
        known(
            "Works worse for", *(worse or ["no group, as far as could be shown; that is no proof of the contrary"])
        ),
        known(
            "Nothing is known of",
            listed([*untested, *facts.not_carried], 30)
            if untested or facts.not_carried
            else "no group that was looked for",
        ),
    ]


def _input(facts: DocumentFacts) -> list[Entry]:
    card, data = facts.run.model_card, facts.run.dataset_card
    return [
        known("Reads", ", ".join(card.modalities) or ", ".join(facts.modalities)),
        known(
            "Tested on",
            f"{data.title}: {quantity(facts.num_samples, 'sample')} of {quantity(facts.num_subjects, 'subject')}",
        ),
        known("Limitations of the test data", *data.limitations),
        stated("Trained on", card.training_data, "model card: training_data"),
    ]


def _interpretation(facts: DocumentFacts) -> list[Entry]:
    card = facts.run.model_card
    answers = [*card.labels, *card.dimensions]
    return [
        known("Possible answers", listed(answers, 30) if answers else "learned from the data"),
        known("What an answer says", "that the sample resembles those with this label; not what a person feels"),
        known("Stated limitations", *card.limitations),
    ]


_ENTRIES: Mapping[str, Callable[[DocumentFacts], list[Entry]]] = {
    "(a)": _provider,
    "(b)(i)": _purpose,
    "(b)(ii)": _accuracy,
    "(b)(iii)": _misuse,
    "(b)(v)": _groups,
    "(b)(vi)": _input,
    "(b)(vii)": _interpretation,
}
