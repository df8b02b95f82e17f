"""A load that makes of a medium, while it is open for the predictions, what the checks need of it as well.

The predictions are as they are without it: what is made has a time of its own, does not write on what the model is
given, and may fail. It is made after what the model is given, so that faces that both look for are found at the
system's cost (`harness.signals.known_faces`). A sample that ends its worker is prepared again without it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from harness.datasets.reader import Sample
from harness.errors import HarnessError
from harness.first_use import apart
from harness.inference.beside import beside
from harness.inference.preparation import LoadSample, Prepared, prepare_samples
from harness.models.model import Preparer
from harness.signals.media import Given, Media, Video


@dataclass(frozen=True)
class Recipe:
    """Something that is made of samples.

    Attributes:
        prepare: makes it of the medium, on which it does not write.
        change: is made to the medium before, if any; `prepare` may then write on it.
        sample_ids: of which samples it is made; None for all.
    """

    prepare: Preparer
    change: Callable[[Any], Media] | None = None
    sample_ids: frozenset[str] | None = None

    def made(self, sample: Sample, read: Callable[[], Given]) -> Prepared:
        """It, or why it cannot be made of this sample.

        Raises:
            HarnessError: see `prepare_samples`.
        """

        def load(_: Sample) -> Given:
            medium = read()
            if self.change is None:
                return medium
            # Of a film, what is changed shares with it what is not.
            return self.change(copy.deepcopy(medium) if isinstance(medium, Video) else medium)

        (prepared,) = prepare_samples(load, self.prepare, [sample])
        return prepared


@dataclass(frozen=True)
class OpenedOnce:
    """Reads a sample and follows recipes, where what they make is wanted. Picklable, for workers.

    Attributes:
        load: reads decoded media.
        recipes: by name.
        keep_arrays: ids of the samples of which what the model is given is kept as well.
        timeout_s: seconds that a recipe may take for one sample.
    """

    load: LoadSample
    recipes: Mapping[str, Recipe]
    keep_arrays: frozenset[str]
    timeout_s: float

    def __call__(self, sample: Sample) -> Given:
        """The medium. What stands in the way of reading it is noted for every recipe, and raised."""
        noted = beside()
        if noted is None:
            return self.load(sample)
        try:
            medium = self.load(sample)
        except HarnessError:
            raise
        except Exception as error:
            noted.make = partial(self._made, sample, _raising(error))
            raise
        with apart(self.timeout_s):
            unchanged = copy.deepcopy(medium)  # the system's own preparation comes first, and might write on it
        noted.make = partial(self._made, sample, lambda: unchanged)
        noted.keeps_array = sample["sample_id"] in self.keep_arrays
        return medium

    def _made(self, sample: Sample, read: Callable[[], Given]) -> dict[str, Prepared]:
        made = {}
        for name, recipe in self.recipes.items():
            if recipe.sample_ids is None or sample["sample_id"] in recipe.sample_ids:
                # What is wrong with the set-up is raised where the recipe is all that is done.
                with suppress(HarnessError), apart(self.timeout_s):
                    made[name] = recipe.made(sample, read)
        return made


def _raising(error: Exception) -> Callable[[], Given]:
    def read() -> Given:
        raise error

    return read
