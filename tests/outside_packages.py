"""Packages that extend the harness by entry point, as pip would leave them: a module and its metadata."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from harness import known_metrics, resources
from harness.cards import registry

Install = Callable[..., None]


def _example(page: str) -> str:
    """The example in Python of a page of the documentation."""
    text = (Path(__file__).parents[1] / "docs" / page).read_text(encoding="utf-8")
    (code,) = re.findall(r"```py\n(.*?)```", text, flags=re.DOTALL)
    return str(code)


METRIC, CHECK = _example("metrics.md"), _example("checks.md")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a package for one test: ``install({"checks": {"name": "module:attribute"}}, module=code)``."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    modules: list[str] = []

    def install(
        points: Mapping[str, Mapping[str, str]], *, package: str = "own-things", version: str = "1.2", **code: str
    ) -> None:
        info = folder / f"{package.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        lines = [
            line
            for kind, of_kind in points.items()
            for line in (f"[harness.{kind}]", *(f"{name} = {where}" for name, where in of_kind.items()))
        ]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
        for module, text in code.items():
            (folder / f"{module}.py").write_text(text)
            modules.append(module)
        forget()

    forget()
    yield install
    for module in modules:
        sys.modules.pop(module, None)
    monkeypatch.undo()
    forget()


def forget() -> None:
    """What is installed is read once by a process."""
    registry.installed.cache_clear()
    resources.extension_points.cache_clear()
    resources.package_dirs.cache_clear()
    known_metrics.outside_families.cache_clear()
    known_metrics.known.cache_clear()
