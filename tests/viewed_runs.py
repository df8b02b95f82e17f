"""Small runs with media on the disk, for the viewer."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from silent import Silent

from harness.study.compose import compose_study
from harness.study.run_study import run

CHOICES = (
    "dataset=table",
    "dataset.label_source=acted",
    "dataset.modality=face",
    "model=predictions",
    "workers=0",
    "tracking.enabled=false",
    "checks.enabled=false",
    "measure.permutations=100",
    "measure.min_subjects=2",
)


@dataclass(frozen=True)
class Place:
    """Where a run and its media are."""

    root: Path
    run: Path


ANGER, CALM, SEX = "anger", "calm", ("female", "male")
HACK = "document.title='hacked'"
HOSTILE_LABEL = f"<img src=x onerror={HACK}>"
HOSTILE_GROUP = f'"><svg onload={HACK}>'
HOSTILE_FILE = f"'><img src=x onerror={HACK}>\u202e.png"


def measured_pictures(
    root: Path,
    name: str = "run",
    *,
    wrong: int = 3,
    labels: tuple[str, str] = (ANGER, CALM),
    sex: tuple[str, str] = SEX,
    files: str = "{:02}.png",
) -> Place:
    """Twelve pictures of four people, and answers to eleven, of which every third (or ``wrong``-th) is wrong."""
    root.mkdir(exist_ok=True)
    samples: list[Sequence[object]] = [("file", "label", "subject", "attr.sex")]
    answers: list[Sequence[object]] = [
        ("sample_id", "label", "outcome", "reason", *(f"score.{x}" for x in labels))
    ]
    for number in range(12):
        file = files.format(number)
        cv2.imwrite(str(root / file), np.full((8, 8, 3), 20 * number, np.uint8))
        samples.append((file, labels[number % 2], f"p{number % 4}", sex[number % 2]))
        answered = number % 2 if number % wrong else 1 - number % 2
        score = round(0.5 + number / 25, 2)
        scores = (score, 1 - score) if answered == 0 else (1 - score, score)
        answers.append((file, labels[answered], "scored", "", *scores))
    answers[1] = (files.format(0), "", "abstained", "no_face", "", "")
    for path, rows in (("samples.csv", samples), (f"{name}.csv", answers)):
        with (root / path).open("w", newline="", encoding="utf-8") as written:
            csv.writer(written).writerows(rows)
    given = [f"model.file={root / f'{name}.csv'}", f"dataset.root={root}", f"out={root / name}"]
    run(compose_study([*CHOICES, *given]), Silent())
    return Place(root, root / name)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A run over pictures on the disk, made once."""
    return measured_pictures(tmp_path_factory.mktemp("pictures"))


def measured_numbers(root: Path) -> Place:
    """Twelve pictures of four people with valence and arousal, from which answer ``n`` is off by n/100."""
    samples: list[Sequence[object]] = [("file", "subject", "valence", "arousal")]
    answers: list[Sequence[object]] = [("sample_id", "valence", "arousal")]
    for number in range(12):
        file = f"{number:02}.png"
        cv2.imwrite(str(root / file), np.full((8, 8, 3), 20 * number, np.uint8))
        samples.append((file, f"p{number % 4}", number / 20, -number / 20))
        answers.append((file, round(number / 20 + number / 100, 3), round(-number / 20 - number / 100, 3)))
    for path, rows in (("samples.csv", samples), ("numbers.csv", answers)):
        with (root / path).open("w", newline="", encoding="utf-8") as written:
            csv.writer(written).writerows(rows)
    given = [f"model.file={root / 'numbers.csv'}", f"dataset.root={root}", f"out={root / 'run'}"]
    run(compose_study([*CHOICES, *given]), Silent())
    return Place(root, root / "run")


@pytest.fixture(scope="session")
def hostile_pictures(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The same, with labels, groups and names of files that would be markup."""
    hostile = {"labels": (HOSTILE_LABEL, CALM), "sex": (HOSTILE_GROUP, "male"), "files": "{:02}" + HOSTILE_FILE}
    return measured_pictures(tmp_path_factory.mktemp("hostile"), **hostile)
