"""Kind ``sklearn``: a classifier of scikit-learn in a skops file, on features of recordings.

skops stores an estimator without pickle and builds only types that it knows or that the user trusts. A pickle or
joblib file runs whatever its author wrote into it, so it is opened only where the user says so.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy.special import softmax

from harness.arrays import Floats
from harness.cards.facts import Facts, ModelCard
from harness.cards.modality import Modality
from harness.errors import HarnessError
from harness.files import regular
from harness.models.feature_columns import FeaturesInput
from harness.models.feature_preparation import FeaturePreparer
from harness.models.granted import Trust, require_trust
from harness.models.model import ModelOptions, RunSettings
from harness.models.own_words import OwnWords, places_of
from harness.models.scoring_model import ScoringModel
from harness.models.weights import weights_files, weights_path
from harness.models.weights_options import WeightsOptions

PICKLES = (".pkl", ".pickle", ".joblib")

MIN_UNPACKED_BYTES = 256 * 2**20
MAX_EXPANSION = 20
"""A skops file may unpack to so many times its size, or to `MIN_UNPACKED_BYTES`."""


class SklearnOptions(WeightsOptions):
    """The options of `SklearnModel`.

    Attributes:
        trust: build types that skops does not know, and open pickles: both can run any code.
    """

    trust: Trust = False


class SklearnOutput(Facts):
    """What the classifier answers."""

    method: Literal["predict_proba", "decision_function"] = Field(
        default="predict_proba", description="what the classifier is asked for"
    )
    labels: OwnWords = Field(default={})


class SklearnModel(ScoringModel[SklearnOptions]):
    """A fitted classifier, or a pipeline that ends in one."""

    Options: ClassVar[type[ModelOptions]] = SklearnOptions
    Input = FeaturesInput
    Output = SklearnOutput
    usual_modality = Modality.WEARABLE

    def __init__(self, card: ModelCard, options: SklearnOptions, settings: RunSettings) -> None:
        super().__init__(card, options, settings)
        self._path: Path | None = None
        self._classifier: Any = None
        self._order_C: list[int] = []

    def facts(self) -> dict[str, Any]:
        """The file's hash, the features in order, and the versions that read it."""
        return super().facts() | {
            "columns": [column.feature or column.value for column in self.input.columns],
            "scikit-learn": version("scikit-learn"),
            "trusted": self.options.trust,
        }

    def notes(self) -> list[str]:
        """Where the user trusted the file, and where the scores are no probabilities."""
        trusted = "Its file was trusted to run code when it was opened (model.trust=true)."
        margins = (
            "Its scores are margins put through a softmax; their order is the classifier's, their size is not."
        )
        return [
            *([trusted] if self.options.trust else []),
            *([margins] if self.output.method == "decision_function" else []),
        ]

    def files(self) -> dict[str, Path]:
        """The classifier's file."""
        return weights_files(self.card, self.options.weights, self.options.allow_hosts)

    def preparer(self) -> FeaturePreparer:
        """Measures the features of one window."""
        return FeaturePreparer(self.input)

    def open(self) -> None:
        """Read the classifier, and find its classes among the card's labels.

        Raises:
            HarnessError: the file is not that of the card, is damaged or needs trust, is no classifier, takes
                another number of features, or has other classes.
        """
        path = weights_path(self.card, self.options.weights, self.options.allow_hosts)
        self._classifier = _opened(path, self.card.name, self.options.trust)
        self._require_columns()
        self._order_C = self._classes()

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> Floats:
        """Rows of features → scores, shape (len(batch), num_labels)."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "X does not have valid feature names")
            scores_BC = np.asarray(getattr(self._classifier, self.output.method)(np.stack(batch)), np.float64)
        if scores_BC.ndim == 1:  # one margin of two classes: that of the second
            scores_BC = np.stack([np.zeros_like(scores_BC), scores_BC], axis=1)
        if self.output.method == "decision_function":
            scores_BC = softmax(scores_BC, axis=1)
        return scores_BC[:, self._order_C]

    def _require_columns(self) -> None:
        taken = getattr(self._classifier, "n_features_in_", None)
        if taken not in (None, len(self.input.columns)):
            raise HarnessError(
                f"model {self.card.name}: the classifier takes {taken} features, its card names "
                f"{len(self.input.columns)} columns."
            )
        if not hasattr(self._classifier, self.output.method):
            raise HarnessError(
                f"model {self.card.name}: {type(self._classifier).__name__} has no {self.output.method}. State "
                "output.method in the card, or calibrate the classifier (sklearn.calibration)."
            )

    def _classes(self) -> list[int]:
        """Where each label of the card stands among the classifier's classes."""
        own = [str(name) for name in np.asarray(getattr(self._classifier, "classes_", ())).tolist()]
        return places_of(self.card.name, own, self.output.labels, self.card.labels)


def _opened(path: Path, model: str, trust: bool) -> Any:
    """The estimator in a file."""
    if path.suffix.lower() in PICKLES:
        why = (
            f"{path.name} is a pickle, which runs any code when it is opened; ask for a skops file (skops.io.dump)"
        )
        require_trust(trust, f"model {model}", why)
        return _unpickled(path, model)
    if find_spec("skops") is None:
        raise HarnessError(f"model {model} needs skops: pip install 'emotion-harness[skops]'.")
    import skops.io

    try:
        _require_size(path, model)
        unknown = skops.io.get_untrusted_types(file=path)
        if unknown:
            types = ", ".join(unknown[:5])
            why = f"{path.name} holds types that skops does not vouch for, whose code would run: {types}"
            require_trust(trust, f"model {model}", why)
        return skops.io.load(path, trusted=unknown)
    except HarnessError:
        raise
    except Exception as error:  # a hostile archive can fail in any way
        raise HarnessError(
            f"model {model}: {path.name} cannot be read ({type(error).__name__}: {error})."
        ) from None


def _require_size(path: Path, model: str) -> None:
    """Refuse an archive that would fill the memory: skops reads whole members, however much they unpack to."""
    with zipfile.ZipFile(regular(path)) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    most = max(MIN_UNPACKED_BYTES, MAX_EXPANSION * path.stat().st_size)
    if unpacked > most:
        raise HarnessError(
            f"model {model}: {path.name} unpacks to {unpacked / 2**20:,.0f} MiB, over {MAX_EXPANSION} times its "
            "size, as no fitted classifier does."
        )


def _unpickled(path: Path, model: str) -> Any:
    import joblib

    try:
        return joblib.load(path)
    except Exception as error:  # its code can raise anything
        raise HarnessError(
            f"model {model}: {path.name} cannot be read ({type(error).__name__}: {error})."
        ) from None
