"""``harness practice`` from a shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.commands.main import main


def harness(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["harness", *arguments])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_tests_and_their_options_are_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert harness(monkeypatch, "practice") == 0
    assert "wearables" in capsys.readouterr().out
    assert harness(monkeypatch, "practice", "wearables", "--help") == 0
    assert "\n# people that a verdict needs; a whole number\nmin_subjects: 5\n" in capsys.readouterr().out


def test_a_table_becomes_verdicts_and_a_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        f"p{person},{device},{situation},{60 + person + high},300"
        for person in range(8)
        for situation in ("sitting", "walking")
        for device, high in (("ecg", 0), ("watch", 30))
    ]
    (tmp_path / "table.csv").write_text("\n".join(["subject,device,situation,mean_hr,beats", *rows]))
    arguments = [f"measurements={tmp_path / 'table.csv'}", "measured.values=[mean_hr]", "reference=ecg"]
    assert harness(monkeypatch, "practice", "wearables", *arguments, f"out={tmp_path / 'out'}") == 0
    said = capsys.readouterr().out.replace("\N{NO-BREAK SPACE}", " ")
    assert "fault: watch, Heart rate, at rest: on average off by 47 %" in said
    assert "not clear: watch: movement costs 0 % of the usable measurements, with 8 people" in said
    assert (tmp_path / "out" / "summary.nl.html").is_file()


def test_a_wrong_option_ends_with_2_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert harness(monkeypatch, "practice", "wearables", "datset=x") == 2
    assert "Did you mean dataset?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("audit", "'model/acme'"),  # it looked for the system's config, also in the folder
        ("human-review", "there is no option 'config_dir'"),  # runs no study
    ],
)
def test_a_folder_of_ones_own_cards_is_given_as_to_other_commands(
    test: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own: cards").mkdir()
    given = ["--config-dir", str(tmp_path / "own: cards"), "model=acme", f"out={tmp_path / 'out'}"]
    assert harness(monkeypatch, "practice", test, *given) == 2
    assert message in capsys.readouterr().err
