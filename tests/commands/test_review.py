"""``harness review`` from a shell, and evidence of what it found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from packs_made import DOSSIER
from review_made import judged, write_run

from harness.commands.main import main


def harness(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["harness", *map(str, arguments)])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reviewed")
    write_run(folder)
    (folder / "dossier.yaml").write_text(DOSSIER)
    return folder


def test_from_a_run_to_evidence_of_a_review(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    review = tmp_path / "review"
    choices = ("--select", "anger", "--by", "sex", "--cases", 20, "--seed", 11, f"dataset.root={place}")
    assert harness(monkeypatch, "review", "sample", place / "run", "--into", review, *choices) == 0
    assert (review / "people.json").is_file()
    assert harness(monkeypatch, "pack", review, "--dossier", place / "dossier.yaml") == 2
    assert f"then harness pack {review / 'score'}" in capsys.readouterr().err
    files = [judged(review, tmp_path / f"{name}.json", name) for name in ("Ann Lee", "Bob")]
    assert harness(monkeypatch, "review", "score", review, *files) == 0
    said = capsys.readouterr().out
    assert "Selected for: anger. 2 reviewers, 20 cases." in said
    assert "reviewer: 1" in said
    assert "Reviewers: 1 is " in said
    assert json.loads((review / "score/practice.json").read_text())["options"]["seed"] == 11
    assert harness(monkeypatch, "pack", review / "score", "--dossier", place / "dossier.yaml") == 0
    assert harness(monkeypatch, "verify", review / "score/evidence") == 0
    assert "equal to the last bit" in capsys.readouterr().out


def test_reviewers_have_the_same_numbers_in_any_order(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = tmp_path / "review"
    choices = ("--select", "anger", "--cases", 10, f"dataset.root={place}")
    assert harness(monkeypatch, "review", "sample", place / "run", "--into", review, *choices) == 0
    files = [judged(review, tmp_path / f"{name}.json", name) for name in ("Ann", "Bob", "Cas")]
    for name, order in (("one", files), ("other", files[::-1])):
        assert harness(monkeypatch, "review", "score", review, *order, "--into", tmp_path / name) == 0
    for name in ("results.csv", "people.json", "observed/judgements.parquet"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_what_was_found_is_not_overwritten_and_errors_are_sentences(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    review = tmp_path / "review"
    choices = ("--select", "anger", "--cases", 10, f"dataset.root={place}")
    assert harness(monkeypatch, "review", "sample", place / "run", "--into", review, *choices) == 0
    file = judged(review, tmp_path / "a.json", "Ann")
    assert harness(monkeypatch, "review", "score", review, tmp_path / "absent.json") == 2
    assert "absent.json: not a file of judgements" in capsys.readouterr().err
    assert harness(monkeypatch, "review", "score", review, *[file] * 101) == 2
    assert "at most 100 reviewers" in capsys.readouterr().err
    assert harness(monkeypatch, "review", "score", review, file) == 0
    before = (review / "score/practice.json").read_bytes()
    assert harness(monkeypatch, "review", "score", review, file) == 2
    assert "is not overwritten. Give --into DIR" in capsys.readouterr().err
    assert (review / "score/practice.json").read_bytes() == before
