"""How large is a gap between estimated groups, how large when it is corrected, and does its interval hold?

Two groups of people are answered right with 70 and 50 %, a gap of 0.2, more often for some than for others (beta
distributions, intra-class correlation 0.1), 20 clips each. Each clip is estimated to be of the other group with
some probability; the groups of half of the people are annotated, too, or the errors are known from 60 other people
of each group, one clip each. `mixed people`: the estimate is wrong about a person, in all clips. `where it fails`:
it is wrong three times as often about clips that the system answers wrong, against what the method assumes. Of
three groups (70, 55 and 45 %) the first is compared with the rest; a wrong group is either of the others.

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

RATES = {2: (0.7, 0.5), 3: (0.7, 0.55, 0.45)}
ICC, CLIPS, OTHERS = 0.1, 20, 60
GAP = 0.2
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
        groups: how many; of three, the first is compared with the rest.
    """

    subjects: int
    error: float
    of_people: bool = False
    differential: bool = False
    own: bool = True
    gap: bool = True
    groups: int = 2

    def words(self) -> list[str]:
        """Its columns."""
        source = "half of the people" if self.own else f"{OTHERS} others of each"
        how = ", mixed people" if self.of_people else ", where it fails" if self.differential else ""
        errors = f"{100 * self.error:.0f} %{how}"
        return [f"{self.subjects} in {self.groups}", errors, source, f"{GAP:g}" if self.gap else "0"]


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
    *(
        Kind(subjects, error, own=own, groups=3)
        for subjects in (30, 60, 120)
        for error in (0.1, 0.3)
        for own in (True, False)
    ),
    *(Kind(60, error, gap=False, groups=3) for error in (0.1, 0.3)),
]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=300)
    runs = parser.parse_args().runs
    start = time.process_time()
    print_head(
        [
            "people in groups",
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
        truth = GAP if kind.gap else 0.0
        figures = [f"{np.mean(seen):.3f}", f"{np.median(corrected):.3f}"]
        holds = int(((lo <= truth) & (truth <= hi)).sum())
        width = f"{np.median(hi - lo):.2f}"
        print_row([*kind.words(), *figures, percent(holds, len(found)), width, percent(runs - len(found), runs)])
    print(f"\n{runs} studies of each kind, {(time.process_time() - start) / 60:.0f} minutes of one processor.")


def _study(kind: Kind, rng: np.random.Generator, seed: int) -> tuple[float, float, float, float] | None:
    """The gap as estimated and corrected, and the bounds of its interval; None if it is not corrected."""
    num, groups, spread = kind.subjects, kind.groups, (1 - ICC) / ICC
    true_S = np.arange(num) % groups
    rates = RATES[groups]
    rate_S = np.array(rates if kind.gap else (rates[0],) * groups)[true_S]
    own_S = rng.beta(rate_S * spread, (1 - rate_S) * spread)
    drawn = rng.random((num, 1)) if kind.of_people else rng.random((num, CLIPS))
    right_SN = rng.random((num, CLIPS)) < own_S[:, None]
    error_SN = kind.error * (np.where(right_SN, 0.5, 1.5) if kind.differential else np.ones((1, CLIPS)))
    further = 1 if groups == 2 else rng.integers(1, groups, drawn.shape)
    estimated_SN = np.where(drawn < error_SN, (true_S[:, None] + further) % groups, true_S[:, None])
    in_group_SGN = estimated_SN[:, None] == np.arange(groups)[:, None]
    sums_P2 = np.stack([in_group_SGN.sum(2), (in_group_SGN & right_SN[:, None]).sum(2)], axis=2).reshape(-1, 2)
    group_P = np.tile(np.arange(groups), num)
    first_UG = np.array([np.arange(groups) == 0, np.arange(groups) > 0])  # and the rest
    inverses = _inverses(kind, true_S, in_group_SGN.sum(2), rng, seed)
    if not inverses.is_usable:
        return None
    found = corrected_groups(
        sums_P2.astype(np.float64),
        np.repeat(np.arange(num), groups),
        group_P,
        sides_UG=first_UG,
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
    seen_U2 = [sums_P2[np.isin(group_P, np.flatnonzero(side_G))].sum(0) for side_G in first_UG]
    seen = seen_U2[0][1] / seen_U2[0][0] - seen_U2[1][1] / seen_U2[1][0]
    return float(seen), float(value_G[0] - value_G[1]), float(lo[0]), float(hi[0])


def _inverses(
    kind: Kind, true_S: npt.NDArray[np.int64], seen_SG: npt.NDArray[np.int64], rng: np.random.Generator, seed: int
) -> Inverses:
    if not kind.own:
        wrong_G = rng.binomial(OTHERS, kind.error, kind.groups)
        rows = [_row_of_others(kind.groups, group, int(wrong), rng) for group, wrong in enumerate(wrong_G)]
        return inverses_of_others(np.array(rows), 2000, seed)
    counts_SGG: Floats = np.zeros((kind.subjects, kind.groups, kind.groups))
    counts_SGG[np.arange(kind.subjects), true_S] = seen_SG
    return inverses_of_own(counts_SGG * (rng.permutation(kind.subjects) % 2)[:, None, None], 2000, seed)


def _row_of_others(groups: int, true: int, wrong: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Other people of one true group by estimated group."""
    row = np.zeros(groups, np.int64)
    row[true] = OTHERS - wrong
    row[np.arange(groups) != true] = [wrong] if groups == 2 else rng.multinomial(wrong, [0.5, 0.5])
    return row


if __name__ == "__main__":
    main()
