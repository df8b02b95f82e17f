"""Memory that this process shares with its workers: they write prepared arrays, and it reads them where they lie.

A slab is divided into slots, one for each batch that may be on its way, so that what waits for a slow model is
bounded. It is a file without a name (`memfd_create`): it does not count towards ``/dev/shm``, of which a container
has 64 MB, and is gone with its last process, however that ends. Its size is sealed and bytes are reserved before
they are written, so that neither a worker that goes astray nor full memory ends this process by SIGBUS. What does
not fit goes through the worker's pipe, as everything does where there is no such memory.

Shapes: S slots, B bytes of a slot.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import reduction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from harness.inference.preparation import Prepared
from harness.tables.file_table import FileRead

SLOT_BYTES = 1 << 26
"""Address space of a slot. Only what batches have needed of it, rounded up to a power of two, is memory."""

_MIN_RESERVED = 1 << 16
_ALIGNMENT = 64

Array = npt.NDArray[Any]
Bytes = npt.NDArray[np.uint8]
Place = tuple[int, tuple[int, ...], np.dtype[Any], Literal["C", "F"]]
"""An array in a slot: its first byte, shape, type and order. A tuple is pickled ten times as fast as an object."""


@dataclass(frozen=True, slots=True)
class PackedSamples:
    """What goes through the pipe in place of `Prepared` samples.

    Attributes:
        arrays: of each sample its place in the slot, the array itself where it is not there, or None.
        others: the other attributes of each sample, in their order.
        reserved: the bytes of the slot that may be read; 0 if no array lies there.
    """

    arrays: Sequence[Place | Array | None]
    others: Sequence[
        tuple[str, str | None, float, str | None, tuple[FileRead, ...], Mapping[str, Prepared], float]
    ]
    reserved: int = 0


class Slab:
    """The same memory in this process and in every `multiprocessing` process that gets it as an argument.

    Args:
        fd: of a file of ``num_slots * SLOT_BYTES`` bytes.
        num_slots: S.

    Raises:
        OSError: the memory cannot be mapped.
    """

    def __init__(self, fd: int, num_slots: int) -> None:
        self._fd = fd
        self._num_slots = num_slots
        weakref.finalize(self, os.close, fd)  # the memory itself lives on as long as an array lies in it
        self._memory_SB = np.frombuffer(mmap.mmap(fd, num_slots * SLOT_BYTES), np.uint8).reshape(num_slots, -1)
        self._reserved_S = [0] * num_slots

    @classmethod
    def create(cls, num_slots: int) -> Slab | None:
        """A slab of that many slots; None where the system gives no such memory."""
        try:
            fd = os.memfd_create("harness-batches", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        except (AttributeError, OSError):
            return None
        try:
            os.ftruncate(fd, num_slots * SLOT_BYTES)
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
        except OSError:
            os.close(fd)
            return None
        try:
            return cls(fd, num_slots)
        except OSError:
            return None

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (reduction.DupFd(self._fd), self._num_slots)

    def pack(self, slot: int, samples: Sequence[Prepared]) -> PackedSamples:
        """Write arrays into a slot, one after another; those that do not fit stay with their samples."""
        packed = packed_samples(samples)
        places, end = _places(packed.arrays)
        reserved = self._reserve(slot, end)
        if not 0 < end <= reserved:
            return packed
        slot_B = self._memory_SB[slot]
        for array, place in zip(packed.arrays, places, strict=True):
            if isinstance(place, tuple):
                _view(slot_B, place)[...] = array
        return PackedSamples(places, packed.others, reserved)

    def unpack(self, slot: int, packed: PackedSamples) -> tuple[list[Prepared], Bytes]:
        """The samples with their arrays, and the bytes of the slot that may be read."""
        slot_B = self._memory_SB[slot]
        arrays = [_view(slot_B, array) if isinstance(array, tuple) else array for array in packed.arrays]
        return unpacked_samples(arrays, packed), slot_B[: packed.reserved]

    def _reserve(self, slot: int, num_bytes: int) -> int:
        """How many bytes of a slot may be written: at least so many, or fewer where memory is short."""
        if num_bytes > self._reserved_S[slot]:
            wanted = max(_MIN_RESERVED, 1 << (num_bytes - 1).bit_length())
            try:
                os.posix_fallocate(self._fd, slot * SLOT_BYTES, wanted)
            except OSError:
                return self._reserved_S[slot]
            self._reserved_S[slot] = wanted
        return self._reserved_S[slot]


def packed_samples(samples: Sequence[Prepared]) -> PackedSamples:
    """Samples with their arrays, for the pipe alone."""
    others = [(of.outcome, of.reason, of.seconds, of.note, of.files, of.beside, of.read_s) for of in samples]
    return PackedSamples([of.array for of in samples], others)


def unpacked_samples(arrays: Sequence[Any], packed: PackedSamples) -> list[Prepared]:
    """The samples again, with these arrays."""
    return [Prepared(array, *others) for array, others in zip(arrays, packed.others, strict=True)]


def _received(fd: Any, num_slots: int) -> Slab:
    return Slab(fd.detach(), num_slots)


def _places(arrays: Sequence[Any]) -> tuple[list[Any], int]:
    """The place of each array, or the array where it stays; and the number of bytes up to the end of the last.

    An array like the one before it begins where that ends, so that `harness.models.batch.stacked` need not copy.
    """
    places: list[Any] = []
    last: tuple[Any, ...] | None = None
    end = 0
    for array in arrays:
        if not _can_share(array):
            places.append(array)
            continue
        kind = (array.shape, array.dtype, "F" if array.flags.fnc else "C")
        start = end if kind == last else -(-end // _ALIGNMENT) * _ALIGNMENT
        if start + array.nbytes > SLOT_BYTES:
            places.append(array)
            continue
        places.append((start, *kind))
        last, end = kind, start + array.nbytes
    return places, end


def _can_share(array: Array | None) -> bool:
    """Plain values alone; what refers to objects, or is more than an array, is pickled."""
    return type(array) is np.ndarray and not array.dtype.hasobject


def _view(slot_B: Bytes, place: Place) -> Array:
    start, shape, dtype, order = place
    return np.ndarray(shape, dtype, slot_B, start, order=order)
