from __future__ import annotations

from itertools import groupby

import numpy as np
import torch

from harness.signals import speech_timing


def test_run_lengths_equal_counting() -> None:
    flags = np.random.default_rng(0).random((20, 40)) < 0.6
    flags[0], flags[1] = True, False
    found = speech_timing.run_lengths(torch.from_numpy(flags)).numpy()
    for row, lengths in zip(flags, found, strict=True):
        runs = [len(list(group)) for value, group in groupby(row) if value]
        assert lengths[lengths > 0].tolist() == runs
        assert not lengths[~row].any()


def test_pauses_lie_inside_speech_and_last_long_enough() -> None:
    # At 0.1 s per frame: silence, 2 frames of speech, a gap of 1, speech, a pause of 3, speech, silence.
    active = torch.tensor([[0, 0, 1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0]], dtype=torch.bool)
    found = {name: value.item() for name, value in speech_timing.pauses(active, 0.1).items()}
    expected = {"speech_s": 0.8, "pauses_per_s": 1.25, "pause_mean_s": 0.3, "pause_share": 0.375}
    assert {name: round(value, 9) for name, value in found.items()} == expected


def test_a_pause_of_exactly_the_shortest_length_counts() -> None:
    frames = round(speech_timing.MIN_PAUSE_S / 0.01)
    for length, number in ((frames - 1, 0), (frames, 1)):
        active = torch.ones(1, 40 + length, dtype=torch.bool)
        active[0, 20 : 20 + length] = False
        assert round((speech_timing.pauses(active, 0.01)["pauses_per_s"] * (40 + length) * 0.01).item()) == number


def test_activity_follows_the_loud_part_and_never_the_padding() -> None:
    level = torch.tensor([[-80.0, -20, -21, -49, -52, torch.nan], [-90.0] * 6], dtype=torch.float64)
    active = speech_timing.activity(level)
    assert active.tolist() == [[False, True, True, True, False, False], [True] * 6]


def test_a_plateau_is_one_nucleus_and_a_shallow_dip_is_none() -> None:
    hill = [-40.0] * 15 + [-20.0] * 15
    for dip_db, number in ((20.0, 2), (1.0, 1)):
        level = torch.tensor([[*hill, *[-20.0 - dip_db] * 15, *[-20.0] * 15, *[-40.0] * 15]], dtype=torch.float64)
        active = level > -30
        assert speech_timing.num_nuclei(level, active, 0.01).item() == number
