"""Whether the system stayed the same while it was measured.

Its files are hashed before and after (`harness.evidence.system_files`). Its answers at the end are those of the
probes, which are made after the last prediction: to samples from all of the study, alone, in another batch, and
once more. A system without files here, such as a service, is known by these alone.

Shapes: n samples that were asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import bdtrc

from harness.arrays import Bools, Floats, Ints
from harness.checks.checked_system import CheckedSystem
from harness.checks.probe_answers import SPARED, answers_to, is_spared, says_something
from harness.checks.probes import TOLERANCE, determinism
from harness.checks.repeated_times import compare_times
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import listed, quantity

CHECK = "frozen"

_STATED = {
    "frozen": "although its card says that it is frozen",
    "predetermined": "and its card says that it changes as was determined before",
    "continuous": "as its card says: it keeps learning",
    None: "and its card does not say whether it does so in use",
}
_REMEDY = (
    "The figures are of no single system. Remedy: switch off whatever learns or is updated, or name a version, "
    "and run again."
)


def frozen(system: CheckedSystem) -> list[Result]:
    """Whether the system stayed the same while it was measured: its files, and its answers at the end."""
    if system.files is not None and (names := system.files.changed()):
        what = f"Its files differ before and after the run: {listed(names)}"
        return [system.finding(CHECK, _changed(system, what))]
    again = _asked_again(system)
    if len(again.row):
        return [_from_probes(system, again)]
    if system.times:
        return [_from_times(system)]
    return [system.finding(CHECK, _unasked(system))]


def samples_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The samples that got another answer at the end; without such, those that were asked again: ``[N]``.

    Changed files are about all samples.

    Args:
        system: that was checked.
        finding: of this check, as a row of the results.
    """
    again_N = np.zeros(system.samples.num_rows, bool)
    if finding["value"] is None:
        return ~again_N
    again = _asked_again(system)
    row, differs = again.row, again.differs
    if not len(row) and system.times:
        found = compare_times(system.times)
        row, differs = found.row, found.difference > TOLERANCE
    again_N[row[differs] if differs.any() else row] = True
    return again_N


@dataclass(frozen=True)
class _Again:
    """Samples that were answered again at the end.

    Differences are the largest in any score, infinite where only one of the two answers states something, and NaN
    where the system was not asked or did not get to answer.

    Attributes:
        row: of the samples ``[n]``.
        alone: difference of the answer to the sample alone from that in the study ``[n]``.
        together: of the answer in another batch from that in the study ``[n]``.
        once_more: of a further answer from the one in another batch ``[n]``.
    """

    row: Ints
    alone: Floats
    together: Floats
    once_more: Floats

    @property
    def difference(self) -> Floats:
        """The largest from the answer in the study ``[n]``."""
        largest: Floats = np.fmax(self.alone, self.together)
        return largest

    @property
    def differs(self) -> Bools:
        """Where the answers are not those of the study ``[n]``."""
        return self.difference > TOLERANCE

    @property
    def batch_matters(self) -> bool:
        """Whether a sample was answered in one way alone and in another in a batch."""
        is_both = ~np.isnan(self.alone) & ~np.isnan(self.together)
        return not np.isclose(self.alone[is_both], self.together[is_both], rtol=0.0, atol=TOLERANCE).all()


def _asked_again(system: CheckedSystem) -> _Again:
    """Those that were; a request that failed on the way says nothing of the system."""
    alone, together = (_by_row(system, "batch_invariance", variant) for variant in ("alone", "together"))
    once_more = _by_row(system, "determinism", "again")
    row = sorted(alone.keys() | together.keys())
    columns = [np.array([of.get(index, np.nan) for index in row]) for of in (alone, together, once_more)]
    return _Again(np.array(row, np.int64), *columns)


