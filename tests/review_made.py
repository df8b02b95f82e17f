"""A review of a finished run: pictures of people with names, a system's answers, and what made reviewers judge."""

from __future__ import annotations

import json
import random
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from silent import Silent

from harness.evidence.run_folder import RunFolder
from harness.files import sha256_file
from harness.packs.planned_study import planned_reader
from harness.practice_tests.opened_practice import open_practice, practice_options
from harness.practice_tests.practice_folder import run_practice
from harness.review.drawn_cases import ReviewChoices
from harness.review.judgements import NONE, UNCLEAR
from harness.review.review_document import ReviewDocument, read_document
from harness.review.sample_review import sample_review
from harness.study.compose import compose_study
from harness.study.run_study import run

LABELS = ("anger", "calm", "fear")


def person(number: int) -> str:
    return f"Person-{number:02d} of Elm Street"


def write_run(folder: Path, *more: str) -> Path:
    """Sixty pictures of twenty people; the system gives a tenth of them no answer."""
    lines = ["file,label,subject,attr.sex"]
    answers = ["sample_id,label,outcome,reason,score.anger,score.calm,score.fear"]
    rng = np.random.default_rng(0)
    for number in range(60):
        name = f"{number:02d}.png"
        cv2.imwrite(str(folder / name), np.full((8, 8, 3), 4 * number, np.uint8))
        lines.append(f"{name},{LABELS[number % 3]},{person(number * 7 % 20)},{'fm'[number * 7 % 20 % 2]}")
        scores = rng.dirichlet([1, 1, 1]) + np.eye(3)[number % 3]
        told = ",".join(f"{score:.3f}" for score in scores / scores.sum())
        answer = LABELS[int(scores.argmax())]
        answers.append(f"{name},{answer},scored,,{told}" if number % 10 else f"{name},,abstained,no_face,,,")
    (folder / "samples.csv").write_text("\n".join(lines))
    (folder / "answers.csv").write_text("\n".join(answers))
    choices = (
        *("dataset=table", "dataset.modality=face", "dataset.label_source=acted", f"dataset.root={folder}"),
        *("model=predictions", f"model.file={folder / 'answers.csv'}", "workers=0", "tracking.enabled=false"),
        *("measure.permutations=100", "measure.resamples=100", f"out={folder / 'run'}"),
    )
    run(compose_study([*choices, *more]), Silent())
    return folder / "run"


def drawn(folder: Path, into: Path, **choices: Any) -> ReviewDocument:
    """What was drawn of the run in a folder."""
    asked = ReviewChoices(**{"select": ["anger", "fear>=0.5"], "by": "sex", "num_cases": 30, "seed": 3, **choices})
    reader = partial(planned_reader, given=[f"dataset.root={folder}"])
    return sample_review(RunFolder(folder / "run"), reader, asked, into, lambda done, total: None)


def judged(review: Path, path: Path, name: str, follows: float = 0.3, only: int | None = None) -> Path:
    """The file of a reviewer who is right in most cases, and in some follows the system."""
    document, digest = read_document(review)
    chance = random.Random(name)
    judgements = []
    for number, case in enumerate(document.cases[:only], start=1):
        others = [*LABELS, NONE, UNCLEAR]
        blind = str(case.truth) if chance.random() < 0.75 else chance.choice(others)
        after = case.answer if case.answer and chance.random() < follows else blind
        judgements.append({"case": number, "blind": blind, "after": after, "seconds": chance.uniform(2, 9)})
    content = {"schema": 1, "review": digest, "reviewer": name, "judgements": judgements}
    path.write_text(json.dumps(content))
    return path


def counted(review: Path, files: list[Path], out: Path, *more: str) -> Path:
    """The folder of the practice test of a review."""
    test = open_practice("human_review")
    files = sorted(files, key=sha256_file)
    given = [f"review={review}", f"judgements=[{','.join(map(str, files))}]", f"out={out}", "seed=3", *more]
    return run_practice(test, practice_options(test, given), Silent())[0]
