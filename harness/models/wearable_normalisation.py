"""Normalises features within each person, as far as a device could know its wearer.

Skin conductance differs more between people than between rest and stress. There are three methods:

- ``none``: features as measured; what a device can do with a person it has never seen.
- ``first_rest``: relative to the person's first rest, like a device that first asks its wearer to sit still. A
  window of that rest is compared with its *other* windows, so that no window is part of its own reference. The
  labels say which windows these are; a device would know because it made the request.
- ``recording``: relative to the whole recording. **Transductive**: it uses the person's later signals, including
  stress, before it answers for the first window, which makes results too good. It must be declared wherever it is
  used.

Under a condition the reference stays clean, as everything does but the sample itself: if the rest were changed as
well, a heart that beats faster throughout would look as it did before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.arrays import Floats
from harness.errors import HarnessError, Reason, Unscored
from harness.models.model import Vectors
from harness.signals.nan_statistics import nan_mean, nan_sd

Normalisation = Literal["none", "first_rest", "recording"]


def normalise(
    samples: pa.Table, vectors: Vectors, method: Normalisation, rest_label: str, clean: Vectors | None = None
) -> Vectors:
    """Standardise every scored row by the mean and standard deviation of its subject's reference.

    Rows without a reference fail (``no_signal``), because leaving them as they are would mix two scales. A feature
    that does not vary in the reference is only centred.

    Args:
        samples: the samples table; ``first_rest`` needs its `label` and `start_s`.
        vectors: the features.
        method: which reference.
        rest_label: the label of rest, in the dataset's own taxonomy.
        clean: the features of the same samples on clean media, which are the reference; None: the features.

    Raises:
        HarnessError: ``first_rest`` without start times, or no sample has the rest label.
    """
    if method == "none":
        return vectors
    order = _Order(samples, rest_label) if method == "first_rest" else None
    clean = vectors if clean is None else clean
    scored, known = (np.array([outcome == "scored" for outcome in of.outcome], bool) for of in (vectors, clean))
    subject = np.array(samples["subject_id"].to_pylist(), str)
    values = np.full(vectors.values.shape, np.nan)
    held = np.zeros(len(scored), bool)
    for name in np.unique(subject):
        rows, reference = (np.flatnonzero(those & (subject == name)) for those in (scored, known))
        if order:
            reference = np.intersect1d(order.first_rest(np.flatnonzero(subject == name)), reference)
        for row in rows:
            others = order.apart(row, reference) if order else reference
            if len(others) >= 2:
                values[row] = _standardise(vectors.values[row], clean.values[others])
                held[row] = True
    return _fail(replace(vectors, values=values), np.flatnonzero(scored & ~held), method)


class _Order:
    """The windows in chronological order."""

    def __init__(self, samples: pa.Table, rest_label: str) -> None:
        if samples["start_s"].null_count or samples["end_s"].null_count:
            raise HarnessError(
                "model.normalise=first_rest needs start_s and end_s of every sample: some are missing."
            )
        labels = samples["label"].to_pylist()
        if rest_label not in labels:
            known = ", ".join(sorted({label for label in labels if label is not None}))
            raise HarnessError(f"model.rest_label={rest_label!r}: no sample carries it. Labels found: {known}.")
        self._rest = np.array([label == rest_label for label in labels], bool)
        self._start_s = samples["start_s"].to_numpy()
        self._end_s = samples["end_s"].to_numpy()
        self._session = np.array([name or "" for name in samples["session_id"].to_pylist()], str)

    def first_rest(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """The first uninterrupted run of rest among one subject's rows."""
        in_time = rows[np.lexsort((self._start_s[rows], self._session[rows]))]
        rest = self._rest[in_time]
        if not rest.any():
            return in_time[:0]
        begin = int(rest.argmax())
        length = int((~rest[begin:]).argmax()) or len(rest) - begin
        return in_time[begin : begin + length]

    def apart(self, row: np.intp, others: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """The rows that do not overlap in time with the row."""
        elsewhere = self._session[others] != self._session[row]
        earlier = self._end_s[others] <= self._start_s[row]
        later = self._start_s[others] >= self._end_s[row]
        apart: npt.NDArray[np.intp] = others[elsewhere | earlier | later]
        return apart


def _standardise(values: Floats, reference: Floats) -> Floats:
    spread = nan_sd(reference.T)
    return (values - nan_mean(reference.T)) / np.where(spread > 0.0, spread, 1.0)


def _fail(vectors: Vectors, rows: npt.NDArray[np.intp], method: Normalisation) -> Vectors:
    unscored = Unscored(Reason.NO_SIGNAL, f"under two windows to normalise by ({method})")
    outcome, reason = list(vectors.outcome), list(vectors.reason)
    for row in rows:
        outcome[row], reason[row] = unscored.outcome, unscored.text
    return replace(vectors, outcome=outcome, reason=reason)
