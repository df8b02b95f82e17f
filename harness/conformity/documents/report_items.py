"""The items of a test report (ISO/IEC 17025:2017, 7.8.2.1 a to p), each from the run, the cards or the dossier."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.stated_items import Entry, Item, asked_items, known, stated
from harness.conformity.dossier import Party
from harness.report.numbers import short
from harness.report.plan_settings import settings
from harness.wording import listed, quantity

ITEMS = "test_report"

RELATES_TO = "The results relate only to the items that were tested."
AS_RECEIVED = "The results apply to the sample as received: the customer chose it."


def report_items(facts: DocumentFacts) -> list[Item]:
    """All items in their order."""
    return [Item(asked.id, asked.title, tuple(_ENTRIES[asked.id](facts))) for asked in asked_items(ITEMS).items]


def party(given: Party, key: str) -> list[Entry]:
    """Name, address and contact of a party."""
    return [
        stated("Name", given.name, f"dossier: {key}.name"),
        stated("Address", given.address, f"dossier: {key}.address"),
        stated("Contact", given.contact, f"dossier: {key}.contact"),
    ]


def _title(facts: DocumentFacts) -> list[Entry]:
    card, data = facts.run.model_card, facts.run.dataset_card
    return [known("Title", f"Test report: {card.title}, measured on {data.title}")]


def _laboratory(facts: DocumentFacts) -> list[Entry]:
    laboratory = facts.run.dossier.laboratory
    return [
        *party(laboratory, "laboratory"),
        known("Accreditation", laboratory.accreditation or "none is stated"),
    ]


def _place(facts: DocumentFacts) -> list[Entry]:
    place = facts.run.dossier.laboratory.place_of_activity
    return [stated("Place", place, "dossier: laboratory.place_of_activity")]


def _identification(facts: DocumentFacts) -> list[Entry]:
    entries = [known("Identification", f"{facts.run.pack_id}, on every printed page; the end is marked")]
    if facts.run.previous is not None:
        before = facts.run.previous
        entries += [
            stated("Amends the report", before.get("id"), "the pack before"),
            stated("Its manifest, SHA-256", before.get("manifest_sha256"), "the pack before"),
            stated("What was amended and why", before.get("reason"), "the reason given when the pack was made"),
        ]
    return entries


def _customer(facts: DocumentFacts) -> list[Entry]:
    return party(facts.run.dossier.customer, "customer")


def _method(facts: DocumentFacts) -> list[Entry]:
    plan, registered = facts.plan, facts.run.registered
    entries = [
        known(
            "Method",
            f"Emotion harness {plan['harness']}, pages on statistics, metrics and verdicts of its documentation",
        ),
        known("Code of the method, SHA-256", plan["code_sha256"]),
        known("Plan, SHA-256", facts.run.plan_sha256),
    ]
    if registered is None:
        when = "Its hash was computed before the first prediction; no signature shows when the plan was made."
        return [*entries, known("Plan signed before the test", when)]
    signer = registered.signer
    return [
        *entries,
        known(
            "Plan signed before the test",
            f"{registered.signed}, by {signer.name}, {signer.role}, {signer.organisation}",
            f"SHA-256 of the signed plan: {registered.plan_sha256}",
        ),
    ]


def _item_tested(facts: DocumentFacts) -> list[Entry]:
    card, model = facts.run.model_card, facts.plan["model"]
    weights = card.weights.sha256 if card.weights else (model.get("facts") or {}).get("weights_sha256")
    return [
        known("System", card.title),
        stated("Version", card.version, "model card: version"),
        stated("Provider", card.provider or facts.run.dossier.provider.name, "model card: provider"),
        stated("Weights, SHA-256", weights, "model card: weights"),
        known("Settings", "; ".join(f"{name}: {text}" for name, text in settings(model["options"])) or "none"),
        known("Trained", *(text for text in (card.training.replace("_", " "), card.training_data) if text)),
        stated("Changes in use", card.changes, "model card: changes"),
        *_frozen(facts),
        known(
            "Test data",
            f"{facts.run.dataset_card.title}, samples SHA-256 {facts.plan['dataset']['samples_sha256']}",
        ),
    ]


def _frozen(facts: DocumentFacts) -> list[Entry]:
    """Whether the system may have changed while it was measured, by what it answered when it was asked again."""
    again = [one for one in facts.findings if one.row["metric"] == "determinism"]
    condition = [one.sentence for one in again if one.sentence]
    return [stated("Condition when it was asked again", condition, "the checks of the test, which were not made")]


def _received(facts: DocumentFacts) -> list[Entry]:
    test, media = facts.run.dossier.test, facts.run.record.get("media") or {}
    files = f"{quantity(media.get('files', 0), 'file')}, Merkle root {media.get('merkle_root', 'not recorded')}"
    return [
        stated("Received on", test.received, "dossier: test.received"),
        stated("What was received", test.received_items, "dossier: test.received_items", by_customer=True),
        stated("Sampled on", test.sampled, "dossier: test.sampled"),
        stated("Where and under which conditions", test.sampling_conditions, "dossier: test.sampling_conditions"),
        known("Media", files, media.get("note")),
    ]


def _tested(facts: DocumentFacts) -> list[Entry]:
    record = facts.run.record
    return [
        stated("Begun", record.get("started"), "run record: started"),
        stated("Ended", record.get("finished"), "run record: finished"),
    ]


def _issued(facts: DocumentFacts) -> list[Entry]:
    entry = stated("Issued on", facts.run.issued, "given when the pack is signed")
    note = "The date is the word of those who sign, unless the pack holds a time stamp of somebody else."
    return [entry] if entry.is_missing else [Entry(entry.label, (*entry.texts, note))]


def _sampling(facts: DocumentFacts) -> list[Entry]:
    test, plan = facts.run.dossier.test, facts.plan
    chosen = {"customer": "the customer", "laboratory": "the laboratory"}
    limit = plan["dataset"].get("limit")
    only = plan["labels"].get("only")
    return [
        stated("How people and recordings were chosen", test.sampling_plan, "dossier: test.sampling_plan"),
        stated("Who chose the sample", chosen.get(test.sample_chosen_by or ""), "dossier: test.sample_chosen_by"),
        known(
            "Samples in this run",
            f"{quantity(facts.num_samples, 'sample')} of {quantity(facts.num_subjects, 'subject')}"
            + (f", at most {limit:,} by plan" if limit else ", all of the data set that the plan names")
            + ("" if not only else ", restricted to some labels by plan"),
        ),
    ]


def _relates(facts: DocumentFacts) -> list[Entry]:
    as_received = AS_RECEIVED if facts.run.dossier.test.sample_chosen_by == "customer" else None
    return [known("Validity", RELATES_TO, as_received), known("Copies", "Not to be reproduced except in full.")]


def _results(facts: DocumentFacts) -> list[Entry]:
    del facts
    text = "Below, with units, intervals and what would be reached by chance; by group in biometric_view.html."
    return [known("Results", text)]


def _deviations(facts: DocumentFacts) -> list[Entry]:
    run, entries = facts.run, []
    for one in run.deviations:
        by = ", ".join(text for text in (one.who or "nobody is named", one.when) if text)
        entries.append(
            known(
                f"Changed after the plan was signed: {one.what}", f"from {one.before} to {one.after}", f"By {by}."
            )
        )
        entries.append(stated(f"Why {one.what} was changed", one.why, "the deviation"))
    if not run.deviations:
        text = "None." if run.registered else "Not known: no plan was signed before the test."
        entries.append(known("Deviations from the signed plan", text))
    entries.append(known("Stated additions and exclusions", run.dossier.test.method_remarks or "none are stated"))
    entries.append(known("Samples without a score", *(_unscored(facts) or ("None; every sample has a score.",))))
    entries += _checks(facts)
    return entries


def _checks(facts: DocumentFacts) -> list[Entry]:
    """What the checks of the test itself found, and which of them could not be made."""
    if not facts.findings:
        return [known("Checks of the test", "None were made.")]
    faults = [
        f"{one.name}{f' ({short(one.about)})' if one.about else ''}"
        for one in facts.findings
        if one.verdict == "not_met"
    ]
    undone = list(dict.fromkeys(one.name for one in facts.findings if one.verdict == "not_tested"))
    return [
        known("Checks of the test that found something", listed(faults, 20) if faults else "None."),
        known("Checks that were not made, or not of everything", listed(undone, 20) if undone else "None."),
    ]


def _unscored(facts: DocumentFacts) -> list[str]:
    return [
        f"{quantity(one.num_samples, 'sample')} of {quantity(one.num_subjects, 'subject')}: "
        f"{one.outcome}, {short(one.reason.replace('_', ' '))}; they count as wrong"
        for one in facts.failures
    ]


def _authorised(facts: DocumentFacts) -> list[Entry]:
    signers = [f"{one.name}, {one.role}, {one.organisation}" for one in facts.run.signers]
    entry = stated("Authorised by", signers, "given when the pack is signed")
    note = "The signatures are in the folder signatures of the pack."
    return [entry] if entry.is_missing else [Entry(entry.label, (*entry.texts, note))]


def _external(facts: DocumentFacts) -> list[Entry]:
    test, card = facts.run.dossier.test, facts.run.dataset_card
    labels = (
        "labels of the data set, made by others" if not facts.is_simulated else "none: the labels were simulated"
    )
    predictions = "predictions from a file, made by others" if facts.run.model_card.kind == "predictions" else None
    return [
        known("From the run", labels, card.label_note, predictions),
        stated("Stated", test.external_results, "dossier: test.external_results"),
        stated(
            "Facts and data that the customer supplied",
            test.data_from_customer,
            "dossier: test.data_from_customer",
            by_customer=True,
        ),
    ]


_ENTRIES: Mapping[str, Callable[[DocumentFacts], list[Entry]]] = {
    "a": _title,
    "b": _laboratory,
    "c": _place,
    "d": _identification,
    "e": _customer,
    "f": _method,
    "g": _item_tested,
    "h": _received,
    "i": _tested,
    "j": _issued,
    "k": _sampling,
    "l": _relates,
    "m": _results,
    "n": _deviations,
    "o": _authorised,
    "p": _external,
}
