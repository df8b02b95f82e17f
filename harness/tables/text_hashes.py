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

_FIRST_BITS, _SECOND_BITS = np.array([[13], [16]], np.uint64), np.array([[17], [21]], np.uint64)
_HALF = np.array([32], np.uint64)
"""By how much v1 and v3 are rotated, first and then; and v0 and v2."""

_BLOCK = 16_384
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
    for num_words in np.flatnonzero(np.bincount(num_words_N)).tolist():
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
    state = _State()
    for index in range(num_words):
        state.add(word_at[start_n + 8 * index])
    rest_n = (length_n - 8 * num_words).astype(np.uint64) * np.uint64(8)
    last_n = word_at[start_n + 8 * num_words] & ((np.uint64(1) << rest_n) - np.uint64(1))
    state.add(last_n | length_n.astype(np.uint64) << np.uint64(56))
    hash_n = np.broadcast_to(state.finished(), len(start_n)).copy()
    for shift, factor in _FINISH:
        hash_n ^= hash_n >> np.uint64(shift)
        hash_n *= np.uint64(factor)
    hash_n ^= hash_n >> np.uint64(31)
    return hash_n


class _State:
    """The states v0 to v3 of SipHash: a single one for all texts, as long as these have the same words."""

    def __init__(self) -> None:
        state = (_START ^ np.tile(_KEY, 2))[:, None]
        self._even, self._odd = state[[0, 2]], state[[1, 3]]

    def add(self, word_n: Hashes) -> None:
        """Add the next word of every text."""
        if self._even.shape[1] != len(word_n):
            if (word_n == word_n[0]).all():
                word_n = word_n[:1]
            else:
                self._even, self._odd = (np.repeat(each, len(word_n), axis=1) for each in (self._even, self._odd))
        self._odd[1] ^= word_n
        self._round()
        self._round()
        self._even[0] ^= word_n

    def finished(self) -> Hashes:
        """What is left of the states, for every text or a single one for all."""
        self._even[1] ^= np.uint64(0xFF)
        for _ in range(4):
            self._round()
        hash_n: Hashes = self._even[0] ^ self._odd[0] ^ self._even[1] ^ self._odd[1]
        return hash_n

    def _round(self) -> None:
        even, odd = self._even, self._odd
        even += odd
        _rotate(odd, _FIRST_BITS)
        odd ^= even
        _rotate(even[0], _HALF)
        even[::-1] += odd  # v2 + v1 and v0 + v3
        _rotate(odd, _SECOND_BITS)
        odd ^= even[::-1]
        _rotate(even[1], _HALF)


def _rotate(v: Hashes, bits: Hashes) -> None:
    high = v >> (np.uint64(64) - bits)
    v <<= bits
    v |= high
