from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.signals.numpy_scalar import MAX_SCALAR_BYTES, scalar_of


@pytest.mark.parametrize(
    ("value", "text"),
    [("7", "7"), (np.float64(-0.25), "-0.25"), ("-0.0176846", "-0.0176846"), (3, "3"), ([2], "2"), (b"5", "5")],
)
def test_one_value_as_text(value: Any, text: str, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", value)
    assert scalar_of(tmp_path / "a.npy") == text


@pytest.mark.parametrize("value", [[1, 2], np.zeros((1, 1)), np.zeros(0), 1j])
def test_other_arrays_are_none(value: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", value)
    assert scalar_of(tmp_path / "a.npy") is None


class Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("touched"),)


def test_objects_are_not_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save(tmp_path / "a.npy", np.array(Harmful(), object), allow_pickle=True)
    assert scalar_of(tmp_path / "a.npy") is None
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    "data", [b"", b"\x93NUMPY", b"PK\x03\x04", b"\x93NUMPY\x01\x00\xff\xff{", b"x" * MAX_SCALAR_BYTES * 2]
)
def test_no_such_file_is_none(data: bytes, tmp_path: Path) -> None:
    assert scalar_of(tmp_path / "a.npy") is None
    (tmp_path / "a.npy").write_bytes(data)
    assert scalar_of(tmp_path / "a.npy") is None


def test_a_file_that_is_cut_is_none(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.float64(0.5))
    data = (tmp_path / "a.npy").read_bytes()
    for length in range(len(data)):
        (tmp_path / "a.npy").write_bytes(data[:length])
        assert scalar_of(tmp_path / "a.npy") is None


@pytest.mark.parametrize(
    "head",
    [
        *("{'descr': (", "[" * 150, "(" * 9_000, "'''", "-" * 9_900 + "1"),
        "{'descr': (), 'fortran_order': False, 'shape': ()}",
        "{'descr': ('<f8',), 'fortran_order': False, 'shape': ()}",
    ],
    ids=range(7),
)
def test_no_head_ends_otherwise_than_with_none(head: str, tmp_path: Path) -> None:
    data = head.encode() + b"\n"
    (tmp_path / "a.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(data).to_bytes(2, "little") + data + bytes(8))
    assert scalar_of(tmp_path / "a.npy") is None
