"""What a system said besides its answers: its version, how often it had to be asked, and on which day.

Shapes: N samples, n answered one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Floats, Ints
from harness.attributes.groups import Groups
from harness.checks.checked_system import CheckedSystem
from harness.statistics.intervals import Interval
from harness.statistics.subject_means import DIFFERENCE, SHARE, difference_over_subjects, mean_over_subjects
from harness.tables.alignment import NO_LABEL
from harness.tables.answers_table import FINGERPRINT
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, checked, not_tested
from harness.wording import listed, percent, quantity

CHECK = "answers"
RETRIED, FROM_CACHE, DAYS = "retried", "from the cache", "days"
UNEVEN = 0.05
"""By how much the share of retried or unanswered samples may differ between parts of a study."""

MAX_PARTS = 31
"""Days, or groups of an axis, that are compared: the largest, if there are more."""

NAMED = 8
"""Of these, as many are named."""

MAX_NAME = 60
"""Characters of a name in a sentence."""

ALIAS = "latest"


def answers(system: CheckedSystem) -> list[Result]:
    """Whether the version changed in mid-run, retried samples differ from others, or days from each other."""
    if system.answers is None or system.condition not in set(system.answers["condition"].unique().to_pylist()):
        return [system.finding(CHECK, not_tested("Nothing is known of single answers but the answers."))]
    said = _Said.of(system, system.answers)
    asked = _Said.of(system, system.answers.filter(pc.greater(system.answers["attempts"], 0)))
    # Kept answers are scored, all of them, and were given on other days: beside them any refusal is unusual.
    return [_version(said), *_kept(said), *([*_retried(asked), _days(asked)] if len(asked.row_n) else [])]


def samples_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The samples that were asked for more than once, were kept, or got no answer, as the finding says: ``[N]``.

    Without such, and for what is about the version: all that were answered one by one.

    Args:
        system: that was checked.
        finding: of this check, as a row of the results.
    """
    found_N = np.zeros(system.samples.num_rows, bool)
    if system.answers is None:
        return found_N
    said = _Said.of(system, system.answers)
    about, asked_n = finding["group"], said.attempts_n > 0
    chosen_n = np.zeros(len(asked_n), bool)
    if about.startswith(RETRIED):
        chosen_n = said.attempts_n > 1
    elif about == FROM_CACHE:
        chosen_n = ~asked_n
    elif about == DAYS:
        chosen_n = asked_n & (said.unscored_n > 0)
    found_N[said.row_n[chosen_n] if chosen_n.any() else said.row_n] = True
    return found_N


@dataclass(frozen=True)
class _Said:
    """What was said of the n samples that were answered one by one.

    Attributes:
        system: with all samples.
        row_n: which samples.
        attempts_n: for each.
        version: of every answer, or None: to these samples under all conditions, to repeats and to probes.
        day: for each, or None.
    """

    system: CheckedSystem
    row_n: Ints
    attempts_n: Ints
    version: list[str | None]
    day: list[str | None]

    @classmethod
    def of(cls, system: CheckedSystem, table: pa.Table) -> _Said:
        version = table["version"].to_pylist()
        table = table.filter(pc.equal(table["condition"], system.condition))
        row_n = pc.index_in(table["sample_id"], value_set=system.samples["sample_id"]).to_numpy()
        table = table.take(pa.array(order := np.argsort(row_n, kind="stable")))
        attempts_n = table["attempts"].to_numpy().astype(np.int64)
        return cls(system, row_n[order], attempts_n, version, table["day"].to_pylist())

    @property
    def subject_n(self) -> Ints:
        return self.system.aligned.subject[self.row_n]

    @property
    def unscored_n(self) -> Floats:
        return (~self.system.aligned.scored[self.row_n]).astype(np.float64)

    def finding(self, group: str, judgement: Judgement, **others: Any) -> Result:
        num = {"num_samples": len(self.row_n), "num_subjects": len(np.unique(self.subject_n))}
        return self.system.finding(CHECK, judgement, group=group, **{**num, **others})


