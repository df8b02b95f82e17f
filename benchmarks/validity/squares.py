"""How are squared calibration errors to be compared with a tolerance on the errors? Several ways, simulated.

Groups of people whose calibration errors are known (`calibrated.py`) are compared by `harness.statistics.max_t`:

- squares: their differences, with the square of the tolerance, as was done before;
- scaled: the same bounds divided by the sum of the roots, whose own interval is at the same critical value;
- signed roots: differences of ±√|square|;
- roots: as `harness.measurement.compared_scale` does: a negative square counts as zero.

    OMP_NUM_THREADS=1 python benchmarks/validity/squares.py [--studies 300] > table.md

Prints in percent of studies: false alarms (the interval of two groups with the same error excludes zero), all
intervals hold, wrong verdicts (``met`` though the errors differ by the tolerance or more, ``not_met`` though by no
more), and the right ones.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from calibrated import calibration_tally, clips_of, metric_of

from harness.measurement.compared_scale import on_compared_scale
from harness.measurement.flattened import flattened_statistics
from harness.statistics.contrasts import Contrasts
from harness.statistics.design import Design
from harness.statistics.max_t import contrasts_of
from harness.statistics.relabelling import AmongSubjects
from harness.statistics.sides import Additive, Rows

Floats = npt.NDArray[np.float64]
LEVEL, DRAWS, TOLERANCE, ROUNDING = 0.95, 299, 0.05, 1e-9
CELLS = [
    ("equal", 0.1, (0.0,) * 6, 10),
    ("equal", 0.1, (0.0,) * 6, 30),
    ("15 and 100", 0.1, (0.0,) * 6, 30),
    ("15 and 100", 0.1, (0.0,) * 6, 100),
    ("15 and 100", 0.02, (0.0,) * 2, 30),
    ("15 and 100", 0.02, (0.0,) * 2, 100),
    ("15 and 100", 0.3, (0.0,) * 2, 100),
    ("equal", 0.1, (0.0,) * 2, 100),
    ("equal", 0.05, (0.0,) * 2, 200),
    ("equal", 0.1, (0.0, 0.05), 30),
    ("geometric", 0.05, (0.0, 0.05), 100),
    ("15 and 100", 0.1, (0.0, 0.0, 0.0, 0.05), 30),
    ("equal", 0.1, (0.0, 0.1), 30),
    ("geometric", 0.05, (0.0, 0.1), 100),
    ("15 and 100", 0.1, (0.0, 0.0, 0.0, 0.1), 30),
    ("equal", 0.1, (0.0, 0.15), 30),
    ("geometric", 0.1, (0.08, 0.08), 30),
    ("equal", 0.05, (0.08, 0.08), 200),
    ("geometric", 0.1, (0.2, 0.2), 30),
    ("equal", 0.05, (0.2, 0.2), 200),
    ("equal", 0.05, (0.2, 0.22), 200),
    ("equal", 0.05, (0.2, 0.25), 200),
    ("equal", 0.05, (0.1, 0.15), 200),
    ("equal", 0.05, (0.2, 0.3), 200),
]
"""Clips per subject, intra-class correlation, the error of each group, subjects per group."""
COLUMNS = ("false alarms", "all hold", "`met`, wrongly", "`not_met`, wrongly", "`met`", "`not_met`")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=300)
    studies = parser.parse_args().studies
    print(f"| clips | ICC | errors | subjects each | compared | {' | '.join(COLUMNS)} |")
    print(f"|{'---|' * (5 + len(COLUMNS))}")
    for cell in CELLS:
        for way, shares in simulate(cell, studies).items():
            clips, icc, errors, subjects = cell
            shown = " | ".join("" if np.isnan(share) else f"{100 * share:.1f}" for share in shares)
            print(f"| {clips} | {icc:g} | {_in_words(errors)} | {subjects} | {way} | {shown} |", flush=True)


def simulate(cell: tuple[str, float, tuple[float, ...], int], studies: int) -> dict[str, Floats]:
    """Per way, the shares of studies in the order of `COLUMNS`; NaN where it cannot happen."""
    found: dict[str, list[list[float]]] = {}
    truth_K = design(len(cell[2])).weights @ np.array(cell[2])
    squares_K = design(len(cell[2])).weights @ np.array(cell[2]) ** 2
    for study in range(studies):
        for way, (lo_K, hi_K) in bounds(cell, study).items():
            of_squares = way == "squares"
            shares = outcomes(
                lo_K,
                hi_K,
                squares_K if of_squares else truth_K,
                TOLERANCE**2 if of_squares else TOLERANCE,
                truth_K,
            )
            found.setdefault(way, []).append(shares)
    return {way: np.array(shares).mean(0) for way, shares in found.items()}


def bounds(cell: tuple[str, float, tuple[float, ...], int], study: int) -> dict[str, tuple[Floats, Floats]]:
    """The bounds of all differences in one study, per way."""
    clips, icc, errors, subjects = cell
    rng = np.random.default_rng(np.random.SeedSequence([study, zlib.crc32(repr(cell).encode())]))
    label_R = np.repeat(np.arange(len(errors)), subjects)
    clips_R = clips_of(clips, 50, len(label_R), rng)
    tally = calibration_tally(rng, clips_R, icc, np.array(errors)[label_R])
    square = metric_of(tally, "calibration_error_sq")
    ways = {
        "squares": flattened_statistics(tally, square),
        "signed roots": _signed_root(flattened_statistics(tally, square)),
        "roots": flattened_statistics(tally, on_compared_scale(square)),
    }
    rows = Rows(np.arange(len(label_R)), label_R, len(label_R), len(errors), clips_R.astype(np.float64))
    compared = contrasts_of(
        list(ways.values()),
        rows,
        design(len(errors)),
        AmongSubjects(rows.subject, rows.label),
        draws=DRAWS,
        seed=study,
        always_permute=True,
    )
    given = {way: contrasts.bounds(LEVEL) for way, contrasts in zip(ways, compared, strict=True)}
    return {**given, "scaled": scaled(compared[0], len(errors))}


def scaled(squares: Contrasts, num_groups: int) -> tuple[Floats, Floats]:
    """Bounds on a - b from those on a² - b² and on a + b, of which |a - b| is never more."""
    lo_K, hi_K = squares.bounds(LEVEL)
    first_K, second_K = np.triu_indices(num_groups, 1)
    reach_K = squares.critical(LEVEL)
    ends = [
        sum(
            np.sqrt(np.maximum(squares.sides[sides] + sign * reach_K * squares.side_errors[sides], 0.0))
            for sides in (first_K, second_K)
        )
        for sign in (-1, 1)
    ]
    least_K, most_K = (np.maximum(end, 1e-9) for end in ends)

    def divided(bound_K: Floats, towards_zero: npt.NDArray[np.bool_]) -> Floats:
        away_K = np.maximum(np.maximum(least_K, np.sqrt(np.abs(bound_K))), 1e-9)
        return bound_K / np.where(towards_zero, most_K, away_K)

    return divided(lo_K, lo_K > 0), divided(hi_K, hi_K < 0)


def outcomes(lo_K: Floats, hi_K: Floats, truth_K: Floats, tolerance: float, error_K: Floats) -> list[float]:
    """What happened in one study, in the order of `COLUMNS`."""
    beyond_K = (lo_K > 0) | (hi_K < 0)
    met_K, not_met_K = (lo_K >= -tolerance) & (hi_K <= tolerance), (lo_K > tolerance) | (hi_K < -tolerance)
    alike_K = error_K == 0
    allowed_K, forbidden_K = (
        np.abs(error_K) <= TOLERANCE + ROUNDING,
        np.abs(error_K) >= TOLERANCE - ROUNDING,
    )
    return [
        _share((beyond_K & alike_K).any(), alike_K),
        float(((lo_K <= truth_K + ROUNDING) & (truth_K - ROUNDING <= hi_K)).all()),
        _share((met_K & forbidden_K).any(), forbidden_K),
        _share((not_met_K & allowed_K).any(), allowed_K),
        _share(met_K[~forbidden_K].mean() if (~forbidden_K).any() else 0.0, ~forbidden_K),
        _share(not_met_K[~allowed_K].mean() if (~allowed_K).any() else 0.0, ~allowed_K),
    ]


def design(num_groups: int) -> Design:
    """All pairs of groups."""
    first, second = np.triu_indices(num_groups, 1)
    return Design(np.eye(num_groups, dtype=bool), np.eye(num_groups)[first] - np.eye(num_groups)[second])


def _share(happened: float, possible_K: npt.NDArray[np.bool_]) -> float:
    return float(happened) if possible_K.any() else float("nan")


def _signed_root(square: Additive) -> Additive:
    def derivative(sums_k: Floats) -> Floats:
        size = np.maximum(np.abs(square.value(sums_k)), 1e-12)
        return square.derived(sums_k) / (2 * np.sqrt(size))[..., None]

    def value(sums_k: Floats) -> Floats:
        found = square.value(sums_k)
        return np.sign(found) * np.sqrt(np.abs(found))

    return replace(square, value=value, derivative=derivative, within=None)


def _in_words(errors: tuple[float, ...]) -> str:
    kinds: Iterator[float] = iter(dict.fromkeys(errors))
    return ", ".join(f"{errors.count(kind)} of {kind:g}" for kind in kinds)


if __name__ == "__main__":
    main()
