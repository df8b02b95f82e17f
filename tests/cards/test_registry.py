from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from harness.cards import registry
from harness.datasets.reader import Reader
from harness.errors import HarnessError
from harness.models.model import Model


@pytest.mark.parametrize("name", registry.BUILT_IN["readers"])
def test_every_reader_can_be_imported(name: str) -> None:
    assert issubclass(registry.find("readers", name), Reader)


@pytest.mark.parametrize("name", registry.BUILT_IN["models"])
def test_every_kind_of_model_can_be_imported(name: str) -> None:
    assert issubclass(registry.find("models", name), Model)


def test_another_package_adds_its_own_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    points = {
        "harness.readers": (EntryPoint("mine", "fractions:Fraction", "harness.readers"),),
        "harness.models": (EntryPoint("majority", "fractions:Fraction", "harness.models"),),
    }
    monkeypatch.setattr(registry, "entry_points", lambda group: points.get(group, ()))
    assert registry.find("readers", "mine").__name__ == "Fraction"
    assert "mine" in registry.names("readers")
    assert registry.names("models").count("majority") == 1
    assert registry.find("models", "majority").__name__ == "Majority"  # ours cannot be replaced


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(HarnessError, match=r"There is no model 'nobody' in the registry. Known: .*majority"):
        registry.find("models", "nobody")
    assert registry.names("readers") == sorted(registry.names("readers"))
