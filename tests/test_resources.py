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


def test_cards_beside_own_configs_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CARDS", "")
    (tmp_path / "acme/configs").mkdir(parents=True)
    (tmp_path / "acme/models").mkdir()
    for given in (tmp_path / "acme", tmp_path / "acme/configs", tmp_path / "acme"):
        assert resources.configs_beside_cards(given) == tmp_path / "acme/configs"
    assert os.environ["HARNESS_CARDS"] == str(tmp_path / "acme")  # once
    assert resources.card_dirs("models")[0] == tmp_path / "acme/models"


@pytest.mark.parametrize("folder", ["configs", "plain"])
def test_configs_without_cards_beside_them_name_no_cards(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_CARDS", "")
    (tmp_path / folder).mkdir()
    (tmp_path / "plain/models").mkdir(parents=True)
    assert resources.configs_beside_cards(tmp_path / folder) == tmp_path / folder
    assert os.environ["HARNESS_CARDS"] == ""
