"""Models with a planted fault, asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from bare_cards import bare_card

from harness.cards.facts import DatasetCard, Licence
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import Reason, Unscored
from harness.inference.engine import collect
from harness.inference.inference_settings import InferenceSettings
from harness.models.answer import Answer, Answers
from harness.models.model import (
    Conclusion,
    CrossFittedModel,
    MediaModel,
    ModelOptions,
    PretrainedModel,
    RunSettings,
    Vectors,
)
from harness.models.stating_model import StatingModel
from harness.probing.answer_rows import max_difference
from harness.probing.answered import Answered
from harness.probing.collector import Collector
from harness.probing.probe import probes_table
from harness.probing.probe_settings import ProbeSettings
from harness.signals.media import Image, Media
from harness.tables.predictions import predictions_table
from harness.tables.probe_tables import (
    AS_GIVEN,
    FLOAT32,
    PAID,
    PROBES,
    REDUCED_PRECISION,
    validate_probes,
    why_unasked,
)
from harness.tables.samples import samples_table

LABELS = ["warm", "cold", "dark"]
SETTINGS = InferenceSettings(batch_size=4, workers=0)


class Colours(Reader[ReaderOptions]):
    """Pictures whose label is their colour: red is warm, blue is cold; what is black is dark."""

    Options = ReaderOptions
    needs_root = False

    def __init__(self) -> None:
        card = DatasetCard(
            name="colours",
            title="",
            reader="",
            modalities=["face"],
            description="",
            licence=Licence(name="none"),
            labels=LABELS,
            label_source="acted",
            elicitation="simulated",
            limitations=[],
        )
        super().__init__(card, None, ReaderOptions())

    def samples(self) -> pa.Table:
        return samples_table(
            [
                {
                    "sample_id": f"s{i:03d}",
                    "modality": "face",
                    "subject_id": f"p{i % 10}",
                    "label": LABELS[i % 3],
                    "label_source": "acted",
                }
                for i in range(60)
            ]
        )

    def load(self, sample: Sample) -> Media:
        number = int(sample["sample_id"][1:])
        if number == 7:
            raise Unscored(Reason.NO_FACE, abstained=True)
        pixels = np.random.default_rng(number).integers(0, 60, (8, 8, 3)).astype(np.uint8)
        colour = {"warm": (200, 0, 0), "cold": (0, 0, 200), "dark": (0, 0, 0)}[sample["label"]]
        return Image(pixels + np.array(colour, np.uint8) // 2)


def mean_colour(media: Media) -> npt.NDArray[np.float32]:
    assert isinstance(media, Image)
    return media.pixels.reshape(-1, 3).mean(axis=0).astype(np.float32)


class Colourist(MediaModel[ModelOptions]):
    """Knows the colours."""

    width = 3
    training = "pretrained"
    unit = 255.0

    def __init__(self) -> None:
        card = bare_card("colours", labels=LABELS, training=self.training)
        super().__init__(card, ModelOptions(), RunSettings())
        self.opened = 0

    def preparer(self) -> Any:
        return mean_colour

    def open(self) -> None:
        self.opened += 1

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        return self.scores(np.stack(batch).astype(np.float64) / self.unit)

    def scores(self, colour_N3: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        logits = 20 * np.stack([colour_N3[:, 0], colour_N3[:, 2], np.full(len(colour_N3), 0.25)], axis=1)
        exponential = np.exp(logits - logits.max(axis=1, keepdims=True))
        scores: npt.NDArray[np.float64] = exponential / exponential.sum(axis=1, keepdims=True)
        return scores


class Sound(Colourist, PretrainedModel[ModelOptions]):
    """Answers at once. Subclasses have one fault each."""

    def conclude(self, samples: pa.Table, vectors: Vectors) -> Conclusion:
        scored = [outcome == "scored" for outcome in vectors.outcome]
        best = np.nan_to_num(vectors.values).argmax(axis=1)
        return Conclusion(
            predictions_table(
                model=self.name,
                labels=LABELS,
                sample_id=samples["sample_id"].to_pylist(),
                outcome=vectors.outcome,
                reason=vectors.reason,
                label=[LABELS[i] if s else None for i, s in zip(best, scored, strict=True)],
            )
        )


class Coarse(Sound):
    """Rounds the colours to the precision of the run: of bfloat16 eight bits, 256 steps."""

    def __init__(self, *given: Any) -> None:
        super().__init__()
        self.settings = given[-1] if given else RunSettings(precision="bfloat16")

    def scores(self, colour_N3: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        is_exact = self.settings.precision == "float32"
        return super().scores(colour_N3 if is_exact else np.round(colour_N3 * 256) / 256)


class Stating(Sound, StatingModel[ModelOptions]):
    """Is sent files, and says the same of all."""

    width = 4

    def scores(self, colour_N3: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.tile(self.stated(LABELS[0]), (len(colour_N3), 1))


class TrainMode(Sound):
    """Normalises by its batch."""

    def scores(self, colour_N3: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return super().scores(colour_N3 - colour_N3.mean(axis=0) + 0.2)


class NeedsTwo(Sound):
    """Raises for one sample, as torch's batch normalisation does while it trains."""

    def scores(self, colour_N3: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        if len(colour_N3) == 1:
            raise ValueError("Expected more than 1 value per channel when training")
        return super().scores(colour_N3)


class Random(Sound):
    """Drops out at random."""

    def __init__(self) -> None:
        super().__init__()
        self._rng = np.random.default_rng()

    def scores(self, colour_N3: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return super().scores(colour_N3 * self._rng.uniform(0.9, 1.1, colour_N3.shape))


class Swapped(Sound):
    """Takes what it is given for BGR."""

    def scores(self, colour_N3: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return super().scores(colour_N3[:, ::-1])


class WrongScale(Sound):
    """Expects 0 to 1, and is given 0 to 255."""

    unit = 1.0

    def scores(self, colour_N3: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return super().scores(np.minimum(colour_N3, 1.0))


class Trained(Colourist, CrossFittedModel[ModelOptions]):
    """Is trained within the study; its vector holds features on a large scale."""

    training = "cross_fitted"

    def scores(self, colour_N3: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return 1e6 * colour_N3 + (1e-3 if len(colour_N3) == 1 else 0.0)

    def conclude(self, samples: pa.Table, vectors: Mapping[str, Vectors]) -> Conclusion:
        raise AssertionError("what is trained within the study is not asked for labels again")


def probe(model: Colourist, tmp_path: Path, **settings: Any) -> pa.Table:
    reader = Colours()
    samples = reader.samples()
    own = collect(samples, reader.load, model, journal=tmp_path / "own", plan_hash="a", settings=SETTINGS)
    collector = Collector(tmp_path / "probing", "a", SETTINGS)
    answered = Answered(model, reader, samples, own)
    table = probes_table(answered, ProbeSettings(**{"max_probes": 20, "max_inputs": 40} | settings), collector)
    return validate_probes(table, samples)


def column(table: pa.Table, probe: str, variant: str, name: str) -> list[Any]:
    return [r[name] for r in table.to_pylist() if (r["probe"], r["variant"]) == (probe, variant)]


def share_right(table: pa.Table, probe: str, variant: str) -> float:
    truth = dict(zip(*(Colours().samples()[name].to_pylist() for name in ("sample_id", "label")), strict=True))
    rows = [r for r in table.to_pylist() if (r["probe"], r["variant"]) == (probe, variant)]
    return float(np.mean([row["label"] == truth[row["sample_id"]] for row in rows]))


def test_a_sound_model_says_the_same_again(tmp_path: Path) -> None:
    table = probe(Sound(), tmp_path)
    for variant in ("alone", "together"):
        differences = column(table, "batch_invariance", variant, "max_difference")
        assert len(differences) == 20
        assert max(differences) < 1e-12
    assert column(table, "determinism", "again", "max_difference") == [0.0] * 20
    assert "s007" not in table["sample_id"].to_pylist()


def test_a_sound_model_does_best_on_its_own_input(tmp_path: Path) -> None:
    table = probe(Sound(), tmp_path)
    assert share_right(table, "channel_order", AS_GIVEN) == 1.0
    assert column(table, "channel_order", AS_GIVEN, "max_difference") == [0.0] * 40
    assert share_right(table, "channel_order", "swapped") == pytest.approx(1 / 3, abs=0.05)
    for variant in ("times_255", "divided_by_255", "stretched", "squeezed"):
        assert share_right(table, "input_scale", variant) < 1.0


def test_a_model_that_looks_at_its_batch_is_found(tmp_path: Path) -> None:
    table = probe(TrainMode(), tmp_path)
    assert max(column(table, "batch_invariance", "alone", "max_difference")) > 0.1
    assert max(column(table, "batch_invariance", "together", "max_difference")) > 1e-3
    assert column(table, "determinism", "again", "max_difference") == [0.0] * 20


def test_a_model_that_fails_alone_is_a_failed_row_and_no_failed_study(tmp_path: Path) -> None:
    table = probe(NeedsTwo(), tmp_path)
    assert set(column(table, "batch_invariance", "alone", "outcome")) == {"failed"}
    assert set(column(table, "batch_invariance", "alone", "max_difference")) == {None}
    assert max(column(table, "batch_invariance", "together", "max_difference")) < 1e-12


def test_a_model_that_draws_is_found(tmp_path: Path) -> None:
    table = probe(Random(), tmp_path)
    assert min(column(table, "determinism", "again", "max_difference")) > 0.0


def test_a_model_that_reads_bgr_does_better_on_it(tmp_path: Path) -> None:
    table = probe(Swapped(), tmp_path)
    assert share_right(table, "channel_order", "swapped") == 1.0
    assert share_right(table, "channel_order", AS_GIVEN) < 0.5


def test_a_model_on_the_wrong_scale_does_better_on_the_right_one(tmp_path: Path) -> None:
    table = probe(WrongScale(), tmp_path)
    assert share_right(table, "input_scale", "divided_by_255") == 1.0
    assert share_right(table, "input_scale", AS_GIVEN) < 0.5


def test_features_differ_in_units_of_their_deviation_and_are_not_asked_with_other_input(tmp_path: Path) -> None:
    table = probe(Trained(), tmp_path)
    assert 0.0 < max(column(table, "batch_invariance", "alone", "max_difference")) < 1e-5
    assert set(table["probe"].to_pylist()) == {"batch_invariance", "determinism"}
    assert set(table["label"].to_pylist()) == {None}


def test_what_is_sent_as_a_file_is_not_asked_about_on_another_scale(tmp_path: Path) -> None:
    assert set(probe(Stating(), tmp_path)["probe"].to_pylist()) == {"batch_invariance", "determinism"}


def test_the_journal_goes_on_where_it_was_and_opens_no_model(tmp_path: Path) -> None:
    first = probe(Sound(), tmp_path)
    model = Sound()
    assert probe(model, tmp_path).equals(first)
    assert model.opened == 0


def test_nothing_is_asked_where_nothing_may_be(tmp_path: Path) -> None:
    table = probe(Sound(), tmp_path, max_probes=0, max_inputs=0)
    assert table.schema.equals(PROBES)
    assert table.num_rows == 0


def test_what_is_computed_with_less_is_computed_once_more_in_single_precision(tmp_path: Path) -> None:
    table = probe(Coarse(), tmp_path)
    exact, own = (column(table, REDUCED_PRECISION, variant, "max_difference") for variant in (FLOAT32, AS_GIVEN))
    assert own == [0.0] * 20
    assert len(exact) == 20
    assert 0.0 < max(exact) < 20 / 256  # the logits are 20 times the colours, and a score moves by less than they
    assert share_right(table, REDUCED_PRECISION, FLOAT32) == 1.0
    assert REDUCED_PRECISION not in probe(Sound(), tmp_path / "sound")["probe"].to_pylist()


class Service(Sound):
    """Answers sample by sample, and notes for what it was paid; may be killed before its next answer."""

    def __init__(self, cost: float | None = 0.25, stop_after: int = 10_000) -> None:
        super().__init__()
        self.cost = cost
        self.stop_after = stop_after
        self.paid: list[bytes] = []

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> Answers:  # type: ignore[override]
        for index, array in enumerate(batch):
            if len(self.paid) == self.stop_after:
                raise KeyboardInterrupt
            self.paid.append(array.tobytes())
            yield index, Answer(vector=super().forward([array])[0], cost=self.cost, raw="said")


def test_a_paid_system_is_not_asked_again_and_the_table_says_why(tmp_path: Path) -> None:
    model = Service()
    table = probe(model, tmp_path)
    assert len(model.paid) == 59  # of 60 samples, one without a face
    assert (table.num_rows, why_unasked(table)) == (0, PAID)
    assert why_unasked(probe(Sound(), tmp_path / "free", max_probes=0, max_inputs=0)) is None


@pytest.mark.parametrize("cost", [None, 0.0])
def test_a_system_whose_answers_cost_nothing_is_asked_again(tmp_path: Path, cost: float | None) -> None:
    model = Service(cost)
    assert probe(model, tmp_path).num_rows > 0
    assert len(model.paid) == 59 + 3 * 20 + 5 * 40


def test_a_system_whose_card_says_that_it_is_paid_is_not_asked_again(tmp_path: Path) -> None:
    model = Service(cost=None)
    model.card = model.card.model_copy(update={"paid": True})
    assert why_unasked(probe(model, tmp_path)) == PAID
    assert len(model.paid) == 59


@pytest.mark.slow
def test_a_paid_system_that_is_asked_again_all_the_same_is_asked_for_nothing_twice(tmp_path: Path) -> None:
    free = probe(Sound(), tmp_path / "free")
    paid = []
    while True:  # killed after every 31st answer
        model = Service(stop_after=31)
        try:
            table = probe(model, tmp_path / "paid", ask_paid=True)
        except KeyboardInterrupt:
            paid += model.paid
            continue
        paid += model.paid
        break
    assert len(paid) == 59 + 3 * 20 + 5 * 40
    assert table.drop_columns(["max_difference"]).equals(free.drop_columns(["max_difference"]))
    assert table["max_difference"].to_pylist() == pytest.approx(free["max_difference"].to_pylist(), abs=1e-12)


def test_a_difference_is_that_of_the_worst_number() -> None:
    values = np.array([[1.0, np.nan], [1.0, np.nan], [3.0, 20.0]])
    reference = np.array([[1.0, np.nan], [1.0, 0.0], [1.0, 10.0]])
    assert max_difference(values, reference, np.array([1.0, 10.0])).tolist() == [0.0, np.inf, 2.0]
