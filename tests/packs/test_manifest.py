"""A manifest has one form, and names files inside its pack alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.packs.make_pack import Pack
from harness.packs.manifest import Manifest, manifest_of


def _changed(made: Pack, **changes: Any) -> bytes:
    document = {**made.manifest.model_dump(mode="json"), **changes}
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_the_canonical_form_is_that_of_rfc_8785(made: Pack) -> None:
    """Sorted keys, no blanks, UTF-8: for these contents the same as the standard library gives."""
    assert made.manifest.canonical() == _changed(made)
    assert manifest_of(made.manifest.canonical(), Manifest) == made.manifest
    with pytest.raises(ValueError, match="not in the canonical form"):
        manifest_of(made.manifest.canonical() + b"\n", Manifest)


@pytest.mark.parametrize(
    "path",
    [
        "../out",
        "/etc/passwd",
        "a/../../b",
        "a//b",
        ".hidden",
        "a/.b",
        "a\\b",
        "",
        "a/b/c/d/e",
        "a\x00",
        "a b",
        "é",
    ],
)
def test_a_path_out_of_the_pack_is_refused(path: str, made: Pack) -> None:
    with pytest.raises(ValueError, match=r"path"):
        manifest_of(_changed(made, files=[{"path": path, "bytes": 1, "sha256": "0" * 64}]), Manifest)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([("a", 1), ("A", 1)], "a file stands twice"),
        ([("manifest.json", 1)], "cannot be among the files"),
        ([("signatures/a.dsse.json", 1)], "cannot be among the files"),
        ([("a.json", 2**40)], "more than"),
        ([("a.json", 2**30)], "a.json is larger than any such file"),
        ([("a", -1)], "bytes"),
    ],
)
def test_a_list_of_files_that_no_pack_has_is_refused(
    files: list[tuple[str, int]], message: str, made: Pack
) -> None:
    entries = [{"path": path, "bytes": size, "sha256": "0" * 64} for path, size in files]
    with pytest.raises(ValueError, match=message):
        manifest_of(_changed(made, files=entries), Manifest)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"format": 2}', b"[" * 10_000])
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        manifest_of(data, Manifest)
