"""The pack of a review by people: that it holds and names nobody, and that forgeries of it do not hold."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from forged_practice import fit, measure_again
from packs_made import DOSSIER, opened, public
from review_made import counted, drawn, judged, write_run

from harness.conformity.measured_run import Signer
from harness.errors import HarnessError
from harness.files import sha256_file
from harness.packs.common_choices import CommonChoices
from harness.packs.lines import Line, Status
from harness.packs.make_pack import PackChoices, make_pack
from harness.packs.signing_keys import new_key
from harness.practice_tests.packs.practice_pack import make_practice_pack
from harness.practice_tests.packs.verify_practice import sign_practice_pack, verify_practice
from harness.review.judgements import UNCLEAR
from harness.tables.parquet_files import write_csv
from harness.tables.versions import read_table, write_table

REVIEWERS = ("Petra Jansen", "R2")
OBSERVED = "practice/observed"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, a review of it that was counted, and the packs of both (``run-pack``, ``pack``)."""
    folder = tmp_path_factory.mktemp("reviewed")
    for name, seed in (("one", 0), ("other", 1)):
        (folder / name).mkdir()
        write_run(folder / name, f"seed={seed}")
    drawn(folder / "one", folder / "review")
    files = [judged(folder / "review", folder / f"{name}.json", name) for name in REVIEWERS]
    counted(folder / "review", files, folder / "score")
    for name in ("jo", "ann"):
        new_key(folder / name, Signer(name, "tester", "ACME"), None)
    (folder / "dossier.yaml").write_text(DOSSIER)
    packed(folder, folder / "score", "pack")
    choices = {"dossier": folder / "dossier.yaml", "keys": [opened(folder / "jo")]}
    for name in ("one", "other"):
        make_pack(folder / name / "run", PackChoices(**choices, into=folder / f"{name}-pack"), datetime.now(UTC))
    return folder


def packed(place: Path, score: Path, into: str, **choices: Any) -> Path:
    asked = {"dossier": place / "dossier.yaml", "keys": [opened(place / "jo")], "into": score.parent / into}
    return make_practice_pack(score, CommonChoices(**{**asked, **choices}), datetime.now(UTC)).path


@pytest.fixture
def pack(place: Path, tmp_path: Path) -> Path:
    """A copy of the pack, to be changed."""
    shutil.copytree(place / "pack", tmp_path / "pack")
    return tmp_path / "pack"


def found(pack: Path, place: Path, *studies: str) -> list[Line]:
    lines = verify_practice(pack, [public(place / "jo")], studies=[place / name for name in studies])
    return [line for line in lines if line.status is not Status.LIMIT]


def broken(pack: Path, place: Path, *studies: str) -> str | None:
    """The promise that is broken; None if none is."""
    last = found(pack, place, *studies)[-1]
    return last.text if last.status is Status.BROKEN else None


