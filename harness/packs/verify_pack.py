"""Verifies a pack without trusting whoever made it: what holds, what does not, and what this cannot show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.x509 import Certificate

from harness.evidence.run_folder import RunFolder
from harness.files import read_bytes, sha256_bytes
from harness.packs.date_promises import date_lines, dates_of_changes, dates_of_run
from harness.packs.every_pack import file_lines, lines_until_broken
from harness.packs.lines import Line, Status, holds, left_open
from harness.packs.manifest import Manifest
from harness.packs.names_in_plan import places_of_names
from harness.packs.numbers_promises import (
    frozen_line,
    is_by_other_code,
    made_lines,
    require_one_run,
    result_lines,
)
from harness.packs.pack_folder import RUN
from harness.packs.received_pack import (
    BrokenPackError,
    copied_stamp,
    read_manifest_of,
    well_formed,
)
from harness.packs.recomputed import recompute
from harness.packs.registration import REGISTRATION, RegisteredPlan, registered_plan
from harness.packs.reproduction import told_lines
from harness.packs.signed_promises import (
    registration_lines,
    require_signed_verdicts,
    stamp_lines,
)
from harness.packs.signing_keys import PublicKey
from harness.packs.verdict_summary import signed_verdicts
from harness.progress import UNSEEN, Share
from harness.wording import listed, quantity

COPIED, MEASURED, MADE = 0.3, 16, 2
"""What it costs in comparison to copy and hash the files, to measure again, and to make report and documents."""

LIMITS = (
    "Whether the predictions are the system's own: whoever invents them consistently is not found by any hash. "
    "Only repeating the run shows it: harness reproduce",
    "Whether a date is true: it is the word of whoever signed, unless a trusted clock has stamped it",
    "Whether times of answers, machine and versions of packages are as the record says: nothing follows from them",
    "Whether the people and labels of the dataset are what its card says",
)


def verify(
    pack: Path,
    trusted: Sequence[PublicKey] = (),
    previous: Sequence[Path] = (),
    authorities: Sequence[Certificate] = (),
    *,
    reproductions: Sequence[Path] = (),
    copy: Path | None = None,
    now: datetime | None = None,
    progress: Share = UNSEEN,
) -> Iterator[Line]:
    """What holds of a pack, line by line; nothing follows the first promise that is broken.

    Args:
        pack: the folder; nothing in it is trusted.
        trusted: public keys that the caller has from their holders. Without any, signatures show that somebody
            made the pack as it is, not who.
        previous: folders of the packs before this one.
        authorities: certificates of authorities whose time stamps are believed.
        reproductions: files of signed summaries by those who ran the plan again.
        copy: an empty folder for the private copy that is verified; None: one that is removed afterwards.
        now: the date, with a time zone; None: by the clock of this machine.
        progress: told of files that are copied, and of what is measured again.

    Raises:
        HarnessError: there is no pack.
    """
    now = now or datetime.now(UTC)

    def lines(private: Path, manifest: Manifest, digest: str) -> Iterator[Line]:
        yield from _lines(pack, private, manifest, digest, trusted, authorities, now, progress)
        yield from _chain(manifest, previous)

    data = yield from lines_until_broken(pack, Manifest, copy, lines)
    if data is None:
        return
    try:
        yield from told_lines(reproductions, sha256_bytes(data), trusted, now)
    except BrokenPackError as error:
        yield Line(Status.BROKEN, str(error))
        return
    yield from (Line(Status.LIMIT, text) for text in LIMITS)


def _lines(
    pack: Path,
    copy: Path,
    manifest: Manifest,
    manifest_sha256: str,
    trusted: Sequence[PublicKey],
    authorities: Sequence[Certificate],
    now: datetime,
    progress: Share,
) -> Iterator[Line]:
    copying, measuring, making = progress.split(COPIED, MEASURED, MADE)
    of_files = file_lines(pack, copy, manifest, manifest_sha256, trusted, authorities, copying)
    signatures, stamps = yield from of_files
    run = RunFolder(copy / RUN)
    stored, record = run.read_plan(), run.read_run()
    if record is None:
        raise BrokenPackError(f"{RUN}/run.json is missing: it is not known what the run wrote")
    with well_formed("plan and record"):
        require_one_run(run, manifest, stored.plan, record)
    if record["plan_sha256"] == stored.sha256:
        yield holds(f"Plan: {stored.sha256}, which the run recorded when it ended")
    elif not (places := places_of_names(stored.plan)):
        raise BrokenPackError(
            "the plan is not the one that the run recorded, and names nobody that would explain it"
        )
    else:
        yield left_open(
            f"Plan: it names people or their files ({listed(places)}), which have pseudonyms here, so that its "
            "hash is not the run's own"
        )
    registered = _registered(copy, manifest)
    yield from registration_lines(registered, manifest, stored.plan, manifest.run.started, trusted)
    if registered is not None and (stamp := copied_stamp(copy, REGISTRATION)) is not None:
        stamps[REGISTRATION] = stamp
        yield from stamp_lines({REGISTRATION: stamp}, {REGISTRATION: registered.signed}, authorities)
    made = dates_of_run(manifest, None if registered is None else registered.signed)
    yield from date_lines(made, dates_of_changes(manifest), signatures, stamps, now)
    found = recompute(run, by_other_code=is_by_other_code(manifest), progress=measuring)
    yield from result_lines(found, manifest)
    yield frozen_line(found.results, manifest.system.name)
    require_signed_verdicts(signatures, signed_verdicts(manifest, found.results))
    with well_formed("plan, record and dossier"):
        yield from made_lines(copy, manifest, registered)
    making.end()


def _registered(copy: Path, manifest: Manifest) -> RegisteredPlan | None:
    if manifest.sha256_of(REGISTRATION) is None:
        return None
    try:
        return registered_plan(read_bytes(copy / REGISTRATION))
    except ValueError as error:
        raise BrokenPackError(f"{REGISTRATION}: {error}") from None


def _chain(manifest: Manifest, previous: Sequence[Path]) -> Iterator[Line]:
    """Whether the packs before are those that this one names, one after another."""
    before = {}
    for pack in previous:
        of_pack, data = read_manifest_of(pack, Manifest)
        before[sha256_bytes(data)] = (pack, of_pack)
    named, num = manifest.previous, 0
    while named is not None and named.manifest_sha256 in before:
        pack, of_pack = before.pop(named.manifest_sha256)
        if of_pack.pack_id != named.pack_id or of_pack.system.name != manifest.system.name:
            raise BrokenPackError(f"{pack} is not the pack before that this one names")
        num, named = num + 1, of_pack.previous
    if before:
        stranger = next(iter(before.values()))[0]
        raise BrokenPackError(f"{stranger} is none of the packs before this one")
    if num:
        yield holds(f"Chain: follows {quantity(num, 'pack')} of the same system")
    if named is not None:
        yield left_open(f"Chain: follows pack {named.pack_id}, which was not given: add it with --previous DIR")
    elif not num:
        yield holds("Chain: the first pack of this system, by its own account")
