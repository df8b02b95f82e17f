"""Arrays of MATLAB files: one at a time, bounded by what their heads state."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from harness.errors import Reason, Unscored
from harness.signals import matlab_arrays
from harness.signals.matlab_arrays import array_of, array_shapes


@pytest.mark.parametrize("compressed", [False, True])
def test_shapes_and_one_array(tmp_path: Path, compressed: bool) -> None:
    values = {"a": np.arange(6.0).reshape(2, 3), "b": np.array([[1, -1]], np.int16), "c": np.array(["text"])}
    savemat(tmp_path / "a.mat", values, do_compression=compressed)
    assert array_shapes(tmp_path / "a.mat") == {"a": (2, 3), "b": (1, 2)}
    np.testing.assert_array_equal(array_of(tmp_path / "a.mat", "a"), values["a"])
    assert array_of(tmp_path / "a.mat", "b").tolist() == [[1, -1]]
    for name, text in (("c", r"no array of numbers named c"), ("d", r"no array of numbers named d")):
        with pytest.raises(Unscored, match=text):
            array_of(tmp_path / "a.mat", name)


def test_an_array_that_unfolds_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matlab_arrays, "MAX_ELEMENTS", 1000)
    savemat(tmp_path / "a.mat", {"a": np.zeros((100, 100))}, do_compression=True)
    with pytest.raises(Unscored) as raised:
        array_of(tmp_path / "a.mat", "a")
    assert raised.value.reason is Reason.TOO_LARGE


def test_damaged_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "a.mat").write_bytes(b"MATLAB 5.0 MAT-file" + bytes(300))
    for name, reason in (("a.mat", Reason.UNREADABLE), ("b.mat", Reason.MISSING_FILE)):
        with pytest.raises(Unscored) as raised:
            array_of(tmp_path / name, "a")
        assert raised.value.reason is reason


def test_only_arrays_of_numbers_are_loaded(tmp_path: Path) -> None:
    """A cell of one place can hold anything."""
    cell = np.empty((1, 1), object)
    cell[0, 0] = np.zeros(2**16)
    savemat(tmp_path / "a.mat", {"cell": cell, "text": "abc", "numbers": np.zeros((2, 2))})
    assert array_shapes(tmp_path / "a.mat") == {"numbers": (2, 2)}
    with pytest.raises(Unscored, match="no array of numbers named cell"):
        array_of(tmp_path / "a.mat", "cell")


def test_a_variable_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """The head of the one and the numbers of the other."""
    for name, shape in (("a", (1, 5_000)), ("b", (1, 1))):
        savemat(tmp_path / f"{name}.mat", {"x": np.zeros(shape)})
    both = (tmp_path / "a.mat").read_bytes() + (tmp_path / "b.mat").read_bytes()[128:]
    (tmp_path / "c.mat").write_bytes(both)
    with pytest.raises(Unscored, match="holds a variable twice"):
        array_of(tmp_path / "c.mat", "x")
