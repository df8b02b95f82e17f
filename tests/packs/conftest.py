"""A finished run of a file of predictions, its pack, and the keys of two people."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packs_made import DOSSIER, Packed, opened, write_tables
from silent import Silent

from harness.conformity.measured_run import Signer
from harness.packs.make_pack import Pack, PackChoices, make_pack
from harness.packs.signing_keys import new_key
from harness.study.compose import compose_study
from harness.study.run_study import run as run_study


@pytest.fixture(scope="session")
def packs_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of whoever makes packs, with the key of their pseudonyms."""
    return tmp_path_factory.mktemp("packs-home")


@pytest.fixture(autouse=True)
def home_of_packs(packs_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_HOME", str(packs_home))


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory, packs_home: Path) -> Path:
    """The folder of a finished run."""
    place = tmp_path_factory.mktemp("packed")
    write_tables(place)
    choices = [
        "dataset=table",
        f"dataset.root={place}",
        "dataset.file=samples.csv",
        "model=predictions",
        f"model.file={place / 'answers.csv'}",
        f"out={place / 'run'}",
        "tracking.enabled=false",
        "measure.permutations=100",
        "measure.resamples=1000",
    ]
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HARNESS_HOME", str(packs_home))
        run_study(compose_study(choices), Silent())
    return place / "run"


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The private keys of two people, by their first name."""
    place = tmp_path_factory.mktemp("keys")
    people = {"jo": Signer("Jo Smith", "head of laboratory", "ACME"), "ann": Signer("Ann Lee", "tester", "ACME")}
    for name, signer in people.items():
        new_key(place / name, signer, None)
    return {name: place / name for name in people}


@pytest.fixture(scope="session")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What people state about the system."""
    path = tmp_path_factory.mktemp("dossier") / "dossier.yaml"
    path.write_text(DOSSIER)
    return path


@pytest.fixture(scope="session")
def made(
    finished_run: Path,
    keys: dict[str, Path],
    dossier: Path,
    packs_home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Pack:
    """A pack that Jo has signed; not to be changed."""
    into = tmp_path_factory.mktemp("pack") / "evidence"
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HARNESS_HOME", str(packs_home))
        choices = PackChoices(dossier=dossier, keys=[opened(keys["jo"])], into=into)
        return make_pack(finished_run, choices, datetime.now(UTC))


@pytest.fixture
def pack(made: Pack, tmp_path: Path) -> Path:
    """A copy of the pack, to be changed."""
    shutil.copytree(made.path, tmp_path / "pack")
    return tmp_path / "pack"


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    """A copy of the run, to be changed."""
    shutil.copytree(finished_run, tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def packed(dossier: Path, tmp_path: Path) -> Packed:
    """Pack a run with some choices into a folder of its own."""

    def of(run: Path, name: str = "other", **choices: object) -> Path:
        chosen = PackChoices(**{"dossier": dossier, "into": tmp_path / name, **choices})  # type: ignore[arg-type]
        return make_pack(run, chosen, datetime.now(UTC)).path

    return of
