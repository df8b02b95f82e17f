"""Verifies the pack of a practice test without trusting whoever made it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.x509 import Certificate

from harness.conformity.measured_run import pack_id
from harness.files import read_bytes, read_json, sha256_bytes
from harness.packs.date_promises import date_lines
from harness.packs.every_pack import file_lines, lines_until_broken
from harness.packs.lines import Line, Status, holds, left_open
from harness.packs.manifest import MANIFEST, PracticeManifest, manifest_of
from harness.packs.numbers_promises import is_by_other_code, other_version
from harness.packs.pack_folder import DOSSIER, README
from harness.packs.received_pack import (
    BrokenPackError,
    well_formed,
)
from harness.packs.recomputed import CLOSE_WITHIN
from harness.packs.sign_pack import require_unsigned, write_signature
from harness.packs.signed_promises import require_signed_verdicts
from harness.packs.signing_keys import PublicKey, SigningKey
from harness.packs.verified_pack import verified_copy
from harness.practice_tests.observed import FACTS, OBSERVED, Observed, read_observed
from harness.practice_tests.opened_practice import open_practice
from harness.practice_tests.packs.measured_again import MeasuredAgain, measured_again, opened_again
from harness.practice_tests.packs.practice_identity import (
    FILE,
    PRACTICE,
    has_paths,
    observed_anonymity,
    observed_subjects,
    practice_readme,
    practice_verdicts,
)
from harness.practice_tests.packs.study_promises import study_lines
from harness.practice_tests.practice_folder import RECORD, RECORDED, RESULTS
from harness.progress import UNSEEN, Share
from harness.tables.versions import read_table
from harness.wording import listed, quantity

COPIED, MEASURED = 1, 20
"""What it costs in comparison to copy and hash the files, and to measure again; or to verify a pack of a run."""

LIMITS = (
    "Whether what was observed is what devices or systems gave or reviewers said: whoever invents it consistently "
    "is not found by any hash. Only repeating the test shows it",
    "Whether a date is true: it is the word of whoever signed, unless a trusted clock has stamped it",
)


def verify_practice(
    pack: Path,
    trusted: Sequence[PublicKey] = (),
    authorities: Sequence[Certificate] = (),
    *,
    studies: Sequence[Path] = (),
    copy: Path | None = None,
    now: datetime | None = None,
    progress: Share = UNSEEN,
) -> Iterator[Line]:
    """What holds of the pack of a practice test, line by line; nothing follows the first promise that is broken.

    The other arguments are described at `harness.packs.verify_pack.verify`.

    Args:
        pack: the folder; nothing in it is trusted.
        trusted: see there.
        authorities: see there.
        studies: folders of the packs of runs that the test rests on.
        copy: see there.
        now: see there.
        progress: see there.

    Raises:
        HarnessError: there is no pack.
    """
    now = now or datetime.now(UTC)

    def lines(private: Path, manifest: PracticeManifest, digest: str) -> Iterator[Line]:
        yield from _lines(pack, private, manifest, digest, trusted, authorities, studies, now, progress)

    data = yield from lines_until_broken(pack, PracticeManifest, copy, lines)
    if data is not None:
        test = open_practice(manifest_of(data, PracticeManifest).practice_test)
        yield from (Line(Status.LIMIT, text) for text in (*LIMITS, test.unseen))


def sign_practice_pack(
    pack: Path,
    keys: Sequence[SigningKey],
    now: datetime,
    show: Callable[[Line], None],
    progress: Share = UNSEEN,
) -> list[Path]:
    """Verify the pack of a practice test, and sign what was verified; the paths of the new signatures.

    Args:
        pack: the folder; nothing in it is trusted.
        keys: of those who sign.
        now: the date, with a time zone.
        show: is called with each line of the verification as it is found.
        progress: of the verification.

    Raises:
        HarnessError: it is not a pack, or a key has signed it.
        BrokenPackError: a promise is broken, so that nobody signs.
    """
    for key in keys:
        require_unsigned(pack, key)

    def lines_of(copy: Path) -> Iterator[Line]:
        return verify_practice(pack, copy=copy, now=now, progress=progress)

    with verified_copy(pack, lines_of, show) as (copy, _):
        manifest = manifest_of(read_bytes(copy / MANIFEST), PracticeManifest)
        verdicts = practice_verdicts(read_table(copy / PRACTICE / RESULTS, "results").table, manifest)
    return [write_signature(pack, manifest, verdicts, key, now) for key in keys]


def _lines(
    pack: Path,
    copy: Path,
    manifest: PracticeManifest,
    manifest_sha256: str,
    trusted: Sequence[PublicKey],
    authorities: Sequence[Certificate],
    studies: Sequence[Path],
    now: datetime,
    progress: Share,
) -> Iterator[Line]:
    copying, measuring, resting = progress.split(COPIED, MEASURED, len(studies) * MEASURED)
    of_files = file_lines(pack, copy, manifest, manifest_sha256, trusted, authorities, copying)
    signatures, stamps = yield from of_files
    with well_formed("record and tables"):
        record = _record(copy)
        observed = read_observed(copy / PRACTICE)
        _require_one_test(copy, manifest, record, observed)
        yield from date_lines(_dates(manifest), {}, signatures, stamps, now)
        again = measured_again(copy / PRACTICE, record, observed, measuring)
        yield from _result_lines(again, manifest)
        require_signed_verdicts(signatures, practice_verdicts(again.results, manifest))
        yield from _made_lines(copy, observed, again, manifest)
        measuring.end()
        yield from study_lines(observed, manifest, record, studies, trusted, resting)


def _record(copy: Path) -> dict[str, Any]:
    try:
        record = read_json(copy / PRACTICE / RECORD)
    except FileNotFoundError:
        raise BrokenPackError(f"{PRACTICE}/{RECORD} is missing: it is not known what the test was") from None
    if not isinstance(record, dict):
        raise BrokenPackError(f"{PRACTICE}/{RECORD} is no JSON object")
    return record


def _require_one_test(copy: Path, manifest: PracticeManifest, record: dict[str, Any], observed: Observed) -> None:
    """Check that manifest, record and tables are about the same test.

    Raises:
        BrokenPackError: they are not.
    """
    results = read_table(copy / PRACTICE / RESULTS, "results").table
    files = dict(record["files"])
    fits = {
        "practice test": manifest.practice_test == record["practice_test"],
        "code": manifest.code_sha256 == record["code_sha256"],
        "record": record.keys() == RECORDED or is_by_other_code(manifest),
        "version": record["code_sha256"] != manifest.packed_by_sha256 or record["harness"] == manifest.harness,
        "dates": (manifest.started, manifest.finished) == (record["started"], record["finished"]),
        "inputs": manifest.inputs == record["inputs"],
        "studies": manifest.studies == record["studies"],
        "number of subjects": manifest.num_subjects == observed_subjects(observed),
        "anonymity": manifest.anonymity == observed_anonymity(observed),
        "pack id": manifest.pack_id == pack_id(manifest.record_sha256, results),
        **{name: digest == manifest.sha256_of(f"{PRACTICE}/{name}") for name, digest in files.items()},
    }
    if wrong := [what for what, fit in fits.items() if not fit]:
        raise BrokenPackError(f"manifest, record and tables are not about one test: {listed(wrong)}")
    test, options = opened_again(record)
    if has_paths(options):
        raise BrokenPackError(f"{RECORD}: an option names a path, in whose place packs have {FILE}")
    elsewhere = test.runs_elsewhere(observed)
    if other := [name for name, digest in elsewhere.items() if manifest.studies.get(name) != digest]:
        raise BrokenPackError(f"what was observed is of another run than the manifest states: {listed(other)}")


def _dates(manifest: PracticeManifest) -> dict[str, str]:
    return {
        "the test began": manifest.started,
        "the test ended": manifest.finished,
        "the pack was made": manifest.created,
    }


def _result_lines(again: MeasuredAgain, manifest: PracticeManifest) -> Iterator[Line]:
    if again.differing:
        num = quantity(len(again.differing), "row")
        raise BrokenPackError(
            f"{num} of the results do not follow from what was observed: {again.differing[0]}"
            f"{other_version(manifest)}"
        )
    how = "equal to the last bit" if again.exact else f"equal within {CLOSE_WITHIN:g}"
    yield holds(
        f"Results: {again.results.num_rows:,} rows and every verdict, measured again from what was observed "
        f"(people: {manifest.num_subjects:,}): {how}"
    )


def _made_lines(
    copy: Path, observed: Observed, again: MeasuredAgain, manifest: PracticeManifest
) -> Iterator[Line]:
    """Whether the summaries are what the results give, and nothing else is in the pack."""
    differing = list(again.differing_pages)
    if manifest.sha256_of(README) != sha256_bytes(practice_readme(manifest, copy)):
        differing.append(README)
    tables = {f"{OBSERVED}/{name}.parquet" for name in observed.tables}
    of_test = {RECORD, RESULTS, f"{OBSERVED}/{FACTS}", *tables, *again.pages, *again.differing_pages}
    known = {DOSSIER, README, *(f"{PRACTICE}/{name}" for name in of_test)}
    strange = [file.path for file in manifest.files if file.path not in known]
    if (differing or strange) and not is_by_other_code(manifest):
        if strange:
            raise BrokenPackError(f"files that are no part of such a pack: {listed(strange)}")
        raise BrokenPackError(f"not what follows from the results: {listed(differing)}")
    yield holds(f"Summaries: {quantity(len(again.pages), 'file')} made again, equal to the byte")
    if differing or strange:
        yield left_open(
            f"Summaries: made by another version of the harness ({manifest.harness}), and different, or not "
            f"there, when made by this one: {listed([*differing, *strange])}. Verify them with that version"
        )
