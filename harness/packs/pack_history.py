"""One system over its chain of packs: what changed between two packs, and what was measured again after that.

Differences of figures are those of paired comparisons (`harness.comparison`), where samples are shared: pseudonyms
are the same in packs that were made with one key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.comparison.compare_runs import RunComparison, compare_finished
from harness.comparison.finished_runs import read_public_run
from harness.errors import HarnessError
from harness.packs.manifest import Manifest
from harness.packs.registration import differences
from harness.packs.verified_pack import VerifiedPack
from harness.progress import UNSEEN, Share
from harness.tables.versions import read_table
from harness.wording import quantity

MAX_PACKS = 50
ID_DIGITS = 8
MAX_SHOWN = 100

_WHICH = ("kind", "metric", "statistic", "index", "condition", "axis", "other_axis", "group", "versus")
_CONSEQUENCES = ("code_sha256", "harness", "dataset.samples_sha256", "dataset.num_samples", "dataset.num_subjects")
_SECTIONS = ("cards", "attributes.groups", "power.axes")


@dataclass(frozen=True)
class MovedVerdict:
    """A verdict that is another one; None on a side where there is no such test."""

    what: str
    before: str | None
    after: str | None


class How(StrEnum):
    """What the later of two packs is made from."""

    AGAIN = "measured again, in another run"
    WITHDRAWN = "not measured again: the answers of the same run, without people who withdrew"
    SAME = "not measured again: the same run, packed again"


@dataclass(frozen=True)
class Change:
    """From one pack to the next.

    Attributes:
        before: the earlier pack.
        after: the later pack.
        is_chained: whether the later names the earlier one as the pack before.
        how: whether the later pack is of another run.
        changed: what differs besides the results, in words.
        moved: verdicts that are others.
        num_same: verdicts that are the same.
        comparison: of the figures, the later minus the earlier; None if there is none.
        why_not: why there is none.
    """

    before: Manifest
    after: Manifest
    is_chained: bool
    how: How
    changed: Sequence[str]
    moved: Sequence[MovedVerdict]
    num_same: int
    comparison: RunComparison | None
    why_not: str

    @property
    def moved_in_both(self) -> list[MovedVerdict]:
        """Verdicts of tests that both packs have."""
        return [one for one in self.moved if one.before and one.after]

    @property
    def in_one_only(self) -> list[MovedVerdict]:
        """Verdicts of tests that only one of them has."""
        return [one for one in self.moved if not (one.before and one.after)]


def in_chain_order(packs: Sequence[VerifiedPack]) -> list[VerifiedPack]:
    """The packs of one system, each after the one that it follows, otherwise by the date that they state.

    Raises:
        HarnessError: they are too many or too few, of several systems, or one was given twice.
    """
    if not 2 <= len(packs) <= MAX_PACKS:
        raise HarnessError(f"history: {quantity(len(packs), 'pack')}. Give 2 to {MAX_PACKS} packs of one system.")
    systems = dict.fromkeys(pack.manifest.system.name for pack in packs)
    if len(systems) > 1:
        raise HarnessError(f"history: packs of several systems ({', '.join(systems)}). Give those of one.")
    left = {pack.manifest_sha256: pack for pack in packs}
    if len(left) < len(packs):
        raise HarnessError("history: one pack was given twice.")
    ordered: list[VerifiedPack] = []
    while left:
        free = [pack for pack in left.values() if _before(pack.manifest) not in left]
        if not free:
            raise HarnessError("history: the packs name each other in a circle.")
        follower = [pack for pack in free if ordered and _before(pack.manifest) == ordered[-1].manifest_sha256]
        nearest = min(follower or free, key=lambda pack: (pack.manifest.created, pack.manifest_sha256))
        ordered.append(left.pop(nearest.manifest_sha256))
    return ordered


def changes(packs: Sequence[VerifiedPack], into: Path, progress: Share = UNSEEN) -> Iterator[Change]:
    """From each pack to the next.

    Args:
        packs: in their order.
        into: a folder in which each comparison gets one, named after both packs.
        progress: told of the comparisons.
    """
    shares = progress.split(*[1] * (len(packs) - 1))
    for (before, after), share in zip(pairwise(packs), shares, strict=True):
        yield _change(before, after, into, share)
        share.end()


def comparison_name(before: Manifest, after: Manifest) -> str:
    """The name of the folder of a comparison."""
    return f"{before.pack_id[:ID_DIGITS]}-to-{after.pack_id[:ID_DIGITS]}"


def _before(manifest: Manifest) -> str | None:
    return None if manifest.previous is None else manifest.previous.manifest_sha256


def _change(before: VerifiedPack, after: VerifiedPack, into: Path, progress: Share) -> Change:
    how = _how(before, after)
    moved, num_same = _moved(_verdicts(before), _verdicts(after))
    comparison, why_not = (
        (None, "they are those of the same run") if how is How.SAME else _compared(before, after, into, progress)
    )
    return Change(
        before=before.manifest,
        after=after.manifest,
        is_chained=_before(after.manifest) == before.manifest_sha256,
        how=how,
        changed=list(_changed(before, after)),
        moved=moved,
        num_same=num_same,
        comparison=comparison,
        why_not=why_not,
    )


def _how(before: VerifiedPack, after: VerifiedPack) -> How:
    one, other = before.manifest.run, after.manifest.run
    if one.run_sha256 == other.run_sha256:
        return How.SAME
    gone = [pack.run.read_plan().plan["dataset"].get("withdrawn") for pack in (before, after)]
    return How.WITHDRAWN if one.started == other.started and gone[0] != gone[1] else How.AGAIN


def _changed(before: VerifiedPack, after: VerifiedPack) -> Iterator[str]:
    """What differs besides the results."""
    one, other = before.manifest, after.manifest
    stated = {
        "version of the system": (one.system.version or "not stated", other.system.version or "not stated"),
        "version of the harness": (one.harness, other.harness),
        "dataset": (one.dataset.title, other.dataset.title),
        "samples": (f"{one.dataset.num_samples:,}", f"{other.dataset.num_samples:,}"),
        "people": (f"{one.dataset.num_subjects:,}", f"{other.dataset.num_subjects:,}"),
    }
    yield from (f"{what}: {left} → {right}" for what, (left, right) in stated.items() if left != right)
    unstated = {
        "weights": (one.system.weights, other.system.weights),
        "media": (one.dataset.media, other.dataset.media),
        "code of the harness": (one.code_sha256, other.code_sha256),
    }
    yield from (f"{what} changed" for what, (left, right) in unstated.items() if left != right)
    for found in differences(before.run.read_plan().plan, after.run.read_plan().plan):
        is_weight = found.what.startswith("model.facts") and "sha256" in found.what
        if found.what not in _CONSEQUENCES and not found.what.startswith(_SECTIONS) and not is_weight:
            yield f"plan, {found.what}: {_cut(found.before)} → {_cut(found.after)}"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


def _verdicts(pack: VerifiedPack) -> dict[tuple[Any, ...], str]:
    """The verdicts on the system under test, by what they are about."""
    results: pa.Table = read_table(pack.run / "results.parquet", "results").table
    system = pack.manifest.system.name
    return {
        tuple(row[name] for name in _WHICH): row["verdict"]
        for row in results.to_pylist()
        if row["verdict"] is not None and row["model"] == system and row["versus_model"] is None
    }


def _moved(
    before: Mapping[tuple[Any, ...], str], after: Mapping[tuple[Any, ...], str]
) -> tuple[list[MovedVerdict], int]:
    """Verdicts that moved, those of tests that both have first, then those that were not made again."""
    keys = list(dict.fromkeys([*before, *after]))
    moved = [key for key in keys if before.get(key) != after.get(key)]
    moved.sort(key=lambda key: (key not in before or key not in after, key not in before))
    return [MovedVerdict(_in_words(key), before.get(key), after.get(key)) for key in moved], len(keys) - len(moved)


def _in_words(key: tuple[Any, ...]) -> str:
    of = dict(zip(_WHICH, key, strict=True))
    sides = " / ".join(of[name] for name in ("group", "versus") if of[name])
    kind = "" if of["kind"] == "metric" else f"{of['kind']} "
    return f"{kind}{of['metric']}, {of['axis']}: {sides} ({of['condition']})"


def _compared(
    before: VerifiedPack, after: VerifiedPack, into: Path, progress: Share
) -> tuple[RunComparison | None, str]:
    """The later minus the earlier on the samples that both have; or why not."""
    try:
        *reading, comparing = progress.split(1, 1, 7)
        both = zip((after, before), reading, strict=True)
        later, earlier = (read_public_run(pack.run.path, share) for pack, share in both)
        if later.files == earlier.files:
            return None, "samples and answers are the same to the byte"
        if not _share_samples(before, after):
            return None, "no sample is in both, or their pseudonyms were made with different keys"
        sides = {"later": after.manifest.pack_id, "earlier": before.manifest.pack_id}
        names = [f"pack {pack_id[:ID_DIGITS]} ({side})" for side, pack_id in sides.items()]
        place = into / comparison_name(before.manifest, after.manifest)
        seed = earlier.settings.seed
        return compare_finished([later, earlier], names, into=place, seed=seed, progress=comparing), ""
    except HarnessError as error:
        text = str(error).rstrip(".")
        for pack in (before, after):
            text = text.replace(str(pack.path), str(pack.given))
        return None, text


def _share_samples(one: VerifiedPack, other: VerifiedPack) -> bool:
    ids = [read_table(pack.run / "samples.parquet", "samples").table["sample_id"] for pack in (one, other)]
    return bool(pc.any(pc.is_in(ids[0], value_set=ids[1].combine_chunks())).as_py())
