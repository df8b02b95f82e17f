"""Faces that were found in a picture are known while its sample is at hand.

To find a face takes far longer than to read the picture. Several things are made of one sample: what the system is
given, and for the checks the same with red and blue exchanged, or with the face covered. They rest on the same
faces, which are looked for once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.signals.face_options import FaceOptions

Pixels = npt.NDArray[np.uint8]
KnownFaces = dict[tuple[Any, ...], tuple[Any, ...]]
"""What was found, by the picture's bytes and by what determines what is found in it."""

_known: ContextVar[KnownFaces | None] = ContextVar("known_faces", default=None)
_sought_in: ContextVar[Callable[[Pixels], Pixels] | None] = ContextVar("faces_sought_in", default=None)


@contextmanager
def known_faces(*, wanted: bool) -> Iterator[KnownFaces]:
    """Keep what is found within the block; the caller clears it from one sample to the next.

    Where it is not wanted, what is known outside of the block stays known within it.
    """
    if not wanted:
        yield {}
        return
    known: KnownFaces = {}
    token = _known.set(known)
    try:
        yield known
    finally:
        _known.reset(token)


@contextmanager
def faces_sought_in(change: Callable[[Pixels], Pixels]) -> Iterator[None]:
    """Look for faces in the changed picture, of the same size, and cut them out of the picture as it is."""
    token = _sought_in.set(change)
    try:
        yield
    finally:
        _sought_in.reset(token)


def as_sought(pixels: Pixels) -> Pixels:
    """The picture in which faces are to be looked for."""
    change = _sought_in.get()
    return pixels if change is None else change(pixels)


def found_once(
    pixels: Pixels, options: FaceOptions, find: Callable[[Pixels, FaceOptions], list[Any]]
) -> tuple[Any, ...]:
    """What `find` finds, which is called once for equal pictures while they are known."""
    known = _known.get()
    if known is None:
        return tuple(find(pixels, options))
    looked_for = options.detector, options.align, options.weights, options.least_score
    key = hashlib.sha256(np.ascontiguousarray(pixels).data).digest(), pixels.shape, looked_for
    if key not in known:
        known[key] = tuple(find(pixels, options))
    return known[key]
