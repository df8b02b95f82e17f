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
    assert array_shapes(tmp_path / "a.mat") == {"a": (2, 3), "b": (1, 2), "c": (1,)}
    np.testing.assert_array_equal(array_of(tmp_path / "a.mat", "a"), values["a"])
    assert array_of(tmp_path / "a.mat", "b").tolist() == [[1, -1]]
    for name, text in (("c", "c holds no numbers"), ("d", r"a.mat holds no d")):
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
