"""Pages whose code runs while the site is built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HOOKS = Path(__file__).parents[2] / "site_hooks"
CONFIG = f"""
site_name: small
strict: true
theme: {{name: mkdocs}}
plugins: []
hooks: ["{HOOKS / "executed_pages.py"}"]
markdown_extensions:
  - pymdownx.superfences:
      custom_fences:
        - name: python
          class: python
          validator: !!python/name:markdown_exec.validator
          format: !!python/name:markdown_exec.formatter
"""


def built(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    (folder / "docs").mkdir()
    (folder / "mkdocs.yml").write_text(CONFIG, encoding="utf-8")
    page = f'# Page\n\n```python exec="true"\n{code}\n```\n'
    (folder / "docs" / "index.md").write_text(page, encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_page_whose_assertion_fails_fails_the_build(tmp_path: Path) -> None:
    run = built(tmp_path, "assert 1 == 2, 'not found'")
    assert run.returncode == 1
    assert "not found" in run.stderr


def test_a_page_shows_what_it_printed_and_its_files_are_removed(tmp_path: Path) -> None:
    code = "import tempfile\nfrom gallery_pictures import BLUE\nprint('made in', tempfile.mkdtemp(), BLUE)"
    run = built(tmp_path, code)
    assert run.returncode == 0, run.stderr
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    folder = page.partition("made in ")[2].split()[0]
    assert "harness-site-" in folder
    assert not Path(folder).exists()
