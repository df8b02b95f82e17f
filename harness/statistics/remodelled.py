"""How much of a score its documented variables explain, tested on people whom the model has not seen.

Shapes: n moments, P variables, S people.
"""

from __future__ import annotations

import math

import numpy as np

from harness.arrays import Floats, Ints
from harness.statistics.intervals import Interval, Range, no_interval
from harness.statistics.subject_means import ratio_over_subjects

_RIDGE = 1e-8
"""Keeps the equations solvable where variables follow from each other."""


def explained_variance(
    outcome_n: Floats, variable_nP: Floats, subject_n: Ints, level: float
) -> tuple[float, Interval]:
    """R² of a linear model of the variables, each person predicted by a model of the others.

    It is 1 less the squared errors by the squared deviations from the others' mean: below 0 where the variables
    predict worse than that mean.

    Args:
        outcome_n: finite.
        variable_nP: finite.
        subject_n: whose moment it is, any codes; at least three people.
        level: of the interval over people.
    """
    _, code_n = np.unique(subject_n, return_inverse=True)
    num_subjects = int(code_n.max()) + 1
    if num_subjects < 3:
        return math.nan, no_interval(f"{num_subjects} subjects: nobody to leave out")
    if np.ptp(outcome_n) == 0:
        return math.nan, no_interval("the score never varies")
    scale_P = variable_nP.std(axis=0)
    varying = scale_P > 0
    scaled_nP = (variable_nP[:, varying] - variable_nP[:, varying].mean(axis=0)) / scale_P[varying]
    design_nQ = np.column_stack([np.ones(len(outcome_n)), scaled_nP])
    error_n, deviation_n = np.empty(len(outcome_n)), np.empty(len(outcome_n))
    products_QQ, sums_Q = design_nQ.T @ design_nQ, design_nQ.T @ outcome_n
    for person in range(num_subjects):
        own = code_n == person
        own_nQ, own_n = design_nQ[own], outcome_n[own]
        others_QQ = products_QQ - own_nQ.T @ own_nQ + _RIDGE * np.eye(len(sums_Q))
        coefficient_Q = np.linalg.solve(others_QQ, sums_Q - own_nQ.T @ own_n)
        error_n[own] = own_n - own_nQ @ coefficient_Q
        deviation_n[own] = own_n - (sums_Q[0] - own_n.sum()) / (len(outcome_n) - own.sum())
    left, interval = ratio_over_subjects(error_n**2, deviation_n**2, subject_n, level, Range(0.0, math.inf))
    if interval.lo is None or interval.hi is None:
        return 1 - left, interval
    return 1 - left, Interval(1 - interval.hi, 1 - interval.lo, interval.method)
