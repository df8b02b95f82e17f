"""Names of electrodes: the positions of the 10-10 system, however a file spells them.

Names are those of the American Clinical Neurophysiology Society (guideline 2, 2016), which replaced T3, T4, T5 and
T6 of the older 10-20 system by T7, T8, P7 and P8 for the same places.
"""

from __future__ import annotations

import re

POSITIONS: tuple[str, ...] = (
    "Fp1", "Fpz", "Fp2", "AF7", "AF3", "AFz", "AF4", "AF8",
    "F9", "F7", "F5", "F3", "F1", "Fz", "F2", "F4", "F6", "F8", "F10",
    "FT9", "FT7", "FC5", "FC3", "FC1", "FCz", "FC2", "FC4", "FC6", "FT8", "FT10",
    "T9", "T7", "C5", "C3", "C1", "Cz", "C2", "C4", "C6", "T8", "T10",
    "TP9", "TP7", "CP5", "CP3", "CP1", "CPz", "CP2", "CP4", "CP6", "TP8", "TP10",
    "P9", "P7", "P5", "P3", "P1", "Pz", "P2", "P4", "P6", "P8", "P10",
    "PO7", "PO5", "PO3", "POz", "PO4", "PO6", "PO8", "CB1", "CB2", "O1", "Oz", "O2", "Iz",
)  # fmt: skip
"""From the forehead to the back, left to right. CB1 and CB2 are not in the guideline, but on caps of 64."""

TEN_TWENTY: tuple[str, ...] = (
    "Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz", "C4", "T8",
    "P7", "P3", "Pz", "P4", "P8", "O1", "O2",
)  # fmt: skip
"""The 19 electrodes of the 10-20 system."""

_OLDER = {"t3": "T7", "t4": "T8", "t5": "P7", "t6": "P8"}
_BY_NAME = {name.lower(): name for name in POSITIONS} | _OLDER
_AROUND = re.compile(r"^eeg[ _-]*|[ _-](?:ref|le|re|avg|a1|a2|m1|m2)$|\.+$")


def position(name: str) -> str | None:
    """The electrode that a channel's name means, such as Fp1 for ``FP1`` and ``EEG Fp1-REF``, or None."""
    return _BY_NAME.get(_AROUND.sub("", name.strip().lower()).strip())
