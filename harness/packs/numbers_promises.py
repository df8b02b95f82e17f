"""Whether everything in a pack is about one run, and follows from its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.checks.frozen import CHECK as FROZEN
from harness.conformity.measured_run import pack_id
from harness.evidence.run_folder import RunFolder
from harness.files import own_sources_sha256, sha256_bytes
from harness.packs.anonymity import anonymity
from harness.packs.crate import CRATE
from harness.packs.identity import measured_on, measured_system, run_identity
from harness.packs.lines import Line, holds, left_open
from harness.packs.made_files import crate_bytes, made_files, pdf_of
from harness.packs.manifest import Manifest, PackManifest
from harness.packs.pack_folder import GIVEN, RUN
from harness.packs.received_pack import BrokenPackError
from harness.packs.recomputed import CLOSE_WITHIN, Recomputed, without_reason
from harness.packs.registration import RegisteredPlan
from harness.tables.samples import with_subjects
from harness.tables.versions import read_table
from harness.wording import listed, printable, quantity

_COPIED = ("results.parquet", "curves.parquet", "results.csv")


def require_one_run(
    run: RunFolder, manifest: Manifest, plan: Mapping[str, Any], record: Mapping[str, Any]
) -> None:
    """Check that manifest, plan, record and tables are about the same system, data and numbers.

    Raises:
        BrokenPackError: they are not.
    """
    samples = read_table(run / "samples.parquet", "samples").table
    results = read_table(run / "results.parquet", "results").table
    stored = run.read_plan().sha256
    num_subjects = len(with_subjects(samples)["subject_id"].unique())
    fits = {
        "system": manifest.system == measured_system(plan),
        "dataset": manifest.dataset == measured_on(plan, record),
        "run": manifest.run == run_identity(run),
        "code": manifest.code_sha256 == plan["code_sha256"],
        "pack id": manifest.pack_id == pack_id(stored, results),
        "plan.yaml": stored != record["plan_sha256"]
        or record["files"].get("plan.yaml") == manifest.sha256_of(f"{RUN}/plan.yaml"),
        "seed": record.get("seed") == plan["seed"],
        "number of samples": manifest.dataset.num_samples == samples.num_rows,
        "number of subjects": manifest.dataset.num_subjects == num_subjects,
        "anonymity": manifest.anonymity == anonymity(samples, int(plan["measure"]["min_subjects"])),
        **{name: record["files"].get(name) == manifest.sha256_of(f"{RUN}/{name}") for name in _COPIED},
    }
    if wrong := [what for what, fit in fits.items() if not fit]:
        raise BrokenPackError(f"manifest, plan, record and tables are not about one run: {listed(wrong)}")


def result_lines(found: Recomputed, manifest: Manifest) -> Iterator[Line]:
    """Whether results and curves follow from the tables.

    Raises:
        BrokenPackError: they do not.
    """
    other = other_version(manifest)
    if found.differing:
        num = quantity(len(found.differing), "row")
        raise BrokenPackError(f"{num} of the results do not follow from predictions: {found.differing[0]}{other}")
    if found.curves_differ:
        raise BrokenPackError(f"curves do not follow from the predictions: {found.curves_differ}{other}")
    if known := without_reason(manifest.withheld):
        raise BrokenPackError(
            f"checks are said to rest on what is not in a pack, and do not: {listed(known)}{other}"
        )
    if checks := sorted(set(found.differing_checks) - set(manifest.withheld)):
        raise BrokenPackError(f"checks do not follow from the tables: {listed(checks)}{other}")
    how = "equal to the last bit" if found.exact else f"equal within {CLOSE_WITHIN:g}"
    yield holds(
        f"Results: {found.num_equal:,} of {found.results.num_rows:,} rows, and all curves, computed again from "
        f"the predictions: {how}"
    )
    if manifest.withheld:
        yield left_open(
            "Results: checks that rest on what is not in a pack (names, files, context of single people): "
            f"{listed(manifest.withheld, most=20)}"
        )


def frozen_line(results: pa.Table, system: str) -> Line:
    """What the run found about whether the system stayed the same.

    Args:
        results: of the pack.
        system: its name in them.
    """
    found = results.filter((pc.field("metric") == FROZEN) & (pc.field("model") == system)).to_pylist()
    if not found:
        return left_open("System: the run did not look at whether it stayed the same while it was measured")
    reason = printable(str(found[0]["reason"] or "").rstrip("."))
    if found[0]["verdict"] == "met":
        return holds(f"System: it stayed the same while it was measured. {reason}")
    return left_open(f"System: {reason}")


def made_lines(pack: Path, manifest: Manifest, registered: RegisteredPlan | None) -> Iterator[Line]:
    """Whether report, documents and exports are what results and dossier give, and nothing else is in the pack.

    Raises:
        BrokenPackError: one is not, and this harness is the one that made it; or there is a file of another kind.
        HarnessError: the dossier is malformed.
    """
    made = {**dict(made_files(pack, manifest, registered)), CRATE: crate_bytes(pack, manifest)}
    pdfs = {pdf_of(path) for path in made if path.endswith(".html")}
    known = {*made, *pdfs, *GIVEN}
    strange = [file.path for file in manifest.files if file.path not in known]
    if strange and not is_by_other_code(manifest):
        raise BrokenPackError(f"files that are no part of a pack: {listed(strange)}")
    differing = [path for path, data in made.items() if manifest.sha256_of(path) != sha256_bytes(data)]
    if differing and not is_by_other_code(manifest):
        raise BrokenPackError(f"not what follows from results and dossier: {listed(differing)}")
    equal = [path for path in made if path not in differing]
    yield holds(f"Report and documents: {quantity(len(equal), 'file')} made again, equal to the byte")
    if differing or strange:
        yield left_open(
            f"Report and documents: made by another version of the harness ({manifest.harness}), and different, "
            f"or not there, when made by this one: {listed([*differing, *strange])}. Verify them with that version"
        )
    if printed := [file.path for file in manifest.files if file.path in pdfs]:
        yield left_open(
            f"PDF: {quantity(len(printed), 'file')} of the same documents, which are not made again, as they "
            "differ with the fonts of a machine: read the HTML where it matters"
        )


def is_by_other_code(manifest: PackManifest) -> bool:
    """Whether another version of the harness made the pack."""
    return manifest.packed_by_sha256 != own_sources_sha256()


def other_version(manifest: PackManifest) -> str:
    """A remark, where the pack was made by other code."""
    if not is_by_other_code(manifest):
        return ""
    return f" (the pack was made by another version, {manifest.harness}: verify it with that one)"
