from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from small_packs import SmallPack
from viewed_runs import Place, measured_pictures

from harness.errors import HarnessError
from harness.tables.schemas import TIMINGS
from harness.tables.versions import read_table, write_table
from harness.viewer.answer_columns import ABSENT, STATUSES
from harness.viewer.chosen_rows import Chooser
from harness.viewer.listing import PAIRS, Listing
from harness.viewer.media_source import MediaSource
from harness.viewer.query import Query
from harness.viewer.viewed_run import ViewedRun, read_viewed_run

GOLDEN = Path(__file__).parents[1] / "golden" / "v1"


def run_of(place: Place) -> ViewedRun:
    return read_viewed_run(place.run)


@pytest.fixture(scope="module")
def other(pictures: Place) -> Place:
    return measured_pictures(pictures.root, "fifth", wrong=5)


def rewritten(place: Place, into: Path, **changes: pa.Table) -> Place:
    """A copy of a run with other tables."""
    into.mkdir()
    for name in ("plan.yaml", "samples.parquet", "predictions.parquet"):
        (into / name).write_bytes((place.run / name).read_bytes())
    for name, table in changes.items():
        write_table(table, name, into / f"{name}.parquet")
    return Place(place.root, into)


def test_outcomes_are_those_of_the_answers(pictures: Place) -> None:
    columns = Listing(run_of(pictures)).columns(0)
    expected = ["abstained", *("right" if number % 3 else "wrong" for number in range(1, 12))]
    assert [STATUSES[code] for code in columns.status] == expected
    assert columns.confidence[1:].tolist() == pytest.approx(
        [0.5 + number / 25 for number in range(1, 12)], abs=0.006
    )
    assert np.isnan(columns.confidence[0])
    assert [columns.names[code] for code in columns.truth] == ["anger", "calm"] * 6


def test_two_runs_are_paired_by_sample(pictures: Place, other: Place) -> None:
    listing = Listing(run_of(pictures), run_of(other))
    assert listing.versus is not None
    found = [PAIRS[code] for code in listing.pairs(0, listing.versus)]
    for number, pair in enumerate(found[1:], start=1):
        first, second = number % 3 != 0, number % 5 != 0
        assert (
            pair
            == {
                (True, True): "both_right",
                (True, False): "only_first",
                (False, True): "only_second",
                (False, False): "both_wrong_alike",
            }[first, second]
        )
    assert found[0] == "both_wrong_alike"  # neither gives an answer


def test_samples_that_the_other_run_lacks_are_not_compared(pictures: Place, other: Place, tmp_path: Path) -> None:
    run = run_of(other)
    kept = pa.array(range(11, 3, -1))  # in another order, too
    ids = run.samples["sample_id"].take(kept)
    predictions = run.predictions.filter(pc.is_in(run.predictions["sample_id"], value_set=ids))
    fewer = rewritten(other, tmp_path / "fewer", samples=run.samples.take(kept), predictions=predictions)
    listing = Listing(run_of(pictures), run_of(fewer))
    assert listing.num_shared == 8
    whole = Listing(run_of(pictures), run)
    assert listing.versus == whole.versus
    columns, all_columns = listing.columns(listing.versus or 0), whole.columns(whole.versus or 0)
    assert (columns.status[:4] == ABSENT).all()
    assert columns.status[4:].tolist() == all_columns.status[4:].tolist()
    chosen = Chooser(listing).choose(Query(against=listing.versus, sort="row"))
    assert chosen.order.tolist() == list(range(4, 12))


def test_runs_that_share_nothing_or_disagree_are_refused(pictures: Place, tmp_path: Path) -> None:
    run = run_of(pictures)
    labels = run.samples.set_column(
        run.samples.schema.get_field_index("label"), run.samples.schema.field("label"), pa.array(["calm"] * 12)
    )
    turned = rewritten(pictures, tmp_path / "turned", samples=labels)
    with pytest.raises(HarnessError, match="disagree on the label of 6 samples"):
        Listing(run, run_of(turned))
    with pytest.raises(HarnessError, match="share no sample"):
        Listing(run, read_viewed_run(GOLDEN / "table"))


@pytest.mark.parametrize("name", ["faces", "table", "wearable"])
def test_runs_of_earlier_versions_open(name: str) -> None:
    run = read_viewed_run(GOLDEN / name)
    listing = Listing(run)
    for side, (_, of) in enumerate(listing.sides):
        chosen = Chooser(listing).choose(Query(answers=side))
        assert sum(chosen.counts.values()) == run.samples.num_rows == len(chosen.order)
        stored = read_table(run.folder / "predictions.parquet", "predictions").table
        rows = stored.filter(
            pc.and_(pc.equal(stored["model"], of.model), pc.equal(stored["condition"], of.condition))
        )
        scored = pc.sum(pc.equal(rows["outcome"], "scored")).as_py() or 0
        assert chosen.counts["right"] + chosen.counts["wrong"] + chosen.counts["answered"] == scored


def test_the_run_of_a_pack_opens_without_media(small_pack: SmallPack) -> None:
    run = read_viewed_run(small_pack.pack)
    listing, own = Listing(run), Listing(read_viewed_run(small_pack.run))
    assert listing.columns(0).status.tolist() == own.columns(0).status.tolist()
    assert run.groups.keys() == own.runs[0].groups.keys()
    assert "pseudonyms" in (MediaSource(run).absent or "")


def test_a_run_that_is_not_finished_or_changed_is_named(pictures: Place, tmp_path: Path) -> None:
    begun = rewritten(pictures, tmp_path / "begun")
    (begun.run / "predictions.parquet").unlink()
    with pytest.raises(HarnessError, match="this run is not finished"):
        read_viewed_run(begun.run)
    with pytest.raises(HarnessError, match=r"there is no plan\.yaml"):
        read_viewed_run(tmp_path)
    changed = rewritten(pictures, tmp_path / "changed")
    (changed.run / "run.json").write_bytes((pictures.run / "run.json").read_bytes())
    assert "Not what the run wrote" in read_viewed_run(changed.run).notes[0]
    assert run_of(pictures).notes == ()


def test_time_that_nobody_measured_is_not_known(pictures: Place, tmp_path: Path) -> None:
    run = run_of(pictures)
    spent = {0: (None, None), 1: (0.25, None), 2: (0.25, 0.5), 3: (None, 0.5)}
    own = {"model": run.system, "condition": "clean"}
    rows = [
        {"sample_id": f"{number:02}.png", **own, "prepare_s": prepare_s, "forward_s": forward_s}
        for number, (prepare_s, forward_s) in spent.items()
    ]
    place = rewritten(pictures, tmp_path / "run", timings=pa.Table.from_pylist(rows, TIMINGS))
    seconds = Listing(run_of(place)).columns(0).seconds
    assert seconds[1:4].tolist() == [0.25, 0.75, 0.5]
    assert np.isnan(seconds[[0, 4]]).all()


def test_a_run_without_results_says_so(pictures: Place, tmp_path: Path) -> None:
    (note,) = run_of(rewritten(pictures, tmp_path / "run")).notes
    assert note == "This run is not finished: it has no verdicts yet. Repeat its command to continue it."
