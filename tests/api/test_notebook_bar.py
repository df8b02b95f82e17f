"""The bar of a notebook: on a display that writes down what it is told, and in a real kernel."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from harness.api import notebook_bar
from harness.api.notebook_bar import NotebookBar
from harness.api.observers import watched

CELL = """
import tempfile
import numpy as np
import harness
truth = np.tile(["joy", "anger"], 40)
report = harness.measure(truth, truth, subject=np.repeat(np.arange(8), 10),
                         measure={"resamples": 100, "permutations": 100})
again = harness.measure(truth, truth[::-1], subject=np.repeat(np.arange(8), 10), system="again", progress=False,
                        measure={"resamples": 100, "permutations": 100})
with tempfile.TemporaryDirectory() as folder:
    harness.compare([report, again], into=folder)
report
"""


class Display:
    """IPython's `display` and the handle that it returns, in one."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def __call__(self, html: str, *, display_id: bool) -> Display:
        assert display_id
        self.shown.append(html)
        return self

    def update(self, html: str) -> None:
        self.shown.append(html)


def running(shell: object) -> Any:
    """IPython, with what runs in it: a kernel, a terminal, or nothing."""
    module: Any = ModuleType("IPython")
    module.get_ipython = lambda: shell
    return module


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Display:
    found = Display()
    module: Any = ModuleType("IPython.display")
    module.display, module.HTML = found, str
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    monkeypatch.setitem(sys.modules, "IPython", running(SimpleNamespace(kernel=object())))
    return found


@pytest.mark.parametrize("progress", [None, True])
def test_in_a_notebook_one_bar_shows_every_stage_and_vanishes(display: Display, progress: bool | None) -> None:
    with watched(progress) as bar:
        assert isinstance(bar, NotebookBar)
        bar.stage("predicting <b>")
        bar.progress(4_000, 4_000)
        with pytest.warns(UserWarning, match="odd"):
            bar.warn("odd")
    assert display.shown == [
        "",
        "<div>predicting &lt;b&gt; <progress></progress></div>",
        "<div>predicting &lt;b&gt; <progress value='4000' max='4000'></progress> 4,000 of 4,000</div>",
        "",
    ]


@pytest.mark.parametrize("shell", [None, SimpleNamespace()])
def test_a_process_that_only_has_the_modules_of_a_kernel_is_no_notebook(
    shell: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "IPython", running(shell))
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    with watched(None) as observer:
        assert not isinstance(observer, NotebookBar)


def test_in_a_notebook_it_can_be_switched_off(display: Display) -> None:
    with watched(False) as observer:
        observer.stage("predicting")
    assert display.shown == []


def test_it_is_updated_ten_times_a_second_at_most(display: Display, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(notebook_bar.time, "monotonic", lambda: now)
    bar = NotebookBar()
    bar.stage("predicting")
    for done, now in ((1, 100.05), (2, 100.2), (3, 100.25), (10, 100.26)):  # noqa: B007 (the clock reads `now`)
        bar.progress(done, 10)
    assert ["of 10" in html for html in display.shown] == [False, False, True, True]
    assert "2 of 10" in display.shown[2]


def test_it_says_how_long_the_rest_of_a_stage_takes(display: Display, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(notebook_bar.time, "monotonic", lambda: now)
    bar = NotebookBar()
    bar.stage("predicting")
    for done, now in ((1, 101.0), (250, 110.0), (500, 140.0), (1_000, 150.0)):  # noqa: B007 (the clock reads `now`)
        bar.progress(done, 1_000)
    lefts = [html.partition(" of 1,000")[2].removesuffix("</div>") for html in display.shown[2:]]
    assert lefts == ["", ", 0:00:30 left", ", 0:00:40 left", ""]


def test_of_a_share_it_says_how_long_the_rest_takes(display: Display, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(notebook_bar.time, "monotonic", lambda: now)
    bar = NotebookBar()
    bar.stage("measuring")
    for done, now in ((0.1, 101.0), (0.2, 110.0), (0.4, 120.0), (0.41, 120.01), (1.0, 150.0)):  # noqa: B007
        bar.share(done)
    assert display.shown[2:] == [
        "<div>measuring <progress value='0.100' max='1'></progress> 10 %</div>",
        "<div>measuring <progress value='0.200' max='1'></progress> 20 %, 0:00:52 left</div>",
        "<div>measuring <progress value='0.400' max='1'></progress> 40 %, 0:00:34 left</div>",
        "<div>measuring <progress value='1.000' max='1'></progress> 100 %</div>",
    ]


@pytest.mark.slow
@pytest.mark.skipif(not (find_spec("ipykernel") and find_spec("nbclient")), reason="needs ipykernel and nbclient")
def test_a_real_kernel_shows_the_bar_and_no_warning() -> None:
    import nbclient
    import nbformat

    updates: list[str] = []

    class Client(nbclient.NotebookClient):
        def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
            if msg["msg_type"] == "update_display_data":
                updates.append(msg["content"]["data"]["text/html"])
            return super().process_message(msg, cell, cell_index)

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    Client(notebook, timeout=120, kernel_name="python3").execute()
    outputs = notebook.cells[0].outputs
    assert [output.output_type for output in outputs] == ["display_data", "display_data", "execute_result"]
    assert any("measuring <progress" in html for html in updates)
    assert any("measuring <progress value='1.000'" in html for html in updates)
    assert any("comparing <progress value='1.000'" in html for html in updates)
    assert updates[-1] == ""
    assert "system on arrays" in outputs[2].data["text/html"]
