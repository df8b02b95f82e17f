"""Pickles of arrays: what NumPy writes is read, and nothing that a file names is run."""

from __future__ import annotations

import contextlib
import os
import pickle
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import Reason, Unscored
from harness.signals.numpy_pickle import NumpyPickle

SIGNAL = np.arange(60_000, dtype=np.float64).reshape(-1, 3) / 7
VALUE = {
    "subject": "S2",
    "signal": {"wrist": {"Temp": SIGNAL, "few": np.array([1, 2], "<i4")}},
    "label": np.asfortranarray(np.arange(6, dtype=">i2").reshape(2, 3)),
    "questionnaire": {"AGE": 34, "SKIN": np.float64(3.0)},
}
PYTHON_2 = (
    b"\x80\x02}q\x01(U\x05labelq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85U\x01b"
    b"\x87Rq\x05(K\x01K\x03\x85cnumpy\ndtype\nq\x06U\x02i4K\x00K\x01\x87Rq\x07(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff"
    b"\xff\xff\xffK\x00tb\x89U\x0c\x01\x00\x00\x00\x02\x00\x00\x00\xe9\x00\x00\x00tbu."
)
"""As Python 2 wrote {"label": numpy.array([1, 2, 233], "i4")}, by hand from the instructions of protocol 2."""


def write(path: Path, value: Any, protocol: int = 2) -> Path:
    path.write_bytes(pickle.dumps(value, protocol))
    return path


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
def test_equals_what_pickle_itself_reads(tmp_path: Path, protocol: int) -> None:
    found = NumpyPickle(write(tmp_path / "S2.pkl", VALUE, protocol))
    np.testing.assert_array_equal(found.array("signal", "wrist", "temp"), SIGNAL)
    np.testing.assert_array_equal(found.array("label"), VALUE["label"])
    assert found.array("signal", "wrist", "few").tolist() == [1, 2]
    assert (found.value("questionnaire", "AGE"), found.value("questionnaire", "skin")) == (34, 3.0)


def test_reads_what_python_2_wrote(tmp_path: Path) -> None:
    (tmp_path / "S2.pkl").write_bytes(PYTHON_2)
    assert NumpyPickle(tmp_path / "S2.pkl").array("label").tolist() == [1, 2, 233]


class _Runs:
    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self._mark),)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_runs_nothing(tmp_path: Path, protocol: int) -> None:
    mark = tmp_path / "was run"
    path = write(tmp_path / "S2.pkl", {"label": _Runs(mark)}, protocol)
    with pytest.raises(Unscored, match=r"S2.pkl names 'posix.mkdir', which no array needs"):
        NumpyPickle(path)
    assert not mark.exists()
    pickle.loads(path.read_bytes())
    assert mark.exists()  # it would have


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"cbuiltins\neval\n(S'1'\ntR.", "names 'builtins.eval'"),
        (b"cnumpy\nload\n(S'x'\ntR.", "names 'numpy.load'"),
        (b"(S'1'\nibuiltins\neval\n.", "not a pickle of arrays"),  # INST
        (b"cnumpy\ndtype\n(S'O8'\ntR.", "something else than numbers"),
        (b"cnumpy\ndtype\n(S'V99999999'\ntR.", "something else than numbers"),
        (b"\x80\x02T\xff\xff\xff\x7f.", "not a pickle of arrays"),  # text of 2 GiB in a file of 8 bytes
        (b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\x00\x00.", "not a pickle of arrays"),  # a frame of 2**48 bytes
        (b"N.", "holds no label"),
    ],
)  # fmt: skip
def test_refuses_what_arrays_do_not_need(tmp_path: Path, body: bytes, text: str) -> None:
    (tmp_path / "S2.pkl").write_bytes(body)
    with pytest.raises(Unscored, match=text) as raised:
        NumpyPickle(tmp_path / "S2.pkl").array("label")
    assert raised.value.reason is Reason.UNREADABLE


def test_objects_of_the_reader_cannot_be_changed_by_a_file(tmp_path: Path) -> None:
    """BUILD with a state of two parts sets attributes of what stands for a name."""
    (tmp_path / "S2.pkl").write_bytes(b"cnumpy\ndtype\n(NdVmake\nI1\nstb.")
    with pytest.raises(Unscored):
        NumpyPickle(tmp_path / "S2.pkl")
    assert NumpyPickle(write(tmp_path / "S3.pkl", VALUE)).array("label").shape == (2, 3)


def test_empty_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "S2.pkl").touch()
    for name, reason in (("S2.pkl", Reason.EMPTY), ("S3.pkl", Reason.MISSING_FILE)):
        with pytest.raises(Unscored) as raised:
            NumpyPickle(tmp_path / name)
        assert raised.value.reason is reason


def test_damaged_copies_are_refused_or_read(tmp_path: Path) -> None:
    """A hundred copies with a byte changed or the end missing: none ends with another error."""
    body = pickle.dumps({"label": np.arange(8), "signal": {"wrist": {"BVP": np.ones((3, 1))}}}, 2)
    draw = random.Random(0)
    for _ in range(100):
        damaged = bytearray(body)
        damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        (tmp_path / "S2.pkl").write_bytes(damaged[: draw.randrange(1, len(damaged) + 1)])
        with contextlib.suppress(Unscored):
            assert isinstance(NumpyPickle(tmp_path / "S2.pkl").array("label"), np.ndarray)


NESTED = b"\x80\x04})" + b"\x85" * 500_000 + b"Ns."
"""Half a million tuples in one another as a key: its hash overflows the stack of the machine."""
DOUBLED = b"\x80\x04})" + b"".join(b"q%ch%c\x86" % (place, place) for place in range(40)) + b"Ns."
"""A key of 2^40 parts that are the same two."""
RENAMED = b"\x80\x02cnumpy\ndtype\n]cnumpy\nndarray\nab."
"""A state that would let one name stand for another from now on."""


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (NESTED, "neither texts nor numbers"),
        (DOUBLED, "neither texts nor numbers"),
        (RENAMED, "gives a state to something else than an array"),
        (b"\x80\x04N" + b"}" * 2_000_000 + b".", r"more than 1,000,000 instructions"),
    ],
    ids=["nested", "doubled", "renamed", "many"],
)
def test_no_instructions_crash_hang_or_change_what_names_stand_for(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "S2.pkl").write_bytes(data)
    with pytest.raises(Unscored, match=said):
        NumpyPickle(tmp_path / "S2.pkl")
    assert NumpyPickle(write(tmp_path / "S3.pkl", VALUE)).array("label").shape == (2, 3)
