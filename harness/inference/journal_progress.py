"""How far a journal is, read while a run writes it: shards appear and are merged, and nothing is held up.

Shapes: N samples.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from harness.arrays import Bools
from harness.errors import reason_code
from harness.inference.shards import shard_number

_COLUMNS = ["place", "outcome", "reason", "cost"]
_LISTINGS = 5
"""How often the folder of a journal is listed that is being written."""


@dataclass(frozen=True)
class _Shard:
    number: int
    written: float
    num_rows: int


@dataclass
class JournalProgress:
    """What a journal holds.

    Attributes:
        done_N: which samples are answered.
        reasons: outcome and reason of those without a score, such as ``abstained: no_face``, counted.
        cost: of the answers, in the currency of the card's price.
        num_damaged: files that are not what a run writes; their samples are answered again.
        shards: in the order in which they were written.
    """

    done_N: Bools  # noqa: N815 (a shape)
    reasons: Counter[str] = field(default_factory=Counter)
    cost: float = 0.0
    num_damaged: int = 0
    shards: list[_Shard] = field(default_factory=list)

    @property
    def num_done(self) -> int:
        """Samples that are answered."""
        return int(self.done_N.sum())

    @property
    def last_written(self) -> float | None:
        """When the last shard was written, in seconds since 1970."""
        return max((shard.written for shard in self.shards), default=None)

    def rate(self, since: float | None) -> float | None:
        """Samples per second from the second shard on that was written since a moment; None if there is none.

        A shard that small ones were merged into holds older answers: its number follows one that is gone. The
        count begins after it.
        """
        numbers = {shard.number for shard in self.shards}
        recent: list[_Shard] = []
        for shard in self.shards:
            is_merged = shard.number > 0 and shard.number - 1 not in numbers
            if since is not None and shard.written < since:
                continue
            recent = [shard] if is_merged else [*recent, shard]
        if len(recent) < 2 or recent[-1].written <= recent[0].written:
            return None
        return sum(shard.num_rows for shard in recent[1:]) / (recent[-1].written - recent[0].written)


def journal_progress(journal: Path, num_samples: int) -> JournalProgress:
    """Read how far a journal is.

    Small shards may be merged while they are read, and a listing may show neither them nor what they became. So
    the folder is listed until nothing new is there; a sample counts once, however often it is found.

    Args:
        journal: its folder, which need not be there.
        num_samples: N.
    """
    progress = JournalProgress(np.zeros(num_samples, bool))
    seen: set[Path] = set()
    for _ in range(_LISTINGS):
        new = sorted(set(journal.glob("shard-*.parquet")) - seen)
        if not new:
            break
        seen.update(new)
        for path in new:
            _read(path, progress)
    progress.shards.sort(key=lambda shard: shard.number)
    return progress


def _read(path: Path, progress: JournalProgress) -> None:
    number = shard_number(path)
    try:
        written, table = path.stat().st_mtime, pq.read_table(path, columns=_COLUMNS, use_threads=False)
    except FileNotFoundError:  # merged since it was listed
        return
    except (OSError, ValueError, pa.ArrowException):
        progress.num_damaged += 1
        return
    if number is None or not _add(progress, table):
        progress.num_damaged += 1
    else:
        progress.shards.append(_Shard(number, written, table.num_rows))


def _add(progress: JournalProgress, table: pa.Table) -> bool:
    """Add what a shard holds and no other had; False if it cannot be of this run."""
    if not pa.types.is_int64(table["place"].type) or table["place"].null_count:
        return False
    places = table["place"].to_numpy()
    if len(places) and not 0 <= places.min() <= places.max() < len(progress.done_N):
        return False
    new = table.filter(pa.array(~progress.done_N[places]))
    progress.done_N[places] = True
    said = new.select(["outcome", "reason"]).filter(pc.not_equal(new["outcome"], "scored"))
    for row in said.group_by(["outcome", "reason"]).aggregate([([], "count_all")]).to_pylist():
        code = reason_code(str(row["reason"] or ""))
        progress.reasons[f"{row['outcome']}: {code}" if code else str(row["outcome"])] += row["count_all"]
    progress.cost += float(pc.sum(new["cost"].cast(pa.float64())).as_py() or 0.0)
    return True
