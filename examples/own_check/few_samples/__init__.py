"""Few samples: are there subjects of whom hardly anything was measured?"""

from __future__ import annotations

import numpy as np

from harness.checks.checked_system import CheckedSystem
from harness.tables.results import Result
from harness.verdicts.judge import checked

FEWEST = 5


def few_samples(system: CheckedSystem) -> list[Result]:
    """Whether every subject has at least five samples; the figure is the number of subjects with fewer."""
    num_S = np.bincount(system.aligned.subject)
    num_few = int((num_S < FEWEST).sum())
    reason = f"Every subject has at least {FEWEST} samples."
    if num_few:
        reason = (
            f"{num_few} of {len(num_S)} subjects have fewer than {FEWEST} samples. Remedy: record more of them."
        )
    return [system.finding("few_samples", checked(num_few > 0, reason), value=float(num_few), threshold=0.0)]
