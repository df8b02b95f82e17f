"""Which share of the samples the parts of a combined system do not answer, over all samples and per group.

It follows from the choices of a plan, like the power of its comparisons: ``plan["missing_answers"]``.

Shapes: M parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class GroupShares:
    """The samples of one group.

    Attributes:
        axis: the attribute; None over all samples.
        group: its name; None over all samples.
        num_samples: in it.
        by_part: the share that each part does not answer ``[M]``.
        any_part: the share that at least one part does not answer.
    """

    axis: str | None
    group: str | None
    num_samples: Annotated[int, Field(ge=0)]
    by_part: tuple[Share, ...]
    any_part: Share


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class MissingAnswers:
    """The parts of a combined system, and what they lack.

    Attributes:
        parts: their names ``[M]``.
        groups: all samples first, then groups of enough people.
    """

    parts: tuple[str, ...]
    groups: tuple[GroupShares, ...]

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> MissingAnswers | None:
        """Read them back from a plan; None where the system has no parts.

        Raises:
            TypeError, ValueError: the section is malformed.
        """
        section = plan.get("missing_answers")
        if section is None:
            return None
        found = cls(**section)
        if any(len(group.by_part) != len(found.parts) for group in found.groups):
            raise ValueError("missing_answers: one share for each part is expected")
        return found

    def plain(self) -> dict[str, Any]:
        """The section of the plan."""
        return asdict(self)
