from __future__ import annotations

from itertools import combinations

from mlflow.utils.validation import _validate_logged_model_name, _validate_metric_name

from harness.tracking.mlflow_names import key, metric_key, model_name, named

LABELS = (
    "a_b",
    "a+b",
    "a b",
    "a/b",
    "a:b",
    "a.b",
    "a-b",
    "ä b",
    "a\u0308 b",
    "",
    "..",
    ".",
    "a\x1bb",
    "x" * 400,
    "x" * 401,
)


def test_what_mlflow_takes_stays_as_it_is() -> None:
    assert metric_key("recall:anger") == "recall/anger"
    assert metric_key("majority", "uar") == "majority/uar"
    assert key("measure.tolerances.uar") == "measure.tolerances.uar"
    assert model_name("fer_mini_xception") == "fer_mini_xception"


def test_what_it_refuses_gets_a_mark_of_its_own() -> None:
    assert model_name("acme-2.1") == "acme-2_1-8ed74a"  # sha256sum of the name
    assert metric_key("recall:a+b") == "recall/a_b-300273"
    names = [metric_key(f"recall:{label}") for label in LABELS]
    for name in names:
        _validate_metric_name(name)
    assert all(one.casefold() != other.casefold() for one, other in combinations(names, 2))
    models = [model_name(label) for label in LABELS]
    for name in models:
        _validate_logged_model_name(name)
    assert len(set(models)) == len(LABELS)


def test_a_name_does_not_depend_on_what_else_there_is() -> None:
    alone = named([(metric_key("recall:a+b"), 1.0)])
    after = named([(metric_key("recall:a_b"), 0.0), (metric_key("recall:a+b"), 1.0)])
    assert alone.items() <= after.items()
    assert after["recall/a_b"] == 0.0


def test_names_that_differ_by_case_alone_are_kept_apart() -> None:
    """Servers on MySQL take both for one."""
    found = named([("recall/Sad", 1.0), ("recall/sad", 2.0), ("recall/SAD", 3.0)])
    assert list(found.values()) == [1.0, 2.0, 3.0]
    assert len({name.casefold() for name in found}) == 3
