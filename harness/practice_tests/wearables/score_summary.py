"""The summary of scores: whether there is one, what movement does to it, whether it follows what people say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.practice_tests.practice_interface import Cell, Figure, PracticeResult, PracticeTable, Said, Section
from harness.practice_tests.wearables.score_questions import score_rows
from harness.practice_tests.wearables.scores import Scores
from harness.practice_tests.wearables.transparency import Checklist
from harness.practice_tests.wearables.wearables_options import WearablesOptions
from harness.progress import UNSEEN, Share
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
    progress: Share = UNSEEN,
) -> PracticeResult:
    """Measure and summarise.

    Args:
        scores: of all devices.
        prompts: answered questionnaires; None where the moments of the scores have the answers themselves.
        options: of the test.
        alarms: device → the score from which it says that somebody is stressed.
        checklist: what the maker discloses; None if nobody looked.
        about: further sentences on what was tested.
        progress: told of every device.
    """
    rows = score_rows(
        scores,
        prompts,
        options.limits,
        alarms=alarms,
        align_s=options.align_s,
        least=options.min_subjects,
        level=options.level,
        progress=progress,
    )
    found = {(row.model, row.group if _is_of_group(row) else "", row.metric): row for row in rows}
    sections = [*_sections(found, scores, rows), *([] if checklist is None else [_disclosed(checklist)])]
    counts = {
        "dataset": scores.dataset,
        "devices": scores.devices,
        "subjects": scores.num_subjects,
        "moments": scores.num_moments,
    }
    facts: dict[str, Any] = {**counts, "align_s": options.align_s if prompts is not None else None}
    if checklist is not None:
        facts["checklist"] = checklist.model_dump(mode="json")
    has_reports = bool((scores if prompts is None else prompts).reports)
    keys = ("limit_reports" if has_reports else "limit_feeling", "limit_calm", "limit_people")
    return PracticeResult(rows, [Said("scores", counts), *about], sections, [Said(key) for key in keys], facts)


Found = Mapping[tuple[str, str, str], Result]


def _is_of_group(row: Result) -> bool:
    return row.metric in ("availability", "detection")


def _sections(found: Found, scores: Scores, rows: Sequence[Result]) -> Iterator[Section]:
    """A section for everything that was measured."""
    devices = scores.devices
    yield Section(Said("availability"), [], [_by_group(found, devices, "availability", "share")])
    if any(row.metric == "detection" for row in rows):
        yield Section(Said("detection"), [Said("detection")], [_by_group(found, devices, "detection", "figure")])
    if rungs := _rungs(found, devices):
        yield Section(Said("rungs"), [Said("rungs")], [PracticeTable(Said("rungs"), ("rung", *devices), rungs)])
    if explained := _explained(rows):
        table = PracticeTable(Said("explained"), ("device", "without", "explained"), explained)
        yield Section(Said("explained"), [Said("explained")], [table])
    if together := _together(rows):
        yield Section(
            Said("together"), [], [PracticeTable(Said("together"), ("devices", "ccc", "people"), together)]
        )


Cells = list[list[Cell]]


def _by_group(found: Found, devices: Sequence[str], metric: str, key: str) -> PracticeTable:
    """A metric of every device, in all moments, at rest, in movement and by thirds of motion."""
    groups = [group for group in GROUPS if any((device, group, metric) in found for device in devices)]
    rows: Cells = [
        [group, *(_figure(found.get((each, group, metric)), key) for each in devices)] for group in groups
    ]
    return PracticeTable(Said(metric), ("moments", *devices), rows)


def _rungs(found: Found, devices: Sequence[str]) -> Cells:
    return [
        [metric, *(_figure(found.get((device, "", metric)), key) for device in devices)]
        for metric, key in RUNGS.items()
        if any((device, "", metric) in found for device in devices)
    ]


def _explained(rows: Sequence[Result]) -> Cells:
    return [
        [row.model, row.metric.removeprefix("explained_without:"), Figure(row)]
        for row in rows
        if row.metric.startswith("explained")
    ]


def _together(rows: Sequence[Result]) -> Cells:
    return [
        [f"{row.model}, {row.versus_model}", Figure(row), row.n_subjects]
        for row in rows
        if row.metric == "worn_together_ccc:score"
    ]


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
