from __future__ import annotations

from pathlib import Path

import pytest

from harness.commands.dataset_check import SHOWN_PROBLEMS, _options, _print_check, check_dataset
from harness.datasets.layout_check import LayoutCheck
from harness.errors import HarnessError


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["root=/data/x=y"], {"root": "/data/x=y"}),
        (["dataset.root=12", "dataset.limit=12"], {"root": "12", "limit": 12}),
        (["intensity=[0.5, 1]", "beats=false", "name="], {"intensity": [0.5, 1], "beats": False, "name": None}),
    ],
)
def test_options_are_yaml_and_the_root_is_text(arguments: list[str], options: dict[str, object]) -> None:
    assert _options(arguments) == options


@pytest.mark.parametrize("argument", ["root", "=3", "dataset.=3"])
def test_what_is_no_option_is_refused(argument: str) -> None:
    with pytest.raises(HarnessError, match="does not have the form option=value, such as root=PATH"):
        _options([argument])


def test_a_value_that_is_not_yaml_is_refused() -> None:
    with pytest.raises(HarnessError, match=r"'limit=\[1': the value is not readable as YAML. Quote it: limit="):
        _options(["limit=[1"])


def test_a_check_says_what_there_is_and_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    _print_check("toys", LayoutCheck({"files": 1234}, {"anger": 7}, []))
    assert capsys.readouterr().out.splitlines() == [
        "files: 1,234",
        "  anger: 7",
        "toys: everything agrees with the card.",
    ]
    _print_check("toys", LayoutCheck({"files": 2}, {}, ["a.wav is missing"]))
    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1] == "toys: 1 difference from the card."
    assert shown.err.splitlines() == ["- a.wav is missing"]


def test_names_cannot_add_lines(capsys: pytest.CaptureFixture[str]) -> None:
    _print_check("toys", LayoutCheck({}, {"ang\ner": 7}, ["a\n- b\x1b[31m.wav is missing"]))
    shown = capsys.readouterr()
    assert shown.out.splitlines()[0] == "  ang er: 7"
    assert shown.err.splitlines() == ["- a - b\ufffd[31m.wav is missing"]


def test_very_many_differences_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    _print_check("toys", LayoutCheck({}, {}, [f"{i}.wav is missing" for i in range(SHOWN_PROBLEMS + 1500)]))
    shown = capsys.readouterr()
    assert shown.err.splitlines()[SHOWN_PROBLEMS:] == ["- and 1,500 more"]
    assert shown.out.splitlines() == ["toys: 1,600 differences from the card."]


def test_a_check_says_what_it_had_to_understand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "samples.csv").write_text("sample_id;who;label\n1;anna;happy\n2;ben;sad\n")
    arguments = [f"root={tmp_path}", "modality=voice", "label_source=acted", "columns={who: subject_id}"]
    assert check_dataset("table", arguments)
    assert capsys.readouterr().out.splitlines()[0] == "samples.csv was understood as: separated by semicolons."
