"""Measurements of devices that were worn together with a reference, in several situations.

Shapes: n measurements, one per person, device and situation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.arrays import Bools, Floats, Ints

Texts = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Measurements:
    """What devices measured.

    Attributes:
        dataset: its name.
        reference: the device that the others are compared with.
        subject_n: who.
        device_n: by which device.
        situation_n: in which situation.
        values: measure → its value, NaN where the device gave none.
        num_beats_n: beats that were delivered; NaN where that is not known.
        num_artefacts_n: of these, replaced by preprocessing; NaN where that is not known.
        units: measure → its unit.
    """

    dataset: str
    reference: str
    subject_n: Texts
    device_n: Texts
    situation_n: Texts
    values: Mapping[str, Floats]
    num_beats_n: Floats
    num_artefacts_n: Floats
    units: Mapping[str, str]

    @property
    def devices(self) -> list[str]:
        """Those that are compared with the reference."""
        return sorted(set(self.device_n.tolist()) - {self.reference})

    @property
    def situations(self) -> list[str]:
        """In the order in which they first occur."""
        return list(dict.fromkeys(self.situation_n.tolist()))

    @property
    def num_subjects(self) -> int:
        """Of the whole study, whether they had a device or not."""
        return len(set(self.subject_n.tolist()))


@dataclass(frozen=True)
class Paired:
    """One device beside the reference: an entry per person and situation that the reference measured.

    Attributes:
        subject_n: who: the same codes for every device.
        situation_n: in which situation.
        device: measure → what the device gave, NaN where it gave nothing.
        reference: measure → what the reference gave.
        num_beats_n: of the device; NaN where it is missing, or they were not counted.
        num_reference_n: of the reference.
        num_artefacts_n: of the device.
    """

    subject_n: Ints
    situation_n: Texts
    device: Mapping[str, Floats]
    reference: Mapping[str, Floats]
    num_beats_n: Floats
    num_reference_n: Floats
    num_artefacts_n: Floats

    @property
    def has_value_n(self) -> Bools:
        """Whether the device gave a value of any measure."""
        values_Mn = np.reshape([*self.device.values()], (len(self.device), len(self.subject_n)))
        return np.asarray(np.isfinite(values_Mn).any(axis=0))

    def within(self, in_part_n: Bools) -> Paired:
        """Some of the entries."""
        return Paired(
            self.subject_n[in_part_n],
            self.situation_n[in_part_n],
            {name: values[in_part_n] for name, values in self.device.items()},
            {name: values[in_part_n] for name, values in self.reference.items()},
            self.num_beats_n[in_part_n],
            self.num_reference_n[in_part_n],
            self.num_artefacts_n[in_part_n],
        )


def paired(measured: Measurements, device: str) -> Paired:
    """A device beside the reference; a device that a person did not wear is missing there."""
    key_n = [*zip(measured.subject_n.tolist(), measured.situation_n.tolist(), strict=True)]
    of_device = {key_n[index]: index for index in np.flatnonzero(measured.device_n == device)}
    _, subject_n = np.unique(measured.subject_n, return_inverse=True)
    reference = np.flatnonzero(measured.device_n == measured.reference)
    index_n = np.array([of_device.get(key_n[index], -1) for index in reference], np.int64)

    def of(values: Floats) -> Floats:
        return np.where(index_n >= 0, values[index_n], np.nan)

    return Paired(
        subject_n[reference].astype(np.int64),
        measured.situation_n[reference],
        {name: of(values) for name, values in measured.values.items()},
        {name: values[reference] for name, values in measured.values.items()},
        of(measured.num_beats_n),
        measured.num_beats_n[reference],
        of(measured.num_artefacts_n),
    )
