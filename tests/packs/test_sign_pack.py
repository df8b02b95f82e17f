"""Nobody signs a pack that does not hold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from forged_packs import change_results, fit_manifest, fit_record
from packs_made import opened, public
from verified_packs import statuses

from harness.commands.pack import show_signatures
from harness.errors import HarnessError
from harness.packs.lines import Line, Status
from harness.packs.received_pack import BrokenPackError
from harness.packs.sign_pack import add_signatures


def _forged(pack: Path) -> None:
    """Whoever made it raised a number, and made every hash fit again."""
    change_results(pack / "run", "accuracy", 0.99)
    fit_record(pack / "run")
    fit_manifest(pack)
    for signature in (pack / "signatures").iterdir():
        signature.unlink()


def test_what_was_verified_is_shown_and_signed(pack: Path, keys: dict[str, Path]) -> None:
    lines: list[Line] = []
    (path,) = add_signatures(pack, [opened(keys["ann"])], datetime.now(UTC), lines.append)
    assert path.parent == pack / "signatures"
    assert [line.text.partition(":")[0] for line in lines if line.status is Status.HOLDS][:2] == ["Files", "Plan"]
    assert statuses(pack, public(keys["jo"]), public(keys["ann"]))["Signature"] == ["holds", "holds"]


def test_a_pack_that_does_not_hold_is_not_signed(
    pack: Path, keys: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    _forged(pack)
    with pytest.raises(BrokenPackError):
        add_signatures(pack, [opened(keys["ann"])], datetime.now(UTC))
    assert not show_signatures(pack, [opened(keys["ann"])])
    assert "so it was not signed" in capsys.readouterr().err
    assert list((pack / "signatures").iterdir()) == []


def test_a_changed_file_is_found_before_anybody_signs(pack: Path, keys: dict[str, Path]) -> None:
    (pack / "run" / "report.html").write_text("better")
    before = sorted(path.name for path in (pack / "signatures").iterdir())
    with pytest.raises(BrokenPackError, match=r"run/report\.html is missing|run/report\.html was changed"):
        add_signatures(pack, [opened(keys["ann"])], datetime.now(UTC))
    assert sorted(path.name for path in (pack / "signatures").iterdir()) == before


def test_a_second_signature_of_one_key_is_refused_before_anything_takes_time(
    pack: Path, keys: dict[str, Path]
) -> None:
    lines: list[Line] = []
    with pytest.raises(HarnessError, match="Jo Smith has signed this pack with this key"):
        add_signatures(pack, [opened(keys["jo"])], datetime.now(UTC), lines.append)
    assert lines == []
