"""Parts of a study: whole batches, every sample in one of them."""

from __future__ import annotations

import numpy as np
import pytest

from harness.inference.part import Part, parts_of


@pytest.mark.parametrize("num_samples", [0, 1, 31, 32, 33, 384])
@pytest.mark.parametrize("batch_size", [1, 7, 32])
@pytest.mark.parametrize("num_parts", [1, 2, 3, 50])
def test_every_sample_is_in_one_part_and_batches_stay_whole(
    num_samples: int, batch_size: int, num_parts: int
) -> None:
    parts = [Part(index, num_parts) for index in range(1, num_parts + 1)]
    ranges = [part.places(num_samples, batch_size) for part in parts]
    assert [place for of_part in ranges for place in of_part] == list(range(num_samples))
    batches = [{place // batch_size for place in of_part} for of_part in ranges]
    assert sum(len(of_part) for of_part in batches) == len(set().union(*batches))
    assert max(map(len, batches)) - min(map(len, batches)) <= 1
    for part, of_part in zip(parts, ranges, strict=True):
        places = np.array(of_part, dtype=np.int64)
        assert parts_of(places, num_parts, num_samples, batch_size) == ([part] if len(places) else [])
        everywhere = np.arange(num_samples)
        assert part.within(everywhere, num_samples, batch_size).tolist() == list(of_part)


@pytest.mark.parametrize("written", ["", "0/3", "4/3", "1", "1/", "-1/3", "1/3 ", "01/3", "1/1000000", "a/b"])
def test_what_is_no_part_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="such as 2/3"):
        Part.of(written)


def test_a_part_is_written_as_it_is_read() -> None:
    assert str(Part.of("2/3")) == "2/3"
