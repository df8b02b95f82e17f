"""The files of a pack that are made from its other files, the same to the byte whoever makes them.

`harness pack` writes them, and `harness verify` makes them again and compares: so every number in a report or a
document comes from a row of the results.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness.conformity.all_documents import documents
from harness.evidence.run_folder import RunFolder
from harness.files import MAX_TABLE_BYTES, read_bytes
from harness.packs.crate import CRATE, crate
from harness.packs.manifest import Manifest
from harness.packs.pack_folder import README, RUN, measured, purpose_of, readme
from harness.packs.registration import RegisteredPlan
from harness.report.run_page import render_run
from harness.scoring.stored_report import stored_report
from harness.tables.parquet_files import write_csv
from harness.tables.versions import read_table


def made_files(pack: Path, manifest: Manifest, registered: RegisteredPlan | None) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of each such file, but of the crate.

    Args:
        pack: the folder, with the run and the dossier.
        manifest: with or without its list of files.
        registered: the plan that was signed before the run.

    Raises:
        HarnessError: a table, the plan or the dossier is missing or malformed.
    """
    run = RunFolder(pack / RUN)
    yield f"{RUN}/results.csv", _csv(run)
    yield f"{RUN}/report.html", _report(run)
    of_documents = measured(pack, manifest, registered)
    yield from documents(of_documents).items()
    yield README, readme(manifest, of_documents.scope)


def pdf_of(path: str) -> str:
    """Where the PDF of a document lies, if there is one."""
    return f"{path.removesuffix('.html')}.pdf"


def crate_bytes(pack: Path, manifest: Manifest) -> bytes:
    """The file `CRATE`, which describes all others.

    Args:
        pack: the folder, with the dossier.
        manifest: with all other files; the crate itself, if it is among them, is left out.

    Raises:
        HarnessError: the dossier is malformed.
    """
    others = [file for file in manifest.files if file.path != CRATE]
    graph = crate(manifest.model_copy(update={"files": others}), purpose_of(pack))
    return (json.dumps(graph, indent=2, ensure_ascii=False) + "\n").encode()


def _report(run: RunFolder) -> bytes:
    return render_run(stored_report(run)).encode()


def _csv(run: RunFolder) -> bytes:
    with tempfile.TemporaryDirectory(prefix="harness-pack-") as scratch:
        path = Path(scratch) / "results.csv"
        write_csv(read_table(run / "results.parquet", "results").table, path)
        return read_bytes(path, MAX_TABLE_BYTES)
