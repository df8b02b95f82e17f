"""The summary of devices beside a reference: which is acceptable, poor or missing where, and how far it is off."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from harness.practice_tests.practice_interface import Cell, Figure, PracticeResult, PracticeTable, Said, Section
from harness.practice_tests.questions import answered
from harness.practice_tests.wearables.device_agreement import ALL, agreement_questions, agreement_rows
from harness.practice_tests.wearables.measurements import Measurements
from harness.practice_tests.wearables.quality import Quality, QualityRule
from harness.practice_tests.wearables.wearables_options import WearablesOptions
from harness.progress import UNSEEN, Share
from harness.tables.results import Result


def agreement_result(
    measured: Measurements, options: WearablesOptions, progress: Share = UNSEEN
) -> PracticeResult:
    """Measure and summarise.

    Args:
        measured: by the devices.
        options: of the test.
        progress: told of questions and devices.
    """
    rule = QualityRule()
    limits = options.limits.error, options.limits.loss_when_moving
    questions = agreement_questions(measured, rule, options.moving, limits, options.min_subjects)
    asking, rating = progress.split(1, 3)
    rows = answered(list(questions), options.level, asking)
    rows += agreement_rows(measured, rule, options.level, rating)
    found = {(row.model, row.group, row.metric): row for row in rows if row.judgement is None}
    said = [Said("quality_rule", {"beats": rule.max_beats_off, "artefacts": rule.max_artefacts})]
    if any(row.value for row in rows if row.metric == f"quality_{Quality.UNKNOWN}"):
        said.append(Said("quality_unknown"))
    sections = [Section(Said("quality"), said, [_quality_table(found, measured)])]
    for measure in measured.values:
        values = {"measure": measure, "unit": measured.units.get(measure, ""), "reference": measured.reference}
        tables = [_bias_table(found, measured, measure), _overall_table(found, measured, measure)]
        sections.append(Section(Said("agreement", values), [Said("agreement", values)], tables))
    return PracticeResult(
        rows,
        tested=[Said("devices", _tested(measured)), Said("no_feeling")],
        sections=sections,
        limits=[Said(key) for key in ("limit_feeling", "limit_people", "limit_preprocessing")],
        facts={
            **_tested(measured),
            "moving": [name for name in measured.situations if name in options.moving],
            "quality_rule": asdict(rule),
        },
    )


Found = dict[tuple[str, str, str], Result]


def _tested(measured: Measurements) -> dict[str, Any]:
    return {
        "dataset": measured.dataset,
        "devices": measured.devices,
        "reference": measured.reference,
        "subjects": measured.num_subjects,
        "situations": measured.situations,
    }


def _quality_table(found: Found, measured: Measurements) -> PracticeTable:
    """Per situation and device: how many measurements are acceptable, poor and missing."""
    rows: list[list[Cell]] = [
        [situation, *(_quality_cell(found, device, situation) for device in measured.devices)]
        for situation in (*measured.situations, ALL)
    ]
    return PracticeTable(Said("quality"), ("situation", *measured.devices), rows)


def _quality_cell(found: Found, device: str, situation: str) -> Said:
    shares = {name.value: found[device, situation, f"quality_{name}"] for name in Quality}
    counts = {name: round((row.value or 0.0) * row.n_samples) for name, row in shares.items()}
    return Said("quality_cell_unknown" if counts[Quality.UNKNOWN] else "quality_cell", counts)


def _bias_table(found: Found, measured: Measurements, measure: str) -> PracticeTable:
    """Per situation and device: the bias in its unit and in per cent of the reference."""
    rows: list[list[Cell]] = []
    for situation in (*measured.situations, ALL):
        cells: list[Cell] = [situation]
        for device in measured.devices:
            row = found[device, situation, f"bias:{measure}"]
            relative = found.get((device, situation, f"relative_bias:{measure}"))
            share = relative.value if relative is not None else None
            cells.append(
                Figure(row, "bias", {"relative": share}) if share is not None else Figure(row, "bias_alone")
            )
        rows.append(cells)
    return PracticeTable(
        Said("bias", {"unit": measured.units.get(measure, "")}), ("situation", *measured.devices), rows
    )


def _overall_table(found: Found, measured: Measurements, measure: str) -> PracticeTable:
    """Per device, over all situations: limits of agreement, error and concordance."""
    rows: list[list[Cell]] = []
    for device in measured.devices:
        of_device = [
            found.get((device, ALL, f"{name}:{measure}")) for name in ("loa_lower", "loa_upper", "mape", "ccc")
        ]
        keys = ("one_decimal", "one_decimal", "share", "figure")
        figures = [None if row is None else Figure(row, key) for row, key in zip(of_device, keys, strict=True)]
        rows.append([device, *figures, found[device, ALL, f"bias:{measure}"].n_subjects])
    columns = ("device", "loa_lower", "loa_upper", "mape", "ccc", "people")
    return PracticeTable(Said("overall", {"unit": measured.units.get(measure, "")}), columns, rows)
