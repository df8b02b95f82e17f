"""MSP-IMPROV: two actors improvise scenes that lead to one of twenty sentences, in six sessions.

``MSP-IMPROV-S01A-F01-P-FM01.avi``: sentence 01 with the target emotion A, actress 01 (of session 01), kind of
recording P, turn FM01. ``Evalution.txt`` (sic; loaders also call it ``Evaluation.txt``) has a line for each with
the consensus and mean ratings, ``UTD-IMPROV-S01A-F01-P-FM01.avi; N; A:2.6; V:3.2; D:3.0 ; N:3.4;``, and below
it one line per rater. Source: Busso et al. 2017, doi:10.1109/TAFFC.2016.2515617; the grammar is that of published
loaders (Strong-AI-Lab/emotion and others).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pyarrow as pa

from harness.datasets.films import FrameOptions, Presentation, load_film
from harness.datasets.layout import mean_rating, problem_lines
from harness.datasets.msp_improv_turns import EMOTION_OF_CODE, SCALE, TURN, listed_turns, turn_of
from harness.datasets.reader import Sample
from harness.datasets.splits import SplitOptions, SplitReader
from harness.errors import HarnessError
from harness.files import read_text, text_lines
from harness.signals.media import Media
from harness.signals.media_folder import find_files
from harness.tables.samples import samples_table

EVALUATION = ("Evalution.txt", "Evaluation.txt")
"""As releases spell it, and as loaders call it."""


class MspImprovOptions(SplitOptions, FrameOptions):
    """The options.

    Attributes:
        presentation: what the system is given of a turn, see `harness.datasets.films.Presentation`; ``voice``
            takes the sound files.
    """

    presentation: Presentation = "voice"


class MspImprovReader(SplitReader[MspImprovOptions]):
    """The turns that the evaluation lists."""

    Options = MspImprovOptions

    def samples(self) -> pa.Table:
        """One row per turn; `label` is the consensus of the raters, who also give the votes."""
        files = self._files()
        rows = [self._row(turn, said, votes, files) for turn, said, votes in listed_turns(self._lines())]
        if not rows:
            raise HarnessError(
                f"{self.root / self._evaluation()}: no line begins like UTD-IMPROV-S01A-F01-P-FM01.avi; N; "
                "A:2.6. Give the file of the corpus."
            )
        return self.in_chosen_split(samples_table(rows))

    def load(self, sample: Sample) -> Media:
        """What of the turn the presentation is."""
        return load_film(self.path(sample["uri"]), sample["modality"], self.options)

    def layout_problems(self, samples: pa.Table) -> list[str]:
        """Turns without a file, files without a turn, and lines that are no turn."""
        files, turns = self._files(), set(samples["sample_id"].to_pylist())
        return problem_lines(
            {
                f"turns of {self._evaluation()} without a file": [
                    turn for turn in sorted(turns) if turn not in files
                ],
                f"files without a turn in {self._evaluation()}": sorted(set(files) - turns),
                "lines that are not as those of other turns, passed over": [
                    line[:60] for line in self._lines() if line.startswith("UTD-") and turn_of(line) is None
                ],
            }
        )

    def _files(self) -> dict[str, str]:
        """Turn → its file, wherever it lies."""
        suffix = ".wav" if self.options.presentation == "voice" else ".avi"
        names = ((uri, uri.rpartition("/")[2].removesuffix(suffix)) for uri in find_files(self.root, {suffix}))
        return {
            name.removeprefix("MSP-IMPROV-"): uri
            for uri, name in names
            if TURN.fullmatch(name.removeprefix("MSP-IMPROV-"))
        }

    def _evaluation(self) -> str:
        """The spelling that is there; the release's if none is."""
        return next((name for name in EVALUATION if self.file(name).is_file()), EVALUATION[0])

    def _lines(self) -> list[str]:
        path = self.file(self._evaluation())
        if not path.is_file():
            raise HarnessError(
                f"dataset {self.card.name}: {path} is missing. Give the folder that holds it and the sessions."
            )
        try:
            return text_lines(read_text(path))
        except (OSError, ValueError) as error:
            raise HarnessError(f"{path}: not a readable text ({error}). Unpack it again.") from None

    def _row(
        self, turn: re.Match[str], said: re.Match[str], votes: dict[str, str], files: dict[str, str]
    ) -> dict[str, Any]:
        sentence, target, sex, session, recording, number = turn.groups()
        where = f"{self.root / self._evaluation()}, turn {turn[0]}"
        _, code, activation, valence, dominance = said.groups()
        if code not in EMOTION_OF_CODE:
            raise HarnessError(
                f"{where}: the consensus is {code!r}. Expected one of {', '.join(EMOTION_OF_CODE)}."
            )
        calm = mean_rating(activation, SCALE, where)
        return {
            "sample_id": turn[0],
            "modality": self.options.presentation,
            "uri": files.get(turn[0], turn[0]),
            "subject_id": f"{sex}{session}",
            "session_id": session,
            "label": EMOTION_OF_CODE[code],
            "valence": mean_rating(valence, SCALE, where),
            "arousal": None if calm is None else -calm,
            "dominance": mean_rating(dominance, SCALE, where),
            "label_source": "observer",
            "votes": dict(sorted(Counter(votes.values()).items())) or None,
            "attr.sex": {"F": "female", "M": "male"}[sex],
            "ctx.sentence": sentence,
            "ctx.target": EMOTION_OF_CODE[target],
            "ctx.recording": recording,
            "ctx.turn": number,
        }
