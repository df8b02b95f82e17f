"""What the audit without labels can be told."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from harness.files import UserPath
from harness.metrics.assignment import NEGATIVE
from harness.plain_numbers import PlainNumbers
from harness.practice_tests.practice_interface import OptionsOfStudies


class AuditLimits(PlainNumbers):
    """How far a group may be from everybody else. Each is a choice, and stands beside its verdict."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    coverage: float = Field(default=0.05, gt=0, le=1, description="share of samples that get an answer")
    negative: float = Field(default=0.1, gt=0, le=1, description="share of answers that are negative emotions")
    confidence: float = Field(default=0.05, gt=0, le=1, description="mean highest score of an answer")


class AuditOptions(OptionsOfStudies):
    """What is tested, on whom, and what is asked of it."""

    model: str = Field(description="the system, a name of `harness list models`")
    model_options: dict[str, Any] = Field(default={}, description="its options")
    dataset: str = Field(default="table", description="people with attributes, a name of `harness list datasets`")
    root: UserPath | None = Field(default=None, description="their folder")
    dataset_options: dict[str, Any] = Field(default={}, description="options of the reader")
    study: dict[str, Any] = Field(
        default={}, description="further choices of the study as in `harness run`, such as study.limit=100"
    )
    axes: tuple[str, ...] = Field(
        default=(), description="attributes and intersections such as sex*age; empty: every attribute"
    )
    negative: tuple[str, ...] = Field(default=NEGATIVE, description="the emotions that count as negative")
    limits: AuditLimits = Field(default=AuditLimits(), description="what is asked of the system")
    min_subjects: int = Field(default=5, ge=2, description="people that a group and the others need")
