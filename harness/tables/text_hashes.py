"""Hashes of texts: the same in every process, and wherever in a table a text stands.

They are those of ``pandas.util.hash_array``, without its import and without an object for every text: SipHash-2-4
(Aumasson and Bernstein 2012) of the UTF-8, and the finaliser of SplitMix64.

Shapes: N texts, n of one block.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.tables.encoded_texts import as_array

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]

_KEY = np.frombuffer(b"0123456789123456", "<u8")
"""That of pandas."""

_START = np.array([0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573], np.uint64)
_FINISH = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))

_BLOCK = 8_192
"""Texts hashed at a time: their states stay in the processor's cache."""


def text_hashes(texts: pa.ChunkedArray) -> Hashes:
    """64 bits for each text ``[N]``; none may be null."""
    array = as_array(texts).cast(pa.large_string())
    start_N = np.frombuffer(array.buffers()[1], "<i8")[array.offset : array.offset + len(array) + 1]
    # Eight more bytes, so that a word can be read wherever a text begins or ends.
    data = np.append(np.frombuffer(array.buffers()[2] or b"", np.uint8), np.zeros(8, np.uint8))
    word_at = np.ndarray(len(data) - 7, "<u8", data, strides=(1,))
    length_N = np.diff(start_N)
    num_words_N = length_N // 8
    hash_N = np.empty(len(array), np.uint64)
    for num_words in np.unique(num_words_N).tolist():
        alike = np.flatnonzero(num_words_N == num_words)
        for first in range(0, len(alike), _BLOCK):
            row_n = alike[first : first + _BLOCK]
            hash_N[row_n] = _hashes(word_at, start_N[row_n], length_N[row_n], num_words)
    return hash_N


def _hashes(word_at: Hashes, start_n: Numbers, length_n: Numbers, num_words: int) -> Hashes:
    """Those of texts with the same number of whole words.

    Args:
        word_at: the eight bytes from each place on.
        start_n: where the texts begin.
        length_n: their bytes.
        num_words: how many times eight bytes each has.
    """
    state = _START ^ np.tile(_KEY, 2)
    v0, v1, v2, v3 = (np.full(len(start_n), value) for value in state)
    v = (v0, v1, v2, v3)
    for index in range(num_words):
        _add(v, word_at[start_n + 8 * index])
    rest_n = (length_n - 8 * num_words).astype(np.uint64) * np.uint64(8)
    last_n = word_at[start_n + 8 * num_words] & ((np.uint64(1) << rest_n) - np.uint64(1))
    _add(v, last_n | length_n.astype(np.uint64) << np.uint64(56))
    v2 ^= np.uint64(0xFF)
    for _ in range(4):
        _round(v)
    hash_n: Hashes = v0 ^ v1 ^ v2 ^ v3
    for shift, factor in _FINISH:
        hash_n ^= hash_n >> np.uint64(shift)
        hash_n *= np.uint64(factor)
    hash_n ^= hash_n >> np.uint64(31)
    return hash_n


def _add(v: tuple[Hashes, ...], word_n: Hashes) -> None:
    v[3][:] ^= word_n
    _round(v)
    _round(v)
    v[0][:] ^= word_n


def _round(v: tuple[Hashes, ...]) -> None:
    v0, v1, v2, v3 = v
    v0 += v1
    v2 += v3
    _rotate(v1, 13)
    _rotate(v3, 16)
    v1 ^= v0
    v3 ^= v2
    _rotate(v0, 32)
    v2 += v1
    v0 += v3
    _rotate(v1, 17)
    _rotate(v3, 21)
    v1 ^= v2
    v3 ^= v0
    _rotate(v2, 32)


def _rotate(v: Hashes, bits: int) -> None:
    high = v >> np.uint64(64 - bits)
    v <<= np.uint64(bits)
    v |= high
