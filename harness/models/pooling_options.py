"""How the answers to the frames of a film become one answer: part of the system under test, and of the plan."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from harness.plain_numbers import PlainNumbers
from harness.resources import Configured


class PoolingOptions(PlainNumbers):
    """The options.

    Attributes:
        pooling: ``mean`` of the scores of all frames in which the system has an answer; ``vote``, the share of
            these frames for each label, a tie decided by the mean of the scores; ``top_k``, the mean of the frames
            that it is surest of.
        top_k: how many frames that is, by their highest score; of equals the earlier.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pooling: Literal["mean", "vote", "top_k"] = Field(default_factory=Configured("video.pooling"))
    top_k: int = Field(default_factory=Configured("video.top_k"), ge=1, le=1024)
