"""The sweeper of ``harness run -m``: a config that does not compose is one failed study, not the end of the sweep.

Hydra takes sweepers only from packages of this name. It imports this module in every program that uses Hydra, so
the harness is imported only when a sweep has begun.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper


class StudySweeper(BasicSweeper):  # type: ignore[misc] # Hydra's sweepers have no types
    """Hydra's sweeper over all combinations, which gives the launcher those that compose.

    Every study gets its number in the whole sweep, as a launcher only counts what it is given.
    """

    _num_seen = 0

    def sweep(self, arguments: list[str]) -> Any:
        """Run all studies, which note in the folder of the sweep how they end. One process at a time does.

        Raises:
            StudiesLostError: a launcher that runs studies in other processes says that one has ended by itself.
        """
        from harness.commands.sweep import ENDED, StudiesLostError
        from harness.errors import HarnessError
        from harness.inference.lock import locked
        from harness.study.compose import COMPOSING_FAILS
        from harness.study.sweep_notes import NOTES

        assert self.config is not None
        folder = Path(self.config.hydra.sweep.dir).absolute()
        with locked(folder):
            notes = folder / NOTES
            shutil.rmtree(notes, ignore_errors=True)
            notes.mkdir()
            os.environ[ENDED] = str(notes)
            try:
                return super().sweep(arguments)
            except (HarnessError, *COMPOSING_FAILS):
                raise
            except Exception as error:
                if isinstance(self.launcher, BasicLauncher):
                    raise
                raise StudiesLostError(f"{type(error).__name__}: {error}") from error

    def get_job_batch(self) -> Sequence[Sequence[str]]:
        """The overrides of the next studies, a list for each."""
        from harness.commands.sweep import ENDED, NUMBER, Place

        batch = super().get_job_batch()
        first = self._num_seen
        self._num_seen += len(batch)
        assert self.config is not None
        for number, overrides in enumerate(batch, start=first):
            place = Place.of(number, overrides, str(self.config.hydra.sweep.dir))
            place.begun().write(Path(os.environ[ENDED]))
        return [
            [*overrides, f"+hydra.job.env_set.{NUMBER}={number}"]
            for number, overrides in enumerate(batch, start=first)
            if self._composes(number, overrides)
        ]

    def _composes(self, number: int, overrides: Sequence[str]) -> bool:
        """Whether a study has a config; if it has none, that it failed is shown and noted."""
        from harness.commands.sweep import Place, failed_to_compose
        from harness.study.compose import COMPOSING_FAILS

        assert self.hydra_context is not None
        assert self.config is not None
        try:
            self.hydra_context.config_loader.load_sweep_config(self.config, list(overrides))
        except COMPOSING_FAILS as error:
            failed_to_compose(Place.of(number, overrides, str(self.config.hydra.sweep.dir)), error)
            return False
        return True
