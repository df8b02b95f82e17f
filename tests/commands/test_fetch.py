"""What ``harness fetch`` asks, refuses and prints."""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml
from fault_server import FaultServer, always, serving
from forked_python import python

from harness.cards.facts import card_names, dataset_card


def harness(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return python("-m", "harness.commands.main", "fetch", "dataset", *arguments, env=variables)


def one_sound() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("Actor_01/03-01-05-01-01-01-01.wav", b"RIFF")
    return buffer.getvalue()


def write_card(folder: Path, server: FaultServer) -> None:
    """That of RAVDESS, from a server of this machine, under another name."""
    facts = dataset_card("ravdess").model_dump(mode="json", exclude_none=True)
    download = {"url": f"{server.url}/a.zip", "name": "a.zip", "unpack": True}
    path = folder / "datasets" / "mini" / "card.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump({**facts, "name": "mini", "access": {"downloads": [download]}}))


def test_the_licence_is_shown_and_nothing_is_fetched_before_it_is_accepted(tmp_path: Path) -> None:
    with serving(always(one_sound())) as server:
        write_card(tmp_path / "cards", server)
        folder = tmp_path / "set"
        cards = {"HARNESS_CARDS": str(tmp_path / "cards")}
        found = harness("mini", str(folder), "--allow-host", "127.0.0.1", **cards)
        assert "Licence: CC BY-NC-SA 4.0 (no commercial use)." in found.stdout
        assert (found.returncode, len(server.asked)) == (2, 0)
        assert found.stderr.strip().endswith("repeat the command with --accept-licence.")
        found = harness("mini", str(folder), "--allow-host", "127.0.0.1", "--accept-licence", **cards)
        assert found.returncode == 0, found.stderr
        assert found.stderr.splitlines() == ["fetching a.zip", "unpacking a.zip"]
        assert "No checksum is published of a.zip." in found.stdout
        assert found.stdout.splitlines()[-1] == f"Next: harness check dataset mini root={folder}"
        found = harness("mini", str(folder), "--accept-licence", **cards)
        assert (found.returncode, len(server.asked)) == (0, 1)
        assert f"It is in {folder} already" in found.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("iemocap", "Error [dataset]: iemocap cannot simply be downloaded. Fill in the release form"),
        ("simulated_faces", "Error [dataset]: simulated_faces is made by the harness itself"),
        ("emonet_face", "Error [dataset]: emonet_face cannot simply be downloaded. Download the repository"),
        ("nosuch", "nosuch"),
    ],
)
def test_what_is_not_downloaded_ends_with_one_message(name: str, said: str, tmp_path: Path) -> None:
    found = harness(name, str(tmp_path / "set"), "--accept-licence")
    assert found.returncode == 2
    assert said in found.stderr
    assert "Traceback" not in found.stderr
    assert not list(tmp_path.iterdir())


def test_a_folder_need_not_be_named(tmp_path: Path) -> None:
    with serving(always(one_sound())) as server:
        write_card(tmp_path / "cards", server)
        options = ("--allow-host", "127.0.0.1", "--accept-licence")
        command = ("-m", "harness.commands.main", "fetch", "dataset", "mini", *options)
        found = python(*command, env={"HARNESS_CARDS": str(tmp_path / "cards")}, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1] == "Next: harness check dataset mini root=mini"
    assert (tmp_path / "mini" / "Actor_01" / "03-01-05-01-01-01-01.wav").is_file()
    found = python("-m", "harness.commands.main", "fetch", "dataset", "swell_kw", env={}, cwd=tmp_path)
    assert found.stderr.startswith("Error [dataset]: swell_kw cannot simply be downloaded. From DANS")


def test_every_dataset_says_how_one_comes_by_it() -> None:
    for name in card_names("datasets"):
        card = dataset_card(name)
        assert card.access is not None or card.elicitation == "simulated", name


def test_only_datasets_are_fetched() -> None:
    found = python("-m", "harness.commands.main", "fetch", "model", "facex", "x", env={})
    assert found.returncode == 2
    assert "Use: harness fetch dataset NAME [DIR]" in found.stderr
