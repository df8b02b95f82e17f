from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from sounds_made import RATE_HZ, changed

from harness.signals.media import Audio

SIZE = 320
NUM_PACKETS = 2_000
NUMBERED = Audio((np.repeat(np.arange(1, NUM_PACKETS + 1), SIZE) / (NUM_PACKETS + 1)).astype(np.float32), RATE_HZ)


def packets(name: str, seed: int = 0) -> np.ndarray:
    return changed(name, NUMBERED, seed=seed).waveform.reshape(NUM_PACKETS, SIZE)


GIVEN = NUMBERED.waveform.reshape(NUM_PACKETS, SIZE)


@pytest.mark.parametrize(("severity", "share"), [(1, 0.01), (2, 0.03), (3, 0.05), (4, 0.1), (5, 0.2)])
def test_the_share_that_is_lost_is_that_of_the_severity(severity: int, share: float) -> None:
    heard = packets(f"voice/packet_loss@{severity}")
    lost = (heard != GIVEN).any(axis=1)
    assert (heard[lost] == 0).all()
    assert lost.mean() == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / NUM_PACKETS))


def test_what_is_lost_at_one_severity_is_lost_at_the_next_and_under_concealment() -> None:
    lost = [(packets(f"voice/packet_loss@{severity}") != GIVEN).any(axis=1) for severity in range(1, 6)]
    for fewer, more in pairwise(lost):
        assert (more | ~fewer).all()
    concealed = (packets("voice/packet_loss_concealed@5") != GIVEN).any(axis=1)
    np.testing.assert_array_equal(concealed, lost[4])


def test_concealment_repeats_the_last_packet_6_db_weaker_each_time() -> None:
    heard, gone = packets("voice/packet_loss_concealed@5"), packets("voice/packet_loss@5")
    lost = (gone != GIVEN).any(axis=1)
    runs = 0
    for number in range(1, NUM_PACKETS):
        runs = runs + 1 if lost[number] else 0
        if runs and number >= runs:
            expected = GIVEN[number - runs] * 10 ** (-6 * runs / 20)
            np.testing.assert_allclose(heard[number], expected, rtol=1e-5)
    assert lost[1:].any()


def test_the_last_packet_may_be_short() -> None:
    short = Audio(np.ones(1_000, np.float32), RATE_HZ)
    for seed in range(30):
        assert len(changed("voice/packet_loss_concealed@5", short, seed=seed).waveform) == 1_000
