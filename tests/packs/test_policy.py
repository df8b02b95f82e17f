"""What is demanded of results, on rows whose verdicts are written by hand."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from small_packs import SmallPack

from harness.commands.gate import show_gate
from harness.errors import HarnessError
from harness.packs.lines import Status
from harness.packs.make_pack import read_manifest
from harness.packs.policy import Policy, policy_lines, read_policy
from harness.tables.schemas import RESULTS


def row(**columns: Any) -> dict[str, Any]:
    fixed = {"dataset": "d", "model": "wearable_stress", "condition": "clean", "kind": "metric", "metric": "uar"}
    counts = {"statistic": "difference", "axis": "sex", "attributes": ["sex"], "group": "female", "versus": "male"}
    return fixed | counts | {"n_samples": 8, "n_subjects": 4, "n_unscored": 0} | columns


ROWS = [
    row(verdict="met"),
    row(verdict="not_met", axis="age", group="old", versus="young"),
    row(verdict="inconclusive", axis="age", group="old", versus="rest"),
    row(statistic="level", axis="overall", group="all", versus=None, value=0.6, lo=0.55, hi=0.65),
    row(statistic="level", axis="sex", group="male", versus=None, verdict="not_tested"),
    row(kind="check", metric="label_order", axis="overall", group="all", versus=None, verdict="met"),
    row(kind="check", metric="acted_only", axis="overall", group="all", versus=None, verdict="not_met"),
    row(verdict="not_met", versus_model="human_raters"),
    row(verdict="not_met", model="majority"),
]


def found(small_pack: SmallPack, **policy: Any) -> list[tuple[Status, str]]:
    table = pa.Table.from_pylist(ROWS, schema=RESULTS)
    lines = policy_lines(Policy.model_validate(policy), table, read_manifest(small_pack.pack))
    return [(line.status, line.text) for line in lines]


@pytest.mark.parametrize(
    ("requirement", "status", "words"),
    [
        ({"metric": "uar", "axis": "sex"}, Status.HOLDS, "metric uar, axis sex: met: 1 row"),
        ({"axis": "age"}, Status.BROKEN, "not in 2 of 2 rows: uar, age: old / young (clean) is not_met; uar, age"),
        ({"axis": "age", "accept": ["met", "inconclusive"]}, Status.BROKEN, "not in 1 of 2 rows"),
        ({"axis": "age", "versus": "rest", "accept": "inconclusive"}, Status.HOLDS, ": 1 row"),
        ({"axis": ["sex", "age"], "accept": ["met", "not_met", "inconclusive"]}, Status.HOLDS, ": 3 rows"),
        ({"axis": "overall", "min": 0.55}, Status.HOLDS, "min 0.55: 1 row"),
        ({"axis": "overall", "min": 0.551}, Status.BROKEN, "uar, overall: all (clean) is 0.600 [0.550, 0.650]"),
        ({"axis": "overall", "max": 0.65}, Status.HOLDS, "max 0.65: 1 row"),
        ({"axis": "overall", "max": 0.64}, Status.BROKEN, "not in 1 of 1 row"),
        ({"axis": "sex", "group": "male", "min": 0.0}, Status.BROKEN, "is not_tested"),
        ({"axis": "gender"}, Status.BROKEN, "no row of the results is meant"),
        ({"metric": "uar", "condition": "face/grey"}, Status.BROKEN, "no row of the results is meant"),
        ({"kind": "check", "metric": "label_order"}, Status.HOLDS, "check metric label_order: met: 1 row"),
        ({"kind": "check"}, Status.BROKEN, "not in 1 of 2 rows: acted_only"),
    ],
)
def test_each_demand(small_pack: SmallPack, requirement: dict[str, Any], status: Status, words: str) -> None:
    [(found_status, text)] = found(small_pack, require=[requirement])
    assert found_status is status, text
    assert words in text


def test_checks_that_must_not_fail(small_pack: SmallPack) -> None:
    [(status, text)] = found(small_pack, checks={"must_not_fail": "all"})
    assert (status, "acted_only" in text) == (Status.BROKEN, True)
    assert found(small_pack, checks={"must_not_fail": "label_order"})[0][0] is Status.HOLDS
    absent, _ = found(small_pack, checks={"must_not_fail": ["label_order", "no_such_check"]})
    assert absent == (Status.BROKEN, "checks: no_such_check not among those of the pack")


def test_what_nobody_but_the_maker_can_compute_is_said(small_pack: SmallPack) -> None:
    manifest = read_manifest(small_pack.pack).model_copy(update={"withheld": ["label_order"]})
    policy = Policy.model_validate({"checks": {"must_not_fail": ["label_order"]}})
    lines = list(policy_lines(policy, pa.Table.from_pylist(ROWS, schema=RESULTS), manifest))
    assert [line.status for line in lines] == [Status.HOLDS, Status.OPEN]
    assert "label_order: by the word of whoever made the pack" in lines[1].text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", "it demands nothing"),
        ("require: []", "it demands nothing"),
        ("require: [{metrik: uar}]", "metrik"),
        ("require: [{metric: uar, accept: passed}]", "accept"),
        ("require: [{metric: uar, min: .nan}]", "min"),
        ("require: [{metric: uar, min: 0.9, max: 0.1}]", "min is larger than max"),
        ("require: [{metric: uar, min: 0.5, accept: met}]", "make two of them"),
        ("require: [{kind: magic}]", "kind"),
        ("require: [{metric: []}]", "metric"),
        (f"require: [{', '.join(['{metric: uar}'] * 201)}]", "require"),
        (f"require: [{{metric: {'x' * 301}}}]", "metric"),
        ("require: [&a {metric: uar}, *a]", "aliases"),
        ("require: 5\nrequire: 6", "stands twice"),
        ("- 5", "expected keys with values"),
        ("", "expected keys with values"),
        ("!!python/object/apply:os.system [ls]", "not a policy"),
    ],
)
def test_a_malformed_policy_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    with pytest.raises(HarnessError, match=rf"policy\.yaml: .*{problem}"):
        read_policy(path)


def test_an_absent_policy_is_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="cannot be read"):
        read_policy(tmp_path / "policy.yaml")


def gate(small_pack: SmallPack, tmp_path: Path, text: str, pack: Path | None = None) -> bool:
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    return show_gate(pack or small_pack.pack, path, [small_pack.key.with_name("jo.pub")])


def test_the_gate_opens_and_closes(
    small_pack: SmallPack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate(small_pack, tmp_path, "require: [{metric: uar, axis: overall, min: 0.01}]")
    assert not gate(small_pack, tmp_path, "require: [{metric: uar, axis: overall, min: 0.999}]")
    assert "1 demand of 1 not met." in capsys.readouterr().err


def test_the_gate_is_closed_to_a_pack_that_was_changed(small_pack: SmallPack, tmp_path: Path) -> None:
    copy = tmp_path / "pack"
    shutil.copytree(small_pack.pack, copy)
    with (copy / "run" / "results.csv").open("ab") as file:
        file.write(b" ")
    assert not gate(small_pack, tmp_path, "require: [{metric: uar, axis: overall, min: 0.01}]", copy)
