"""Secrets are found in files and tables, and never quoted."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from harness.packs.exposed import exposed
from harness.tables.parquet_files import write_parquet

SECRETS = {
    "a private key": "-----BEGIN ENCRYPTED PRIVATE KEY-----",
    "a key of AWS": "id AKIAABCDEFGHIJKLMNOP.",
    "a token of GitHub": "ghp_" + "a1" * 20,
    "a token of GitLab": "glpat-" + "a1" * 12,
    "a token of Hugging Face": "hf_" + "aB" * 17,
    "a key of a language model's service": "sk-proj-" + "a1" * 20,
    "a key of Google": "AIza" + "a" * 35,
    "a token of Slack": "xoxb-1234567890-abc",
    "a JSON Web Token": "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4",
    "a header of authorisation": '{"Authorization": "Bearer abcdefgh12345"}',
    "an address with a password": "postgresql://jo:open-sesame@db/x",
}


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_found_in_a_text_and_in_a_table(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"words {SECRETS[kind]} words")
    write_parquet(pa.table({"x": [1, 2], "text": ["a", SECRETS[kind]]}), tmp_path / "b.parquet")
    named = pa.table({"x": [1]}).replace_schema_metadata({"note": SECRETS[kind]})
    write_parquet(named, tmp_path / "c.parquet")
    paths = ["a.md", "b.parquet", "c.parquet"]
    assert exposed(tmp_path, paths) == [f"{path}: {kind}" for path in paths]


def test_the_values_of_secret_variables_and_the_places_of_this_machine_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "tiger-in-the-tank")
    monkeypatch.setenv("OTHER_KEY", "short")
    monkeypatch.setenv("HOME", "/home/jo.smith")
    (tmp_path / "a.md").write_text("tiger-in-the-tank short /home/jo.smith/data")
    assert exposed(tmp_path, ["a.md"]) == [
        "a.md: the value of the environment variable SERVICE_TOKEN",
        "a.md: the path of the home folder",
    ]


def test_hashes_addresses_and_ordinary_words_are_no_secrets(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        f"{'ab' * 32} https://example.org/a:b@c jo@example.org task-key: sk-learn authorization needed"
    )
    assert exposed(tmp_path, ["a.md"]) == []
