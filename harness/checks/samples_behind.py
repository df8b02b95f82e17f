"""Which samples a finding is about, for whoever wants to look at them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from harness.arrays import Bools
from harness.checks import (
    blind,
    collapsed,
    frozen,
    label_order,
    near_duplicates,
    negative_control,
    probabilities,
    proxy_leakage,
    recording_condition,
    single_answers,
    subject_leakage,
    support,
    swapped_labels,
)
from harness.checks.checked_system import CheckedSystem
from harness.tables.probe_tables import BLIND

_SamplesBehind = Callable[[CheckedSystem, Mapping[str, Any]], Bools]

_BY_CHECK: Mapping[str, _SamplesBehind] = {
    support.ACTED_ONLY: support.acted_samples,
    BLIND: blind.samples_behind,
    **{
        module.CHECK: module.samples_behind
        for module in (
            collapsed,
            frozen,
            label_order,
            near_duplicates,
            negative_control,
            probabilities,
            proxy_leakage,
            recording_condition,
            single_answers,
            subject_leakage,
            support,
            swapped_labels,
        )
    },
}


def knows_samples_behind(finding: Mapping[str, Any]) -> bool:
    """Whether a finding, a row of the results, is about a part of the samples that can be found again."""
    return finding["kind"] == "check" and finding["metric"] in _BY_CHECK and finding["verdict"] != "not_tested"


def samples_behind(system: CheckedSystem, finding: Mapping[str, Any]) -> Bools:
    """The samples that a finding is about: those at fault, or where there is no fault those that were looked at.

    They are found again from the stored tables, as the finding does not list them.

    Args:
        system: that was checked.
        finding: a row of the results, see `knows_samples_behind`.

    Returns:
        ``[N]``, in the order of the samples of ``system``; all where the tables do not tell any more, such as
        those of a pack, which has no fingerprints.
    """
    chosen_N = _BY_CHECK[finding["metric"]](system, finding)
    assert chosen_N.dtype == np.bool_
    return chosen_N if chosen_N.any() else np.ones_like(chosen_N)
