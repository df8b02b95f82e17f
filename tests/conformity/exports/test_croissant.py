from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from filled_exports import problems
from measured_runs import RECORD

from harness.conformity.exports.croissant import croissant_export
from harness.conformity.exports.export import Export
from harness.conformity.exports.run_facts import run_facts
from harness.conformity.measured_run import MeasuredRun


def dataset(export: Export) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(export.content)
    return found


def test_every_term_is_one_of_a_vocabulary(made_of_full: dict[str, Export]) -> None:
    found = dataset(made_of_full["croissant/dataset.json"])
    assert problems(found, "croissant_v1.1") == []
    prefixes = {
        key for key, value in found["@context"].items() if isinstance(value, str) and value.endswith(("/", ":"))
    }
    used = {key.partition(":")[0] for key in found if ":" in key}
    assert used == {"rai", "harness"} < prefixes


def test_it_describes_the_samples_table_and_no_media(made: dict[str, Export]) -> None:
    found = dataset(made["croissant/dataset.json"])
    (file,) = found["distribution"]
    assert (file["@id"], file["sha256"]) == ("samples.parquet", RECORD["files"]["samples.parquet"])
    columns = {field["source"]["extract"]["column"]: field["dataType"] for field in found["recordSet"][0]["field"]}
    assert columns["label"] == ["sc:Text", "cr:Label"]
    assert {"subject_id", "attr.sex", "attr.age", "attr.skin_tone"} < set(columns)


def test_source_of_labels_and_people_stand_in_the_own_vocabulary(made: dict[str, Export]) -> None:
    found = dataset(made["croissant/dataset.json"])
    assert found["harness:labelSource"] == "acted"
    assert found["harness:attributeSources"] == [
        {"harness:attribute": "sex", "harness:source": "simulated"},
        {"harness:attribute": "skin_tone", "harness:source": "simulated"},
    ]
    assert (found["harness:numSamples"], found["harness:numSubjects"]) == (840, 40)
    assert found["harness:mediaMerkleRoot"] == "e" * 64
    assert found["rai:dataAnnotationProtocol"].startswith("Source of the labels: acted.")
    assert "harness:consentBasis" not in found


def test_groups_are_values_and_no_terms(run: MeasuredRun) -> None:
    """A group may be called <18, which would be no term of a vocabulary."""
    counts = [
        {"group": name, "values": [name], "subjects": num} for name, num in (("<18", 3), ("18+", 30), ("x", 7))
    ]
    plan = {**run.plan, "attributes": {**run.plan["attributes"], "groups": {"age": {"groups": counts}}}}
    told = replace(run, plan=plan)
    assert dataset(croissant_export(told, run_facts(told)))["harness:subjectDemographics"] == [
        {"harness:axis": "age", "harness:group": "<18"},
        {"harness:axis": "age", "harness:group": "18+", "harness:subjects": 30},
        {"harness:axis": "age", "harness:group": "x"},
    ]


def test_creators_are_people_or_organisations(made_of_full: dict[str, Export]) -> None:
    (creator,) = dataset(made_of_full["croissant/dataset.json"])["creator"]
    assert creator == {"@type": "sc:Person", "name": "https://example.org/x", "url": "https://example.org/x"}


def test_without_hashes_it_names_no_file(run: MeasuredRun) -> None:
    without = replace(run, record={key: value for key, value in RECORD.items() if key != "files"})
    found = dataset(croissant_export(without, run_facts(without)))
    assert "distribution" not in found
    assert "recordSet" not in found
