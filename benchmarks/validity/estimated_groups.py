"""How large is a gap between estimated groups, how large when it is corrected, and does its interval hold?

Two groups of people are answered right with 70 and 50 %, a gap of 0.2, more often for some than for others (beta
distributions, intra-class correlation 0.1), 20 clips each. Each clip is estimated to be of the other group with
some probability; the groups of half of the people are annotated, too, or the errors are known from 60 other people
of each group, one clip each. `mixed people`: the estimate is wrong about a person, in all clips. `where it fails`:
it is wrong three times as often about clips that the system answers wrong, against what the method assumes.

    OMP_NUM_THREADS=1 python benchmarks/validity/estimated_groups.py   (prints the table of estimated_groups.md)
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from printed_table import percent, print_head, print_row

from harness.metrics.tally import Functions, ratio
from harness.statistics.corrected_groups import (
    Inverses,
    corrected_groups,
    inverses_of_others,
    inverses_of_own,
    percentile_bounds,
)

Floats = npt.NDArray[np.float64]

RATES, ICC, CLIPS, OTHERS = (0.7, 0.5), 0.1, 20, 60
SHARE = Functions([lambda sums_F: ratio(sums_F[..., 1], sums_F[..., 0])])
SIZE = Functions([lambda sums_F: sums_F[..., 0]])


@dataclass(frozen=True)
class Kind:
    """A kind of study.

    Attributes:
        subjects: S.
        error: how often the estimate is wrong.
        of_people: about a person, in all clips.
        differential: more often about clips that are answered wrong.
        own: whether half of the people are annotated; else other people say how the estimate errs.
        gap: whether the groups differ.
    """

    subjects: int
    error: float
    of_people: bool = False
    differential: bool = False
    own: bool = True
    gap: bool = True

    def words(self) -> list[str]:
        """Its columns."""
        source = "half of the people" if self.own else f"{OTHERS} others of each"
        how = ", mixed people" if self.of_people else ", where it fails" if self.differential else ""
        errors = f"{100 * self.error:.0f} %{how}"
        return [str(self.subjects), errors, source, "0.2" if self.gap else "0"]


KINDS = [
    *(
        Kind(subjects, error, own=own)
        for subjects in (20, 60, 120)
        for error in (0.1, 0.3)
        for own in (True, False)
    ),
    *(Kind(subjects, error, of_people=True) for subjects in (60, 120) for error in (0.1, 0.3)),
    *(Kind(60, error, differential=True) for error in (0.1, 0.3)),
    *(Kind(subjects, error, gap=False) for subjects in (20, 60) for error in (0.1, 0.3)),
]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=300)
    runs = parser.parse_args().runs
    start = time.process_time()
    print_head(
        [
            "people",
            "errors",
            "known from",
            "true gap",
            "as estimated",
            "corrected",
            "holds",
            "width",
            "not corrected",
        ]
    )
    for kind in KINDS:
        rng = np.random.default_rng(np.random.SeedSequence([*str(kind).encode()]))
        studies = [_study(kind, rng, seed) for seed in range(runs)]
        found = [one for one in studies if one is not None]
        seen, corrected, lo, hi = (np.array([one[column] for one in found]) for column in range(4))
        truth = RATES[0] - RATES[1] if kind.gap else 0.0
        figures = [f"{np.mean(seen):.3f}", f"{np.median(corrected):.3f}"]
        holds = int(((lo <= truth) & (truth <= hi)).sum())
        width = f"{np.median(hi - lo):.2f}"
        print_row([*kind.words(), *figures, percent(holds, len(found)), width, percent(runs - len(found), runs)])
    print(f"\n{runs} studies of each kind, {(time.process_time() - start) / 60:.0f} minutes of one processor.")


def _study(kind: Kind, rng: np.random.Generator, seed: int) -> tuple[float, float, float, float] | None:
    """The gap as estimated and corrected, and the bounds of its interval; None if it is not corrected."""
    num, spread = kind.subjects, (1 - ICC) / ICC
    true_S = np.arange(num) % 2
    rate_S = np.array(RATES if kind.gap else (RATES[0], RATES[0]))[true_S]
    own_S = rng.beta(rate_S * spread, (1 - rate_S) * spread)
    drawn = rng.random((num, 1)) if kind.of_people else rng.random((num, CLIPS))
    right_SN = rng.random((num, CLIPS)) < own_S[:, None]
    error_SN = kind.error * (np.where(right_SN, 0.5, 1.5) if kind.differential else np.ones((1, CLIPS)))
    estimated_SN = np.where(drawn < error_SN, 1 - true_S[:, None], true_S[:, None])
    in_group_SGN = estimated_SN[:, None] == np.arange(2)[:, None]
    sums_P2 = np.stack([in_group_SGN.sum(2), (in_group_SGN & right_SN[:, None]).sum(2)], axis=2).reshape(-1, 2)
    group_P = np.tile([0, 1], num)
    inverses = _inverses(kind, true_S, in_group_SGN.sum(2), rng, seed)
    if not inverses.is_usable:
        return None
    found = corrected_groups(
        sums_P2.astype(np.float64),
        np.repeat(np.arange(num), 2),
        group_P,
        num_subjects=num,
        inverses=inverses,
        metrics=SHARE,
        sizes=SIZE,
        seed=seed,
    )
    value_G, drawn_BG = found.value[0].clip(0, 1), found.drawn[0].clip(0, 1)
    people_1 = np.array([(in_group_SGN.any(2)).sum(0).min()])
    lo, hi = percentile_bounds((drawn_BG[:, 0] - drawn_BG[:, 1])[:, None], np.maximum(people_1, 2), level=0.95)
    if not np.isfinite([value_G[0] - value_G[1], lo[0], hi[0]]).all():
        return None
    rates = [sums_P2[group_P == group, 1].sum() / sums_P2[group_P == group, 0].sum() for group in (0, 1)]
    return float(rates[0] - rates[1]), float(value_G[0] - value_G[1]), float(lo[0]), float(hi[0])


def _inverses(
    kind: Kind, true_S: npt.NDArray[np.int64], seen_SG: npt.NDArray[np.int64], rng: np.random.Generator, seed: int
) -> Inverses:
    if not kind.own:
        wrong = rng.binomial(OTHERS, kind.error, 2)
        return inverses_of_others(
            np.array([[OTHERS - wrong[0], wrong[0]], [wrong[1], OTHERS - wrong[1]]]), 2000, seed
        )
    counts_SGG: Floats = np.zeros((kind.subjects, 2, 2))
    counts_SGG[np.arange(kind.subjects), true_S] = seen_SG
    return inverses_of_own(counts_SGG * (rng.permutation(kind.subjects) % 2)[:, None, None], 2000, seed)


if __name__ == "__main__":
    main()