def _by_row(system: CheckedSystem, probe: str, variant: str) -> dict[int, float]:
    """The differences of one variant of a probe, by the row of the sample."""
    rows = answers_to(system, probe)
    rows = rows.filter(pa.array(says_something(rows))).filter(pc.field("variant") == variant)
    if not rows.num_rows:  # the index of all samples is not needed
        return {}
    at = pc.index_in(rows["sample_id"], value_set=system.samples["sample_id"]).to_pylist()
    return dict(zip(at, pc.fill_null(rows["max_difference"], np.inf).to_pylist(), strict=True))


def _from_probes(system: CheckedSystem, again: _Again) -> Result:
    finding = partial(
        system.finding,
        CHECK,
        value=float(again.difference.max()),
        threshold=TOLERANCE,
        num_samples=len(again.row),
        num_subjects=len(np.unique(system.aligned.subject[again.row])),
    )
    num = quantity(len(again.row), "sample")
    if not again.differs.any():
        same = f"{num}, asked again at the end, got the answers of the study within {TOLERANCE:g}."
        return finding(checked(False, f"{_files_stayed(system)}{same}"))
    rows = listed(system.stored_rows(again.row[again.differs].tolist()), most=3)
    differing = (
        f"{int(again.differs.sum()):,} of {num}, asked again at the end, got other answers than in the study, "
        f"such as row {rows} of samples.parquet"
    )
    (asked_twice,) = determinism(system)
    if asked_twice.verdict == "not_met":
        if system.answers is not None and _is_further_from_study(again, system.level):
            beyond = "by more than two answers at the end differ from each other"
            return finding(_changed(system, f"{differing}, {beyond}"))
        why = "Asked twice at the end, it does not answer the same either: a change cannot be told from that."
        return finding(checked(None, f"{differing}. {why}"))
    if again.batch_matters:
        why = "What else is in the batch decides, too (batch_invariance): a change cannot be told from that."
        return finding(checked(None, f"{differing}. {why}"))
    return finding(_changed(system, differing))


def _is_further_from_study(again: _Again, level: float) -> bool:
    """Whether answers at the end differ more from the study's than from each other (one-sided sign test).

    Only of a system that answers one by one: if it stays the same, three answers to one request are exchangeable.
    """
    told = ~np.isnan(again.together) & ~np.isnan(again.once_more) & (again.together != again.once_more)
    num, num_further = int(told.sum()), int((again.together[told] > again.once_more[told]).sum())
    return num_further > 0 and float(bdtrc(num_further - 1, num, 0.5)) < 1.0 - level


def _from_times(system: CheckedSystem) -> Result:
    """From the repeats of the study, of which each was asked for after the one before had been answered."""
    found = compare_times(system.times)
    if not len(found.row):
        return system.finding(CHECK, not_tested("No sample was answered twice."))
    largest, num = float(found.difference.max()), quantity(len(found.row), "sample")
    finding = partial(
        system.finding,
        CHECK,
        value=largest,
        threshold=TOLERANCE,
        num_samples=len(found.row),
        num_subjects=len(np.unique(system.aligned.subject[found.row])),
    )
    times = f"{num}, asked {len(system.times)} times one after another"
    if largest > TOLERANCE:
        reason = f"{times}, did not all get the same answers: a change cannot be told from answers that vary."
        return finding(checked(None, reason))
    return finding(checked(False, f"{_files_stayed(system)}{times}, got the same answers within {TOLERANCE:g}."))


def _unasked(system: CheckedSystem) -> Judgement:
    if is_spared(system):
        return not_tested(SPARED)
    if system.files is not None:
        why = "It was not asked again: whether its answers stayed the same is not known."
        return checked(None, f"{_files_stayed(system)}{why}")
    return not_tested("It was not asked again: its answers were given before, or it reads no media.")


def _changed(system: CheckedSystem, what: str) -> Judgement:
    stated = _STATED[system.card.changes]
    return checked(True, f"The system changed while it was measured, {stated}. {what}. {_REMEDY}")


def _files_stayed(system: CheckedSystem) -> str:
    if system.files is None:
        return ""
    return f"Its files ({len(system.files.weights_before):,}) have the same hashes before and after. "
