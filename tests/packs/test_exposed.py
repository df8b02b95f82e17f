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
    assert exposed(tmp_path, paths) == [f"{kind} (in a.md, b.parquet and c.parquet)"]


def test_the_values_of_secret_variables_and_the_places_of_this_machine_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "tiger-in-the-tank")
    monkeypatch.setenv("OTHER_KEY", "short")
    monkeypatch.setenv("HOME", "/home/jo.smith")
    (tmp_path / "a.md").write_text("tiger-in-the-tank short /home/jo.smith/data")
    assert exposed(tmp_path, ["a.md"]) == [
        "the value of the environment variable SERVICE_TOKEN (in a.md)",
        "the path of the home folder (in a.md)",
    ]


def test_hashes_addresses_and_ordinary_words_are_no_secrets(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        f"{'ab' * 32} https://example.org/a:b@c jo@example.org task-key: sk-learn authorization needed"
    )
    assert exposed(tmp_path, ["a.md"]) == []


@pytest.mark.parametrize(
    "text", ["seen by Jo Smith, once", "clips/Jo_Smith_01.wav", "Jo-Smith", "subject actor_07 left", "(Ann07)"]
)
def test_the_name_of_a_person_is_found_whatever_stands_between_its_words(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(text)
    write_parquet(pa.table({"note": ["x", text]}), tmp_path / "b.parquet")
    found = exposed(tmp_path, ["a.md", "b.parquet"], ["Jo Smith", "actor_07", "Ann07"])
    assert found == [
        "the name of a person who was tested, or on whom a system was trained (in a.md and b.parquet)"
    ]


def test_numbers_short_ids_and_ordinary_words_are_no_names(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("S1 is one of 1076 people; the speaker says nothing, Jo and Smith agree")
    assert exposed(tmp_path, ["a.md"], ["S1", "1076", "speaker", "Jo Smith", "---", ""]) == []


def test_what_a_person_can_change_is_named_before_what_is_made_from_it(tmp_path: Path) -> None:
    for path in ("README.md", "run/plan.yaml"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("Jo Smith")
    assert exposed(tmp_path, ["README.md", "run/plan.yaml"], ["Jo Smith"])[0].endswith(
        "(in run/plan.yaml and README.md)"
    )
