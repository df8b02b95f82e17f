"""One system over its packs: what moved, and what was measured again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from small_packs import SmallPack, made_pack, made_run

from harness.commands.history import show_history
from harness.errors import HarnessError
from harness.packs.history_page import render_history
from harness.packs.make_pack import read_manifest
from harness.packs.pack_history import Change, How, changes, comparison_name, in_chain_order
from harness.packs.verified_pack import VerifiedPack, verified_pack
from harness.tables.versions import read_table


@pytest.fixture(scope="module")
def chain(small_pack: SmallPack, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The small pack; one of another run of the system, with other features; and that run packed again."""
    place = tmp_path_factory.mktemp("chain")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HARNESS_HOME", str(small_pack.home))
        run = made_run(place / "run", "model.features=[motion,temperature]", "limit=40").path
        make = (run, small_pack.key, small_pack.dossier)
        second = made_pack(make[0], place / "second", *make[1:], previous=small_pack.pack, reason="Fewer sensors")
        third = made_pack(make[0], place / "third", *make[1:], previous=second, reason="Signed by another")
    return [small_pack.pack, second, third]


@pytest.fixture(scope="module")
def verified(chain: list[Path]) -> Iterator[list[VerifiedPack]]:
    with ExitStack() as stack:
        yield [stack.enter_context(verified_pack(path)) for path in chain]


@pytest.fixture(scope="module")
def into(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("comparisons")


@pytest.fixture(scope="module")
def found(verified: list[VerifiedPack], into: Path) -> list[Change]:
    return list(changes(verified, into))


def test_packs_stand_in_the_order_of_the_chain(verified: list[VerifiedPack]) -> None:
    for given in (verified, verified[::-1], [verified[1], verified[2], verified[0]]):
        assert [pack.given for pack in in_chain_order(given)] == [pack.given for pack in verified]


def test_another_run_is_compared_on_the_samples_that_both_have(found: list[Change], into: Path) -> None:
    change = found[0]
    assert (change.is_chained, change.how, change.why_not) == (True, How.AGAIN, "")
    assert "samples: 48 → 40" in change.changed
    assert any(text.startswith("plan, model.options.features:") for text in change.changed)
    assert change.comparison is not None
    assert (change.comparison.num_shared, change.comparison.num_left_out) == (40, [0, 8])
    assert (into / comparison_name(change.before, change.after) / "comparison.html").is_file()


def test_figures_are_the_later_minus_the_earlier(found: list[Change], verified: list[VerifiedPack]) -> None:
    """By hand: the share of right answers on the samples that both have."""
    right = []
    for pack in verified[:2]:
        samples = read_table(pack.run / "samples.parquet", "samples").table
        truth = dict(zip(samples["sample_id"].to_pylist(), samples["label"].to_pylist(), strict=True))
        rows = read_table(pack.run / "predictions.parquet", "predictions").table.to_pylist()
        own = [row for row in rows if row["model"] == "wearable_stress"]
        right.append({row["sample_id"]: row["label"] == truth[row["sample_id"]] for row in own})
    shared = [name for name in right[0] if name in right[1]]
    before, after = (sum(of[name] for name in shared) / len(shared) for of in right)
    comparison = found[0].comparison
    assert comparison is not None
    [accuracy] = [d for d in comparison.comparison.differences if d.is_overall and d.metric.name == "accuracy"]
    assert accuracy.value == pytest.approx(after - before, abs=1e-12)
    assert before != after


def test_verdicts_that_moved_are_named(found: list[Change], verified: list[VerifiedPack]) -> None:
    tables = [read_table(pack.run / "results.parquet", "results").table.to_pylist() for pack in verified[:2]]
    verdicts = [
        {
            (row["kind"], row["metric"], row["axis"], row["group"], row["versus"]): row["verdict"]
            for row in rows
            if row["model"] == "wearable_stress" and row["verdict"] and row["statistic"] == "difference"
        }
        for rows in tables
    ]
    expected = sum(verdicts[0][key] != verdicts[1][key] for key in verdicts[0] if key in verdicts[1])
    moved = [one for one in found[0].moved if one.before and one.after and not one.what.startswith("check")]
    levels = sum(one.before == "not_tested" or one.after == "not_tested" for one in moved)
    assert expected <= len(moved) <= expected + levels


def test_a_run_that_was_packed_again_was_not_measured_again(found: list[Change]) -> None:
    change = found[1]
    assert (change.how, change.comparison, change.moved, change.changed) == (How.SAME, None, [], [])
    assert change.why_not == "they are those of the same run"


def test_packs_that_share_no_pseudonym_are_not_compared(
    small_pack: SmallPack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "another"))
    run = made_run(tmp_path / "run", "model.features=[motion]").path
    other = made_pack(run, tmp_path / "other", small_pack.key, small_pack.dossier)
    with verified_pack(small_pack.pack) as one, verified_pack(other) as two:
        [change] = changes([one, two], tmp_path / "into")
    assert not change.is_chained
    assert change.comparison is None
    assert change.why_not == "no sample is in both, or their pseudonyms were made with different keys"


