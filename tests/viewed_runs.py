"""Small runs with media on the disk, for the viewer."""

from __future__ import annotations

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
    "measure.permutations=1000",
    "measure.min_subjects=2",
)


@dataclass(frozen=True)
class Place:
    """Where a run and its media are."""

    root: Path
    run: Path


def measured_pictures(root: Path, name: str = "run", *, wrong: int = 3) -> Place:
    """Twelve pictures of four people, and answers to eleven, of which every third (or ``wrong``-th) is wrong."""
    root.mkdir(exist_ok=True)
    lines = ["file,label,subject,attr.sex"]
    answers = ["sample_id,label,outcome,reason,score_anger,score_calm", "00.png,,abstained,no_face,,"]
    for number in range(12):
        file = f"{number:02}.png"
        cv2.imwrite(str(root / file), np.full((8, 8, 3), 20 * number, np.uint8))
        label = ("anger", "calm")[number % 2]
        lines.append(f"{file},{label},p{number % 4},{'fm'[number % 2]}")
        if number:
            answered = label if number % wrong else ("calm", "anger")[number % 2]
            score = 0.5 + number / 25
            scores = (score, 1 - score) if answered == "anger" else (1 - score, score)
            answers.append(f"{file},{answered},scored,,{scores[0]:.2f},{scores[1]:.2f}")
    (root / "samples.csv").write_text("\n".join(lines))
    (root / f"{name}.csv").write_text("\n".join(answers))
    given = [f"model.file={root / f'{name}.csv'}", f"dataset.root={root}", f"out={root / name}"]
    run(compose_study([*CHOICES, *given]), Silent())
    return Place(root, root / name)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A run over pictures on the disk, made once."""
    return measured_pictures(tmp_path_factory.mktemp("pictures"))
