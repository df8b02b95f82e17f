"""What every condition does, and how a reader's media come under one, in the worker.

A condition is named by its family (``face/grey``), and where it comes in several strengths by family and severity
(``voice/gain@2``). Severities are whole numbers from 1, as in the corruption benchmarks (Hendrycks & Dietterich
2019, arXiv:1903.12261); what each stands for, the family says.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

import numpy as np

from harness.cards.modality import Modality
from harness.conditions.given_files import GivenFiles, NeededFiles
from harness.errors import HarnessError
from harness.signals.media import Media
from harness.tables.schemas import CLEAN


class LabelPreserving(StrEnum):
    """Whether a changed sample shows what the sample itself shows.

    People themselves give other labels under several common corruptions (Sun et al. 2021, arXiv:2104.08806), so a
    system that answers otherwise is not always wrong.
    """

    SHOWN = "shown"
    """People were asked about changed media; `Condition.source` says who."""

    ASSUMED = "assumed"
    """There is a reason to think so, and no study of people."""

    UNKNOWN = "unknown"


Load = Callable[[Mapping[str, Any]], Any]
"""A row of the samples → its media."""


class Condition(ABC):
    """One change to the media of a sample. Picklable: it is applied in worker processes.

    Args:
        family: the name in the registry.
        severity: how strong the change is; None where the family knows one strength.
        given: the user's files, where the family needs some.

    Raises:
        HarnessError: the family has no such severity.
    """

    modalities: ClassVar[frozenset[Modality]]
    """Samples that hold what is changed."""

    severities: ClassVar[Mapping[int, str]] = {}
    """Severity → what it stands for; empty where the family knows one strength."""

    graded: ClassVar[bool] = True
    """Whether a higher severity is a stronger change, so that a curve over severities and its area mean something.
    Otherwise the numbers are kinds or targets."""

    label_preserving: ClassVar[LabelPreserving] = LabelPreserving.UNKNOWN
    """Whether people still give the same label."""

    source: ClassVar[str] = ""
    """Where the change and what is said of its labels come from: a publication, a standard."""

    files: ClassVar[NeededFiles | None] = None
    """What the user has to give: ``condition_files={family: PATH}``."""

    def __init__(self, family: str, severity: int | None = None, given: GivenFiles | None = None) -> None:
        if severity not in (tuple(self.severities) or (None,)):
            known = ", ".join(f"{family}@{number} ({meaning})" for number, meaning in self.severities.items())
            advice = f"choose {known}" if known else "it has no severities; leave out @"
            raise HarnessError(f"condition {family}: {advice}.")
        self.family = family
        self.severity = severity
        self.given = given

    @property
    def name(self) -> str:
        """The value of the `condition` column."""
        return self.family if self.severity is None else f"{self.family}@{self.severity}"

    def plain(self) -> dict[str, Any]:
        """The entry of the plan: plain JSON values. It has ``graded`` where severities are no strengths."""
        return {
            "name": self.name,
            "severity": self.severity,
            "meaning": None if self.severity is None else self.severities[self.severity],
            "label_preserving": self.label_preserving.value,
            "source": self.source,
            **({} if self.given is None else {"files": {self.family: self.given.plain()}}),
            **({} if self.graded else {"graded": False}),
        }

    @abstractmethod
    def apply(self, media: Media, rng: np.random.Generator) -> Media:
        """The same media with the change; of the same kind, and the given arrays are left as they are.

        Args:
            media: of one of `modalities`.
            rng: of this sample. It is the same in every run and for every severity, so that a stronger change is
                the same change, only stronger.

        Raises:
            Unscored: this sample cannot be changed (``not_applicable``), which says nothing about the system: the
                sample is left out where the condition is compared with `clean`.
        """


def under(condition: Condition, load: Load, seed: int) -> Load:
    """A load that gives the media as they are under a condition."""
    return load if condition.name == CLEAN else _Changed(condition, load, seed)


@dataclass(frozen=True)
class _Changed:
    """Picklable, for workers."""

    condition: Condition
    load: Load
    seed: int

    def __call__(self, sample: Mapping[str, Any]) -> Media:
        drawn_from = f"{self.seed}\0{self.condition.family}\0{sample['sample_id']}"
        digest = hashlib.sha256(drawn_from.encode()).digest()
        rng = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16])))
        return self.condition.apply(self.load(sample), rng)