def test_packs_that_disagree_on_a_sample_are_not_compared(
    small_pack: SmallPack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason names the packs, not the private copies."""
    monkeypatch.setenv("HARNESS_HOME", str(small_pack.home))
    run = made_run(tmp_path / "run", "model.features=[motion]", "dataset.seed=1").path
    other = made_pack(run, tmp_path / "other", small_pack.key, small_pack.dossier)
    with verified_pack(small_pack.pack) as one, verified_pack(other) as two:
        [change] = changes([one, two], tmp_path / "into")
        assert not any(str(pack.path) in change.why_not for pack in (one, two))
    assert change.comparison is None
    assert "attr." in change.why_not


def test_the_page_links_to_the_comparison_and_escapes(found: list[Change]) -> None:
    manifests = [found[0].before, found[0].after, found[1].after]
    previous = manifests[1].previous
    assert previous is not None
    hostile = previous.model_copy(update={"reason": "<script>alert(1)</script>"})
    manifests[1] = manifests[1].model_copy(update={"previous": hostile})
    page = render_history(manifests, found)
    assert f'href="{comparison_name(found[0].before, found[0].after)}/comparison.html"' in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_on_the_command_line(
    chain: list[Path], tmp_path: Path, small_pack: SmallPack, capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "h"
    assert show_history([chain[2], chain[0], chain[1]], [small_pack.key.with_name("jo.pub")], into)
    told = capsys.readouterr().out
    for words in (
        "3 packs, each verified",
        "Fewer",
        "Measured again, in another run.",
        "the same run, packed again.",
    ):
        assert words in told
    assert (into / "history.html").is_file()
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []
    with pytest.raises(HarnessError, match=r"exists\. Give a new folder"):
        show_history(chain[:2], [], into)


def test_packs_that_are_no_history_are_refused(chain: list[Path], made: object, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="1 pack"):
        show_history(chain[:1], [], None)
    with pytest.raises(HarnessError, match="given twice"):
        show_history([chain[0], chain[0]], [], None)
    with pytest.raises(HarnessError, match="several systems"):
        show_history([chain[0], made.path], [], None)  # type: ignore[attr-defined]
    with pytest.raises(HarnessError, match="no such folder"):
        show_history([chain[0], tmp_path / "nothing"], [], None)


def test_a_pack_that_was_changed_has_no_history(chain: list[Path], tmp_path: Path) -> None:
    pack = Path(shutil.copytree(chain[1], tmp_path / "pack"))
    (pack / "README.md").write_text("Better results.")
    assert not show_history([chain[0], pack], [], tmp_path / "h")
    assert not (tmp_path / "h").exists()
    assert read_manifest(pack).pack_id
