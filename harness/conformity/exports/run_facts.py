"""The facts of a run by name, from which the tables of formats choose.

What people state, what cards say, what was measured. A fact is a list of sentences or entries; it is empty where
nobody states it.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.conformity.exports import measured_sentences as measured
from harness.conformity.exports.card_facts import dataset_facts, model_facts
from harness.conformity.exports.dossier_facts import as_list, dossier_facts
from harness.conformity.exports.filling import RunFacts
from harness.conformity.exports.measured_sentences import LANGUAGES, sentences
from harness.conformity.measured_run import MeasuredRun
from harness.known_metrics import facts_of
from harness.report.metric_names import in_display_order, metric_name
from harness.tables.results import select
from harness.wording import quantity


def run_facts(run: MeasuredRun) -> RunFacts:
    """All facts of a run."""
    parts = (
        dossier_facts(run.dossier),
        model_facts(run),
        dataset_facts(run),
        _of_run(run),
        _of_plan(run),
        _of_pack(run),
        _measured(run),
    )
    return {name: texts for part in parts for name, texts in part.items()}


def _of_run(run: MeasuredRun) -> RunFacts:
    environment = run.record.get("environment") or {}
    versions = {"Python": environment.get("python"), **(environment.get("packages") or {})}
    packages = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    hardware = [str(environment[key]) for key in ("cpu", "platform") if environment.get(key)]
    cores = environment.get("cores")
    hardware += [f"{cores} cores"] if cores else []
    hardware += [
        str(each.get("name", each)) if isinstance(each, dict) else str(each)
        for each in environment.get("gpus") or []
    ]
    dates = [f"{name} {run.record[name]}" for name in ("started", "finished") if run.record.get(name)]
    commit = (run.record.get("git") or {}).get("commit")
    return {
        "run.hardware": [f"The test ran on: {', '.join(hardware)}."] if hardware else [],
        "run.software": [f"Software of the test: {packages}."] if packages else [],
        "run.dates": [f"The test {' and '.join(dates)}."] if dates else [],
        "run.code": [f"Commit of the harness: {commit}."] if commit else [],
    }


def _of_plan(run: MeasuredRun) -> RunFacts:
    measure = run.plan["measure"]
    compared = select(run.results, statistic="difference", model=run.system)["metric"].unique().to_pylist()
    metrics = ", ".join(metric_name(metric)[0] for metric in in_display_order(compared))
    tolerances = {"default": measure.get("tolerance"), **(measure.get("tolerances") or {})}
    stated = [f"{name} {value:g}" for name, value in tolerances.items() if value is not None]
    derived = [
        f"{name} from {run.dossier.derived_from(name)}" for name in tolerances if run.dossier.derived_from(name)
    ]
    level, seed = 100 * measure["level"], run.plan["seed"]
    return {
        "plan.sha256": [f"SHA-256 of the test plan: {run.plan_sha256}."],
        "plan.method": [
            f"Intervals hold {level:g} % over subjects, simultaneously for all groups of a metric and axis; the "
            f"seed is {seed}. A group of fewer than {quantity(run.min_subjects, 'subject')} is not tested."
        ],
        "plan.metrics": [f"Groups were compared on: {metrics}."] if metrics else [],
        "plan.meanings": list(_meanings(run)),
        "plan.tolerances": [f"Largest differences that are accepted: {', '.join(stated)}."] if stated else [],
        "plan.derived_from": [f"Tolerances are derived: {'; '.join(derived)}."] if derived else [],
        "plan.registered": [
            f"The plan {one.plan_sha256} was signed on {one.signed} by {one.signer.name}, {one.signer.role}, "
            f"{one.signer.organisation}."
            for one in [run.registered]
            if one is not None
        ],
        "plan.deviations": [
            f"Deviation from the signed plan: {each.what} was {each.before} and is {each.after}; "
            f"{each.who or 'nobody named'}, {each.when or 'no date'}: {each.why or 'no reason given'}."
            for each in run.deviations
        ],
    }


def _meanings(run: MeasuredRun) -> Iterator[str]:
    """What each metric means that stands at the top of a report, and which way is better."""
    for row in measured.leading_levels(run):
        title, meaning = metric_name(row["metric"])
        better = facts_of(row["metric"]).better
        yield f"{title}: {meaning}" + (f" ({better} is better)." if better in ("higher", "lower") else ".")


def _of_pack(run: MeasuredRun) -> RunFacts:
    scope, previous = run.scope, run.previous or {}
    provisions = [f"{each.name}: {each.says}." for each in scope.provisions]
    return {
        "scope.outcome": [scope.outcome],
        "scope.heading": [scope.heading, *scope.remarks],
        "scope.notice": ["yes"] if scope.notice else [],
        "scope.route": ["third party"] if scope.assessed_by else [],
        "scope.assessed_by": [f"Assessed by: {scope.assessed_by}."] if scope.assessed_by else [],
        "scope.provisions": [*provisions, f"As of {scope.as_of}: {scope.title}."],
        "pack.id": [run.pack_id],
        "pack.evidence": [
            f"Every number stands in the results of the evidence pack {run.pack_id}, with its interval, the "
            "number of subjects, the threshold and the verdict."
        ],
        "pack.issued": as_list(run.issued),
        "pack.signers": [f"{each.name}, {each.role}, {each.organisation}" for each in run.signers],
        "pack.previous": [
            f"It follows the pack {previous['id']}"
            + (f": {previous['reason']}." if previous.get("reason") else ".")
        ]
        if previous.get("id")
        else [],
        **{f"pack.statement.{language}": [sentences(language).statement] for language in LANGUAGES},
    }


def _measured(run: MeasuredRun) -> RunFacts:
    told_by = {
        "performance": measured.performance,
        "groups": measured.groups,
        "not_tested": measured.not_tested,
        "robustness": measured.robustness,
        "weaknesses": measured.weaknesses,
        "weaknesses_in_short": measured.weaknesses_in_short,
    }
    return {
        f"measured.{name}.{language}": tell(run, language)
        for name, tell in told_by.items()
        for language in LANGUAGES
    }