def changed(pack: Path, table: str, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change the rows of a table of what was observed."""
    path = pack / OBSERVED / f"{table}.parquet"
    before = pyarrow.parquet.read_table(path)
    rows = before.to_pylist()
    change(rows)
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows, before.schema), path)


def set_cell(table: str, row: int, column: str, value: Any) -> Callable[[Path], None]:
    def change(rows: list[dict[str, Any]]) -> None:
        assert rows[row][column] != value
        rows[row][column] = value

    return lambda pack: changed(pack, table, change)


def fact(name: str, value: Any) -> Callable[[Path], None]:
    def change(pack: Path) -> None:
        path = pack / OBSERVED / "facts.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))

    return change


def test_it_holds_and_rests_on_the_run(place: Path) -> None:
    lines = {line.text.partition(":")[0]: line for line in found(place / "pack", place)}
    assert list(lines) == ["Files", "Signature", "Dates", "Results", "Summaries", "Studies"]
    assert lines.pop("Studies").text.startswith("Studies: it rests on 1 run whose packs were not given (run)")
    assert {line.status for line in lines.values()} == {Status.HOLDS}
    assert "measured again from what was observed (people: 18): equal to the last bit" in lines["Results"].text
    with_run = [line.text for line in found(place / "pack", place, "one-pack")][-2:]
    assert with_run == [
        "Studies: the packs of 1 run that you gave hold; what was observed follows from them: strata and cases",
        "Studies: of what was observed, judgements cannot be told from packs of runs",
    ]


def test_people_samples_and_reviewers_are_numbers_in_it(place: Path) -> None:
    named = re.compile("Petra|Jansen|R2|Elm|Person-|[0-9]{2}.png|" + re.escape(str(place)))
    for path in (path for path in (place / "pack").rglob("*") if path.is_file() and path.suffix != ".dsse"):
        if path.suffix == ".parquet":
            table = pyarrow.parquet.read_table(path)
            text = f"{table.to_pylist()} {table.schema.metadata}"
        else:
            text = path.read_text()
        assert not named.search(text), path
    judgements = pyarrow.parquet.read_table(place / "pack" / OBSERVED / "judgements.parquet")
    assert judgements.column_names == ["reviewer", "case", "blind", "after"]
    assert set(judgements["reviewer"].to_pylist()) == {1, 2}
    assert json.loads((place / "score/people.json").read_text())[-2:] == sorted(
        REVIEWERS, key=lambda name: sha256_file(place / f"{name}.json")
    )
    record = json.loads((place / "pack/practice/practice.json").read_text())
    assert record["options"]["review"] == "FILE"
    assert record["options"]["judgements"] == ["FILE", "FILE"]
    assert record["studies"] == {"run": sha256_file(place / "one/run/run.json")}
    assert record["inputs"]["judgements.1"] in {sha256_file(place / f"{name}.json") for name in REVIEWERS}
    assert record["facts"]["review_sha256"] == sha256_file(place / "review/review.json")


def change_number(pack: Path) -> None:
    path = pack / "practice/results.parquet"
    table = read_table(path, "results").table
    rows = table.to_pylist()
    rows[0]["value"] += 1
    write_table(pa.Table.from_pylist(rows, table.schema), "results", path)
    write_csv(pa.Table.from_pylist(rows, table.schema), path.with_suffix(".csv"))


def give_verdict(pack: Path) -> None:
    path = pack / "practice/results.parquet"
    table = read_table(path, "results").table
    rows = table.to_pylist()
    rows[0]["verdict"] = "met"
    write_table(pa.Table.from_pylist(rows, table.schema), "results", path)
    write_csv(pa.Table.from_pylist(rows, table.schema), path.with_suffix(".csv"))


def change_summary(pack: Path) -> None:
    path = pack / "practice/summary.nl.html"
    path.write_text(path.read_text().replace("loting", "keuze"))


def change_silent_answer(pack: Path) -> None:
    """What somebody said after a case that the system gave no answer to: no row rests on it."""
    cases = pyarrow.parquet.read_table(pack / OBSERVED / "cases.parquet").to_pylist()
    place = next(index for index, case in enumerate(cases) if case["answer"] is None)
    changed(pack, "judgements", lambda rows: rows[place].update(after="(none of these)"))


def remove_answer(pack: Path) -> None:
    changed(pack, "judgements", lambda rows: rows.pop(4))


def remove_reviewer(pack: Path) -> None:
    changed(pack, "judgements", lambda rows: rows.__delitem__(slice(len(rows) // 2, None)))


def remove_case(pack: Path) -> None:
    changed(pack, "cases", lambda rows: rows.pop())


def add_column(pack: Path) -> None:
    path = pack / OBSERVED / "judgements.parquet"
    table = pyarrow.parquet.read_table(path)
    pyarrow.parquet.write_table(table.append_column("why", pa.array(["I saw it"] * len(table))), path)


FORGED: dict[str, tuple[Callable[[Path], None], str]] = {
    "a number": (change_number, "do not follow from what was observed"),
    "a verdict": (give_verdict, "do not follow from what was observed"),
    "a summary": (change_summary, "not what follows from the results: summary.nl.html"),
    "an answer": (set_cell("judgements", 0, "blind", "(none of these)"), "do not follow from what was observed"),
    "an answer that no row rests on": (change_silent_answer, "facts or verdicts"),
    "an answer of nobody": (set_cell("judgements", 0, "reviewer", 3), "each with their cases in order"),
    "a label that there is not": (set_cell("judgements", 0, "after", "joy"), "case 1 or its label is not part"),
    "a judgement removed": (remove_answer, "do not follow from what was observed"),
    "a reviewer removed": (remove_reviewer, "1 reviewers judged, and the options name 2"),
    "a column with words": (add_column, "each with their cases in order"),
    "a weight": (set_cell("strata", 0, "num_cases", 900), "do not follow from what was observed"),
    "how many were drawn": (set_cell("strata", 0, "num_drawn", 1), "not those of their cases"),
    "more cases than any run has": (set_cell("strata", 0, "num_cases", 2**62), "expected at most"),
    "a case removed": (remove_case, "not those of their cases"),
    "the stratum of a case": (set_cell("cases", 0, "stratum", 70), "stratum that is not in the list"),
    "a group": (set_cell("cases", 0, "attr.sex", "male"), "not about one test: anonymity"),
    "an answer of the system": (set_cell("cases", 0, "answer", "x"), "do not follow from what was observed"),
    "a score": (set_cell("cases", 0, "score", 0.125), "facts or verdicts"),
    "a row": (set_cell("cases", 0, "row", 999), "facts or verdicts"),
    "the system": (fact("system", "better"), "do not follow from what was observed"),
    "a rule": (fact("rules", [{"label": "calm", "least": None}]), "do not follow from what was observed"),
    "a rule for nothing": (fact("rules", [{"label": "joy", "least": None}]), "the system does not have"),
    "the run": (fact("run_sha256", "0" * 64), "of another run than the manifest states: run"),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forgery_whose_hashes_and_signature_fit_is_found(place: Path, pack: Path, what: str) -> None:
    forge, message = FORGED[what]
    forge(pack)
    fit(pack, place / "jo")
    assert message in str(broken(pack, place))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"record": {"verdicts": [{"line": 1, "verdict": "met"}]}}, "facts or verdicts"),
        ({"record": {"facts": {}}}, "facts or verdicts"),
        ({"record": {"started": "2026-01-01T00:00:00+00:00"}}, "dates"),
        ({"finished": "2026-01-01T00:00:00+00:00"}, "dates"),
        ({"record": {"harness": "9.9.9"}}, "version"),
        ({"record": {"approved": "by everybody"}}, "not about one test: record"),
        ({"num_subjects": 900}, "number of subjects"),
        ({"inputs": {}}, "inputs"),
        ({"studies": {}}, "studies"),
        ({"studies": {}, "record": {"studies": {}}}, "of another run than the manifest states: run"),
        ({"record": {"practice_test": "audit"}}, "practice test"),
        ({"practice_test": "audit", "record": {"practice_test": "audit"}}, "options: model: is missing"),
    ],
)
def test_what_does_not_fit_together_is_found(place: Path, pack: Path, changes: dict[str, Any], what: str) -> None:
    fit(pack, place / "jo", **changes)
    assert what in str(broken(pack, place))


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ({"level": 0.9}, "do not follow from what was observed"),
        ({"seed": 4}, "facts or verdicts"),
        ({"judgements": ["FILE"]}, "the options name 1"),
        ({"judgements": []}, "options: judgements"),
        ({"judgements": ["FILE", "all is well"]}, "an option names a path"),
        ({"review": "/home/petra"}, "an option names a path"),
    ],
)
def test_an_option_that_was_changed_is_found(place: Path, pack: Path, option: dict[str, Any], what: str) -> None:
    record = json.loads((pack / "practice/practice.json").read_text())
    fit(pack, place / "jo", record={"options": record["options"] | option})
    assert what in str(broken(pack, place))


def exchange_people(pack: Path) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        assert rows[0]["subject"] != rows[1]["subject"]
        rows[0]["subject"], rows[1]["subject"] = rows[1]["subject"], rows[0]["subject"]

    changed(pack, "cases", change)


INVENTED: dict[str, tuple[Callable[[Path], None], str]] = {
    "a weight": (set_cell("strata", 0, "num_cases", 900), "strata"),
    "an answer of the system": (set_cell("cases", 0, "answer", "anger"), "cases"),
    "a score": (set_cell("cases", 0, "score", 0.125), "cases"),
    "a label of the dataset": (set_cell("cases", 0, "truth", None), "cases"),
    "whose case it is": (exchange_people, "cases"),
    "the system": (fact("system", "better"), "system"),
    "a rule": (fact("rules", [{"label": "fear", "least": None}]), "strata"),
}


@pytest.mark.parametrize("what", INVENTED)
def test_what_was_invented_consistently_is_found_by_the_pack_of_the_run(
    place: Path, pack: Path, what: str
) -> None:
    invent, part = INVENTED[what]
    invent(pack)
    measure_again(pack, place / "jo")
    assert broken(pack, place) is None
    text = str(broken(pack, place, "one-pack"))
    assert text.startswith("what was observed does not follow from the packs of runs: ")
    assert part in text


def test_cases_that_were_not_drawn_with_the_stated_seed_are_found(place: Path, pack: Path) -> None:
    """The cases are not those of the seed that is stated."""
    record = json.loads((pack / "practice/practice.json").read_text())
    path = pack / "practice/practice.json"
    path.write_text(json.dumps({**record, "options": {**record["options"], "seed": 4}}))
    measure_again(pack, place / "jo")
    assert broken(pack, place) is None
    assert "does not follow from the packs of runs: cases" in str(broken(pack, place, "one-pack"))


def test_the_pack_of_another_run_is_none_of_this_review(place: Path, pack: Path) -> None:
    assert "is of none of the runs" in str(broken(pack, place, "other-pack"))
    other = sha256_file(place / "other/run/run.json")
    fact("run_sha256", other)(pack)
    record = json.loads((pack / "practice/practice.json").read_text())
    path = pack / "practice/practice.json"
    path.write_text(json.dumps({**record, "studies": {"run": other}}))
    measure_again(pack, place / "jo")
    fit(pack, place / "jo", studies={"run": other})
    assert "is of none of the runs" in str(broken(pack, place, "one-pack"))


@pytest.mark.parametrize("name", ["strata", "cases", "judgements"])
@pytest.mark.parametrize(
    "table",
    [
        pa.table({"subject": pa.array([], pa.int64())}),
        pa.table({"reviewer": [1], "case": [0], "blind": ["calm"], "after": ["calm"]}),
        pa.table({"status": ["x"], "group": ["y"], "num_cases": [-1], "num_drawn": [1]}),
        None,
    ],
)
def test_a_table_that_is_none_breaks_the_pack(place: Path, pack: Path, name: str, table: pa.Table | None) -> None:
    path = pack / OBSERVED / f"{name}.parquet"
    if table is None:
        table = pyarrow.parquet.read_table(path).slice(0, 0)
    pyarrow.parquet.write_table(table, path)
    fit(pack, place / "jo")
    assert broken(pack, place) is not None


@pytest.mark.parametrize(
    "facts", [{}, {"run_sha256": 3}, {"labels": []}, {"by": None}, {"by": "a*b"}, {"rules": [3]}, {"more": 1}]
)
def test_facts_that_are_none_break_the_pack(place: Path, pack: Path, facts: dict[str, Any]) -> None:
    path = pack / OBSERVED / "facts.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **facts} if facts else {}))
    fit(pack, place / "jo")
    assert broken(pack, place) is not None


def test_others_sign_what_they_verified(place: Path, pack: Path) -> None:
    (path,) = sign_practice_pack(pack, [opened(place / "ann")], datetime.now(UTC), lambda line: None)
    assert path.is_file()
    assert broken(pack, place) is None


@pytest.mark.parametrize("purpose", ["As Petra Jansen saw.", "Tested on Person-03 of Elm Street."])
def test_a_dossier_that_names_a_reviewer_or_a_person_of_the_run_is_not_packed(
    place: Path, tmp_path: Path, purpose: str
) -> None:
    (tmp_path / "dossier.yaml").write_text(re.sub("statement: .*", f"statement: {purpose}", DOSSIER))
    with pytest.raises(HarnessError, match="the name of a person"):
        packed(place, place / "score", "not-packed", dossier=tmp_path / "dossier.yaml")
    assert not (place / "not-packed").exists()


def test_one_reviewer_of_one_case_is_packed(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "review", tmp_path / "review")
    file = judged(tmp_path / "review", tmp_path / "file.json", "only", only=1)
    counted(tmp_path / "review", [file], tmp_path / "score")
    pack = packed(place, tmp_path / "score", "pack")
    assert broken(pack, place, "one-pack") is None
    rows = read_table(pack / "practice/results.parquet", "results").table
    assert "reviewer" not in rows["axis"].to_pylist()


def test_nobody_could_tell_anything(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "review", tmp_path / "review")
    file = judged(tmp_path / "review", tmp_path / "file.json", "only")
    content = json.loads(file.read_text())
    content["judgements"] = [{**one, "blind": UNCLEAR, "after": UNCLEAR} for one in content["judgements"]]
    file.write_text(json.dumps(content))
    counted(tmp_path / "review", [file], tmp_path / "score")
    assert broken(packed(place, tmp_path / "score", "pack"), place, "one-pack") is None


def test_a_reviewer_who_is_called_as_a_value_is_not_packed(place: Path, tmp_path: Path) -> None:
    """It cannot be told from one who is named there."""
    shutil.copytree(place / "review", tmp_path / "review")
    counted(tmp_path / "review", [judged(tmp_path / "review", tmp_path / "a.json", "calm")], tmp_path / "score")
    with pytest.raises(HarnessError, match=r"what a person is called \(in .*labels"):
        packed(place, tmp_path / "score", "pack")
    assert not (tmp_path / "pack").exists()


def test_what_no_pack_of_a_review_can_show_is_said(place: Path) -> None:
    limits = [line.text for line in verify_practice(place / "pack") if line.status is Status.LIMIT]
    assert limits[-1] == "Whether reviewers judged by themselves, and before they saw the system's answer"
