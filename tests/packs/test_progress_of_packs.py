"""What is told of packing, verifying and reproducing while it is done: a share that grows to all of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from small_packs import NOW, SmallPack

from harness.evidence.run_folder import RunFolder
from harness.packs.lines import Status
from harness.packs.make_pack import PackChoices, make_pack
from harness.packs.reproduced import reproduction_lines
from harness.packs.verified_pack import verified_pack
from harness.packs.verify_pack import verify
from harness.progress import Share


@pytest.fixture
def at_home(small_pack: SmallPack, monkeypatch: pytest.MonkeyPatch) -> SmallPack:
    """With the key of pseudonyms."""
    monkeypatch.setenv("HARNESS_HOME", str(small_pack.home))
    return small_pack


def _require_all_was_told(seen: Sequence[float]) -> None:
    assert list(seen) == sorted(set(seen))
    assert seen[-1] == 1.0
    assert len(seen) >= 10


def test_packing_tells_what_is_done_and_gives_the_same(at_home: SmallPack, tmp_path: Path) -> None:
    seen: list[float] = []
    choices = PackChoices(dossier=at_home.dossier, into=tmp_path / "pack")
    made = make_pack(at_home.run, choices, NOW, Share(seen.append))
    _require_all_was_told(seen)
    assert made.manifest.files
    for file in made.manifest.files:
        if file.path.startswith("run/"):
            assert (made.path / file.path).read_bytes() == (at_home.pack / file.path).read_bytes()


def test_verifying_tells_what_is_done(at_home: SmallPack) -> None:
    seen: list[float] = []
    lines = list(verify(at_home.pack, progress=Share(seen.append)))
    _require_all_was_told(seen)
    assert lines == list(verify(at_home.pack))
    again: list[float] = []
    with verified_pack(at_home.pack, progress=Share(again.append)):
        _require_all_was_told(again)


def test_comparing_with_a_reproduction_tells_what_is_done(at_home: SmallPack) -> None:
    seen: list[float] = []
    theirs, own = RunFolder(at_home.pack / "run"), RunFolder(at_home.run)
    found = list(reproduction_lines(theirs, own, 1e-5, Share(seen.append)))
    _require_all_was_told(seen)
    assert not any(one.line.status is Status.BROKEN for one in found)
