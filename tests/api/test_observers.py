"""Who watches a study from Python."""

from __future__ import annotations

import pytest

from harness.api.observers import Bars, Silent, watched


def test_nobody_watches_by_default_and_warnings_are_pythons_own(capsys: pytest.CaptureFixture[str]) -> None:
    with watched(None) as observer:
        assert isinstance(observer, Silent)
        observer.stage("listing")
        observer.progress(1, 2)
        with pytest.warns(UserWarning, match="odd"):
            observer.warn("odd")
    assert capsys.readouterr() == ("", "")


def test_bars_move_through_the_stages() -> None:
    with watched(True) as observer:
        assert isinstance(observer, Bars)
        observer.stage("predicting [bold]")
        observer.progress(3, 4)
        (task,) = observer._bar._progress.tasks
        assert (task.completed, task.total) == (3, 4)
        assert "[bold]" in task.description.replace("\\", "")
        observer.stage("measuring")
        (task,) = observer._bar._progress.tasks
        assert (task.description, task.total) == ("measuring", None)
        observer.share(0.25)
        (task,) = observer._bar._progress.tasks
        assert (task.completed, task.total) == (0.25, 1.0)
