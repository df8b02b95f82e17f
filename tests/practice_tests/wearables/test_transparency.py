"""The checklist: written to fill in, and read."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.practice_tests.wearables.transparency import Checklist, read_checklist

ITEMS = [name for name in Checklist.model_fields if name not in ("device", "checked_by")]


def test_an_absent_checklist_is_written_and_must_be_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "checklist.yaml"
    with pytest.raises(HarnessError, match="It has been written: fill it in"):
        read_checklist(path)
    with pytest.raises(
        HarnessError, match=r"still to be filled in \(\?\?\?\): device, checked_by, signals\.disclosed"
    ):
        read_checklist(path)
    path.write_text(path.read_text().replace("disclosed: ???", "disclosed: yes").replace("???", "somebody"))
    found = read_checklist(path)
    assert [item.disclosed for item in found.items.values()] == ["yes"] * len(ITEMS)
    assert list(found.items) == ITEMS


def test_an_unquoted_no_is_no_and_other_answers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "checklist.yaml"
    head = "device: Watch 1.2\nchecked_by: A. Tester, inspector\n"
    lines = [f"{name}: {{disclosed: {'partly' if name == 'meaning' else 'no'}}}" for name in ITEMS]
    path.write_text(head + "\n".join(lines))
    assert read_checklist(path).items["signals"].disclosed == "no"
    assert read_checklist(path).items["meaning"].disclosed == "partly"
    path.write_text(head + "\n".join(lines).replace("partly", "perhaps"))
    with pytest.raises(HarnessError, match=r"meaning\.disclosed"):
        read_checklist(path)
    path.write_text("- a list")
    with pytest.raises(HarnessError, match=r"checklist\.yaml"):
        read_checklist(path)
