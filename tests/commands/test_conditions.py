from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from harness.cards import registry
from harness.commands.conditions import show_condition
from harness.commands.listing import list_conditions
from harness.errors import HarnessError


def test_a_page_is_written_without_any_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_condition("voice/gain@1", tmp_path / "new", [], num=1, seed=0)
    html = (tmp_path / "new" / "index.html").read_text(encoding="utf-8")
    assert html.count("<audio") == 2
    assert "1 sample of simulated_voices under 1 condition" in capsys.readouterr().out.replace("\n", " ")


def test_recordings_of_a_condition_are_the_users(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "babble").mkdir()
    sf.write(tmp_path / "babble" / "a.wav", 0.1 * np.sin(np.arange(80_000) / 7), 16_000)
    files = f"condition_files={{voice/babble: {tmp_path / 'babble'}}}"
    show_condition("voice/babble@1", tmp_path / "new", [files], num=1, seed=0)
    assert (tmp_path / "new" / "index.html").read_text(encoding="utf-8").count("<audio") == 2
    for wrong, said in (
        ("condition_files=x", "expected condition_files="),
        ("condition_files={a: b: c}", "expected"),
    ):
        with pytest.raises(HarnessError, match=said):
            show_condition("voice/babble@1", tmp_path / "new", [wrong], num=1, seed=0)
    with pytest.raises(HarnessError, match="condition_files"):
        show_condition("voice/babble@1", tmp_path / "new", [], num=1, seed=0)


def test_a_page_takes_the_place_of_an_earlier_one_and_of_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    show_condition("voice/gain@1", folder, [], num=1, seed=0)
    (folder / ".index.html.x1.part").write_bytes(b"<!doc")
    show_condition("voice/gain@2", folder, [], num=1, seed=0)
    assert "voice/gain@2, before and after" in (folder / "index.html").read_text(encoding="utf-8")
    (folder / "plan.yaml").write_text("schema: 1\n")
    with pytest.raises(HarnessError, match=r"not that of a page of a condition \(it contains plan.yaml\)"):
        show_condition("voice/gain@1", folder, [], num=1, seed=0)
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("<title>My laboratory</title>")
    with pytest.raises(HarnessError, match="another page, which would be overwritten"):
        show_condition("voice/gain@1", site, [], num=1, seed=0)
    assert (site / "index.html").read_text() == "<title>My laboratory</title>"
    with pytest.raises(HarnessError, match="this is a file"):
        show_condition("voice/gain@1", site / "index.html", [], num=1, seed=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["root=x"], "'root=x': name the dataset as well"),
        (["dataset=simulated_faces"], "voice/gain@1 is for audiovisual, video, voice samples"),
        (["dataset=nobody"], "nobody"),
        (["dataset=simulated_voices", "loudness=3"], "loudness"),
        (["dataset=simulated_voices", "subjects"], "does not have the form option=value"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, arguments: list[str], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        show_condition("voice/gain@1", tmp_path / "new", arguments, num=1, seed=0)


def test_every_condition_is_listed_with_its_severities(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    list_conditions()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:-2] if line[:1].strip()] == registry.names("conditions")
    gain = next(line for line in lines if line.startswith("voice/gain"))
    assert "@1 -6 dB" in gain
    assert "assumed" in gain
    assert sum("@5 -30 dB" in line for line in lines) == 1
