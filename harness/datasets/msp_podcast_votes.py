"""MSP-Podcast: how many workers chose each category for a turn.

A release has the single ratings in ``Labels/labels_detailed.csv``, a row per turn and worker. Releases 1.7 to 1.11
have the worker's line as text, ``a.wav,"WORKER00000001; Neutral; Neutral,Concerned; A:4.0; V:4.0; D:4.0;"``;
others have the category in a column ``EmoClass_Major``. ``Labels/labels.txt`` has the same lines, below that of
the turn's consensus, ``a.wav; N; A:2.4; V:4.0; D:2.8;``. Source: the readme of a release, and published loaders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness.datasets.layout import MAX_TABLE_BYTES, csv_rows
from harness.errors import HarnessError
from harness.files import read_text, text_lines

DETAILED, LINES = "Labels/labels_detailed.csv", "Labels/labels.txt"
TURN, CATEGORY = "FileName", "EmoClass_Major"
OTHER = "other"
EMOTION_OF_WORD = {
    "angry": "anger",
    "happy": "happiness",
    "sad": "sadness",
    "neutral": "neutral",
    "surprise": "surprise",
    "fear": "fear",
    "disgust": "disgust",
    "contempt": "contempt",
}


@dataclass
class WorkerVotes:
    """What the workers chose.

    Attributes:
        file: where it was read, below the root; None if there is no such file.
        of_turn: turn → emotion → how many workers chose it. Of two ratings of a turn by one worker, the first.
        unknown: words that are neither a category nor begin with Other, as the readme says own words do; they
            count as other.
    """

    file: str | None = None
    of_turn: dict[str, Counter[str]] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)


def worker_votes(file: Callable[[str], Path]) -> WorkerVotes:
    """Count the votes of a release.

    Args:
        file: gives the path of a file of the release, which may be missing: `harness.datasets.reader.Reader.file`.

    Raises:
        HarnessError: the file is unreadable, or has none of the forms above.
    """
    name = next((name for name in (DETAILED, LINES) if file(name).is_file()), None)
    found = WorkerVotes(name)
    if name is None:
        return found
    seen: set[tuple[str, str]] = set()
    for turn, worker, word in _table(file(name)) if name == DETAILED else _lines(file(name)):
        if not word or (worker and (turn, worker) in seen):
            continue
        seen.add((turn, worker))
        found.of_turn.setdefault(turn, Counter())[_emotion(word, found)] += 1
    return found


def _emotion(word: str, found: WorkerVotes) -> str:
    known = EMOTION_OF_WORD.get(word.lower(), OTHER)
    if known == OTHER and not word.lower().startswith(OTHER):
        found.unknown[word] = None
    return known


def _table(path: Path) -> Iterator[tuple[str, str, str]]:
    """Turn, worker (empty if no column names one) and category of each row."""
    for number, cells in enumerate(csv_rows(path, (TURN,)), start=1):
        if CATEGORY in cells:
            worker = next((cell for name, cell in cells.items() if name.lower().startswith("worker")), "")
            yield cells[TURN], worker, cells[CATEGORY]
            continue
        rating = next((rating for cell in cells.values() if (rating := _rating(cell))), None)
        if rating is None:
            raise HarnessError(
                f"{path}, row {number}: there is neither a column {CATEGORY} nor a rating such as "
                "WORKER00000001; Neutral; Neutral,Concerned; A:4.0; V:4.0; D:4.0;"
            )
        yield cells[TURN], *rating


def _lines(path: Path) -> Iterator[tuple[str, str, str]]:
    try:
        lines = text_lines(read_text(path, MAX_TABLE_BYTES))
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: not a readable text ({error}). Unpack it again.") from None
    turn = None
    for line in lines:
        if rating := _rating(line):
            if turn is None:
                raise HarnessError(f"{path}: the rating {line[:60]!r} is above the line of any turn.")
            yield turn, *rating
        elif (first := line.partition(";")[0].strip()).endswith(".wav"):
            turn = first


def _rating(text: str) -> tuple[str, str] | None:
    """Worker and category of a worker's line; None of another text."""
    parts = text.split(";")
    worker = parts[0].strip()
    return (worker, parts[1].strip()) if worker.startswith("WORKER") and len(parts) > 1 else None
