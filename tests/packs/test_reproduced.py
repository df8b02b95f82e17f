"""Packs that are run again, in another data folder, as on another account: with honest makers, and others."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from small_packs import NOW, SmallPack, made_key, made_pack, made_run

from harness.commands.reproduce import ReproduceChoices, show_reproduction
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.files import read_json, sha256_file, write_json
from harness.packs.lines import Found, Line, Status, holds
from harness.packs.make_pack import Pack
from harness.packs.received_pack import BrokenPackError
from harness.packs.reproduced import reproduction_lines
from harness.packs.reproduction import REPRODUCTION, summary_bytes, told_lines
from harness.packs.signing_keys import read_public_key
from harness.packs.verify_pack import verify
from harness.scoring.score_run import score
from harness.tables.predictions import label_orders
from harness.tables.versions import read_table, write_table


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The plan of the small pack, run by somebody else."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HARNESS_HOME", str(tmp_path_factory.mktemp("another_account")))
        return made_run(tmp_path_factory.mktemp("own") / "run")


def theirs(small_pack: SmallPack, tmp_path: Path) -> RunFolder:
    """A copy of the run of the pack, to be changed."""
    shutil.copytree(small_pack.pack / "run", tmp_path / "theirs")
    return RunFolder(tmp_path / "theirs")


def changed(run: RunFolder, name: str, change: Callable[[pa.Table], pa.Table]) -> RunFolder:
    """With a table that was changed, and whose hash the record does not have."""
    table = change(read_table(run / f"{name}.parquet", name).table)
    write_table(table, name, run / f"{name}.parquet")
    return unhashed(run, name)


def unhashed(run: RunFolder, name: str) -> RunFolder:
    record = read_json(run / "run.json")
    record["files"][f"{name}.parquet"] = "0" * 64
    write_json(record, run / "run.json")
    return run


def found(run: RunFolder, own: RunFolder, tolerance: float = 1e-5) -> dict[str, list[tuple[Status, str]]]:
    lines: dict[str, list[tuple[Status, str]]] = {}
    for one in reproduction_lines(run, own, tolerance):
        lines.setdefault(one.about, []).append((one.line.status, one.line.text))
    return lines


def with_column(table: pa.Table, name: str, values: Any) -> pa.Table:
    index = table.schema.get_field_index(name)
    return table.set_column(index, table.schema.field(index), pa.array(values, table.schema.field(index).type))


def test_the_same_study_is_equal_to_the_byte(small_pack: SmallPack, own: RunFolder) -> None:
    lines = found(RunFolder(small_pack.pack / "run"), own)
    assert {status for of in lines.values() for status, _ in of} == {Status.HOLDS}
    assert lines["samples"] == [(Status.HOLDS, "Samples: 48 samples, equal to the byte")]
    assert lines["predictions"] == [(Status.HOLDS, "Predictions: 144, equal to the byte")]
    assert lines["plan"] == [(Status.HOLDS, "Plan: equal, with versions, cards and weights")]


def test_without_hashes_rows_are_matched_by_their_place(
    small_pack: SmallPack, own: RunFolder, tmp_path: Path
) -> None:
    run = unhashed(unhashed(theirs(small_pack, tmp_path), "samples"), "predictions")
    ids = [set(read_table(of / "samples.parquet", "samples").table["sample_id"].to_pylist()) for of in (run, own)]
    assert ids[0].isdisjoint(ids[1])
    lines = found(run, own)
    assert lines["samples"] == [(Status.HOLDS, "Samples: 48 samples, equal but for names")]
    assert [text for _, text in lines["predictions"]] == [
        "Predictions of majority (clean): 48, equal",
        "Predictions of stratified_random (clean): 48, equal",
        "Predictions of wearable_stress (clean): 48, equal",
    ]


def test_scores_may_differ_by_the_tolerance(small_pack: SmallPack, own: RunFolder, tmp_path: Path) -> None:
    def moved(table: pa.Table) -> pa.Table:
        scores = table["scores"].to_pylist()
        return with_column(table, "scores", [None if s is None else [s[0] - 4e-4, s[1] + 4e-4] for s in scores])

    run = changed(theirs(small_pack, tmp_path), "predictions", moved)
    [*_, (status, text)] = found(run, own, 1e-3)["predictions"]
    assert (status, "equal within 0.001 (largest difference 0.0004)" in text) == (Status.HOLDS, True)
    [*_, (status, text)] = found(run, own, 1e-4)["predictions"]
    assert (status, "of which 48 differ by more than 0.0001 (48 scores)" in text) == (Status.BROKEN, True)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("outcome", "failed", "1 outcome"),
        ("label", "rest", "label"),
        ("scores", [0.5, 0.5], "1 score"),
        ("scores", None, "1 score"),
        ("valence", 0.25, "1 dimension"),
        ("reason", "no_face", "1 outcome"),
    ],
)
def test_one_other_answer_is_found(
    small_pack: SmallPack, own: RunFolder, tmp_path: Path, name: str, value: Any, words: str
) -> None:
    def other(table: pa.Table) -> pa.Table:
        values = table[name].to_pylist()
        place = next(
            i
            for i, row in enumerate(table.to_pylist())
            if row["model"] == "wearable_stress" and row["label"] == "stress" and max(row["scores"]) > 0.6
        )
        values[place] = value
        return with_column(table, name, values)

    run = changed(theirs(small_pack, tmp_path), "predictions", other)
    status, text = found(run, own)["predictions"][-1]
    assert (status, "of which 1 differ" in text, words in text) == (Status.BROKEN, True, True), text


def test_rows_of_another_model_are_found(small_pack: SmallPack, own: RunFolder, tmp_path: Path) -> None:
    def without(table: pa.Table) -> pa.Table:
        return table.filter(np.array([name != "majority" for name in table["model"].to_pylist()]))

    run = changed(theirs(small_pack, tmp_path), "predictions", without)
    assert found(run, own)["predictions"][0] == (
        Status.BROKEN,
        "Predictions: only on one side: majority (clean)",
    )


@pytest.mark.parametrize("name", ["label", "attr.sex", "subject_id", "subject_rank"])
def test_other_samples_are_found(small_pack: SmallPack, own: RunFolder, tmp_path: Path, name: str) -> None:
    def other(table: pa.Table) -> pa.Table:
        values = table[name].to_pylist()
        values[0] = next(value for value in values if value != values[0])
        return with_column(table, name, values)

    run = changed(theirs(small_pack, tmp_path), "samples", other)
    [(status, text)] = found(run, own)["samples"]
    assert (status, name in text) == (Status.BROKEN, True)
    assert "predictions" not in found(run, own)


def test_another_number_of_samples_is_told(small_pack: SmallPack, own: RunFolder, tmp_path: Path) -> None:
    run = changed(theirs(small_pack, tmp_path), "samples", lambda table: table.slice(8))
    assert found(run, own)["samples"] == [(Status.BROKEN, "Samples: 40 there, 48 here")]


def test_other_media_are_told(small_pack: SmallPack, own: RunFolder, tmp_path: Path) -> None:
    run = theirs(small_pack, tmp_path)
    record = read_json(run / "run.json")
    record["media"] |= {"files": 7, "bytes": 9000, "merkle_root": "1" * 64}
    write_json(record, run / "run.json")
    assert found(run, own)["media"] == [
        (Status.BROKEN, "Media: not the same files: 7 of 9,000 bytes there, 0 of 0 bytes here")
    ]


def test_another_verdict_is_told(small_pack: SmallPack, own: RunFolder, tmp_path: Path) -> None:
    def other(table: pa.Table) -> pa.Table:
        verdicts = table["verdict"].to_pylist()
        verdicts[verdicts.index("inconclusive")] = "met"
        return with_column(table, "verdict", verdicts)

    run = changed(theirs(small_pack, tmp_path), "results", other)
    [(status, text)] = found(run, own)["verdicts"]
    assert (status, "1 row of" in text, "(met there, inconclusive here)" in text) == (Status.BROKEN, True, True)


def test_another_card_version_and_weights_are_named(small_pack: SmallPack, own: RunFolder, tmp_path: Path) -> None:
    run = theirs(small_pack, tmp_path)
    plan = run.read_plan().plan
    plan["cards"]["models"][0]["title"] = "Another title"
    plan["code_sha256"], plan["device"] = "0" * 64, "cuda"
    plan["model"]["facts"]["sha256"] = "1" * 64
    (run / "plan.yaml").unlink()
    run.write_plan(plan)
    record = read_json(run / "run.json")
    write_json({**record, "plan_sha256": "2" * 64}, run / "run.json")
    lines = found(run, own)["plan"]
    assert [status for status, _ in lines] == [Status.OPEN, Status.OPEN, Status.BROKEN, Status.OPEN]
    for (_, text), words in zip(
        lines, ("code differs", "cards.models.wearable_stress.title", "model.facts.sha256", "device"), strict=True
    ):
        assert words in text


def choices(small_pack: SmallPack, into: Path, *given: str, sign: Path | None = None) -> ReproduceChoices:
    return ReproduceChoices(given, [small_pack.key.with_name("jo.pub")], sign, 1e-5, into, None)


def test_a_stranger_reproduces_a_pack_and_signs_what_was_found(
    small_pack: SmallPack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = made_key(tmp_path / "ann", "Ann Lee")
    into = tmp_path / "own"
    assert show_reproduction(small_pack.pack, choices(small_pack, into, "workers=0", sign=tmp_path / "ann"))
    assert "It reproduces: whoever made the pack did not invent" in capsys.readouterr().out
    told = list(verify(small_pack.pack, [key.public], reproductions=[into / REPRODUCTION]))
    assert told[-1].status is Status.BROKEN, "Ann has not signed the pack itself"
    lines = list(verify(small_pack.pack, reproductions=[into / REPRODUCTION]))
    [line] = [line for line in lines if line.text.startswith("Reproduction:")]
    assert line.status is Status.OPEN
    assert "run again with the same outcome by Ann Lee" in line.text


def test_predictions_that_were_invented_consistently_are_found(
    small_pack: SmallPack, own: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no hash finds: every answer is right, results follow, and all is hashed and signed."""
    monkeypatch.setenv("HARNESS_HOME", str(small_pack.home))
    run = RunFolder(Path(shutil.copytree(small_pack.run, tmp_path / "run")))
    samples = read_table(run / "samples.parquet", "samples").table
    truth = dict(zip(samples["sample_id"].to_pylist(), samples["label"].to_pylist(), strict=True))
    table = read_table(run / "predictions.parquet", "predictions").table
    order, rows = label_orders(table)["wearable_stress"], table.to_pylist()
    for row in rows:
        if row["model"] == "wearable_stress":
            row["label"] = truth[row["sample_id"]]
            row["scores"] = [float(label == row["label"]) for label in order]
    write_table(pa.Table.from_pylist(rows, schema=table.schema), "predictions", run / "predictions.parquet")
    score(run)
    record = read_json(run / "run.json")
    run.write_run({name: value for name, value in record.items() if name not in ("files", "schema")})
    pack = made_pack(run.path, tmp_path / "pack", small_pack.key, small_pack.dossier)
    assert list(verify(pack, [read_public_key(small_pack.key.with_name("jo.pub"))]))[-1].status is Status.LIMIT
    lines = found(RunFolder(pack / "run"), own)
    assert [status for status, _ in lines["predictions"]] == [Status.HOLDS, Status.HOLDS, Status.BROKEN]
    assert lines["verdicts"][0][0] is Status.BROKEN


