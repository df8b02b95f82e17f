"""Whether a practice test rests on the runs whose packs a verifier has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from harness.evidence.run_folder import RunFolder
from harness.packs.lines import Line, holds, left_open
from harness.packs.manifest import PracticeManifest
from harness.packs.received_pack import BrokenPackError
from harness.packs.signing_keys import PublicKey
from harness.packs.verified_pack import verified_pack
from harness.practice_tests.observed import Observed
from harness.practice_tests.packs.measured_again import opened_again
from harness.progress import UNSEEN, Share
from harness.wording import listed, quantity


def study_lines(
    observed: Observed,
    manifest: PracticeManifest,
    record: Mapping[str, Any],
    packs: Sequence[Path],
    trusted: Sequence[PublicKey],
    progress: Share = UNSEEN,
) -> Iterator[Line]:
    """Whether the packs of runs that were given hold, and what was observed follows from them.

    Args:
        observed: what the test measured from, as its pack holds it.
        manifest: of that pack.
        record: of the test.
        packs: folders of packs of runs; nothing in them is trusted.
        trusted: public keys that the caller has from their holders.
        progress: of their verification.

    Raises:
        HarnessError: one of them is no pack.
        BrokenPackError: one does not hold, or is of none of its runs; or what was observed is something else.
    """
    with ExitStack() as stack:
        given: dict[str, RunFolder] = {}
        for pack, share in zip(packs, progress.split(*[1] * len(packs)), strict=True):
            verified = stack.enter_context(verified_pack(pack, trusted, progress=share))
            digest = verified.manifest.run.run_sha256
            names = [name for name, of_study in manifest.studies.items() if of_study == digest]
            if not names:
                raise BrokenPackError(f"{pack} is of none of the runs that this test rests on")
            given |= dict.fromkeys(names, verified.run)
        test, options = opened_again(record)
        again = test.observe_again(given, observed, options)
        wrong = [name for name, value in again.facts.items() if observed.facts.get(name) != value]
        wrong += [name for name, table in again.tables.items() if not observed.table(name).equals(table)]
        if wrong:
            raise BrokenPackError(f"what was observed does not follow from the packs of runs: {listed(wrong)}")
    if given:
        follows = f"; what was observed follows from them: {listed(list(again.tables))}" if again.tables else ""
        yield holds(f"Studies: the packs of {quantity(len(given), 'run')} that you gave hold{follows}")
    unseen = [name for name in manifest.studies if name not in given]
    resting = [name for name in observed.tables if name not in again.tables]
    if unseen:
        yield left_open(
            f"Studies: it rests on {quantity(len(unseen), 'run')} whose packs were not given ({listed(unseen)}): "
            "add them with --study DIR"
        )
    elif given and resting:
        yield left_open(f"Studies: of what was observed, {listed(resting)} cannot be told from packs of runs")
