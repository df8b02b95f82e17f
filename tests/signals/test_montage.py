"""Electrodes by their names in the 10-10 system."""

from __future__ import annotations

import pytest

from harness.signals.montage import POSITIONS, TEN_TWENTY, position


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Fp1", "Fp1"),
        ("FP1", "Fp1"),
        ("EEG Fp1-REF", "Fp1"),
        ("EEG FPZ-LE", "Fpz"),
        ("Fc5.", "FC5"),
        ("C3..", "C3"),
        ("T3", "T7"),
        ("EEG T6-A2", "P8"),
        (" oz ", "Oz"),
        ("GSR", None),
        ("hEOG", None),
        ("Fp1-F7", None),  # a bipolar lead is no electrode
        ("", None),
    ],
)
def test_names_as_files_spell_them(name: str, expected: str | None) -> None:
    assert position(name) == expected


def test_every_position_is_its_own_name() -> None:
    assert [position(name) for name in POSITIONS] == list(POSITIONS)
    assert len(set(POSITIONS)) == len(POSITIONS)
    assert set(TEN_TWENTY) < set(POSITIONS)
