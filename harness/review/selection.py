"""Which cases a system selects: those of which it answers certain labels, or that score high enough.

Shapes: N samples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools
from harness.errors import HarnessError
from harness.wording import listed

_RULE = re.compile(r"(?P<label>.+?)\s*>=\s*(?P<least>0|1|[01]?\.[0-9]+)", re.DOTALL)


@dataclass(frozen=True)
class Rule:
    """One way to be selected.

    Attributes:
        label: what the case is selected for.
        least: the score from which on it is; None: if the label is the system's answer.
    """

    label: str
    least: float | None = None

    def __str__(self) -> str:
        return self.label if self.least is None else f"{self.label} >= {self.least:g}"


def read_rules(texts: Sequence[str], labels: Sequence[str], *, scored: bool) -> tuple[Rule, ...]:
    """The rules that a user states, such as ``anger`` or ``stress>=0.7``.

    Args:
        texts: at least one; each is a label of the system, or a label with a score.
        labels: of the system.
        scored: whether it gives scores.

    Raises:
        HarnessError: the system does not know a label or gives no scores, every label is selected, or a label is
            stated twice.
    """
    rules = tuple(_rule(text, labels) for text in texts)
    named = {rule.label for rule in rules}
    if len(named) < len(rules):
        raise HarnessError("--select: a label is stated twice.")
    if not scored and any(rule.least is not None for rule in rules):
        raise HarnessError("--select: the system gives no scores. Name labels alone, such as --select anger.")
    if named == set(labels):
        raise HarnessError("--select names every label of the system, so that nobody could be missed.")
    return rules


def _rule(text: str, labels: Sequence[str]) -> Rule:
    if text in labels:
        return Rule(text)
    found = _RULE.fullmatch(text)
    if found is not None and found["label"] in labels:
        return Rule(found["label"], float(found["least"]))
    raise HarnessError(
        f"--select={text!r}: state a label of the system, or a label and the score from which on a case is "
        f"selected, such as '{labels[0]}>=0.7'. Its labels: {listed(labels, most=20)}."
    )


def is_selected(predictions: pa.Table, labels: Sequence[str], rules: Sequence[Rule]) -> Bools:
    """Which samples a rule selects, of shape ``[N]``; none of those without an answer.

    Args:
        predictions: of one system under one condition.
        labels: of the system, in the order of its scores.
        rules: at least one.
    """
    answers = [rule.label for rule in rules if rule.least is None]
    selected = pc.fill_null(pc.is_in(predictions["label"], value_set=pa.array(answers, pa.string())), False)
    selected_N: Bools = selected.to_numpy(zero_copy_only=False).astype(bool)
    least = {rule.label: rule.least for rule in rules if rule.least is not None}
    return selected_N | _scores_high(predictions, labels, least) if least else selected_N


def _scores_high(predictions: pa.Table, labels: Sequence[str], least: Mapping[str, float]) -> Bools:
    scores = predictions["scores"].combine_chunks()
    found_N = np.zeros(len(scores), dtype=bool)
    has_scores = pc.is_valid(scores).to_numpy(zero_copy_only=False)
    values = pc.list_flatten(scores).to_numpy(zero_copy_only=False).reshape(-1, len(labels))
    for label, least_score in least.items():
        found_N[has_scores] |= values[:, labels.index(label)] >= np.float32(least_score)
    return found_N
