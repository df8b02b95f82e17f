"""``harness merge``: which words are folders, and which are the study's choices."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.commands import run as run_module
from harness.commands.merge import merge_and_finish
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.progress import Share
from harness.study import merge_parts as merge_module
from harness.study.merge_parts import Merged


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    made: list[object] = []

    def merge(parts: list[Path], into: Path, progress: Share) -> Merged:
        progress.end()
        made.append(([str(part) for part in parts], str(into)))
        return Merged(RunFolder(into), {}, 24)

    monkeypatch.setattr(merge_module, "merge_parts", merge)
    monkeypatch.setattr(run_module, "run_composed", lambda words: made.append(words) or 0)
    return made


def test_with_the_choices_of_the_study_the_run_is_finished(
    calls: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a=b").mkdir()
    words = ["dataset=x", "--config-dir", "own", "out=whole", "model=y", "--config-dir=other"]
    assert merge_and_finish(["p1", *words[:3], "a=b", *words[3:]]) == 0
    assert calls == [(["p1", "a=b"], "whole"), words]


def test_without_them_it_says_how_to_go_on(calls: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    assert merge_and_finish(["p1", "p2", "out=whole"]) == 0
    assert calls == [(["p1", "p2"], "whole")]
    out = capsys.readouterr().out
    assert out.startswith("24 answers of 2 parts merged in whole\nIt is not measured yet.")
    assert "out=whole" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["p1", "p2"], "Name the folders"),
        (["out=x", "model=y"], "Name the folders"),
        (["p1", "out=x", "out=y"], "Name the folders"),
        (["p1", "out=x", "shard=1/2"], "shard=1/2: a merged run is a whole one"),
        (["p1", "out=x", "-m"], "a merged run is a whole one"),
    ],
)
def test_what_is_not_a_merge(words: list[str], message: str, calls: list[object]) -> None:
    with pytest.raises(HarnessError, match=message):
        merge_and_finish(words)
    assert calls == []
