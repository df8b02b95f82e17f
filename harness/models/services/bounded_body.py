"""The body of an answer, read within a limit whatever the server sends."""

from __future__ import annotations

import zlib

import httpx

from harness.errors import Reason, Unscored

_GZIP = 16 + zlib.MAX_WBITS


async def bounded_body(response: httpx.Response, most: int) -> bytes:
    """Read an answer, decompressed.

    Args:
        response: its body is not read yet.
        most: bytes, counted after decompression.

    Raises:
        Unscored: it is longer, or compressed in a way that was not asked for.
        httpx.RemoteProtocolError: it ends too early.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip"):
        raise Unscored(Reason.UNREADABLE_ANSWER, "compressed in a way that was not asked for")
    inflater = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    data = bytearray()
    async for chunk in response.aiter_raw():
        data += chunk if inflater is None else _inflated(inflater, chunk, most + 1 - len(data))
        if len(data) > most:
            raise Unscored(Reason.UNREADABLE_ANSWER, f"over {most / 2**20:g} MiB")
        if inflater is not None and inflater.eof:
            break  # zlib would keep all that follows, and that need not end
    if inflater is not None and not inflater.eof:
        raise httpx.RemoteProtocolError("the compressed answer ends too early")
    return bytes(data)


def _inflated(inflater: zlib._Decompress, chunk: bytes, most: int) -> bytes:
    """At most so many bytes at once: a few kilobytes may expand to gigabytes."""
    try:
        return inflater.decompress(chunk, most)
    except zlib.error:
        raise Unscored(Reason.UNREADABLE_ANSWER, "damaged compression") from None
