"""Every notebook of the documentation runs from top to bottom, and prints what it shows."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[1] / "docs"
NOTEBOOKS = sorted(DOCS.rglob("*.ipynb"))


def printed(notebook: Any) -> list[str]:
    """What each cell of code prints; what it shows otherwise, such as a progress bar, is no text."""
    return [
        "".join(output.text for output in cell.outputs if output.output_type == "stream")
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.skipif(not (find_spec("ipykernel") and find_spec("nbclient")), reason="needs ipykernel and nbclient")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_prints_what_it_shows(path: Path, tmp_path: Path) -> None:
    import nbclient
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    shown = printed(notebook)
    assert any(shown)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    assert printed(notebook) == shown
