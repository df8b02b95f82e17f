"""What studies of a sweep are called where nobody's name may be."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from harness.tracking.sent_choices import sent_key, sent_names

PLAN: dict[str, Any] = {
    "dataset": {
        "name": "table",
        "options": {"subjects": ["sub-1", "sub-2"], "bias": {"effect": 0.5}, "take": "a"},
    },
    "model": {"name": "mine", "options": {"folds": 5}},
    "seed": 3,
    "precision": "float32",
    "measure": {"level": 0.9},
    "attributes": {"axes": ["sex", "age"]},
}


def _hash(kind: str, name: str) -> str:
    return f"{kind[:3]}-{sha256(name.encode()).hexdigest()}"


def _of_done(key: str, text: str) -> str:
    return sent_names([{key: text}], [PLAN], _hash)[0]


def _of_failed(key: str, text: str) -> str:
    return sent_names([{key: text}], [None], _hash)[0]


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("model", "mine", "model=mine"),
        ("seed", "3", "seed=3"),
        ("measure.level", "0.90", "measure.level=0.9"),
        ("measure.level", "9e-1", "measure.level=0.9"),
        ("precision", "float32", "precision=float32"),
        ("attributes.axes", "[sex, age]", 'attributes.axes=["sex","age"]'),
        ("dataset.take", "a", "dataset.take=a"),
        ("model.folds", "5", "model.folds=5"),
        ("bias.effect", "0.5", "bias.effect=0.5"),
    ],
)
def test_what_the_plan_states_without_names_is_sent(key: str, text: str, expected: str) -> None:
    assert _of_done(key, text) == expected


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("dataset.root", "/home/anna"),
        ("dataset.subjects", "[anna,bert]"),
        ("dataset.take", "anna"),
        ("dataset.take", "a # anna"),
        ("model", "anna"),
        ("seed", "3 # anna"),
        ("out", "anna"),
        ("attributes.file", "anna.csv"),
        ("measure", "{level: 0.9, by: anna}"),
        ("tracking.uri", "http://anna:secret@127.0.0.1"),
        ("seed", "[anna"),
        ("dataset.anna", "1"),
        ("anna", "1"),
        ("dataset.notes.anna", "hoarse"),
        ("seed", "1987-03-11"),
    ],
)
def test_anything_else_is_hashed_done_or_failed(key: str, text: str) -> None:
    for name in (_of_done(key, text), _of_failed(key, text)):
        assert "anna" not in name
        assert "secret" not in name
        assert "1987" not in name
        assert "val-" in name or "key-" in name
    assert _of_failed(key, text) != _of_failed(key, f"{text}2")


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("model", "majority", "model=majority"),
        ("dataset", "ravdess", "dataset=ravdess"),
        ("seed", "-1", "seed=-1"),
        ("measure.level", "1.5", "measure.level=1.5"),
        ("checks.enabled", "false", "checks.enabled=false"),
    ],
)
def test_of_a_failed_study_cards_and_numbers_are_sent(key: str, text: str, expected: str) -> None:
    assert _of_failed(key, text) == expected


def test_numbers_of_a_dataset_s_options_may_be_ids() -> None:
    assert _of_failed("dataset.subject", "1001").startswith("key-")
    assert "1001" not in _of_failed("dataset.subject", "1001")


def test_a_failed_study_is_called_as_one_that_is_done() -> None:
    choices = [{"dataset.take": "a", "seed": "3"}, {"dataset.take": "a", "seed": "4"}]
    assert sent_names(choices, [PLAN, None], _hash) == ["dataset.take=a seed=3", "dataset.take=a seed=4"]


def test_keys_are_the_harness_s_own() -> None:
    assert [sent_key(key, _hash) for key in ("model", "measure.level", "dataset.root")] == [
        *("model", "measure.level", "dataset.root")
    ]
    assert sent_key("labels.merge.anna", _hash).startswith("key-")
