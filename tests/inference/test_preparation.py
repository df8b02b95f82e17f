"""What becomes of samples before the model, by what its reader and preparer do."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import toy
from threadpoolctl import threadpool_info, threadpool_limits

from harness.datasets.reader import Sample
from harness.datasets.recorded_files import note
from harness.errors import HarnessError, Reason
from harness.inference.preparation import Prepared, SingleThread, prepare_samples, unprepared
from harness.signals.media import Media


def prepared(behaviour: str) -> Prepared:
    (found,) = prepare_samples(toy.load, toy.prepare, toy.toy_samples([behaviour]).to_pylist())
    return found


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
    with pytest.raises(HarnessError, match="the detector's file is missing"):
        prepare_samples(toy.load_without_detector, toy.prepare, toy.toy_samples(["ok"]).to_pylist())


def test_a_preparer_gives_an_array() -> None:
    def as_list(media: Media) -> Any:
        return [1.0, 2.0]

    def load(sample: Sample) -> Media:
        return toy.load(sample)

    with pytest.raises(HarnessError, match=r"^function gave list; a preparer gives a numpy array\.$"):
        prepare_samples(load, as_list, toy.toy_samples(["ok"]).to_pylist())


def test_each_sample_has_the_files_that_were_opened_for_it(tmp_path: Path) -> None:
    (tmp_path / "shared").write_bytes(b"before")

    def load(sample: Sample) -> Media:
        if sample["sample_id"] == "s000003":
            (tmp_path / "shared").write_bytes(b"after it")
        if sample["sample_id"] != "s000002":  # which opens nothing
            for name in (f"own_{sample['sample_id']}", "shared", "shared"):
                note(tmp_path, name)
        return toy.load(sample)

    rows = toy.toy_samples(["ok", "broken", "ok", "abstain"]).to_pylist()
    together = [found.files for found in prepare_samples(load, toy.prepare, rows)]
    assert [[file.path for file in files] for files in together] == [
        ["own_s000000", "shared"],
        ["own_s000001", "shared"],
        [],
        ["own_s000003", "shared"],
    ]
    # What the file held each time, not only the first time.
    assert [files[-1].sha256 for files in together if files] == [
        sha256(contents).hexdigest() for contents in (b"before", b"before", b"after it")
    ]
    assert (together[0][0].reason, together[3][1].size) == ("missing_file", 8)


def test_the_next_sample_is_taken_when_the_one_before_it_is_done() -> None:
    """A worker sets its timer as it hands out a sample."""
    order: list[str] = []

    def rows() -> Iterator[Sample]:
        for row in toy.toy_samples(["ok", "broken"]).to_pylist():
            order.append(f"take {row['sample_id']}")
            yield row

    def load(sample: Sample) -> Media:
        order.append(f"load {sample['sample_id']}")
        return toy.load(sample)

    prepare_samples(load, toy.prepare, rows())
    assert order == ["take s000000", "load s000000", "take s000001", "load s000001"]


def test_media_of_another_kind_name_their_sample() -> None:
    rows = toy.toy_samples(["ok"] * 3).to_pylist()
    rows[1]["modality"] = "face"
    with pytest.raises(
        HarnessError, match=r"^sample s000001: its modality is face, .* gives Image, .* gave Audio\."
    ):
        prepare_samples(toy.load, toy.prepare, rows)


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
