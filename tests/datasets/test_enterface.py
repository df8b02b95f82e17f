from __future__ import annotations

from pathlib import Path

import pytest
from films_made import levels, tone, write_film

from harness.cards.facts import dataset_card
from harness.datasets.enterface import EMOTION_OF_CODE, EnterfaceOptions, EnterfaceReader
from harness.errors import HarnessError
from harness.signals.media import Audio, Image, Video

FILMS = (
    "subject 1/anger/sentence 1/s1_an_1.avi",
    "subject 3/sadness/sentence 2/s_3_sa_2.avi",
    "subject 6/fear/s6_fe_4.avi",
    "subject 11/happiness/sentence 5/s12_ha_5.avi",
    "subject 16/surprise/sentence 3/s16_su_3avi.avi",
)


def reader(root: Path, **options: object) -> EnterfaceReader:
    return EnterfaceReader(dataset_card("enterface"), root, EnterfaceOptions(**options))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    for name in FILMS:
        write_film(tmp_path / name, levels(3), tone(0.5, 48_000), rate_hz=48_000)
    write_film(tmp_path / "subject 1/anger/notes.avi", levels(1))
    return tmp_path


def test_every_film_with_the_person_of_its_folder(corpus: Path) -> None:
    rows = reader(corpus).samples().to_pylist()
    said = {row["uri"]: (row["subject_id"], row["label"], row["ctx.sentence"]) for row in rows}
    people = [("1", "anger", "1"), ("3", "sadness", "2"), ("6", "fear", "4"), ("11", "happiness", "5")]
    assert said == dict(zip(FILMS, [*people, ("16", "surprise", "3")], strict=True))
    assert sorted(EMOTION_OF_CODE.values()) == sorted(dataset_card("enterface").labels)


def test_what_of_a_film_a_system_is_given(corpus: Path) -> None:
    kinds = {"voice": Audio, "face": Image, "audiovisual": Video, "video": Video}
    for presentation, kind in kinds.items():
        found = reader(corpus, presentation=presentation)
        assert isinstance(found.load(found.samples().to_pylist()[0]), kind)


def test_what_is_odd_is_reported(corpus: Path) -> None:
    write_film(corpus / "subject 2/anger/sentence 1/s2_di_1.avi", levels(1))
    found = reader(corpus)
    assert found.layout_problems(found.samples()) == [
        "not named like subject 1/anger/sentence 1/s1_an_1.avi: subject 1/anger/notes.avi",
        "in the folder of another subject than its name says, taken for that of the folder: "
        "subject 11/happiness/sentence 5/s12_ha_5.avi",
        "in the folder of another emotion than its name says, taken for that of the name: "
        "subject 2/anger/sentence 1/s2_di_1.avi",
    ]


def test_another_folder(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="no film like subject 1/anger"):
        reader(tmp_path).samples()