def test_the_run_of_the_pack_itself_is_no_reproduction(small_pack: SmallPack) -> None:
    with pytest.raises(HarnessError, match="holds the run that the pack is of"):
        show_reproduction(small_pack.pack, choices(small_pack, small_pack.run))


def test_a_pack_that_was_changed_is_not_run(small_pack: SmallPack, tmp_path: Path) -> None:
    pack = shutil.copytree(small_pack.pack, tmp_path / "pack")
    (pack / "run" / "results.csv").write_bytes(b"")
    assert not show_reproduction(pack, choices(small_pack, tmp_path / "own"))
    assert not (tmp_path / "own").exists()


def summary(small_pack: SmallPack, own: RunFolder, tmp_path: Path, *found: Found, sha256: str = "") -> Path:
    key = made_key(tmp_path / "ann", "Ann Lee")
    digest = sha256 or sha256_file(small_pack.pack / "manifest.json")
    path = tmp_path / REPRODUCTION
    path.write_bytes(summary_bytes(digest, own, found, tolerance=0.0, key=key, now=NOW))
    return path


def test_a_summary_of_another_pack_is_refused(small_pack: SmallPack, own: RunFolder, tmp_path: Path) -> None:
    path = summary(small_pack, own, tmp_path, Found("plan", holds("Plan")), sha256="0" * 64)
    last = list(verify(small_pack.pack, reproductions=[path]))[-1]
    assert last == Line(Status.BROKEN, f"{path} is about another pack")


