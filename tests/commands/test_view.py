from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from viewed_runs import Place

from harness.commands.view import show_viewer
from harness.errors import HarnessError


def shown(*arguments: str, browser: bool = False, result: int | None = None) -> None:
    show_viewer(arguments, port=0, browser=browser, own_configs=None, result=result)


def test_it_serves_until_it_is_stopped(pictures: Place) -> None:
    command = [sys.executable, "-m", "harness.commands.main", "view", str(pictures.run), "--no-browser", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())["found"]
        assert (told["samples"], "dataset.root" in told["media_absent"]) == (12, True)
        with urlopen(f"{told['url']}rows?limit=1", timeout=20) as answer:
            assert json.load(answer)["total"] == 12
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert "Traceback" not in errors
    assert errors.strip().endswith("Stopped.")


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there are no terminals that hang up")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_closed_terminal_leaves_nothing_behind(pictures: Place, tmp_path: Path, name: str) -> None:
    command = [sys.executable, "-m", "harness.commands.main", "view", str(pictures.run)]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "BROWSER": "true"}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        # Where the tests themselves are started by nohup, the command would take it for its own.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    ) as process:
        end = time.monotonic() + 20
        while not list(tmp_path.glob("harness-view-*/open.html")):
            assert time.monotonic() < end
            time.sleep(0.02)
        number = getattr(signal, name)
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, b"Traceback" in errors) == (128 + number, False)
    assert list(tmp_path.iterdir()) == []


def test_it_opens_on_the_samples_behind_a_row_of_the_results(
    pictures: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    def open_page(uri: str) -> None:
        opened.append(Path(uri.removeprefix("file://")).read_text())
        raise KeyboardInterrupt

    monkeypatch.setattr("webbrowser.open", open_page)
    with pytest.raises(KeyboardInterrupt):
        shown(str(pictures.run), browser=True, result=3)
    assert "/#result=3" in opened[0]
    assert "/#result=3" in capsys.readouterr().out
    with pytest.raises(HarnessError, match=r"--result 999999: .* has [\d,]+ rows of results, counted from 0"):
        shown(str(pictures.run), result=999_999)


def test_the_browser_is_not_started_with_the_token(pictures: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, str, int]] = []

    def open_page(uri: str) -> None:
        page = Path(uri.removeprefix("file://"))
        opened.append((uri, page.read_text(), page.stat().st_mode & 0o777))
        raise KeyboardInterrupt

    monkeypatch.setattr("webbrowser.open", open_page)
    with pytest.raises(KeyboardInterrupt):
        shown(str(pictures.run), browser=True)
    ((uri, text, mode),) = opened
    assert "url=http://127.0.0.1:" in text
    assert mode == 0o600
    assert "127.0.0.1" not in uri
    assert not Path(uri.removeprefix("file://")).exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Give the folder of a run"),
        (["a", "b", "c"], "Give the folder of a run"),
        (["nowhere"], r"there is no plan\.yaml"),
        (["dataset.root=x"], "Give the folder of a run"),
    ],
)
def test_what_is_no_run_is_named(arguments: list[str], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        shown(*arguments)
