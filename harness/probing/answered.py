"""What the probes start from: a system, and what it answered in the study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from harness.datasets.reader import Reader, ReaderOptions
from harness.inference.collected import Collected
from harness.inference.preparation import Prepared
from harness.models.model import MediaModel
from harness.probing.kept_open import KeptOpen


@dataclass(frozen=True)
class Answered:
    """A system and its answers in the study.

    Attributes:
        model: the system under test.
        reader: loads a sample, in workers.
        samples: all samples of the study.
        own: what it answered to the samples as they are.
        made: what was made of samples while they were open: name → sample id → an array, or why there is none.
            What is not there is made of the file.
        kept_open: keeps the system open from one probe to the next; without it, each probe opens it.
    """

    model: MediaModel[Any]
    reader: Reader[ReaderOptions]
    samples: pa.Table
    own: Collected
    made: Mapping[str, Mapping[str, Prepared]] = field(default_factory=dict)
    kept_open: KeptOpen | None = None
