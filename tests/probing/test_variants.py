"""A model whose answer shows how it was asked: alone or together, in which order of channels, on which scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from bare_cards import bare_card

from harness.errors import Reason, Unscored
from harness.models.answer import Answer, Answers
from harness.models.model import Conclusion, ModelOptions, PretrainedModel, RunSettings, Vectors
from harness.probing.variants import UNANSWERED, AloneAndTogether, BothOrders, OtherInput, Probed
from harness.signals.media import Audio, Image, Media, Video

Array = npt.NDArray[Any]
RED = Image(np.full((2, 2, 3), (200, 50, 10), np.uint8))


def colours(media: Media) -> Array:
    """The mean of each channel; a picture that is mostly blue has no face."""
    image = media.still if isinstance(media, Video) else media
    assert isinstance(image, Image)
    mean = image.pixels.mean((0, 1)).astype(np.float32)
    if mean[2] > 220:
        raise Unscored(Reason.NO_FACE)
    return mean


class Telling(PretrainedModel[ModelOptions]):
    """Answers with the size of the batch, and the first channel of each sample."""

    width = 2

    def __init__(self) -> None:
        card = bare_card("telling")
        super().__init__(card, ModelOptions(), RunSettings())
        self.opened = 0

    def preparer(self) -> Any:
        return colours

    def open(self) -> None:
        self.opened += 1

    def forward(self, batch: Sequence[Array]) -> npt.NDArray[np.float64]:
        return np.array([[len(batch), value[0]] for value in batch], dtype=np.float64)

    def conclude(self, samples: pa.Table, vectors: Vectors) -> Conclusion:
        raise NotImplementedError


def batch(*first: float) -> list[Array]:
    return [np.array([value, 0.0, 0.0], np.float32) for value in first]


def test_asked_again_it_is_the_model_itself() -> None:
    model = Telling()
    probed = Probed(model)
    assert (probed.width, probed.parts) == (2, ("again",))
    probed.open()
    assert model.opened == 1
    assert probed.forward(batch(3, 4)).tolist() == [[2, 3], [2, 4]]


def test_every_sample_is_asked_alone_and_all_together() -> None:
    probed = AloneAndTogether(Telling())
    assert probed.width == 4
    assert probed.forward(batch(3, 4, 5)).tolist() == [[1, 3, 3, 3], [1, 4, 3, 4], [1, 5, 3, 5]]


@pytest.mark.parametrize("problem", ["raises", "is of another shape", "is infinite"])
def test_what_a_model_cannot_take_is_nan_and_stops_nothing(problem: str) -> None:
    class Failing(Telling):
        def forward(self, batch: Sequence[Array]) -> npt.NDArray[np.float64]:
            if problem == "raises":
                raise RuntimeError("expected more than 1 value per channel when training")
            return (
                np.zeros((len(batch), 3)) if problem == "is of another shape" else np.full((len(batch), 2), np.inf)
            )

    assert np.isnan(Probed(Failing()).forward(batch(3, 4))).all()
    assert Probed(Failing()).forward(batch(3, 4)).shape == (2, 2)


class OneByOne(Telling):
    """Says of each sample what `Telling` does, declines the number 4, and fails at the number 5."""

    def forward(self, batch: Sequence[Array]) -> Answers:  # type: ignore[override]
        for index, vector in reversed(list(enumerate(super().forward(batch)))):
            if vector[1] == 5:
                raise RuntimeError("the line is dead")
            refused = Unscored(Reason.REFUSED, abstained=True) if vector[1] == 4 else None
            yield index, Answer(vector=None if refused else vector, unscored=refused, cost=0.1)


def told(probed: Probed, given: Sequence[Array]) -> dict[int, Any]:
    answers = dict(probed.forward(given))
    return {place: of.reason if of.vector is None else of.vector.tolist() for place, of in answers.items()}


def test_the_answers_to_one_part_are_handed_on_as_they_arrive() -> None:
    alone, together = (AloneAndTogether(OneByOne(), part) for part in ("alone", "together"))
    assert (alone.parts, alone.width) == (("alone",), 2)
    assert told(alone, batch(3, 4, 6)) == {0: [1, 3], 1: "refused", 2: [1, 6]}
    assert list(told(together, batch(3, 4, 6)).items()) == [(2, [3, 6]), (1, "refused"), (0, [3, 3])]


def test_what_a_model_leaves_out_when_it_fails_is_a_failed_answer_and_stops_nothing() -> None:
    alone, together = (AloneAndTogether(OneByOne(), part) for part in ("alone", "together"))
    unanswered = UNANSWERED.text
    assert told(alone, batch(3, 5, 6)) == {0: [1, 3], 1: unanswered, 2: [1, 6]}
    assert told(together, batch(3, 5, 6)) == {2: [3, 6], 0: unanswered, 1: unanswered}


def test_an_answer_in_the_wrong_shape_is_none_and_its_cost_is_kept() -> None:
    class Wide(OneByOne):
        def forward(self, batch: Sequence[Array]) -> Answers:  # type: ignore[override]
            yield 0, Answer(vector=np.zeros(3), cost=0.1)

    ((place, answer),) = Probed(Wide(), "again").forward(batch(3))
    assert (place, answer.reason, answer.cost) == (0, UNANSWERED.text, 0.1)


def test_red_and_blue_are_swapped_before_anything_is_prepared() -> None:
    both = BothOrders(colours)(RED)
    assert [part.tolist() for part in both] == [[200, 50, 10], [10, 50, 200]]
    film = Video(RED.pixels[None], np.zeros(1), Audio(np.zeros(4, np.float32), 16_000))
    clip = BothOrders(colours)(film)
    assert clip[1].tolist() == [10, 50, 200]
    assert RED.pixels[0, 0].tolist() == [200, 50, 10]


def test_a_swapped_picture_without_a_face_is_left_out() -> None:
    both = BothOrders(colours)(Image(np.full((2, 2, 3), (230, 50, 10), np.uint8)))
    assert both[1] is None
    with pytest.raises(Unscored):  # the picture as it is has to be prepared
        BothOrders(colours)(Image(np.full((2, 2, 3), (10, 50, 230), np.uint8)))


@pytest.mark.parametrize(
    ("value", "answers"),
    [
        (0.5, [0.5 * 255, 0.5 / 255, 0.0, 0.75]),  # on the scale of 1: 2x - 1 and (x + 1) / 2
        (100.0, [25_500.0, 100 / 255, -55.0, 177.5]),  # on that of 255: 2x - 255 and (x + 255) / 2
    ],
)
def test_the_scales_of_what_is_prepared(value: float, answers: list[float]) -> None:
    """The parts in order: swapped, times 255, divided by it, stretched, squeezed; of each the first channel."""
    probed = OtherInput(Telling())
    assert probed.parts == ("swapped", "times_255", "divided_by_255", "stretched", "squeezed")
    pair = np.empty(2, dtype=object)
    pair[0], pair[1] = batch(value, 7.0)
    (found,) = probed.forward([pair])
    assert found[1::2] == pytest.approx([7.0, *answers])


def test_samples_without_a_swapped_picture_are_nan_and_the_others_are_asked() -> None:
    pairs = []
    for swapped in (batch(7.0)[0], None):
        pair = np.empty(2, dtype=object)
        pair[0], pair[1] = batch(0.5)[0], swapped
        pairs.append(pair)
    found = OtherInput(Telling()).forward(pairs)
    assert found[0, :2].tolist() == [1, 7.0]
    assert np.isnan(found[1, :2]).all()
    assert not np.isnan(found[:, 2:]).any()
