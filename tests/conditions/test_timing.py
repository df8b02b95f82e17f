from __future__ import annotations

import numpy as np
import pytest
from sounds_made import RATE_HZ, changed, level_db, voice

from harness.conditions.speech_activity import pauses
from harness.errors import Unscored
from harness.signals.media import Audio

WORD = voice(0.5, f0_hz=200).waveform[1_600:6_400]  # no silence at its ends
HUSH = np.full(RATE_HZ, 1e-6, np.float32)


def spoken(*pauses_s: float) -> Audio:
    """Words with pauses between them, and half a second of silence around."""
    parts = [HUSH[: RATE_HZ // 2], WORD]
    for pause_s in pauses_s:
        parts += [np.resize(HUSH, round(pause_s * RATE_HZ)), WORD]
    return Audio(np.concatenate([*parts, HUSH[: RATE_HZ // 2]]), RATE_HZ)


def test_pauses_are_found_where_they_were_made() -> None:
    found = pauses(spoken(0.1, 0.4, 0.8))
    lengths_s = [(end - start) / RATE_HZ for start, end in found]
    assert lengths_s == pytest.approx([0.4, 0.8], abs=0.06)  # the level is that of 50 ms
    start_of_second = 0.5 + 2 * 0.3 + 0.1
    assert found[0][0] / RATE_HZ == pytest.approx(start_of_second, abs=0.03)


def test_pauses_are_cut_to_150_ms_and_silence_at_the_ends_is_gone() -> None:
    cut = changed("voice/pauses_removed", spoken(0.1, 0.4, 0.8))
    assert len(cut.waveform) / RATE_HZ == pytest.approx(4 * 0.3 + 0.1 + 2 * (0.15 + 0.05) + 0.05, abs=0.06)
    assert max([end - start for start, end in pauses(cut)], default=0) <= 0.16 * RATE_HZ
    loud = np.abs(cut.waveform) > 1e-3
    assert loud.sum() == (np.abs(spoken(0.1, 0.4, 0.8).waveform) > 1e-3).sum()


@pytest.mark.parametrize(("severity", "pause_s"), [(1, 0.25), (2, 0.5), (3, 1.0)])
def test_two_pauses_are_inserted_where_it_is_quietest(severity: int, pause_s: float) -> None:
    given = spoken(0.1, 0.12)
    longer = changed(f"voice/pauses_inserted@{severity}", given)
    assert len(longer.waveform) == len(given.waveform) + 2 * round(pause_s * RATE_HZ)
    found = [(start / RATE_HZ, (end - start) / RATE_HZ) for start, end in pauses(longer)]
    assert [length_s for _, length_s in found] == pytest.approx([pause_s + 0.1, pause_s + 0.12], abs=0.06)
    assert found[0][0] == pytest.approx(0.8, abs=0.03)
    loud = np.abs(longer.waveform) > 1e-3
    assert loud.sum() == (np.abs(given.waveform) > 1e-3).sum()


def test_a_word_is_too_short_for_pauses() -> None:
    with pytest.raises(Unscored, match="too short for 2 pauses"):
        changed("voice/pauses_inserted@1", spoken())


@pytest.mark.parametrize(("severity", "seconds"), [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0)])
def test_silence_is_added_at_both_ends(severity: int, seconds: float) -> None:
    around = np.zeros(round(seconds * RATE_HZ), np.float32)
    expected = np.concatenate([around, WORD, around])
    np.testing.assert_array_equal(
        changed(f"voice/silence_around@{severity}", Audio(WORD, RATE_HZ)).waveform, expected
    )


@pytest.mark.parametrize(("severity", "num_masked"), [(1, 3), (2, 6), (3, 9), (4, 12), (5, 15)])
def test_so_many_pieces_of_100_ms_are_silent_and_the_same_ones_at_higher_severities(
    severity: int, num_masked: int
) -> None:
    whole = Audio(np.full(3 * RATE_HZ, 0.5, np.float32), RATE_HZ)
    pieces = changed(f"voice/chunk_masking@{severity}", whole).waveform.reshape(30, 1_600)
    masked = (pieces == 0).all(axis=1)
    assert masked.sum() == num_masked
    assert (pieces[~masked] == 0.5).all()
    if severity < 5:
        more = changed(f"voice/chunk_masking@{severity + 1}", whole).waveform.reshape(30, 1_600)
        assert (more[masked] == 0).all()


@pytest.mark.parametrize(("severity", "over_db"), [(1, 6), (2, 12), (3, 18)])
def test_what_is_over_full_scale_is_cut_off(severity: int, over_db: float) -> None:
    ramp = Audio(np.linspace(-0.2, 0.2, 10_001, dtype=np.float32), RATE_HZ)
    heard = changed(f"voice/overdriven@{severity}", ramp).waveform
    assert (np.abs(heard) == 1).mean() == pytest.approx(1 - 10 ** (-over_db / 20), abs=1e-3)
    quiet = np.abs(ramp.waveform) < 0.2 * 10 ** (-over_db / 20) * 0.99
    np.testing.assert_allclose(heard[quiet], ramp.waveform[quiet] * 5 * 10 ** (over_db / 20), rtol=1e-5, atol=1e-7)
    assert level_db(heard) > level_db(ramp.waveform)


@pytest.mark.parametrize("name", ["voice/overdriven@3", "voice/silence+voice/overdriven@3"])
def test_silence_stays_silent_when_it_is_amplified(name: str) -> None:
    given = np.zeros(len(WORD), np.float32) if name.startswith("voice/overdriven") else WORD
    np.testing.assert_array_equal(changed(name, Audio(given, RATE_HZ)).waveform, np.zeros(len(WORD)))


@pytest.mark.parametrize(("severity", "seconds"), [(1, 10.0), (2, 5.0), (3, 2.0)])
def test_only_the_beginning_is_heard_of_what_is_longer(severity: int, seconds: float) -> None:
    ramp = np.linspace(0, 1, round((seconds + 0.5) * RATE_HZ), dtype=np.float32)
    heard = changed(f"voice/beginning@{severity}", Audio(ramp, RATE_HZ)).waveform
    np.testing.assert_array_equal(heard, ramp[: round(seconds * RATE_HZ)])
    with pytest.raises(Unscored, match=f"not longer than {seconds:g} s"):
        changed(f"voice/beginning@{severity}", Audio(heard, RATE_HZ))


@pytest.mark.parametrize("given_db", [-50, -30, -20])
def test_all_recordings_are_equally_loud(given_db: float) -> None:
    given = Audio(WORD * np.float32(10 ** ((given_db - level_db(WORD)) / 20)), RATE_HZ)
    same = changed("voice/same_level", given)
    assert level_db(same.waveform) == pytest.approx(-26, abs=1e-4)
    assert np.corrcoef(same.waveform, given.waveform)[0, 1] == pytest.approx(1)
    silent = Audio(np.zeros(100, np.float32), RATE_HZ)
    np.testing.assert_array_equal(changed("voice/same_level", silent).waveform, silent.waveform)
