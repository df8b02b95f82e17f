"""Systems that look at the wrong thing are told apart by what is found, not by their accuracy."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from silent import Silent
from systems_with_faults import (
    LABELS,
    Apologises,
    Drops,
    Guesses,
    LooksAround,
    ReadsWords,
    Service,
    Sound,
    as_other_people,
    write_pictures,
)

from harness.commands.study_tables import show_results
from harness.evidence.run_folder import RunFolder
from harness.scoring.score_run import score
from harness.study.assembly import open_reader
from harness.study.compose import compose_study
from harness.study.run_study import Study, run_opened
from harness.tables.results import select

CHOICES = ["dataset=table", "dataset.label_source=acted", "model=majority", "tracking.enabled=false", "workers=0"]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("pictures") / "set")


def study(system: Service, pictures: Path, out: Path, *choices: str) -> Study:
    given = [f"dataset.root={pictures}", "measure.permutations=100", f"out={out}", *choices]
    config = compose_study([*CHOICES, *given])
    reader = open_reader("table", pictures, {"label_source": "acted"})
    return run_opened(config, reader, system, Silent())


def blind_verdicts(done: Study) -> dict[str, str]:
    rows = select(done.results, kind="check", metric="blind").to_pylist()
    return {row["group"]: row["verdict"] for row in rows}


@pytest.mark.parametrize(
    ("system", "removed", "swapped", "background"),
    [
        (Sound, "met", "met", "met"),
        (ReadsWords, "not_met", "not_met", "inconclusive"),
        (LooksAround, "met", "met", "not_met"),
        (Guesses, "met", "met", "met"),
    ],
)
def test_what_a_system_looks_at_is_found(
    system: type[Service], removed: str, swapped: str, background: str, pictures: Path, tmp_path: Path
) -> None:
    done = study(system(), pictures, tmp_path)
    assert blind_verdicts(done) == {
        "medium removed": removed,
        "medium swapped": swapped,
        "background alone": background,
    }
    if system is not Guesses:
        (accuracy,) = select(
            done.results, metric="accuracy", axis="overall", statistic="level", model=system.name_in_card
        ).to_pylist()
        assert accuracy["value"] > 0.85  # no figure of theirs would say it


def test_a_service_that_drops_the_picture_is_found_without_another_answer_to_swap(
    pictures: Path, tmp_path: Path
) -> None:
    """64 answers that are all the same: of 64 people they say so, of 16 hardly."""
    done = study(Drops(), as_other_people(pictures, tmp_path / "set"), tmp_path / "run")
    assert blind_verdicts(done) == {"medium removed": "not_met", "background alone": "inconclusive"}
    few = study(Drops(), pictures, tmp_path / "few")
    assert blind_verdicts(few) == {"medium removed": "inconclusive", "background alone": "inconclusive"}
    (found,) = select(few.results, kind="check", metric="collapsed", group="all").to_pylist()
    assert found["verdict"] == "not_met"


def test_what_is_found_stands_above_every_figure(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = study(ReadsWords(), pictures, tmp_path)
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    said = "The answers do not depend on the picture: without the picture 64 of 64 answers stay the same"
    assert page.index(said) < page.index('<dl class="lead">')
    curves = pq.read_table(done.folder / "curves.parquet")
    capsys.readouterr()
    show_results(done.results, curves, "title", "reads_words")
    shown = " ".join(capsys.readouterr().out.split())
    assert shown.startswith(f"FINDING: {said}")
    assert shown.index("FINDING") < shown.index("accuracy")


@pytest.mark.slow
def test_a_paid_system_is_asked_and_its_cost_counted_and_nothing_is_bought_twice(
    pictures: Path, tmp_path: Path
) -> None:
    system = Sound(paid=True)
    done = study(system, pictures, tmp_path / "run")
    assert system.asked == 128 + 3 * 64
    answers = pq.read_table(done.folder / "answers.parquet").to_pylist()
    assert Counter(row["condition"] for row in answers) == {
        "clean": 128,
        **{f"blind/{variant}": 64 for variant in ("removed", "swapped", "background")},
    }
    assert sum(row["cost"] for row in answers) == pytest.approx(0.01 * system.asked)
    spared = Sound(paid=True)
    off = study(spared, pictures, tmp_path / "off", "checks.max_blind=0")
    assert spared.asked == 128
    assert blind_verdicts(off) == {"all": "not_tested"}


class Killed(Sound):
    """Is interrupted before its next answer after so many."""

    stop_after = 100

    def label(self, pixels: object, sentence: str) -> str:  # type: ignore[override]
        if self.asked > self.stop_after:
            raise KeyboardInterrupt
        return super().label(pixels, sentence)  # type: ignore[arg-type]


@pytest.mark.slow
def test_an_interrupted_study_goes_on_with_equal_bytes(pictures: Path, tmp_path: Path) -> None:
    whole = study(Sound(paid=True), pictures, tmp_path / "whole", "repeats=2")
    asked = 0
    while True:
        system = Killed(paid=True)
        try:
            done = study(system, pictures, tmp_path / "killed", "repeats=2")
        except KeyboardInterrupt:
            asked += system.stop_after
            continue
        asked += system.asked
        break
    assert asked == 2 * 128 + 3 * 64
    for name in ("predictions", "repeats", "probes", "answers", "results"):
        file = f"{name}.parquet"
        ours, theirs = (pq.read_table(of.folder / file) for of in (done, whole))
        if name == "answers":
            ours, theirs = (table.drop_columns(["raw"]) for table in (ours, theirs))
        assert ours.equals(theirs), name


def test_a_system_that_guesses_is_told_by_its_repeats(pictures: Path, tmp_path: Path) -> None:
    done = study(Guesses(), pictures, tmp_path / "run", "repeats=4")
    found = {row["metric"]: row for row in select(done.results, kind="repeats").to_pylist()}
    # Two of four answers agree one time in four; the interval of 16 people holds it.
    for metric in ("expected_accuracy", "consistency"):
        assert found[metric]["lo"] < 1 / len(LABELS) < found[metric]["hi"]
    # Rows are independent here: nearly all of the uncertainty comes from the repeats.
    assert found["variance_share:repeats"]["value"] > 0.5
    same = study(Sound(), pictures, tmp_path / "same", "repeats=4")
    found = {row["metric"]: row["value"] for row in select(same.results, kind="repeats").to_pylist()}
    assert (found["consistency"], found["within_sample_variance"], found["variance_share:repeats"]) == (1, 0, 0)
    assert found["expected_accuracy"] == found["consensus_accuracy"] > 0.85
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert "Asked 4 times" in page


def test_what_was_paid_for_several_times_says_whether_the_system_is_deterministic(
    pictures: Path, tmp_path: Path
) -> None:
    """The checks that ask again buy nothing: they have the repeats of the study."""
    for system, verdict in ((Guesses(paid=True), "not_met"), (Sound(paid=True), "met")):
        done = study(system, pictures, tmp_path / verdict, "repeats=2", "checks.max_blind=0")
        found = {row["metric"]: row for row in select(done.results, kind="check", group="all").to_pylist()}
        assert (found["determinism"]["verdict"], found["determinism"]["n_samples"]) == (verdict, 128)
        assert found["batch_invariance"]["verdict"] == "inconclusive"
        assert system.asked == 2 * 128


def test_repeats_score_to_the_same_bytes(pictures: Path, tmp_path: Path) -> None:
    done = study(Guesses(), pictures, tmp_path / "run", "repeats=3")
    score(RunFolder(done.folder.path), tmp_path / "again")
    for name in ("results.parquet", "report.html", "curves.parquet"):
        assert (tmp_path / "again" / name).read_bytes() == (done.folder / name).read_bytes()
    assert pq.read_table(done.folder / "repeats.parquet")["repeat"].unique().to_pylist() == [2, 3]


def test_a_system_that_apologises_is_told_by_its_refusals(pictures: Path, tmp_path: Path) -> None:
    done = study(Apologises(), pictures, tmp_path)
    rows = select(done.results, metric="abstained:refused", statistic="level", model="apologises").to_pylist()
    by_group = {(row["axis"], row["group"]): row["value"] for row in rows}
    assert by_group[("overall", "all")] == pytest.approx(0.75)
    assert {group for axis, group in by_group if axis == "sex"} == {"female", "male"}


def test_the_times_of_a_run_stand_in_its_record(pictures: Path, tmp_path: Path) -> None:
    done = study(Sound(), pictures, tmp_path)
    times = (done.folder.read_run() or {})["latency"]
    assert [(one["axis"], one["group"], one["num_samples"]) for one in times] == [
        (None, None, 128),
        ("sex", "female", 64),
        ("sex", "male", 64),
    ]
    assert 0.0 < times[0]["p50"] <= times[0]["p95"] <= times[0]["p99"]
