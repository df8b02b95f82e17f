from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cards.facts import dataset_card
from harness.datasets.casual_conversations import (
    ANNOTATIONS,
    CasualConversationsOptions,
    CasualConversationsReader,
)
from harness.errors import HarnessError
from harness.signals.media import Image

ENTRIES: list[dict[str, Any]] = [
    {
        "subject_id": "0000",
        "video_name": "0000_portuguese_nonscripted_1.mp4",
        "age": "31",
        "gender": "cis woman",
        "native_language": "portuguese",
        "geo_location": {"country": "brazil", "state_region": "n/a"},
        "fitzpatrick_skin_tone": {"type": "type iv", "confidence": "medium"},
        "monk_skin_tone": {"scale": "scale 6", "confidence": "high"},
    },
    {
        "subject_id": "0001",
        "video_name": "0001_hindi_scripted_1.mp4",
        "age": "prefer not to say",
        "gender": None,
        "geo_location": {"country": "india"},
        "monk_skin_tone": {"scale": "scale 11", "confidence": "low"},
    },
]


def reader(root: Path, **options: Any) -> CasualConversationsReader:
    return CasualConversationsReader(
        dataset_card("casual_conversations"), root, CasualConversationsOptions.model_validate(options)
    )


def write(root: Path, entries: Any = ENTRIES) -> None:
    (root / "annotations").mkdir(exist_ok=True)
    (root / "annotations" / ANNOTATIONS).write_text(json.dumps(entries))


def test_a_video_is_a_sample_with_what_its_person_states(
    tmp_path: Path, write_film: Callable[[Path], None]
) -> None:
    write(tmp_path)
    for entry in ENTRIES:
        write_film(tmp_path / "part_1" / entry["video_name"])
    found = reader(tmp_path)
    woman, other = found.samples().to_pylist()
    assert {key: value for key, value in woman.items() if value is not None} == {
        "sample_id": "part_1/0000_portuguese_nonscripted_1.mp4",
        "modality": "face",
        "uri": "part_1/0000_portuguese_nonscripted_1.mp4",
        "subject_id": "0000",
        "label_source": "not_stated",
        "attr.age": 31.0,
        "attr.gender": "cis woman",
        "attr.country": "brazil",
        "attr.native_language": "portuguese",
        "attr.fitzpatrick": "IV",
        "attr.monk": "monk_06",
    }
    assert (other["attr.age"], other["attr.gender"], other["attr.monk"]) == (None, None, None)
    assert isinstance(found.load(woman), Image)
    assert found.layout_problems(found.samples()) == []


def test_frames_lie_in_folders_of_people(tmp_path: Path, write_picture: Callable[[Path], None]) -> None:
    write(tmp_path)
    for name in ("frames/0000/a.png", "frames/0000/b.png", "frames/0002/a.png"):
        write_picture(tmp_path / name)
    found = reader(tmp_path, media="frames")
    samples = found.samples()
    assert samples["subject_id"].to_pylist() == ["0000", "0000"]
    assert isinstance(found.load(samples.to_pylist()[0]), Image)
    assert found.layout_problems(samples) == [
        "no frames of: 0001",
        "files of nobody in the annotations, or a second copy: frames/0002/a.png",
    ]


def test_annotations_that_are_missing_or_none(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"there is no CasualConversationsV2\.json below"):
        reader(tmp_path).samples()
    write(tmp_path)
    with pytest.raises(HarnessError, match="there are no videos of anybody"):
        reader(tmp_path).samples()
    for entries in ({}, [1], [{"age": "3"}]):
        write(tmp_path, entries)
        with pytest.raises(HarnessError, match="expected a list of objects, each with a subject_id"):
            reader(tmp_path).samples()
    (tmp_path / "annotations" / ANNOTATIONS).write_text("[")
    with pytest.raises(HarnessError, match="not readable JSON"):
        reader(tmp_path).samples()
