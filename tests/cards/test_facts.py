"""Every card, its config and its entry in the registry fit one another."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from omegaconf import OmegaConf
from pydantic import BaseModel

from harness.cards import registry
from harness.cards.facts import card_names, card_path, dataset_card, model_card
from harness.datasets.reader import Reader
from harness.errors import ExitCode, HarnessError, ending
from harness.models.model import Model
from harness.resources import config_dir

DATASETS, MODELS = card_names("datasets"), card_names("models")
CARDS = [("datasets", name) for name in DATASETS] + [("models", name) for name in MODELS]


def listed_in_config(group: str, name: str) -> dict[str, Any]:
    """What the config group's file sets, its `name` and `root` left out."""
    whole = OmegaConf.to_container(OmegaConf.load(config_dir() / group / f"{name}.yaml"), resolve=True)
    assert isinstance(whole, dict)
    options = dict(whole.get(group, whole))
    assert options.pop("name") == name
    if group == "dataset":
        assert options.pop("root", "absent") is None
    return options


def defaults(options: type[BaseModel]) -> dict[str, Any]:
    """Every option that a plan states, with its default as YAML would hold it; required ones are null."""
    required = {name for name, field in options.model_fields.items() if field.is_required()}
    given = options.model_construct(**dict.fromkeys(required)).model_dump(mode="json")
    return {name: given[name] for name in options.model_fields if name in given}


@pytest.mark.parametrize("name", DATASETS)
def test_dataset_cards(name: str) -> None:
    card = dataset_card(name)
    reader = registry.find("readers", card.reader)
    assert issubclass(reader, Reader)
    assert set(card.expected.per_label) <= set(card.labels)
    assert card.simulated or reader.needs_root  # synthetic corpora are simulated, too
    assert card.limitations
    assert card.access is not None or card.elicitation == "simulated", "how one comes by it"
    per_label = sum(card.expected.per_label.values())
    assert not per_label or per_label == card.expected.samples


@pytest.mark.parametrize("name", MODELS)
def test_model_cards(name: str) -> None:
    card = model_card(name)
    assert issubclass(registry.find("models", card.kind), Model)
    assert card.limitations
    assert (card.weights is not None) == (card.training == "pretrained")


@pytest.mark.parametrize("name", DATASETS)
def test_dataset_configs_list_every_option_with_its_default(name: str) -> None:
    options = registry.find("readers", dataset_card(name).reader).Options
    assert listed_in_config("dataset", name) == defaults(options)


@pytest.mark.parametrize("name", MODELS)
def test_model_configs_list_every_option_with_its_default(name: str) -> None:
    options = registry.find("models", model_card(name).kind).Options
    assert listed_in_config("model", name) == defaults(options)


@pytest.mark.parametrize(("kind", "name"), CARDS)
def test_every_card_has_a_readme_and_nothing_but_facts(kind: Any, name: str) -> None:
    files = {path.name for path in card_path(kind, name).parent.iterdir()}
    assert files == {"card.yaml", "README.md"}


@pytest.mark.parametrize("kind", ["readers", "models"])
def test_all_registered_names_import(kind: registry.Kind) -> None:
    for name in registry.names(kind):
        assert issubclass(registry.find(kind, name), Reader if kind == "readers" else Model)


@pytest.fixture
def own_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the user's own cards with a copy of one of ours."""
    facts = yaml.safe_load(card_path("datasets", "ravdess").read_text(encoding="utf-8"))
    path = tmp_path / "datasets" / "mine" / "card.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(facts | {"name": "mine"}), encoding="utf-8")
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path))
    return path


def test_a_users_own_card_is_found(own_cards: Path) -> None:
    assert "mine" in card_names("datasets")
    assert dataset_card("mine").labels == dataset_card("ravdess").labels


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labls": ["a"]}, "labls: there is no such key"),
        ({"label_source": "guessed"}, "label_source: .*found 'guessed'"),
        ({"licence": None}, "licence: "),
        ({"labels": ["anger", " "]}, "labels: .*' ' is no label: expected 1 to 200 characters"),
        ({"labels": ["anger", "x" * 10**6]}, "is no label: expected 1 to 200 characters"),
        ({"labels": ["anger", "fear", "anger"]}, "the label 'anger' stands twice"),
        ({"labels": ["caf\u00e9", "cafe\u0301"]}, "stands twice"),
        ({"name": "yours"}, "is named 'yours'; it must carry its folder's name"),
    ],
)
def test_a_card_that_does_not_fit_is_refused_by_key(own_cards: Path, change: dict[str, Any], message: str) -> None:
    facts = yaml.safe_load(own_cards.read_text(encoding="utf-8"))
    own_cards.write_text(yaml.safe_dump(facts | change), encoding="utf-8")
    with pytest.raises(HarnessError, match=message):
        dataset_card("mine")


@pytest.mark.parametrize(
    "text",
    [
        "name: [mine",
        "a: &a [x, x]\nb: &b [*a, *a]\n",
        "name: !!python/object/apply:os.system [id]",
        "[" * 5_000,
        f"name: {'9' * 5_000}",
    ],
)
def test_a_card_that_is_not_plain_yaml_is_refused(own_cards: Path, text: str) -> None:
    own_cards.write_text(text, encoding="utf-8")
    with pytest.raises(HarnessError, match="not valid YAML"):
        dataset_card("mine")


@pytest.mark.parametrize(
    "put",
    [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")],
)
def test_a_card_that_is_no_file_is_told(own_cards: Path, put: Callable[[Path], object]) -> None:
    own_cards.unlink()
    put(own_cards)
    with pytest.raises((HarnessError, OSError)) as raised:
        dataset_card("mine")
    code, message = ending(raised.value)
    assert code == ExitCode.WRONG_USE
    assert str(own_cards) in message


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(HarnessError, match=r"no card datasets/nowhere\. Known datasets: .*ravdess"):
        dataset_card("nowhere")
    with pytest.raises(HarnessError, match=r"no reader 'nowhere' in the registry\. Known: .*ravdess"):
        registry.find("readers", "nowhere")
