"""The pack of a run from which people have withdrawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from packs_made import SUBJECTS, Packed, opened, public
from small_packs import NOW

from harness.commands.withdraw import WithdrawChoices, show_withdrawal
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.packs.lines import Status
from harness.packs.make_pack import read_manifest
from harness.packs.pack_history import How, changes
from harness.packs.registration import REGISTRATION, registration_bytes
from harness.packs.verified_pack import verified_pack
from harness.packs.verify_pack import verify

REASON = "Two people asked for it on 20 November."


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(f"subject_id,note\n{SUBJECTS[0]},x\n{SUBJECTS[5]},y\n")
    return path


def test_it_is_chained_to_the_one_before(
    finished_run: Path,
    made: object,
    dossier: Path,
    keys: dict[str, Path],
    people: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before: Path = made.path  # type: ignore[attr-defined]
    into = tmp_path / "left"
    show_withdrawal(finished_run, people, WithdrawChoices(REASON, into, dossier, [keys["jo"]], before))
    told = capsys.readouterr()
    assert "2 subjects with 12 samples withdrawn; 10 subjects left" in told.out
    assert "still hold these people" in told.err
    pack = into / "evidence"
    lines = list(verify(pack, [public(keys["jo"])], [before]))
    assert lines[-1].status is Status.LIMIT, lines[-1]
    assert "Chain: follows 1 pack of the same system" in [line.text for line in lines]
    manifest = read_manifest(pack)
    assert manifest.previous is not None
    assert (manifest.previous.reason, manifest.previous.pack_id) == (REASON, read_manifest(before).pack_id)
    assert (manifest.dataset.num_subjects, manifest.dataset.num_samples) == (10, 60)
    with verified_pack(before) as one, verified_pack(pack) as two:
        [change] = changes([one, two], tmp_path / "history")
    assert (change.how, change.is_chained) == (How.WITHDRAWN, True)
    assert change.comparison is not None
    assert change.comparison.num_left_out == [0, 12]


def test_what_it_changes_in_a_registered_plan_is_explained(
    run: Path, packed: Packed, dossier: Path, keys: dict[str, Path], people: Path, tmp_path: Path
) -> None:
    key = opened(keys["jo"])
    plan = RunFolder(run).read_plan().plan
    early = NOW.replace(year=2020)
    (run / REGISTRATION).write_bytes(registration_bytes(plan, key, early))
    before = packed(run, "before")
    into = tmp_path / "left"
    show_withdrawal(run, people, WithdrawChoices(REASON, into, dossier, [keys["jo"]], before))
    deviations = read_manifest(into / "evidence").deviations
    assert "dataset.num_subjects" in [one.what for one in deviations]
    assert {(one.who, one.why) for one in deviations} == {("Jo Smith", REASON)}
    lines = [
        line for line in verify(into / "evidence") if "changed afterwards, with who, when and why" in line.text
    ]
    assert [line.status for line in lines] == [Status.HOLDS]


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        (("  ", None, None, (), None), "--reason is empty"),
        ((REASON, None, None, (Path("jo"),), None), "needs a dossier"),
        ((REASON, None, Path("dossier.yaml"), (), None), "not the manifest of a pack"),
    ],
)
def test_wrong_choices_are_named_before_anything_is_written(
    run: Path, people: Path, choices: tuple[object, ...], words: str
) -> None:
    with pytest.raises(HarnessError, match=words):
        show_withdrawal(run, people, WithdrawChoices(*choices))  # type: ignore[arg-type]
    assert not run.with_name("run-withdrawn").exists()
