"""Paths are no part of a pack, however an option states them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from harness.practice_tests.audit.audit_options import AuditOptions
from harness.practice_tests.observed import Observed
from harness.practice_tests.packs.practice_identity import FILE, has_paths, observed_anonymity, without_paths


@pytest.mark.parametrize("where", ["answers of anna.csv", "of/anna", "./x", "../x", "~/x", "/x"])
def test_a_path_among_free_options_is_left_out(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "of").mkdir()
    for name in ("answers of anna.csv", "of/anna"):
        (tmp_path / name).write_text("")
    options = AuditOptions(model="predictions", root=tmp_path, model_options={"of": [{"file": where}]})
    assert without_paths(options)["model_options"] == {"of": [{"file": FILE}]}
    assert without_paths(options)["root"] == FILE


def test_a_path_that_was_left_is_seen(tmp_path: Path) -> None:
    options = AuditOptions(model="m", root=tmp_path, model_options={"of": [{"file": "/x"}]})
    assert has_paths(options)
    assert not has_paths(AuditOptions.model_validate(without_paths(options)))
    assert has_paths({"a": [options]})


@pytest.mark.parametrize(
    "name", ["predictions", "voice/gain@5", "org/model-1.5", "sentence. Another", "", "\0", "x" * 9000]
)
def test_what_names_no_file_stays(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "predictions").mkdir()
    assert without_paths(AuditOptions(model="m", model_options={"of": name}))["model_options"] == {"of": name}


def test_who_is_alone_in_a_role_can_be_told_apart() -> None:
    calls = pa.table({"subject": [0, 0, 1, 2], "attr.role": ["agent", "agent", "agent", "mayor"]})
    found = observed_anonymity(Observed({}, {"calls": calls}))
    assert (found.attributes, found.k, found.subjects_below) == (["role"], 1, 3)
