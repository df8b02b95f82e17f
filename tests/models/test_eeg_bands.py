"""The EEG baseline: electrodes by name, subjects left out, and the truth of the simulated set."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from harness.cards.facts import dataset_card, model_card
from harness.datasets.simulated.eeg import SimulatedEegOptions, SimulatedEegReader
from harness.errors import Reason, Unscored
from harness.models.eeg_bands import EegBandsModel, EegBandsOptions
from harness.models.model import RunSettings, Vectors
from harness.signals.eeg_bands import BANDS, band_features
from harness.signals.media import Channel, Recording
from harness.signals.montage import POSITIONS
from harness.tables.predictions import validate_predictions


def model(**options: Any) -> EegBandsModel:
    return EegBandsModel(model_card("eeg_bandpower"), EegBandsOptions(**options), RunSettings(seed=0))


def noise(seconds: float = 4.0, unit: str | None = "µV") -> Channel:
    return Channel(np.random.default_rng(0).normal(size=round(128 * seconds)), 128.0, 0.0, unit)


def test_the_card_names_every_position() -> None:
    assert model().input.channels == POSITIONS


def test_features_stand_where_their_names_say() -> None:
    made = model(features=("power", "entropy"))
    channel = noise()
    vector = pickle.loads(pickle.dumps(made.preparer()))(Recording(4.0, {"Cz": channel}))
    named = dict(zip(made.feature_names, vector, strict=True))
    expected = band_features(channel.values, 128.0)
    for band, name in enumerate(BANDS):
        assert named[f"Cz.power.{name}"] == pytest.approx(expected.power[band], abs=1e-6)
        assert named[f"Cz.entropy.{name}"] == pytest.approx(expected.entropy[band], abs=1e-6)
    assert np.isfinite(vector).sum() == 2 * len(BANDS)
    assert made.width == len(vector)


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        (Recording(4.0, {"ecg": noise(unit="mV")}), Reason.NO_SIGNAL),
        (Recording(4.0, {"Cz": Channel(np.full(512, np.nan), 128.0, 0.0, "µV")}), Reason.NO_SIGNAL),
        (Recording(1.5, {"Cz": noise(1.5)}), Reason.TOO_SHORT),
        (Recording(4.0, {"Cz": noise(unit="V")}), Reason.UNREADABLE),
    ],
)
def test_what_cannot_be_prepared_says_why(window: Recording, reason: Reason) -> None:
    with pytest.raises(Unscored) as raised:
        model().preparer()(window)
    assert raised.value.reason is reason


def conclude(**options: Any) -> tuple[float, list[Any]]:
    """Accuracy on 16 simulated people, and the folds."""
    made = SimulatedEegReader(
        dataset_card("simulated_eeg"), None, SimulatedEegOptions(subjects=16, samples_per_class=2, window_s=10.0)
    )
    samples, system = made.samples(), model(**options)
    prepare = system.preparer()
    values = system.forward([prepare(made.load(row)) for row in samples.to_pylist()])
    num = samples.num_rows
    conclusion = system.conclude(samples, {"clean": Vectors(values, ["scored"] * num, [None] * num)})
    predictions = validate_predictions(conclusion.predictions, samples).to_pylist()
    right = [row["label"] == truth for row, truth in zip(predictions, samples["label"].to_pylist(), strict=True)]
    return float(np.mean(right)), list(conclusion.folds)


def test_it_finds_the_truth_of_people_whom_it_has_not_seen() -> None:
    accuracy, folds = conclude()
    assert accuracy > 0.8
    assert len(folds) == 16
    assert all(not set(fold.train_subjects) & set(fold.test_subjects) for fold in folds)


def test_comparing_windows_with_the_persons_others_helps_and_is_declared() -> None:
    assert conclude(normalise="recording")[0] >= conclude()[0]
    made = model(normalise="recording")
    assert made.facts()["transductive"]
    assert "Transductive" in made.notes()[0]
    assert not model().notes()
