"""What the packs of these tests are made from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.packs.signing_keys import PublicKey, SigningKey, open_key, read_public_key

Packed = Callable[..., Path]

DOSSIER = """\
purpose:
  statement: Shows how visitors of a museum feel about exhibits, as an average per hour.
  infers: emotion
  domain: entertainment
  deployer: museums
  exposed: visitors in front of an exhibit, who are told by a sign
  exposed_people: [public]
"""
SUBJECTS = [f"Person-{number:02d} of Elm Street" for number in range(12)]
LABELS = ("happiness", "sadness")


def write_tables(folder: Path) -> None:
    """Samples of twelve people of two sexes, and answers of which a fifth are wrong."""
    generator = np.random.default_rng(1)
    samples = ["sample_id,uri,subject_id,modality,label,label_source,attr.sex,ctx.note"]
    answers = ["sample_id,label,score.happiness,score.sadness"]
    for number, subject in enumerate(SUBJECTS):
        for clip in range(6):
            label = LABELS[clip % 2]
            answer = label if generator.random() > 0.2 else LABELS[1 - clip % 2]
            score = round(float(generator.uniform(0.55, 0.95)), 3)
            scores = (score, 1 - score) if answer == LABELS[0] else (1 - score, score)
            name = f"{subject}/clip{clip}"
            sex = ("female", "male")[number % 2]
            samples.append(f"{name},{name}.wav,{subject},voice,{label},acted,{sex},met in room {number}{clip}")
            answers.append(f"{name},{answer},{scores[0]:.3f},{scores[1]:.3f}")
    (folder / "samples.csv").write_text("\n".join(samples))
    (folder / "answers.csv").write_text("\n".join(answers))


def opened(path: Path) -> SigningKey:
    """A key without a passphrase."""
    return open_key(path, lambda: pytest.fail("a passphrase was asked for"))


def public(path: Path) -> PublicKey:
    """The public key beside a private one."""
    return read_public_key(path.with_name(f"{path.name}.pub"))
