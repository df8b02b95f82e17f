"""Whatever lies in place of a file that a command reads: one message that names it, and soon."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.commands.score import rescore
from harness.comparison.compare_runs import compare_runs
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.study.compose import compose_study
from harness.tracking.track_run import track

GOLDEN = Path(__file__).parents[1] / "golden" / "v1" / "table"
SECONDS = 5.0
"""Of processor time; all of these took for ever, or until the memory was full."""


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def sparse(path: Path) -> None:
    with path.open("ab") as file:
        file.truncate(5 * 2**30)


def deep(path: Path) -> None:
    path.write_text('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}")


def multiplied(path: Path) -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 30))]
    path.write_text("\n".join(lines))


def not_utf_8(path: Path) -> None:
    path.write_bytes(path.read_bytes().decode(errors="replace").encode("utf-16"))


def constant(path: Path) -> None:
    path.write_text('{"sha256": NaN, "plan": {"seed": Infinity}, "files": {}, "folds": {}}')


def twice(path: Path) -> None:
    path.write_text('{"plan": {}, "plan": {}, "files": {}, "files": {}, "folds": {}, "folds": {}}')


def endless_number(path: Path) -> None:
    path.write_text(f'{{"schema": {"9" * 4_000}, "plan": {"9" * 4_000}, "sha256": "", "files": {{}}}}')


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 100)


DAMAGE = (*(pipe, device, folder, sparse, deep, multiplied, not_utf_8, constant, twice, endless_number, binary),)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    shutil.copytree(GOLDEN, tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", ["plan.yaml", "run.json", "folds.json", "samples.parquet", "predictions.parquet"])
def test_a_file_of_a_run_folder_that_cannot_be_read_is_named(
    run: Path, damage: Callable[[Path], None], name: str
) -> None:
    other = shutil.copytree(run, run.with_name("other"))
    damage(run / name)
    start = time.process_time()
    for command in (
        lambda: rescore(run, None),
        lambda: compare_runs([run, other], into=run.with_name("compared")),
        lambda: track(run, uri=f"sqlite:///{run.with_name('mlflow.db')}"),
    ):
        with pytest.raises(HarnessError) as caught:
            command()
        assert str(run) in str(caught.value)
    assert time.process_time() - start < SECONDS


def test_the_largest_document_is_still_read(run: Path) -> None:
    """A bound that real runs meet would be a fault of its own: half a million subjects in the folds."""
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**record, "note": "x" * (40 * 2**20)}))
    assert RunFolder(run).read_run() is not None


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_a_config_or_a_card_of_ones_own_that_cannot_be_read_is_named(
    tmp_path: Path, damage: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "configs" / "dataset" / "mine.yaml"
    config.parent.mkdir(parents=True)
    config.write_text("name: table\nroot: data\n")
    damage(config)
    if damage is not folder:  # which is not a config
        start = time.process_time()
        with pytest.raises(HarnessError, match=r"mine\.yaml|config: "):
            compose_study(["dataset=mine", "model=majority"], tmp_path / "configs")
        assert time.process_time() - start < SECONDS
