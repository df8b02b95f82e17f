"""Arrays that workers write where the parent reads them."""

from __future__ import annotations

import errno
import multiprocessing
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy

from harness.errors import Reason
from harness.inference import slab as slab_module
from harness.inference.pool import prepared_batches
from harness.inference.preparation import Prepared, SampleBatch, unprepared
from harness.inference.slab import SLOT_BYTES, Slab
from harness.models.batch import Batch, stacked
from harness.signals.media import Media

ARRAYS = {
    "float32": np.linspace(-1, 1, 7, dtype=np.float32),
    "bytes": np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
    "columns first": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "every other": np.arange(10, dtype=np.int16)[::2],
    "backwards": np.arange(5, dtype=np.complex64)[::-1],
    "other byte order": np.arange(3, dtype=">i4"),
    "none": np.empty((0, 3), np.float32),
    "single": np.array(7),
    "times": np.array(["2026-11-26"], "datetime64[D]"),
    "records": np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
}


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def prepared(*arrays: Any) -> list[Prepared]:
    return [Prepared(array, "scored", None, 0.5) for array in arrays]


def there_and_back(samples: list[Prepared], slot: int = 0, num_slots: int = 2) -> tuple[list[Prepared], Any]:
    slab = Slab.create(num_slots)
    assert slab is not None
    return slab.unpack(slot, slab.pack(slot, samples))


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_comes_as_the_pipe_would_bring_it(name: str) -> None:
    array = ARRAYS[name]
    through_the_pipe = multiprocessing.reduction.ForkingPickler.loads(
        multiprocessing.reduction.ForkingPickler.dumps(array)
    )
    (_, found, _), memory = there_and_back(prepared(np.zeros(3, np.int8), array, np.zeros(3, np.int8)), slot=1)
    assert found.array is not None
    np.testing.assert_array_equal(found.array, array)
    assert found.array.dtype == array.dtype
    assert found.array.strides == through_the_pipe.strides
    assert found.array.flags.writeable
    assert len(memory) == 1 << 16


def test_what_is_more_than_plain_values_is_not_shared() -> None:
    masked = np.ma.masked_equal(np.array([1, 2]), 2)
    objects = np.array([{"a": 1}, None])
    (first, second, third), _ = there_and_back(prepared(masked, objects, np.arange(3)))
    assert first.array is masked
    assert second.array is objects
    np.testing.assert_array_equal(third.array, [0, 1, 2])


def test_samples_without_an_array_stay_what_they_are() -> None:
    declined = Prepared(None, "abstained", "no_face", 0.25, "note")
    samples, memory = there_and_back([declined, *prepared(np.arange(3)), unprepared(Reason.CRASHED)])
    assert samples[0] == declined
    assert (samples[2].array, samples[2].outcome, samples[2].reason) == (None, "failed", "crashed")
    np.testing.assert_array_equal(samples[1].array, [0, 1, 2])
    batch = Batch((sample.array for sample in samples if sample.array is not None), memory)
    assert stacked(batch).tolist() == [[0, 1, 2]]


def test_a_batch_without_arrays_takes_no_memory() -> None:
    samples, memory = there_and_back([unprepared(Reason.NO_FACE)])
    assert samples[0].reason == "no_face"
    assert len(memory) == 0


def test_arrays_of_one_shape_are_one_array_without_a_copy() -> None:
    """Also where a sample between them has none."""
    arrays = [np.arange(5, dtype=np.float32) + 10 * number for number in range(3)]
    samples, memory = there_and_back([*prepared(*arrays[:2]), unprepared(Reason.NO_FACE), *prepared(arrays[2])])
    batch = Batch((sample.array for sample in samples if sample.array is not None), memory)
    whole = stacked(batch)
    np.testing.assert_array_equal(whole, np.stack(arrays))
    assert whole.flags.c_contiguous
    assert np.shares_memory(whole, memory)


def test_arrays_that_do_not_adjoin_are_copied() -> None:
    samples, memory = there_and_back(prepared(np.arange(3), np.zeros(1, np.int8), np.arange(3)))
    batch = Batch([sample.array for sample in (samples[0], samples[2])], memory)
    assert not np.shares_memory(stacked(batch), memory)
    np.testing.assert_array_equal(stacked(batch), [[0, 1, 2]] * 2)
    with pytest.raises(ValueError, match="same shape"):
        stacked(Batch([samples[0].array, samples[1].array], memory))
    np.testing.assert_array_equal(stacked([np.arange(3), np.arange(3)]), [[0, 1, 2]] * 2)


def test_slots_do_not_overlap() -> None:
    slab = Slab.create(3)
    assert slab is not None
    packed = [slab.pack(slot, prepared(np.full(100_000, slot))) for slot in range(3)]
    for slot, of in enumerate(packed):
        (sample,), memory = slab.unpack(slot, of)
        np.testing.assert_array_equal(sample.array, np.full(100_000, slot))
        assert len(memory) == 1 << 20


def test_a_giant_among_small_ones_goes_through_the_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slab_module, "SLOT_BYTES", 1 << 16)
    giant = np.arange(1 << 16, dtype=np.uint16)
    (first, second, third), memory = there_and_back(prepared(np.arange(3), giant, np.arange(4)))
    assert second.array is giant
    for sample, length in ((first, 3), (third, 4)):
        np.testing.assert_array_equal(sample.array, np.arange(length))
        assert np.shares_memory(sample.array, memory)