def _version(said: _Said) -> Result:
    """One version answers the whole run, and is no alias."""
    finding = partial(said.finding, "version")
    parts = [version.partition(FINGERPRINT) for version in said.version if version is not None]
    if not parts:
        return finding(not_tested("The system does not state its version with its answers."))
    models = Counter(model for model, _, _ in parts)
    servers = Counter(fingerprint for _, _, fingerprint in parts)
    number = {"value": float(len(models) if len(models) > 1 else len(servers)), "threshold": 1.0}
    if len(models) > 1:
        reason = (
            f"The version changed in mid-run: {_counted(models)}. The figures are of no single system. Remedy: "
            "name a version and not an alias, and run again."
        )
        return finding(checked(True, reason), **number)
    (only,) = models
    if ALIAS in only.lower():
        return finding(checked(None, f"{listed([only])} is an alias: it may stand for another system later."))
    if len(servers) > 1:
        reason = (
            f"Every answer came from {listed([only])}, run by servers that differ: {_counted(servers)}. The same "
            "question may get another answer from each. Remedy: measure how much by repeats=5."
        )
        return finding(checked(None, reason), **number)
    return finding(checked(False, f"Every answer came from {listed([only])}."), **number)


def _counted(names: Counter[str]) -> str:
    """The names with their counts, the most frequent first."""
    ordered = sorted(names.items(), key=lambda one: (-one[1], one[0]))
    return listed([f"{name[:40] or 'not stated'} ({num:,})" for name, num in ordered])


def _kept(said: _Said) -> Iterator[Result]:
    """How many answers were not asked for, if there are any: see `harness.models.services.answer_cache`."""
    kept_n = said.attempts_n == 0
    if kept_n.any():
        days = sorted({day for day, is_kept in zip(said.day, kept_n, strict=True) if is_kept and day})
        since = f", the oldest of {days[0]}" if days else ""
        num = f"{int(kept_n.sum()):,} of {quantity(len(kept_n), 'answer')}"
        reason = (
            f"{num} came from the cache of an earlier run{since}: the same version was asked the very same. They "
            "cost nothing in this run. What was not scored then was asked for again, so that more may be answered "
            "than in a single run."
        )
        yield said.finding(FROM_CACHE, checked(False, reason), value=float(kept_n.mean()))


def _retried(said: _Said) -> Iterator[Result]:
    """Samples that were asked for more than once, beside the others: their accuracy, and their share by group."""
    again_n = said.attempts_n > 1
    level = said.system.level
    share, interval = mean_over_subjects(again_n.astype(np.float64), said.subject_n, level, SHARE)
    about = {"value": share, "interval": (interval.lo, interval.hi), "method": interval.method}
    if not again_n.any():
        yield said.finding(RETRIED, checked(False, "Every answer came at the first attempt."), **about)
        return
    yield said.finding(RETRIED, _accuracy_of_retried(said, again_n), **about)
    for groups in said.system.axes:
        if not groups.is_intersection:
            parts = _parts(said, groups)
            beside = {name: _accuracies(said, part_n, again_n) for name, part_n in parts.items()}
            yield _uneven(said, f"{RETRIED} by {groups.axis}", again_n.astype(np.float64), parts, beside)


def _accuracy_of_retried(said: _Said, again_n: Bools) -> Judgement:
    aligned = said.system.aligned
    truth_n, answer_n = aligned.truth[said.row_n], aligned.answer[said.row_n]
    known_n = truth_n != NO_LABEL
    num = f"{quantity(int(again_n.sum()), 'sample')} of {len(again_n):,} had to be asked for more than once"
    if not (known_n & again_n).any() or not (known_n & ~again_n).any():
        return checked(None, f"{num}; there are no labels to compare them with the others.")
    right_n = (answer_n == truth_n)[known_n].astype(np.float64)
    part_n, subject_n = again_n[known_n], said.subject_n[known_n]
    people = min(len(np.unique(subject_n[side_n])) for side_n in (part_n, ~part_n))
    if people < (least := said.system.min_subjects):
        few = f"they or the others are of {quantity(people, 'subject')}, and {least} are needed to compare them"
        return checked(None, f"{num}; {few}.")
    value, interval = difference_over_subjects(right_n, part_n, subject_n, said.system.level, DIFFERENCE)
    text = (
        f"{num}. Their accuracy is {right_n[part_n].mean():.3f}, that of the others {right_n[~part_n].mean():.3f}"
    )
    if interval.lo is None or interval.hi is None:
        return checked(None, f"{text}; {interval.reason}.")
    text += f": a difference of {value:+.3f} [{interval.lo:+.3f}, {interval.hi:+.3f}]"
    if interval.lo > 0.0 or interval.hi < 0.0:
        return checked(True, f"{text}. Remedy: ask for what failed again at another time, and compare.")
    return checked(False, f"{text}.")


