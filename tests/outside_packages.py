"""Packages that extend the harness by entry point, as pip would leave them: a module and its metadata."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from harness.cards import registry
from harness.measurement import metric_registry

Install = Callable[..., None]

METRIC = """
import numpy as np

from harness.measurement.metric_family import MetricFamily
from harness.metrics.metric_facts import MetricFacts, Shown
from harness.metrics.tally import Metric, Tally, fraction_gradient, ratio, sum_by_row

QUIET_ERRORS = MetricFacts(
    name="quiet_errors",
    title="Quiet errors",
    meaning="share of labelled samples that are answered neutral and are not",
    better="lower",
    needs=("labels",),
    compared=True,
    shown=Shown.TERMINAL,
)


def count(samples):
    mapping = samples.aligned.mapping
    names = (*mapping.classes, *mapping.outside, None)
    neutral_N = np.array([name == "neutral" for name in names])
    answer_M = samples.aligned.answer[samples.labelled]
    quiet_M = neutral_N[answer_M] & (answer_M != samples.truth)
    columns = (np.ones(len(quiet_M)), quiet_M, answer_M < 0)
    sums = np.stack([sum_by_row(samples.labelled_row, each, samples.num_rows) for each in columns], axis=-1)
    metric = Metric(
        facts=QUIET_ERRORS,
        value=lambda sums: ratio(sums[..., 1], sums[..., 0]),
        num_samples=lambda sums: sums[..., 0],
        num_unscored=lambda sums: sums[..., 2],
        gradient=fraction_gradient([0, 1, 0], [1, 0, 0]),
    )
    yield Tally(sums, (metric,))


FAMILY = MetricFamily((QUIET_ERRORS,), count)
"""

CHECK = '''
def few_samples(system):
    """Whether there are fewer than a thousand samples."""
    num = system.samples.num_rows
    if num < 1000:
        return [system.finding("few_samples", "not_met", f"Only {num}. Remedy: record more.", value=float(num))]
    return [system.finding("few_samples", "met", "Enough.", value=float(num))]
'''


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
    metric_registry.installed.cache_clear()
    metric_registry.indexed.cache_clear()
