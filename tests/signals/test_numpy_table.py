from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.errors import Reason, Unscored
from harness.signals import numpy_table
from harness.signals.numpy_table import number_table


@pytest.mark.parametrize("kind", ["<f8", ">f4", "<i2", "u1"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_table_of_numbers_is_read(tmp_path: Path, kind: str, order: str) -> None:
    rows = np.arange(6).reshape(2, 3)
    np.save(tmp_path / "a.npy", np.asarray(rows, kind, order=order))  # type: ignore[call-overload]
    assert number_table(tmp_path / "a.npy", 3).tolist() == rows.tolist()


def test_what_is_no_such_table_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((4, 3)))
    whole = path.read_bytes()
    np.save(path, np.array([[{}, 1, 2]], object), allow_pickle=True)
    pickled = path.read_bytes()
    head = whole.replace(b"(4, 3)", b"(4, 9)"), whole.replace(b"(4, 3)", b"(-1,3)"), whole.replace(b"<f8", b"<c8")
    for data in (b"", b"\x93NUMPY", whole[:-1], pickled, *head, whole.replace(b"{", b"[" * 90), b"PK\x03\x04"):
        path.write_bytes(data)
        with pytest.raises(Unscored, match="not a NumPy table of numbers in 3 columns") as caught:
            number_table(path, 3)
        assert caught.value.reason is Reason.UNREADABLE
    path.write_bytes(whole)
    monkeypatch.setattr(numpy_table, "MAX_BYTES", 10)
    with pytest.raises(Unscored, match="not a NumPy table"):
        number_table(path, 3)
    with pytest.raises(Unscored) as caught:
        number_table(tmp_path / "none.npy", 3)
    assert caught.value.reason is Reason.MISSING_FILE
