"""What the probes start from: a system, and what it answered in the study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.datasets.reader import Reader, ReaderOptions
from harness.inference.collected import Collected
from harness.models.model import MediaModel


@dataclass(frozen=True)
class Answered:
    """A system and its answers in the study.

    Attributes:
        model: the system under test.
        reader: loads a sample, in workers.
        samples: all samples of the study.
        own: what it answered to the samples as they are.
    """

    model: MediaModel[Any]
    reader: Reader[ReaderOptions]
    samples: pa.Table
    own: Collected