def _accuracies(said: _Said, part_n: Bools, again_n: Bools) -> str:
    """The accuracy of the retried and of the other samples of a part, in brackets; nothing where one has none."""
    aligned = said.system.aligned
    truth_n, answer_n = aligned.truth[said.row_n], aligned.answer[said.row_n]
    sides = [part_n & (truth_n != NO_LABEL) & side_n for side_n in (again_n, ~again_n)]
    if not all(side_n.any() for side_n in sides):
        return ""
    own, others = (float((answer_n == truth_n)[side_n].mean()) for side_n in sides)
    return f" (accuracy {own:.3f}, of its others {others:.3f})"


def _days(said: _Said) -> Result:
    """The share without a score on each day."""
    known = [day for day in said.day if day is not None]
    if not known:
        return said.finding(DAYS, not_tested("It is not known on which day the answers were given."))
    if len(set(known)) == 1:
        return said.finding(DAYS, checked(False, "All answers were given on one day."))
    codes = {day: code for code, day in enumerate(sorted(set(known)))}
    code_n = np.array([NO_LABEL if day is None else codes[day] for day in said.day])
    return _uneven(said, DAYS, said.unscored_n, {day: code_n == code for day, code in codes.items()})


def _parts(said: _Said, groups: Groups) -> dict[str, Bools]:
    """The samples of every group that is known and has enough subjects."""
    index_n = groups.index[said.row_n]
    members = {name: index_n == code for code, name in enumerate(groups.names) if code != groups.unknown}
    few = said.system.min_subjects
    return {name: n for name, n in members.items() if len(np.unique(said.subject_n[n])) >= few}


def _uneven(
    said: _Said, about: str, event_n: Floats, parts: Mapping[str, Bools], beside: Mapping[str, str] | None = None
) -> Result:
    """Whether something happens more often in one part than in the others, by more than `UNEVEN`.

    Args:
        said: the answers.
        about: what the finding is about.
        event_n: 1 where it happened, else 0.
        parts: the samples of each.
        beside: what to say of each part besides.
    """
    what = "without an answer" if about == DAYS else "retried"
    largest = sorted(parts, key=lambda name: -int(parts[name].sum()))[:MAX_PARTS]
    kept = {name: parts[name] for name in parts if name in largest}
    if len(kept) < 2:
        return said.finding(about, not_tested("Fewer than two groups have enough people to be compared."))
    among_n = np.logical_or.reduce(list(kept.values()))
    level = 1.0 - (1.0 - said.system.level) / len(kept)
    found: dict[str, tuple[float, Interval]] = {
        name: difference_over_subjects(
            event_n[among_n], part_n[among_n], said.subject_n[among_n], level, DIFFERENCE
        )
        for name, part_n in kept.items()
    }
    shares = [
        f"{name[:MAX_NAME]} {percent(float(event_n[part_n].mean()))}{(beside or {}).get(name, '')}"
        for name, part_n in kept.items()
    ]
    most = max(found, key=lambda name: abs(found[name][0]))
    value, interval = found[most]
    more = f", and {len(shares) - NAMED} more" if len(shares) > NAMED else ""
    text = f"{what.capitalize()}: {', '.join(shares[:NAMED])}{more}"
    finding = partial(
        said.finding,
        about,
        value=value,
        interval=(interval.lo, interval.hi),
        method=interval.method,
        threshold=UNEVEN,
    )
    bounds = [of.bounds for _, of in found.values()]
    if any(each is not None and (each[0] > UNEVEN or each[1] < -UNEVEN) for each in bounds):
        remedy = "Remedy: ask for what is missing again; what is refused is part of the result of the group."
        return finding(checked(True, f"{text}: not as often everywhere. {remedy}"))
    if all(each is not None and each[0] >= -UNEVEN and each[1] <= UNEVEN for each in bounds):
        return finding(checked(False, f"{text}."))
    return finding(checked(None, f"{text}; with these people the difference may be chance."))
