from __future__ import annotations

from typing import Any

import yaml
from filled_exports import problems

from harness.conformity.exports.export import Export
from harness.conformity.exports.field_table import field_table
from harness.conformity.measured_run import MeasuredRun
from harness.tables.results import select
from harness.wording import FIXED_LINE


def card(made: dict[str, Export], name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(made[f"minbzk/{name}.yaml"].content)
    return found


def metrics(made: dict[str, Export]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = card(made, "model_card")["model_index"][0]["results"][0]["metrics"]
    return found


def labels(metric: dict[str, Any], kind: str) -> dict[str, Any]:
    return {label["name"]: label["value"] for label in metric["labels"] if label["type"] == kind}


def test_each_spelling_is_valid_for_its_reader_and_invalid_for_the_other(made: dict[str, Export]) -> None:
    schema, amt = card(made, "model_card"), card(made, "model_card.amt")
    assert schema["model_index"] == amt["model-index"]
    assert problems(amt, "minbzk_cards_v0.1a14", "model_card") == ["'model_index' is a required property"]
    assert problems(schema, "minbzk_cards_v0.1a14", "model_card_amt") == ["'model-index' is a required property"]


def test_measurements_are_there_and_empty(made: dict[str, Export]) -> None:
    schema = card(made, "model_card")
    result = schema["model_index"][0]["results"][0]
    assert result["measurements"] == {}
    del result["measurements"]
    assert problems(schema, "minbzk_cards_v0.1a14", "model_card") == ["'measurements' is a required property"]


def test_levels_are_those_of_the_results(made: dict[str, Export], run: MeasuredRun) -> None:
    (row,) = select(
        run.results, metric="accuracy", statistic="level", model=run.system, axis="overall"
    ).to_pylist()
    (metric,) = [each for each in metrics(made) if each["type"] == "accuracy" and not labels(each, "feature")]
    assert (metric["value"], metric["dtype"]) == (row["value"], "float")
    assert labels(metric, "uncertainty") == {
        "interval_lower": row["lo"],
        "interval_upper": row["hi"],
        "confidence_level": 0.95,
        "n_samples": 840,
        "n_subjects": 40,
        "n_unscored": row["n_unscored"],
        "chance_level": row["chance"],
    }
    interval = {"lower": row["lo"], "upper": row["hi"], "level": 0.95, "method": row["method"]}
    assert metric["confidence_interval"] == interval
    assert (metric["n_samples"], metric["n_subjects"], metric["chance"]) == (840, 40, row["chance"])


def test_several_labels_are_an_intersection(made: dict[str, Export], run: MeasuredRun) -> None:
    cells = [each for each in metrics(made) if set(labels(each, "feature")) == {"sex", "age"}]
    rows = select(run.results, metric="accuracy", statistic="level", model=run.system, axis="sex*age").to_pylist()
    values = {tuple(row["group_values"]): row["value"] for row in rows}
    found = [each for each in cells if each["type"] == "accuracy"]
    assert len(found) > 3
    for each in found:
        of = labels(each, "feature")
        assert each["value"] == values[of["sex"], of["age"]]


def test_differences_say_versus_whom_and_with_what_verdict(made: dict[str, Export], run: MeasuredRun) -> None:
    (women,) = [
        each
        for each in metrics(made)
        if each["type"] == "uar_difference" and labels(each, "feature") == {"sex": "female"}
    ]
    rows = select(run.results, metric="uar", statistic="difference", model=run.system, axis="sex").to_pylist()
    row = next(row for row in rows if row["group"] == "female" and row["versus"] == "male")
    assert labels(women, "versus") in ({"sex": "male"}, {"sex": "everybody else"})
    assert (women["value"], women["threshold"], women["verdict"]) == (row["value"], 0.05, row["verdict"])
    assert labels(women, "uncertainty")["verdict"] == row["verdict"]


def test_the_class_of_a_metric_is_a_label(made: dict[str, Export]) -> None:
    classes = [labels(each, "output_class") for each in metrics(made) if each["type"] == "recall"]
    assert {"class": "anger"} in classes


def test_the_system_card_holds_the_others(made: dict[str, Export], run: MeasuredRun) -> None:
    system = card(made, "system_card")
    assert system["models"] == [card(made, "model_card")]
    assert system["assessments"] == [card(made, "assessment_card")]
    assert card(made, "system_card.amt")["models"] == [card(made, "model_card.amt")]
    assert system["ai_act_profile"] == {
        "risk_group": "hoog-risico AI",
        "transparency_obligations": "transparantieverplichting",
        "conformity_assessment_body": "beoordeling door derde partij",
    }
    assert system["owners"] == [{"organization": "ACME", "email": "info@acme.example", "role": "provider"}]
    assert system["provenance"]["git_commit_hash"] == "a" * 40
    assert {"name": "statement", "value": FIXED_LINE} in system["labels"]
    assert {"name": "scope: Does it infer", "value": "x"} not in system["labels"]
    assert [label["value"] for label in system["labels"] if label["name"].startswith("scope: ")] == [
        step.answer for step in run.scope.path
    ]


def test_the_assessment_answers_items_of_annex_iv_by_their_urns(made: dict[str, Export]) -> None:
    assessment = card(made, "assessment_card")
    assert (assessment["urn"], assessment["date"]) == ("urn:nl:aivt:tr:td:1.0", "2026-11-27")
    answers = {each["urn"]: each for each in assessment["contents"]}
    known = {urn for field in field_table("annex_iv").fields for urn in field.urns}
    assert set(answers) < known
    assert len(answers) == len(assessment["contents"])
    assert answers["urn:nl:aivt:tr:td:1.0:1.a.2"]["answer"] == answers["urn:nl:aivt:tr:td:1.0:1.a.1"]["answer"]
    tests = answers["urn:nl:aivt:tr:td:1.0:2.g.1"]
    assert "Anna de Vries, head of the laboratory, Lab BV" in tests["answer"]
    assert tests["authors"] == [{"name": "Anna de Vries"}]
    assert answers["urn:nl:aivt:tr:td:1.0:7"]["answer"] == (
        "ISO/IEC TS 4213, 2022 (published 2022, under revision since October 2025, as of 2026-11-27)\n"
        "No harmonised standard under the AI Act had been cited in the Official Journal by August 2026."
    )
    assert "urn:nl:aivt:tr:td:1.0:5" not in answers


def test_weights_are_named_without_the_folders_of_a_machine(made: dict[str, Export]) -> None:
    (artifact,) = card(made, "model_card")["model_index"][0]["artifacts"]
    assert artifact == {"uri": "https://example.org/weights", "sha256": "c" * 64}
