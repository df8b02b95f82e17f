"""Forgeries of packs of practice tests: changes after which every hash and the signature are made to fit again."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packs_made import opened

from harness.conformity.measured_run import pack_id
from harness.files import sha256_file
from harness.packs.manifest import MANIFEST, PracticeManifest, manifest_of, packed_files
from harness.packs.sign_pack import write_signature
from harness.practice_tests.observed import read_observed
from harness.practice_tests.packs.measured_again import opened_again
from harness.practice_tests.packs.practice_identity import practice_readme, practice_verdicts
from harness.practice_tests.practice_folder import verdicts_of, write_result
from harness.tables.versions import read_table


def fit(pack: Path, key: Path, **changes: Any) -> None:
    """Make every hash, the record and a signature fit the files as they are."""
    record = json.loads((pack / "practice/practice.json").read_text())
    record["files"] = {name: sha256_file(pack / "practice" / name) for name in record["files"]}
    (pack / "practice/practice.json").write_text(json.dumps(record | changes.pop("record", {})))
    manifest = manifest_of((pack / MANIFEST).read_bytes(), PracticeManifest)
    results = read_table(pack / "practice/results.parquet", "results").table
    manifest = manifest.model_copy(update={"pack_id": pack_id(manifest.record_sha256, results), **changes})
    (pack / "README.md").write_bytes(practice_readme(manifest, pack))
    shutil.rmtree(pack / "signatures")
    paths = [path.relative_to(pack).as_posix() for path in pack.rglob("*") if path.is_file()]
    named = packed_files(pack, [path for path in paths if path != MANIFEST])
    manifest = PracticeManifest.model_validate({**manifest.model_dump(), "files": named})
    (pack / MANIFEST).write_bytes(manifest.canonical())
    write_signature(pack, manifest, practice_verdicts(results, manifest), opened(key), datetime.now(UTC))


def measure_again(pack: Path, key: Path) -> None:
    """Let everything follow from what was observed as it is now."""
    folder = pack / "practice"
    record = json.loads((folder / "practice.json").read_text())
    test, options = opened_again(record)
    result = test.measure(read_observed(folder), options)
    write_result(test.name, test.words, result, folder)
    fit(pack, key, record={"facts": dict(result.facts), "verdicts": verdicts_of(result)})
