"""The summary of scores: whether there is one, what movement does to it, whether it follows what people say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.practice_tests.practice_interface import Cell, Figure, PracticeResult, PracticeTable, Said, Section
from harness.practice_tests.wearables.score_questions import score_rows
from harness.practice_tests.wearables.scores import Scores
from harness.practice_tests.wearables.transparency import Checklist
from harness.practice_tests.wearables.wearables_options import WearablesOptions
from harness.tables.results import Result

GROUPS = ("all", "rest", "moving", "motion_1", "motion_2", "motion_3")
RUNGS = {
    "reaction_to_stressors": "figure",
    "within_person:report": "figure",
    "people_with_relation:positive": "share",
    "people_with_relation:none": "share",
    "people_with_relation:reversed": "share",
    "between_people:report": "figure",
    "within_person:report_of_others": "figure",
    "within_person:positive": "figure",
    "within_person:negative": "figure",
}
"""The rows of the table of the three rungs, and how their values stand there."""


def score_result(
    scores: Scores,
    prompts: Scores | None,
    options: WearablesOptions,
    alarms: Mapping[str, float],
    checklist: Checklist | None,
    about: Sequence[Said] = (),
) -> PracticeResult:
    """Measure and summarise.

    Args:
        scores: of all devices.
        prompts: answered questionnaires; None where the moments of the scores have the answers themselves.
        options: of the test.
        alarms: device → the score from which it says that somebody is stressed.
        checklist: what the maker discloses; None if nobody looked.
        about: further sentences on what was tested.
    """
    rows = score_rows(
        scores,
        prompts,
        options.limits,
        alarms=alarms,
        align_s=options.align_s,
        least=options.min_subjects,
        level=options.level,
    )
    found = {(row.model, row.group if _is_of_group(row) else "", row.metric): row for row in rows}
    sections = [*_sections(found, scores, rows), *([] if checklist is None else [_disclosed(checklist)])]
    counts = {
        "dataset": scores.dataset,
        "devices": scores.devices,
        "subjects": scores.num_subjects,
        "moments": len(scores.score_n),
    }
    facts: dict[str, Any] = {**counts, "align_s": options.align_s if prompts is not None else None}
    if checklist is not None:
        facts["checklist"] = checklist.model_dump(mode="json")
    keys = ("limit_feeling", "limit_calm", "limit_people")
    return PracticeResult(rows, [Said("scores", counts), *about], sections, [Said(key) for key in keys], facts)


Found = Mapping[tuple[str, str, str], Result]


def _is_of_group(row: Result) -> bool:
    return row.metric in ("availability", "detection")


def _sections(found: Found, scores: Scores, rows: Sequence[Result]) -> Iterator[Section]:
    devices = scores.devices
    availability = [
        [group, *(_figure(found.get((device, group, "availability")), "share") for device in devices)]
        for group in GROUPS
        if any((device, group, "availability") in found for device in devices)
    ]
    yield Section(
        Said("availability"), [], [PracticeTable(Said("availability"), ("moments", *devices), availability)]
    )
    detection = [
        [group, *(_figure(found.get((device, group, "detection")), "figure") for device in devices)]
        for group in GROUPS
        if any((device, group, "detection") in found for device in devices)
    ]
    if detection:
        table = PracticeTable(Said("detection"), ("moments", *devices), detection)
        yield Section(Said("detection"), [Said("detection")], [table])
    rungs = [
        [metric, *(_figure(found.get((device, "", metric)), key) for device in devices)]
        for metric, key in RUNGS.items()
        if any((device, "", metric) in found for device in devices)
    ]
    if rungs:
        yield Section(Said("rungs"), [Said("rungs")], [PracticeTable(Said("rungs"), ("rung", *devices), rungs)])
    explained: list[list[Cell]] = [
        [row.model, row.metric.removeprefix("explained_without:"), Figure(row)]
        for row in rows
        if row.metric.startswith("explained")
    ]
    if explained:
        table = PracticeTable(Said("explained"), ("device", "without", "explained"), explained)
        yield Section(Said("explained"), [Said("explained")], [table])
    together: list[list[Cell]] = [
        [f"{row.model}, {row.versus_model}", Figure(row), row.n_subjects]
        for row in rows
        if row.metric == "worn_together_ccc:score"
    ]
    if together:
        table = PracticeTable(Said("together"), ("devices", "ccc", "people"), together)
        yield Section(Said("together"), [], [table])


def _figure(row: Result | None, key: str) -> Cell:
    return None if row is None else Figure(row, key)


def _disclosed(checklist: Checklist) -> Section:
    rows = [[f"item_{name}", f"disclosed_{item.disclosed}", item.where] for name, item in checklist.items.items()]
    table = PracticeTable(Said("disclosed"), ("item", "disclosed", "where"), rows)
    disclosed = [item.disclosed for item in checklist.items.values()]
    counts = {answer: disclosed.count(answer) for answer in ("yes", "partly", "no")}
    return Section(
        Said("disclosed"),
        [Said("disclosed", {"device": checklist.device, "by": checklist.checked_by, **counts})],
        [table],
    )
