"""A run of a few simulated people, and the pack of it, signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from packs_made import DOSSIER
from silent import Silent

from harness.conformity.measured_run import Signer
from harness.evidence.run_folder import RunFolder
from harness.packs.make_pack import PackChoices, make_pack
from harness.packs.signing_keys import SigningKey, new_key, open_key
from harness.study.compose import compose_study
from harness.study.run_study import run

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
OVERRIDES = (
    "dataset=simulated_wearables",
    "dataset.subjects=12",
    "workers=0",
    "tracking.enabled=false",
    "measure.permutations=200",
    "checks.enabled=false",
    "attributes.axes=[sex,age]",
)


@dataclass(frozen=True)
class SmallPack:
    """A finished run, its pack, and the key that signed it.

    Attributes:
        home: the data folder of whoever made it, with the key of pseudonyms.
        run: the folder of the run.
        pack: the folder of the pack.
        dossier: the file of the dossier.
        key: the path of the private key.
    """

    home: Path
    run: Path
    pack: Path
    dossier: Path
    key: Path


def made_run(folder: Path, *overrides: str) -> RunFolder:
    """A finished run of a few simulated people."""
    given = [*OVERRIDES, f"out={folder}", *overrides]
    if not any(text.startswith("model=") for text in given):
        given.append("model=wearable_stress")
    return run(compose_study(given), Silent()).folder


def made_key(path: Path, name: str = "Jo Smith") -> SigningKey:
    """A key without a passphrase."""
    new_key(path, Signer(name, "head of laboratory", "ACME"), None)
    return open_key(path, str)


def made_pack(folder: Path, into: Path, key: Path | None, dossier: Path, **choices: Any) -> Path:
    """The pack of a finished run."""
    keys = [] if key is None else [open_key(key, str)]
    return make_pack(folder, PackChoices(dossier=dossier, keys=keys, into=into, **choices), NOW).path


@pytest.fixture(scope="session")
def small_pack(tmp_path_factory: pytest.TempPathFactory) -> SmallPack:
    """One for all tests, which leave it as it is."""
    place = tmp_path_factory.mktemp("small_pack")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HARNESS_HOME", str(place / "home"))
        made_key(place / "jo")
        dossier = place / "dossier.yaml"
        dossier.write_text(DOSSIER)
        folder = made_run(place / "run").path
        pack = made_pack(folder, place / "pack", place / "jo", dossier)
    return SmallPack(place / "home", folder, pack, dossier, place / "jo")
