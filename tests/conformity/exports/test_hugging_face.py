from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml
from example_studies import Study
from filled_exports import problems
from measured_runs import measured_run

from harness.conformity.exports.all_exports import exports
from harness.conformity.exports.export import Export
from harness.conformity.measured_run import MeasuredRun
from harness.tables.results import select
from harness.wording import FIXED_LINE

PATH = "hugging_face/README.md"


def parts(export: Export) -> tuple[dict[str, Any], str]:
    """Metadata and text of a card."""
    _, metadata, text = export.content.decode().split("---\n", 2)
    return yaml.safe_load(metadata), text


def test_metadata_validate_and_every_group_is_a_result(made: dict[str, Export], run: MeasuredRun) -> None:
    metadata, _ = parts(made[PATH])
    assert problems(metadata, "hugging_face_metadata") == []
    (index,) = metadata["model-index"]
    by_args = {tuple(sorted(each["dataset"]["args"].items())): each for each in index["results"]}
    women = by_args[("condition", "clean"), ("sex", "female")]
    (row,) = select(
        run.results, metric="accuracy", statistic="level", model=run.system, axis="sex", group="female"
    ).to_pylist()
    (accuracy,) = [metric for metric in women["metrics"] if metric["type"] == "accuracy"]
    assert accuracy["value"] == row["value"]
    assert accuracy["args"] == {
        "n_samples": row["n_samples"],
        "n_subjects": row["n_subjects"],
        "lower": row["lo"],
        "upper": row["hi"],
        "confidence": 0.95,
    }
    assert women["dataset"]["name"] == "Simulated faces, female"
    assert women["task"]["type"] == metadata["pipeline_tag"] == "image-classification"
    assert (("condition", "clean"),) in by_args


def test_the_text_is_headed_by_scope_and_fixed_line_and_has_no_empty_heading(made: dict[str, Export]) -> None:
    _, text = parts(made[PATH])
    assert text.split("\n\n")[1:3] == ["> High-risk under Annex III 1(c).", f"> {FIXED_LINE}"]
    assert "## Intended use\n\nTo show how often visitors smile." in text
    assert "## Recommendations" not in text
    assert "recommendations" in [one.key for one in made[PATH].missing]


def test_a_licence_that_the_hub_does_not_know_keeps_its_name(gap_study: Study) -> None:
    cards = gap_study.plan["cards"]
    licence = {"name": "ACME Terms 3", "url": "https://acme.example/terms"}
    card = cards["models"][0] | {"licence": licence}
    plan = gap_study.plan | {"cards": cards | {"models": [card, *cards["models"][1:]]}}
    (export,) = [each for each in exports(measured_run(replace(gap_study, plan=plan))) if each.path == PATH]
    metadata, _ = parts(export)
    assert problems(metadata, "hugging_face_metadata") == []
    assert [metadata[key] for key in ("license", "license_name", "license_link")] == [
        "other",
        "ACME Terms 3",
        "https://acme.example/terms",
    ]
