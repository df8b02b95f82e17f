from __future__ import annotations

from pathlib import Path

import pytest

from harness.conformity.dossier import read_dossier
from harness.errors import HarnessError

PURPOSE = """\
purpose:
  statement: To show how often callers are angry.
  infers: emotion
  domain: customer_service
  deployer: An insurer
  exposed: People who call the insurer.
  exposed_people: [customers]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "dossier.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_is_mandatory_but_the_purpose(tmp_path: Path) -> None:
    dossier = read_dossier(written(tmp_path, PURPOSE))
    assert dossier.purpose.exposed_people == ["customers"]
    assert dossier.provider.name is None
    assert (dossier.texts, dossier.test.received_items) == ({}, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("provider: {name: ACME}", "purpose"),
        (PURPOSE.replace("emotion", "feelings"), "purpose.infers"),
        (PURPOSE.replace("[customers]", "[]"), "purpose.exposed_people"),
        (PURPOSE.replace("An insurer", "???"), r"still to be filled in \(\?\?\?\): purpose.deployer"),
        (PURPOSE + "lab: {name: ACME}", "lab"),
        (PURPOSE + f"provider: {{name: {'a' * 501}}}", "provider.name"),
        (PURPOSE + "test: {received: yesterday}", "test.received"),
        (PURPOSE + 'provider: {name: "A\\u202Eb"}', r"U\+202E cannot be shown"),
        (PURPOSE + 'provider: {name: "A\\e[2J"}', r"U\+001B cannot be shown"),
        (PURPOSE + "special_categories: {g: {statement: x, by: y}}", "special_categories"),
        (PURPOSE + "a: [", "not valid YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(HarnessError, match=problem) as caught:
        read_dossier(written(tmp_path, text))
    assert "dossier.yaml" in str(caught.value)


def test_an_absent_dossier_comes_with_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"harness new dossier .*absent\.yaml"):
        read_dossier(tmp_path / "absent.yaml")


def test_tolerances_are_found_by_metric_then_by_family_then_by_default(tmp_path: Path) -> None:
    stated = 'tolerances_derived_from: {uar: study A, recall: study B, "recall:fear": study C, default: study D}'
    dossier = read_dossier(written(tmp_path, PURPOSE + stated))
    metrics = ("uar", "recall:anger", "recall:fear", "ece")
    assert [dossier.derived_from(metric) for metric in metrics] == ["study A", "study B", "study C", "study D"]
    assert read_dossier(written(tmp_path, PURPOSE)).derived_from("uar") is None


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ("texts: {algoritmregister: {goal: x}}", "no document 'algoritmregister'. Did you mean algoritmeregister"),
        ("texts: {algoritmeregister: {gaol: x}}", "no field 'gaol'. Did you mean goal"),
    ],
)
def test_a_text_for_no_field_is_refused_with_the_one_that_was_meant(
    tmp_path: Path, texts: str, problem: str
) -> None:
    with pytest.raises(HarnessError) as caught:
        read_dossier(written(tmp_path, PURPOSE + texts))
    assert problem in str(caught.value)


def test_numbers_and_dates_need_no_quotes(tmp_path: Path) -> None:
    texts = "texts: {eu_database: {7: On the market}, croissant: {datePublished: 2026-11-27}, iama: {1.1.1: 12}}"
    dossier = read_dossier(written(tmp_path, PURPOSE + texts))
    assert dossier.texts == {
        "eu_database": {"7": "On the market"},
        "croissant": {"datePublished": "2026-11-27"},
        "iama": {"1.1.1": "12"},
    }
