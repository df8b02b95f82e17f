from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator

import httpx
import pytest

from harness.errors import Unscored
from harness.models.services.bounded_body import bounded_body

MIB = 2**20


class Chunks(httpx.AsyncByteStream):
    def __init__(self, data: bytes) -> None:
        self.data = data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.data), 65_536):
            yield self.data[start : start + 65_536]


class Endless(Chunks):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.data
        for _ in range(1_000):
            yield bytes(65_536)
        pytest.fail("it was read on and on")


def read(data: bytes, most: int, **headers: str) -> bytes:
    given = {name.replace("_", "-"): text for name, text in headers.items()}
    return asyncio.run(bounded_body(httpx.Response(200, headers=given, stream=Chunks(data)), most))


def test_a_body_within_the_limit_is_read_as_it_is() -> None:
    data = bytes(range(256)) * 1_000
    assert read(data, len(data)) == data
    assert read(gzip.compress(data), len(data), content_encoding="gzip") == data


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_one_byte_more_is_too_much(encoding: str) -> None:
    data = b"x" * (MIB + 1)
    sent = gzip.compress(data) if encoding == "gzip" else data
    with pytest.raises(Unscored, match="over 1 MiB"):
        read(sent, MIB, content_encoding=encoding)


def test_what_expands_a_thousand_times_is_never_in_memory() -> None:
    bomb = gzip.compress(b" " * (60 * MIB))
    assert len(bomb) < 65_536, "it comes in one piece"
    tracemalloc.start()
    try:
        with pytest.raises(Unscored, match="over 1 MiB"):
            read(bomb, MIB, content_encoding="gzip")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * MIB


def test_a_compressed_body_that_ends_early_was_lost_on_the_way() -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="ends too early"):
        read(gzip.compress(b"x" * 1_000)[:-9], MIB, content_encoding="gzip")


def test_what_follows_a_compressed_body_is_not_read() -> None:
    response = httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Endless(gzip.compress(b"{}")))
    tracemalloc.start()
    try:
        assert asyncio.run(bounded_body(response, MIB)) == b"{}"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MIB
