"""What becomes of one sample before the model, by what its reader and preparer do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import toy
from threadpoolctl import threadpool_info, threadpool_limits

from harness.datasets.reader import Sample
from harness.errors import HarnessError, Reason
from harness.inference.preparation import Prepared, SingleThread, prepare_sample, unprepared
from harness.signals.media import Media


def prepared(behaviour: str) -> Prepared:
    (sample,) = toy.toy_samples([behaviour]).to_pylist()
    return prepare_sample(toy.load, toy.prepare, sample)


def test_a_sound_sample_becomes_an_array() -> None:
    found = prepared("ok")
    np.testing.assert_allclose(found.array, np.sin(np.arange(8)), rtol=1e-6)
    assert (found.outcome, found.reason, found.note) == ("scored", None, None)
    assert 0 <= found.seconds < 5


@pytest.mark.parametrize(
    ("behaviour", "outcome", "reason"),
    [
        ("abstain", "abstained", "no_face"),
        ("broken", "failed", "unreadable: OSError"),
        ("memory", "failed", "unreadable: MemoryError"),
    ],
)
def test_what_is_wrong_with_a_sample_is_its_reason(behaviour: str, outcome: str, reason: str) -> None:
    found = prepared(behaviour)
    assert (found.array, found.outcome, found.reason) == (None, outcome, reason)


def test_the_place_of_a_file_is_in_the_note_alone() -> None:
    found = prepared("broken")
    assert found.note == f"OSError: cannot open {Path.cwd()}/x"
    assert str(Path.cwd()) not in str(found.reason)


def test_a_wrong_set_up_stops_the_run() -> None:
    (sample,) = toy.toy_samples(["ok"]).to_pylist()
    with pytest.raises(HarnessError, match="the detector's file is missing"):
        prepare_sample(toy.load_without_detector, toy.prepare, sample)


def test_a_preparer_gives_an_array() -> None:
    def as_list(media: Media) -> Any:
        return [1.0, 2.0]

    def load(sample: Sample) -> Media:
        return toy.load(sample)

    (sample,) = toy.toy_samples(["ok"]).to_pylist()
    with pytest.raises(HarnessError, match=r"^function gave list; a preparer gives a numpy array\.$"):
        prepare_sample(load, as_list, sample)


def test_a_sample_that_ended_its_worker_has_no_time() -> None:
    found = unprepared(Reason.TIMEOUT)
    assert (found.array, found.outcome, found.reason) == (None, "failed", "timeout")
    assert np.isnan(found.seconds)


def test_one_thread_is_held_and_the_others_are_given_back() -> None:
    def held() -> None:
        with SingleThread().hold():
            assert {pool["num_threads"] for pool in threadpool_info()} == {1}
            assert (torch.get_num_threads(), cv2.getNumThreads()) == (1, 1)
            raise ZeroDivisionError

    before = torch.get_num_threads(), cv2.getNumThreads()
    try:
        with threadpool_limits(2):
            torch.set_num_threads(2)
            cv2.setNumThreads(2)
            with pytest.raises(ZeroDivisionError):
                held()
            assert (torch.get_num_threads(), cv2.getNumThreads()) == (2, 2)
            assert {pool["num_threads"] for pool in threadpool_info()} == {2}
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])
