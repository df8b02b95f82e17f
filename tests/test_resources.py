from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness import resources


def test_the_folder_of_our_own_cards_holds_configs_datasets_and_models() -> None:
    assert {path.name for path in resources.share_dir().iterdir()} >= {"configs", "datasets", "models"}
    assert (resources.config_dir() / "run.yaml").is_file()


def test_folders_of_the_users_own_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first / "datasets", second / "datasets", second / "models"):
        folder.mkdir(parents=True)
    monkeypatch.setenv("HARNESS_CARDS", os.pathsep.join([str(first), "", str(second)]))
    ours = resources.share_dir()
    assert resources.card_dirs("datasets") == [first / "datasets", second / "datasets", ours / "datasets"]
    assert resources.card_dirs("models") == [second / "models", ours / "models"]  # the first has none
    monkeypatch.delenv("HARNESS_CARDS")
    assert resources.card_dirs("models") == [ours / "models"]


def test_home_moves_data_and_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "x" / ".." / "home"))
    assert (resources.data_dir(), resources.cache_dir()) == (
        tmp_path / "home" / "data",
        tmp_path / "home" / "cache",
    )


def test_without_home_data_and_cache_are_where_the_platform_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HARNESS_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert resources.data_dir() == tmp_path / "data" / "emotion-harness"
    assert resources.cache_dir() == tmp_path / "cache" / "emotion-harness"
