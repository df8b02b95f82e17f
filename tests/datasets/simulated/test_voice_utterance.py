"""Timing and melody of a sentence: what is fixed is by hand, what is drawn is told by its bounds."""

from __future__ import annotations

import numpy as np
import pytest

from harness.datasets.simulated.voice_manner import Manner
from harness.datasets.simulated.voice_utterance import DURATIONS_S, EDGE_S, SENTENCES, compose


def composed(manner: Manner | None = None, sentence: str = SENTENCES[0], seed: int = 0):
    return compose(sentence, manner or Manner(), np.random.default_rng(seed))


def test_sounds_follow_one_another_without_gaps_between_two_edges_of_silence() -> None:
    sounds = composed(sentence="ma ti su").sounds
    assert [(s.kind, s.name, s.tract) for s in sounds] == [
        ("pause", "", "a"),
        ("nasal", "m", "m"),
        ("vowel", "a", "a"),
        ("stop", "t", "i"),
        ("burst", "t", "i"),
        ("vowel", "i", "i"),
        ("fricative", "s", "u"),
        ("vowel", "u", "u"),
        ("pause", "", "u"),
    ]
    assert sounds[0].start_s == 0.0
    assert [s.start_s for s in sounds[1:]] == [s.end_s for s in sounds[:-1]]
    assert sounds[0].end_s == pytest.approx(EDGE_S)
    assert sounds[-1].end_s - sounds[-1].start_s == pytest.approx(EDGE_S)


def test_twice_the_rate_is_half_the_time_and_the_last_syllable_is_longer() -> None:
    slow, fast = (composed(Manner(rate=rate)) for rate in (0.0, 1.0))
    assert fast.duration_s - 2 * EDGE_S == pytest.approx((slow.duration_s - 2 * EDGE_S) / 2)
    lengths = []
    for seed in range(200):
        vowels = [s.end_s - s.start_s for s in composed(seed=seed).sounds if s.kind == "vowel"]
        lengths.append([np.log2(vowels[0] / DURATIONS_S["vowel"]), np.log2(vowels[-1] / vowels[0])])
    spread = np.std(lengths, axis=0)
    assert np.mean(lengths, axis=0) == pytest.approx([0.0, np.log2(1.4)], abs=0.05)
    assert spread == pytest.approx([0.15, 0.15 * np.sqrt(2)], rel=0.15)


@pytest.mark.parametrize(("expected", "mean"), [(0.0, 0.0), (-1.0, 0.0), (1.0, 1.0), (9.0, 2.5)])
def test_pauses_are_as_many_as_expected_and_at_most_every_second(expected: float, mean: float) -> None:
    """Six syllables have five places for a pause; none is after the last."""
    pauses = []
    for seed in range(300):
        inner = composed(Manner(pauses=expected), seed=seed).sounds[1:-1]
        assert inner[-1].kind == "vowel"
        pauses.append(sum(s.kind == "pause" for s in inner))
    assert np.mean(pauses) == pytest.approx(mean, abs=0.2)


def test_the_mean_of_the_melody_is_the_manners_and_its_end_moves() -> None:
    for f0 in (0.0, 4.0):
        flat = composed(Manner(f0=f0, f0_end=0.0))
        assert flat.f0_st.mean() == pytest.approx(f0)
        rising = composed(Manner(f0=f0, f0_end=5.0))
        np.testing.assert_allclose(rising.f0_st - flat.f0_st, [0.0] * (len(flat.f0_st) - 1) + [5.0], atol=1e-12)
    assert (np.diff(flat.f0_time_s) > 0).all()


def test_the_range_scales_all_movements() -> None:
    narrow, wide = (composed(Manner(f0_range=size)).f0_st for size in (0.0, 1.0))
    np.testing.assert_allclose(wide, 2 * narrow, atol=1e-12)