def test_a_batch_that_memory_has_no_room_for_goes_through_the_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    slab = Slab.create(1)
    assert slab is not None
    array = np.arange(100)
    slab.pack(0, prepared(array))
    monkeypatch.setattr(os, "posix_fallocate", full)
    assert slab.pack(0, prepared(array)).arrays[0] is not array, "what is reserved stays usable"
    large = np.arange(100_000)
    (sample,), memory = slab.unpack(0, slab.pack(0, prepared(large)))
    assert sample.array is large
    assert len(memory) == 0


@pytest.mark.parametrize("missing", ["memfd_create", "ftruncate"])
def test_without_such_memory_everything_goes_through_the_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    behaviours = ["ok"] * 5 + ["abstain", "kill"] + ["ok"] * 6
    shared = toy.run(tmp_path / "shared", toy.toy_samples(behaviours), workers=2)

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSYS, "not here")

    monkeypatch.setattr(os, missing, refuse)
    assert Slab.create(1) is None
    piped = toy.run(tmp_path / "piped", toy.toy_samples(behaviours), workers=2)
    assert toy.fingerprint(piped.vectors()) == toy.fingerprint(shared.vectors())


def test_its_size_cannot_be_changed() -> None:
    """A file that was cut off would end whoever reads it."""
    slab = Slab.create(1)
    assert slab is not None
    for size in (0, 2 * SLOT_BYTES):
        with pytest.raises(PermissionError):
            os.ftruncate(slab._fd, size)


def test_it_lives_as_long_as_an_array_in_it_and_no_longer() -> None:
    known = descriptors()
    slab = Slab.create(1)
    assert slab is not None
    (sample,), memory = slab.unpack(0, slab.pack(0, prepared(np.arange(3))))
    del slab, memory
    np.testing.assert_array_equal(sample.array, [0, 1, 2])
    assert descriptors() - known
    del sample
    assert descriptors() <= known


def test_workers_write_where_the_parent_reads() -> None:
    rows = toy.toy_samples(["ok"] * 6).to_pylist()
    batches = [SampleBatch(0, np.arange(6), rows)]
    with prepared_batches(batches, toy.load, toy.prepare, workers=1, timeout_s=30.0) as ready:
        (batch,) = ready
        assert batch.memory is not None
        arrays = Batch((sample.array for sample in batch.samples if sample.array is not None), batch.memory)
        assert np.shares_memory(stacked(arrays), batch.memory)


def longer_with_every_sample(media: Media) -> Any:
    return np.resize(toy.prepare(media), 1 + int(abs(toy.prepare(media)[1]) * 30_000))


def test_lengths_that_differ_are_packed_one_after_another() -> None:
    rows = toy.toy_samples(["ok"] * 6).to_pylist()
    batches = [SampleBatch(0, np.arange(6), rows)]
    with prepared_batches(batches, toy.load, longer_with_every_sample, workers=1, timeout_s=30.0) as ready:
        (batch,) = ready
        for row, sample in zip(rows, batch.samples, strict=True):
            np.testing.assert_array_equal(sample.array, longer_with_every_sample(toy.load(row)))
            assert np.shares_memory(sample.array, batch.memory)


def giant_at_first(media: Media) -> Any:
    wave = toy.prepare(media)
    return np.full(SLOT_BYTES // 4 + 1, 7.0, np.float32) if wave[1] == np.float32(np.sin(2.0)) else wave


def test_a_giant_among_small_samples_comes_whole_and_the_slot_stays_small() -> None:
    rows = toy.toy_samples(["ok"] * 9).to_pylist()
    batches = [SampleBatch(index, np.arange(3), rows[3 * index : 3 * index + 3]) for index in range(3)]
    with prepared_batches(batches, toy.load, giant_at_first, workers=1, timeout_s=60.0) as ready:
        for batch in ready:
            assert batch.memory is not None
            assert len(batch.memory) == 1 << 16
            for row, sample in zip(rows[3 * batch.index :], batch.samples, strict=False):
                np.testing.assert_array_equal(sample.array, giant_at_first(toy.load(row)))


ENDLESS = """
from harness.inference.pool import prepared_batches
from harness.inference.preparation import SampleBatch
import numpy as np
import toy

if __name__ == "__main__":
    rows = toy.toy_samples(["ok"] * 6 + ["hang"]).to_pylist()
    batches = [SampleBatch(0, np.arange(6), rows[:6]), SampleBatch(1, np.arange(6, 7), rows[6:])]
    with prepared_batches(batches, toy.load, toy.prepare, workers=2, timeout_s=60.0) as ready:
        for batch in ready:
            print(batch.memory is not None, flush=True)
"""


def sharing(session: int) -> list[int]:
    """The living processes of a session that map the memory of a slab."""
    found = []
    for maps in Path("/proc").glob("[0-9]*/maps"):
        process = int(maps.parent.name)
        with suppress(OSError):  # it has ended meanwhile
            if os.getsid(process) == session and "memfd:harness-batches" in maps.read_text():
                found.append(process)
    return found


def test_no_process_holds_the_memory_after_the_parent_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text(ENDLESS)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(toy.__file__).parent), *sys.path])}
    process = subprocess.Popen(
        [sys.executable, script], env=environment, start_new_session=True, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"True\n"
    assert len(sharing(process.pid)) >= 2
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 10.0
    while (holders := sharing(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not holders