def test_a_summary_says_when_it_does_not_reproduce(small_pack: SmallPack, own: RunFolder, tmp_path: Path) -> None:
    bad = Found("predictions", Line(Status.BROKEN, "Predictions: 3 differ"))
    path = summary(small_pack, own, tmp_path, Found("plan", holds("Plan: equal")), bad)
    told = [line for line in verify(small_pack.pack, reproductions=[path]) if "Reproduction:" in line.text]
    assert [line.status for line in told] == [Status.OPEN]
    assert "and not the same (Predictions: 3 differ)" in told[0].text
    payload = read_statement(path)
    assert payload["predicateType"] == "https://in-toto.io/attestation/svr/v0.1"
    assert payload["predicate"]["properties"] == ["EMOTION_HARNESS_PACK_VERIFIED", "EMOTION_HARNESS_SAME_PLAN"]
    assert payload["subject"] == [
        {"name": "manifest.json", "digest": {"sha256": sha256_file(small_pack.pack / "manifest.json")}}
    ]


def read_statement(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(json.loads(path.read_text())["payload"]))
    return found


def test_every_byte_of_a_summary_counts(small_pack: SmallPack, own: RunFolder, tmp_path: Path) -> None:
    path = summary(small_pack, own, tmp_path, Found("plan", holds("Plan: equal")))
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    digest = sha256_file(small_pack.pack / "manifest.json")
    assert list(told_lines([path], digest, [], datetime.now(UTC)))
    for place in rng.choice(len(data), 200, replace=False):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(BrokenPackError):
            list(told_lines([path], digest, [], datetime.now(UTC)))


