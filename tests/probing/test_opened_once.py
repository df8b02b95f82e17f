"""One sample: what is made of it besides, and what the model is given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from counted_pictures import Prepare, counted_pictures, dies_of_blank, hangs_on_blank, mean_colour, slow
from systems_with_faults import write_pictures

from harness.datasets.reader import Sample
from harness.errors import HarnessError, Reason, Unscored
from harness.inference.beside import OWN_ARRAY
from harness.inference.preparation import prepare_samples
from harness.inference.worker import Worker
from harness.inference.worker_server import pickled_job
from harness.probing.opened_once import OpenedOnce, Recipe
from harness.signals.blank import blank, blank_sound
from harness.signals.media import Audio, Image, Media, Video

SAMPLE = {"sample_id": "a", "modality": "face"}
PIXELS = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


def opened(load, recipes: dict[str, Recipe], keep: frozenset[str] = frozenset(), timeout_s: float = 60.0):
    return OpenedOnce(load, recipes, keep, timeout_s)


def picture(_: Sample) -> Media:
    return Image(PIXELS.copy())


def brightest(media: Image) -> npt.NDArray[np.float32]:
    return np.array([media.pixels.max()], np.float32)


def film(_: Sample) -> Media:
    return Video(PIXELS[None].copy(), np.zeros(1), Audio(np.ones(8, np.float32), 8))


def writes_on_film(media: Video) -> npt.NDArray[np.float32]:
    media.frames[:] = 0
    return np.zeros(1, np.float32)


def test_recipes_are_followed_for_their_samples_and_come_with_the_sample() -> None:
    recipes = {
        "all": Recipe(brightest),
        "changed": Recipe(brightest, blank, frozenset({"a"})),
        "of_others": Recipe(brightest, None, frozenset({"b"})),
    }
    load = opened(picture, recipes, frozenset({"a"}))
    (found,) = prepare_samples(load, mean_colour, [SAMPLE], with_beside=True)
    assert {name: made.array.tolist() for name, made in found.beside.items()} == {
        "all": [47.0],
        "changed": [128.0],
        OWN_ARRAY: [22.5, 23.5, 24.5],
    }
    assert not np.shares_memory(found.beside[OWN_ARRAY].array, found.array)  # the model may write on its own
    first, second = prepare_samples(load, mean_colour, [SAMPLE, SAMPLE | {"sample_id": "c"}], with_beside=True)
    assert set(first.beside) == {"all", "changed", OWN_ARRAY}
    assert set(second.beside) == {"all"}


def test_nothing_is_made_where_it_is_not_wanted() -> None:
    load = opened(picture, {"all": Recipe(brightest)}, frozenset({"a"}))
    (found,) = prepare_samples(load, mean_colour, [SAMPLE])
    assert found.array.tolist() == [22.5, 23.5, 24.5]
    assert found.beside == {}


def test_what_stands_in_the_way_of_reading_is_the_same_for_all() -> None:
    def unreadable(_: Sample) -> Media:
        raise Unscored(Reason.MISSING_FILE)

    (found,) = prepare_samples(
        opened(unreadable, {"all": Recipe(brightest)}), mean_colour, [SAMPLE], with_beside=True
    )
    assert (found.outcome, found.reason) == ("failed", "missing_file")
    made = found.beside["all"]
    assert (made.array, made.outcome, made.reason) == (None, "failed", "missing_file")


@pytest.mark.parametrize("raised", [ValueError("x"), Unscored(Reason.NO_FACE, abstained=True), HarnessError("x")])
def test_a_recipe_that_fails_says_why_and_the_sample_is_scored(raised: Exception) -> None:
    def fails(_: Image) -> npt.NDArray[np.float32]:
        raise raised

    (found,) = prepare_samples(opened(picture, {"all": Recipe(fails)}), mean_colour, [SAMPLE], with_beside=True)
    assert found.outcome == "scored"
    reasons = [(made.outcome, made.reason) for made in found.beside.values()]
    expected = {
        ValueError: [("failed", "unreadable: ValueError")],
        Unscored: [("abstained", "no_face")],
        HarnessError: [],  # it is raised where the recipe is all that is done
    }
    assert reasons == expected[type(raised)]


def test_what_is_changed_in_a_film_shares_nothing_with_it() -> None:
    load = opened(film, {"mute": Recipe(writes_on_film, blank_sound)})
    given: list[npt.NDArray[np.uint8]] = []

    def kept(media: Video) -> npt.NDArray[np.float32]:
        given.append(media.frames)
        return np.zeros(1, np.float32)

    (found,) = prepare_samples(load, kept, [SAMPLE | {"modality": "video"}], with_beside=True)
    assert found.beside["mute"].outcome == "scored"
    np.testing.assert_array_equal(given[0], PIXELS[None])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("pictures") / "set", subjects=1, per_label=1)


def prepared(prepare: Prepare, pictures: Path, timeout_s: float):
    reader = counted_pictures(pictures)
    rows = reader.samples().to_pylist()
    recipe = Recipe(prepare, blank, frozenset({rows[1]["sample_id"]}))
    load = OpenedOnce(reader.load, {"blank": recipe, "own": Recipe(prepare)}, frozenset(), timeout_s)
    worker = Worker(pickled_job(load, prepare), timeout_s)
    try:
        return worker.prepare(rows)[0]
    finally:
        worker.stop()


def test_a_recipe_has_a_time_of_its_own(pictures: Path) -> None:
    """Each takes 0.3 s, and a sample with two of them 0.9 s."""
    found = prepared(slow, pictures, timeout_s=0.8)
    assert [of.outcome for of in found] == ["scored"] * 4
    assert [set(of.beside) for of in found] == [{"own"}, {"blank", "own"}, {"own"}, {"own"}]
    assert max(of.seconds for of in found) < 0.6
    assert min(made.seconds for of in found for made in of.beside.values()) >= 0.3


@pytest.mark.parametrize(("prepare", "timeout_s"), [(dies_of_blank, 60.0), (hangs_on_blank, 0.5)])
def test_a_recipe_that_ends_its_worker_is_left_out(prepare: Prepare, timeout_s: float, pictures: Path) -> None:
    found = prepared(prepare, pictures, timeout_s)
    assert [(of.outcome, of.beside) for of in found] == [("scored", {})] * 4
