"""Functionals of the voice by openSMILE, for a linear support vector machine.

openSMILE computes the feature sets that are the standard of the field: eGeMAPS (Eyben et al. 2016,
doi:10.1109/TAFFC.2015.2457417) and that of the ComParE challenges. Its licence excludes commercial products, so
it is an optional extra and never a default.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from harness.cards.facts import ModelCard
from harness.errors import HarnessError
from harness.first_use import first_use
from harness.models.model import Preparer, RunSettings
from harness.models.voice_svm import VoiceSvmModel, VoiceSvmOptions
from harness.models.waveform import WaveformPreparer
from harness.signals.media import Media

FeatureSet = Literal["eGeMAPSv02", "ComParE_2016"]

WIDTHS: dict[FeatureSet, int] = {"eGeMAPSv02": 88, "ComParE_2016": 6_373}


class OpensmileOptions(VoiceSvmOptions):
    """The options of `OpensmileModel`.

    Attributes:
        feature_set: ``eGeMAPSv02`` (88 functionals) or ``ComParE_2016`` (6,373).
        regularisation: as in `VoiceSvmOptions`; fewer features need a larger C.
    """

    feature_set: FeatureSet = "eGeMAPSv02"
    regularisation: float = Field(default=3e-3, gt=0)


class OpensmileModel(VoiceSvmModel[OpensmileOptions]):
    """openSMILE runs in the worker processes, clip by clip.

    Raises:
        HarnessError: the package is not installed.
    """

    Options = OpensmileOptions

    def __init__(self, card: ModelCard, options: OpensmileOptions, settings: RunSettings) -> None:
        if find_spec("opensmile") is None:
            raise HarnessError(
                f"model {card.name} needs openSMILE, which is not installed: "
                "pip install 'emotion-harness[opensmile]'. Its licence does not allow use in commercial products."
            )
        super().__init__(card, options, settings)

    @property
    def width(self) -> int:
        """The number of functionals."""
        return WIDTHS[self.options.feature_set]

    def facts(self) -> dict[str, Any]:
        """The version of openSMILE, which with the name of the set determines the features."""
        return super().facts() | {"opensmile": version("opensmile"), "sample_rate_hz": self.input.sample_rate_hz}

    def preparer(self) -> Preparer:
        """Resampling, bounds on the length, and the functionals."""
        waveform = WaveformPreparer(self.input.sample_rate_hz, self.options.max_duration_s)
        return _Functionals(waveform, self.options.feature_set)

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        """The functionals from the workers, unchanged, shape (len(batch), width)."""
        return np.stack(batch)


@dataclass(frozen=True)
class _Functionals:
    """Media → functionals, float64, shape (num_functionals,)."""

    waveform: WaveformPreparer
    feature_set: FeatureSet

    def __call__(self, media: Media) -> npt.NDArray[np.float64]:
        waveform = self.waveform(media)
        functionals = _smile(self.feature_set)(waveform, self.waveform.sample_rate_hz)
        return np.asarray(functionals, np.float64).reshape(WIDTHS[self.feature_set])


@cache
@first_use()
def _smile(feature_set: FeatureSet) -> Any:
    """One extractor per process and set; imported only here, because the import takes seconds."""
    import opensmile

    return opensmile.Smile(opensmile.FeatureSet[feature_set], opensmile.FeatureLevel.Functionals)