def paths_of(finished_run: Path, answers: Path) -> list[str]:
    return [f"dataset.root={finished_run.parent}", f"model.file={answers}"]


def test_a_pack_with_data_needs_their_paths_and_no_others(
    made: Pack,
    finished_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "another"))
    asked = ReproduceChoices([], [], None, 1e-5, tmp_path / "own", None)
    with pytest.raises(HarnessError, match=r"Give dataset\.root=PATH and model\.file=PATH\."):
        show_reproduction(made.path, asked)
    given = paths_of(finished_run, finished_run.parent / "answers.csv")
    assert show_reproduction(made.path, replace(asked, given=given))
    told = capsys.readouterr().out
    assert "? System: it answers from tables alone, so that running the plan again asked no system." in told
    assert "whether these are the system's own is not shown" in told
    assert "did not invent" not in told


def test_a_pack_with_another_systems_answers_does_not_reproduce(
    made: Pack,
    finished_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever has the system's answers finds that those of the pack are others."""
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "another"))
    lines = (finished_run.parent / "answers.csv").read_text().splitlines()
    name, label, happy, sad = lines[5].split(",")
    lines[5] = ",".join([name, {"happiness": "sadness", "sadness": "happiness"}[label], sad, happy])
    (tmp_path / "answers.csv").write_text("\n".join(lines))
    given = paths_of(finished_run, tmp_path / "answers.csv")
    assert not show_reproduction(made.path, ReproduceChoices(given, [], None, 1e-5, tmp_path / "own", None))
    told = capsys.readouterr().err
    assert "System: not made of the same files: model.facts" in told
    assert "Predictions of predictions (clean): 72, of which 1 differ" in told
    assert "It does not reproduce." in told
