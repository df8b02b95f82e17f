"""What somebody demands of a pack's results, as YAML, and whether they meet it: for a vendor's automatic tests.

A requirement names rows of the results by their columns (``docs/results.md``), and what they must say. It is never
met by nothing: one that names no row fails, as a name may be misspelt, or a comparison no longer made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pyarrow as pa
from pydantic import BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from harness.cards.facts import validation_problems
from harness.errors import HarnessError
from harness.packs.lines import Line, Status, holds, left_open
from harness.packs.manifest import Manifest
from harness.packs.recomputed import CHECK
from harness.plain_numbers import PlainNumbers
from harness.plain_yaml import read_yaml
from harness.tables.schemas import RESULT_KINDS
from harness.verdicts.judge import VERDICTS, WORST_FIRST, Verdict
from harness.wording import listed, quantity

MAX_REQUIREMENTS = 200
_SHOWN = 3


def _in_a_list(given: object) -> object:
    """One value may stand without a list."""
    return given if given is None or isinstance(given, list) else [given]


_Name = Annotated[str, Field(min_length=1, max_length=300)]
Names = Annotated[list[_Name], BeforeValidator(_in_a_list), Field(min_length=1, max_length=100)]
_Verdicts = Annotated[list[Verdict], BeforeValidator(_in_a_list), Field(min_length=1, max_length=len(VERDICTS))]


class _Part(PlainNumbers):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Requirement(_Part):
    """Rows, and what they must say: a verdict, or an interval above ``min`` or below ``max``.

    A column that is left out may hold anything; of several values one has to fit.

    Attributes:
        metric: such as ``uar``; for checks their name.
        axis: such as ``sex``, ``sex*age``, or ``overall``.
        group: the name of a group.
        versus: the group that it is compared with.
        condition: such as ``clean``.
        kind: of the rows.
        accept: the verdicts that are accepted; those of differences between groups, where the kind is ``metric``.
        min: levels: the whole interval must be at least this.
        max: levels: the whole interval must be at most this.
    """

    metric: Names | None = None
    axis: Names | None = None
    group: Names | None = None
    versus: Names | None = None
    condition: Names | None = None
    kind: str = "metric"
    accept: _Verdicts = Field(default=[WORST_FIRST[-1]])
    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.kind not in RESULT_KINDS:
            raise ValueError(f"kind {self.kind!r:.50} is none of {', '.join(RESULT_KINDS)}")
        if self.is_of_levels and ("accept" in self.model_fields_set or self.versus is not None):
            raise ValueError("min and max are about levels, accept and versus about differences: make two of them")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is larger than max")
        return self

    @property
    def is_of_levels(self) -> bool:
        """Whether it is about values, not verdicts."""
        return self.min is not None or self.max is not None

    def __str__(self) -> str:
        columns = {name: getattr(self, name) for name in _COLUMNS}
        rows = ", ".join(f"{name} {' or '.join(values)}" for name, values in columns.items() if values)
        bounds = [
            f"{name} {value:g}" for name, value in (("min", self.min), ("max", self.max)) if value is not None
        ]
        demand = " and ".join(bounds) or " or ".join(self.accept)
        kind = "" if self.kind == "metric" else f"{self.kind} "
        return f"{kind}{rows or 'every row'}: {demand}"


_COLUMNS = ("metric", "axis", "group", "versus", "condition")


class CheckDemands(_Part):
    """Which checks on the test itself must not have failed."""

    must_not_fail: Literal["all"] | Names


class Policy(_Part):
    """The contents of a policy: at least one demand."""

    require: list[Requirement] = Field(default=[], max_length=MAX_REQUIREMENTS)
    checks: CheckDemands | None = None

    @model_validator(mode="after")
    def _demands_something(self) -> Self:
        if not self.require and self.checks is None:
            raise ValueError("it demands nothing: state require or checks")
        return self


def read_policy(path: Path) -> Policy:
    """The policy of a file.

    Raises:
        HarnessError: it is absent or malformed.
    """
    try:
        return Policy.model_validate(read_yaml(path))
    except ValidationError as error:
        raise HarnessError(f"{path}: {validation_problems(error)}") from None
    except OSError as error:
        raise HarnessError(f"{path}: the policy cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise HarnessError(f"{path}: not a policy ({error}).") from None


def policy_lines(policy: Policy, results: pa.Table, manifest: Manifest) -> Iterator[Line]:
    """Whether results meet each demand, one line for each.

    Args:
        policy: of whoever demands it.
        results: of a pack that was verified.
        manifest: of the pack.
    """
    system = manifest.system.name
    rows = [row for row in results.to_pylist() if row["model"] == system and row["versus_model"] is None]
    for requirement in policy.require:
        of = [row for row in rows if _is_meant(row, requirement)]
        failing = [row for row in of if not _is_met(row, requirement)]
        yield _line(str(requirement), of, failing)
    if policy.checks is not None:
        checks = [row for row in rows if row["kind"] == CHECK]
        yield from _check_lines(policy.checks, checks, manifest.withheld)


def _is_meant(row: Mapping[str, Any], requirement: Requirement) -> bool:
    if row["kind"] != requirement.kind or row["versus_condition"] is not None:
        return False
    if requirement.is_of_levels:
        right = row["statistic"] == "level"
    else:
        right = row["statistic"] == "difference" if requirement.kind == "metric" else row["verdict"] is not None
    wanted = {name: getattr(requirement, name) for name in _COLUMNS}
    return right and all(values is None or row[name] in values for name, values in wanted.items())


def _is_met(row: Mapping[str, Any], requirement: Requirement) -> bool:
    if not requirement.is_of_levels:
        return row["verdict"] in requirement.accept
    least, most = requirement.min, requirement.max
    above = least is None or (row["lo"] is not None and row["lo"] >= least)
    return above and (most is None or (row["hi"] is not None and row["hi"] <= most))


def _check_lines(
    demanded: CheckDemands, rows: Sequence[Mapping[str, Any]], withheld: Sequence[str]
) -> Iterator[Line]:
    there = dict.fromkeys(row["metric"] for row in rows)
    names = list(there) if demanded.must_not_fail == "all" else demanded.must_not_fail
    of = [row for row in rows if row["metric"] in names]
    if absent := [name for name in names if name not in there]:
        yield Line(Status.BROKEN, f"checks: {listed(absent)} not among those of the pack")
    failing = [row for row in of if row["verdict"] == "not_met"]
    which = "none" if demanded.must_not_fail == "all" else f"none of {listed(names)}"
    yield _line(f"checks: {which} failed", of, failing)
    if unseen := [name for name in names if name in withheld]:
        yield left_open(
            f"checks: {listed(unseen)}: by the word of whoever made the pack, as it lacks what they need"
        )


def _line(demand: str, rows: Sequence[Mapping[str, Any]], failing: Sequence[Mapping[str, Any]]) -> Line:
    if not rows:
        return Line(Status.BROKEN, f"{demand}: no row of the results is meant, so that nothing shows it")
    if not failing:
        return holds(f"{demand}: {quantity(len(rows), 'row')}")
    shown = "; ".join(_in_words(row) for row in failing[:_SHOWN])
    more = f"; and {len(failing) - _SHOWN:,} more" if len(failing) > _SHOWN else ""
    return Line(Status.BROKEN, f"{demand}: not in {len(failing):,} of {quantity(len(rows), 'row')}: {shown}{more}")


def _in_words(row: Mapping[str, Any]) -> str:
    sides = " / ".join(row[name] for name in ("group", "versus") if row[name])
    where = f"{row['metric']}, {row['axis']}: {sides} ({row['condition']})"
    if row["lo"] is not None and row["statistic"] == "level":
        return f"{where} is {row['value']:.3f} [{row['lo']:.3f}, {row['hi']:.3f}]"
    return f"{where} is {row['verdict'] or 'without an interval'}"
