"""The lines of MSP-IMPROV's evaluation: one of a turn with the consensus, and one per rater below it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

TURN = re.compile(r"S(\d\d)([AHSN])-([FM])(\d\d)-([PRST])-([FM]{2}\d\d)")
_MEAN = r"([\d.]+|NaN)\s*;\s*"
CONSENSUS = re.compile(rf"UTD-IMPROV-([\w-]+)\.avi;\s*([A-Z])\s*;\s*A:{_MEAN}V:{_MEAN}D:{_MEAN}")
VOTE = re.compile(r"([\w-]+);\s*(Angry|Happy|Sad|Neutral|Other)\s*;")
EMOTION_OF_CODE = {
    "A": "angry",
    "H": "happy",
    "S": "sad",
    "N": "neutral",
    "O": "other",
    "X": "no agreement",
}
SCALE = (1.0, 5.0)
"""Of the ratings: valence negative to positive, dominance weak to strong; activation from active down to calm."""


def listed_turns(lines: Sequence[str]) -> Iterator[tuple[re.Match[str], re.Match[str], dict[str, str]]]:
    """The turn, what its line says, and the category that each rater chose; of two by one rater, the first."""
    found = None
    votes: dict[str, str] = {}
    for line in [*lines, "UTD-"]:
        if line.startswith("UTD-"):
            if found is not None:
                yield *found, votes
            found, votes = turn_of(line), {}
        elif vote := VOTE.match(line):
            votes.setdefault(vote[1], vote[2].lower())


def turn_of(line: str) -> tuple[re.Match[str], re.Match[str]] | None:
    """The turn, and what its line says; None of a line that is none."""
    said = CONSENSUS.match(line)
    turn = TURN.fullmatch(said[1]) if said else None
    return (turn, said) if turn and said else None
