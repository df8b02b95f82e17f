"""All tallies that can be made from the tables of one model.

Shapes: N samples, R rows. A row is a subject, or a subject within one combination of groups.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.arrays import Ints
from harness.measurement.counting_options import CountingOptions, counting_options
from harness.measurement.families import RegisteredFamily, families
from harness.measurement.samples_in_rows import SamplesInRows
from harness.metrics.tally import Tally
from harness.tables.alignment import Aligned


def tallies(
    aligned: Aligned,
    row_N: Ints,
    num_rows: int,
    *,
    options: CountingOptions | None = None,
    outside: Sequence[str] | None = None,
    clean: Aligned | None = None,
) -> list[Tally]:
    """Make every tally.

    Args:
        aligned: the samples and the answers of one model under one condition.
        row_N: the row of each sample, 0 … R - 1.
        num_rows: R; rows may be empty.
        options: what is fixed before counting; by default `counting_options` of ``aligned``. Tallies of parts of
            one table that share the same options can be combined with `harness.metrics.tally.merge`.
        outside: the metric families of other packages to include; by default all that are installed.
        clean: the same samples with the model's answers on clean media; None where these are they.

    Raises:
        HarnessError: a family of another package cannot be loaded, fails, or returns a metric it did not declare.
    """
    samples = SamplesInRows(aligned, row_N, num_rows, options or counting_options(aligned), clean)
    return [tally for family in families(outside) for tally in _family_tallies(family, samples)]


def _family_tallies(family: RegisteredFamily, samples: SamplesInRows) -> list[Tally]:
    if not family.family.needs <= samples.meets:
        return []
    with family.blamed():
        found = list(family.family.count(samples))
        if family.extension is not None:
            for tally in found:
                family.require_declared(tally, samples.num_rows)
        return found
