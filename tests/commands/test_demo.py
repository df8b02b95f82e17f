"""The demo, of one small study, where a folder is left of another version."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.commands import demo
from harness.evidence.run_folder import RunFolder


@pytest.fixture(autouse=True)
def small_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "STUDIES", (("simulated_wearables", "wearable_stress"),))
    _of_version(monkeypatch, 1)


def test_a_demo_of_another_version_is_kept_and_a_new_one_goes_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    demo.run_demo(tmp_path)
    first = tmp_path / "simulated_wearables"
    before = (first / "results.parquet").read_bytes()
    _of_version(monkeypatch, 2)
    demo.run_demo(tmp_path)
    (second,) = set(tmp_path.iterdir()) - {first}
    assert second.name == f"simulated_wearables-{RunFolder(second).read_plan().sha256[:8]}"
    assert (first / "results.parquet").read_bytes() == before
    told = capsys.readouterr()
    assert (
        f"{first} is kept: it has a demo with another plan, as of another version. This one: {second}" in told.err
    )
    assert f"report: {second}" in told.out

    demo.run_demo(tmp_path)
    assert set(tmp_path.iterdir()) == {first, second}
    assert "predicting" not in capsys.readouterr().err


def test_the_demo_of_the_same_version_stays_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demo.run_demo(tmp_path)
    demo.run_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["simulated_wearables"]
    assert "is kept" not in capsys.readouterr().err


def _of_version(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Another version plans something else: here, another seed."""
    small = ("dataset.subjects=4", "measure.resamples=100", "measure.permutations=100", "checks.enabled=false")
    monkeypatch.setattr(demo, "CHOICES", (f"seed={seed}", "tracking.enabled=false", *small))
