"""Near duplicates: the same media twice, under one subject or, worse, under two.

A copy counts twice and makes intervals too narrow. Under two subjects it is also on both sides of every split by
subject: what a system is tested on, it was trained on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Ints
from harness.checks.checked_system import CheckedSystem
from harness.checks.near_pairs import Bools, Fingerprints, Near, near_pairs
from harness.tables.probe_tables import FINGERPRINT_WIDTH
from harness.tables.results import Result
from harness.verdicts.judge import checked, not_tested
from harness.wording import listed, quantity

CHECK = "near_duplicates"
WITHIN, ACROSS = "within a subject", "across subjects"

REMEDY = {
    ACROSS: "Remedy: find out whose it is, or take the copies out; until then a system may have been trained on "
    "what it is tested on.",
    WITHIN: "Remedy: keep one of each copy; copies count twice and make intervals too narrow.",
}

MIN_COSINE: Mapping[str, float] = {"image": 0.96, "audio": 0.985, "signal": 0.75}
"""Fingerprints with at least this cosine are those of copies.

Chosen on simulated media, a little above the largest cosine of different recordings: faces 0.955, voices 0.98,
wearables 0.352 (where copies may be noisy). ``benchmarks/near_duplicates.md`` says what is found and missed in
real recordings.
"""

TIMED = ("signal",)
"""Kinds of media whose copies are equally long; the quiet ends of audio may be cut."""


def near_duplicates(system: CheckedSystem) -> list[Result]:
    """Whether media occur twice: one finding across subjects, one within.

    The figure is the share of samples that have a copy.
    """
    media = system.media
    num = 0 if media is None else media.num_rows - media["fingerprint"].null_count
    if media is None or num < 2:
        reason = "The study read no media, or too few, to look for copies."
        return [system.finding(CHECK, not_tested(reason), group=group) for group in (ACROSS, WITHIN)]
    near = _near(system.aligned.subject, media)
    return [
        _finding(system, media, num, ACROSS, near.across, near.examples_across),
        _finding(system, media, num, WITHIN, near.within, near.examples_within),
    ]


def samples_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The samples that are copies of others; without such, those that were looked at: ``[N]``.

    Args:
        system: that was checked.
        finding: of this check, as a row of the results.
    """
    media = system.media
    if media is None or not finding["value"]:
        return np.ones(system.samples.num_rows, bool)
    near = _near(system.aligned.subject, media)
    return near.across if finding["group"] == ACROSS else near.within


def _near(subject_N: Ints, media: pa.Table) -> Near:
    """Each kind of media by itself, put together."""
    across_N, within_N = np.zeros((2, media.num_rows), dtype=bool)
    pairs: dict[str, list[tuple[int, int]]] = {ACROSS: [], WITHIN: []}
    for kind, threshold in MIN_COSINE.items():
        rows = np.flatnonzero(_is_kind(media, kind))
        of_kind = media.take(rows)
        seconds = of_kind["duration_s"] if kind in TIMED else pa.nulls(len(rows), pa.float64())
        duration = pc.fill_null(seconds, float("nan")).to_numpy()
        found = near_pairs(_fingerprints(of_kind), subject_N[rows], duration, threshold)
        across_N[rows], within_N[rows] = found.across, found.within
        pairs[ACROSS] += [(int(rows[a]), int(rows[b])) for a, b in found.examples_across]
        pairs[WITHIN] += [(int(rows[a]), int(rows[b])) for a, b in found.examples_within]
    return Near(across_N, within_N, tuple(pairs[ACROSS]), tuple(pairs[WITHIN]))


def _is_kind(media: pa.Table, kind: str) -> Bools:
    return np.array([found == kind for found in media["kind"].to_pylist()])


def _fingerprints(media: pa.Table) -> Fingerprints:
    """``[N, F]``; zeros where there is none."""
    column = media["fingerprint"].combine_chunks()
    present = column.is_valid().to_numpy(zero_copy_only=False)
    fingerprints = np.zeros((len(column), FINGERPRINT_WIDTH), dtype=np.int8)
    fingerprints[present] = column.flatten().to_numpy(zero_copy_only=False).reshape(-1, FINGERPRINT_WIDTH)
    return fingerprints


def _finding(
    system: CheckedSystem,
    media: pa.Table,
    num: int,
    group: str,
    copied_N: Bools,
    examples: tuple[tuple[int, int], ...],
) -> Result:
    copies = int(copied_N.sum())
    finding = partial(system.finding, CHECK, group=group, value=copies / num, num_samples=num)
    whose = "of another subject" if group == ACROSS else "of the same subject"
    if copies == 0:
        return finding(checked(False, f"No sample is a copy or a near copy of another one {whose}."))
    # By their rows, not their names: findings leave the machine with the results, and names tell who somebody is.
    shown = listed([" and ".join(system.stored_rows(pair)) for pair in examples])
    exact = int((_repeated(media) & copied_N).sum())
    share = f"{quantity(copies, 'sample')} of {num:,}"
    reason = (
        f"{share} are copies or near copies {whose} ({exact:,} exact), such as rows {shown} of samples.parquet "
        f"(counted from 0)."
    )
    if group == WITHIN and not exact:
        reason += " Two takes of one person can be as alike as copies: look at them."
        return finding(checked(None, f"{reason} {REMEDY[group]}"))
    return finding(checked(True, f"{reason} {REMEDY[group]}"))


def _repeated(media: pa.Table) -> Bools:
    """Samples whose decoded media equal another's to the byte."""
    codes = media["content"].combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy()
    times = np.bincount(codes + 1)
    repeated: Bools = (times[codes + 1] > 1) & (codes >= 0)
    return repeated
