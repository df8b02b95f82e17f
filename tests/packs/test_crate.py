"""The crate keeps to the Process Run Crate profile, and describes every file."""

from __future__ import annotations

import json

from harness.packs.make_pack import Pack


def test_the_crate_says_which_program_made_what_from_what(made: Pack) -> None:
    graph = json.loads((made.path / "ro-crate-metadata.json").read_text())["@graph"]
    entities = {entity["@id"]: entity for entity in graph}
    assert len(entities) == len(graph)
    root, action = entities["./"], entities["#run"]
    assert root["conformsTo"] == {"@id": "https://w3id.org/ro/wfrun/process/0.5"}
    assert entities["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    assert entities[action["instrument"]["@id"]]["@type"] == "SoftwareApplication"
    assert {reference["@id"] for reference in action["object"]} == {"run/plan.yaml", "run/samples.parquet"}
    assert (action["startTime"], action["endTime"]) == (made.manifest.run.started, made.manifest.run.finished)
    assert [entities[agent["@id"]]["name"] for agent in action["agent"]] == ["Jo Smith"]
    listed = {reference["@id"] for reference in root["hasPart"]}
    assert listed == {file.path for file in made.manifest.files} - {"ro-crate-metadata.json"}
    hashes = {file.path: file.sha256 for file in made.manifest.files}
    assert all(entities[path]["sha256"] == hashes[path] for path in listed)
