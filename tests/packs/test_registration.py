"""A plan that was signed before its run, and what was changed of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from packs_made import SUBJECTS, Packed, opened, public, write_tables
from silent import Silent
from verified_packs import broken, statuses

from harness.conformity.measured_run import Deviation
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.packs.make_pack import read_manifest
from harness.packs.register_plan import register_plan
from harness.packs.registration import (
    REGISTRATION,
    copied_registration,
    differences,
    explained,
    registered_plan,
    registration_bytes,
)
from harness.study.compose import compose_study
from harness.study.run_study import run as run_study

NOW = datetime(2020, 1, 2, tzinfo=UTC)


def test_the_plan_is_signed_as_a_whole(keys: dict[str, Path]) -> None:
    plan = {"seed": 3, "measure": {"tolerance": 0.05}}
    found = registered_plan(registration_bytes(plan, opened(keys["jo"]), NOW))
    assert found.plan == plan
    assert found.signed.verified([public(keys["jo"])])
    assert (found.summary.signed, found.summary.signer.name) == ("2020-01-02T00:00:00+00:00", "Jo Smith")


def test_what_differs_is_named_by_its_key() -> None:
    before = {"seed": 3, "measure": {"tolerance": 0.05, "gaps": ["uar"]}, "limit": None}
    after = {"seed": 3, "measure": {"tolerance": 0.1, "gaps": ["uar", "ece"]}, "extra": {"a": 1}}
    assert differences(before, after) == [
        Deviation("measure.tolerance", "0.05", "0.1"),
        Deviation("measure.gaps", '["uar"]', '["uar", "ece"]'),
        Deviation("extra", "null", '{"a": 1}'),
    ]


def test_reasons_are_given_by_key_or_by_the_beginning_of_several(tmp_path: Path) -> None:
    found = [Deviation("measure.tolerance", "0.05", "0.1"), Deviation("measure.gaps", "a", "b")]
    path = tmp_path / "deviations.yaml"
    path.write_text(
        "measure: {who: Jo, when: 2026-01-02, why: agreed}\n"
        "measure.gaps: {who: Ann, when: '2026-01-03', why: more}"
    )
    assert [(one.who, one.why) for one in explained(found, path)] == [("Jo", "agreed"), ("Ann", "more")]
    path.write_text("seed: {who: Jo, when: '2026-01-02', why: agreed}")
    with pytest.raises(HarnessError, match=r"seed is as it was registered\. Changed: measure\.tolerance"):
        explained(found, path)
    path.write_text("measure: {who: Jo}")
    with pytest.raises(HarnessError, match="when"):
        explained(found, path)


@pytest.fixture
def registered(tmp_path: Path, keys: dict[str, Path]) -> Path:
    """The folder of a plan that Jo has registered; its run has not begun."""
    write_tables(tmp_path)
    config = compose_study(_choices(tmp_path))
    register_plan(config, opened(keys["jo"]), datetime.now(UTC), Silent())
    return tmp_path / "run"


def _choices(place: Path, *more: str) -> list[str]:
    return [
        "dataset=table",
        f"dataset.root={place}",
        "dataset.file=samples.csv",
        "model=predictions",
        f"model.file={place / 'answers.csv'}",
        "tracking.enabled=false",
        "measure.permutations=100",
        "measure.resamples=1000",
        *(more or [f"out={place / 'run'}"]),
    ]


def test_a_run_follows_the_plan_that_was_registered(
    registered: Path, keys: dict[str, Path], packed: Packed
) -> None:
    assert RunFolder(registered).read_run() is None
    texts = (registered / REGISTRATION).read_text()
    assert not any(name in texts for name in SUBJECTS)
    study = run_study(compose_study(_choices(registered.parent)), Silent())
    assert registered_plan((registered / REGISTRATION).read_bytes()).plan == study.plan
    pack = packed(registered, keys=[opened(keys["jo"])])
    assert statuses(pack, public(keys["jo"]))["Registration"] == ["holds"]
    with pytest.raises(HarnessError, match="this run has begun"):
        register_plan(compose_study(_choices(registered.parent)), opened(keys["jo"]), datetime.now(UTC), Silent())


def test_a_change_of_the_plan_is_a_deviation(registered: Path, keys: dict[str, Path], packed: Packed) -> None:
    place = registered.parent
    choices = _choices(place, f"out={place / 'changed'}", "measure.search_depth=1")
    run_study(compose_study(choices), Silent())
    pack = packed(place / "changed", registration=registered / REGISTRATION)
    stated = [(one.what, one.before, one.after, one.why) for one in read_manifest(pack).deviations]
    assert stated == [("measure.search_depth", "2", "1", "")]
    assert statuses(pack)["Registration"] == ["open", "open"]
    reasons = place / "deviations.yaml"
    reasons.write_text("measure.search_depth: {who: Jo Smith, when: '2026-01-02', why: as the customer asked}")
    told = packed(
        place / "changed",
        "told",
        registration=registered / REGISTRATION,
        deviations=reasons,
        keys=[opened(keys["jo"])],
    )
    assert statuses(told, public(keys["jo"]))["Registration"] == ["holds", "holds"]
    assert "as the customer asked" in (told / "documents" / "test_report.html").read_text()


def test_a_registration_after_the_run_began_is_refused(
    finished_run: Path, keys: dict[str, Path], packed: Packed, tmp_path: Path
) -> None:
    plan = RunFolder(finished_run).read_plan().plan
    started = datetime.fromisoformat(json.loads((finished_run / "run.json").read_text())["started"])
    for late, seconds in ((False, -1), (True, 1)):
        path = tmp_path / f"{late}.json"
        path.write_bytes(registration_bytes(plan, opened(keys["jo"]), started + timedelta(seconds=seconds)))
        pack = packed(finished_run, f"pack-{late}", registration=path)
        assert ("after the run had begun" in str(broken(pack))) == late


def test_a_registration_is_copied_with_its_time_stamp(keys: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(registration_bytes({"seed": 3}, opened(keys["jo"]), NOW))
    stamp = tmp_path / "plan.json.tsr"
    stamp.write_bytes(b"a stamp")
    assert copied_registration(path, tmp_path / "into").plan == {"seed": 3}
    assert {found.name: found.read_bytes() for found in (tmp_path / "into").iterdir()} == {
        REGISTRATION: path.read_bytes(),
        f"{REGISTRATION}.tsr": b"a stamp",
    }
    stamp.write_bytes(b"0" * 2**20)
    with pytest.raises(HarnessError, match="not the registration of a plan"):
        copied_registration(path, tmp_path / "other")
    assert not (tmp_path / "other").exists()
