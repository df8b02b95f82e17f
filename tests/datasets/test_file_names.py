"""Corpora that are a card and no code: each is read from a few names as they are on people's disks."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cards.facts import DatasetCard, card_names, dataset_card
from harness.cards.modality import Modality
from harness.cards.taxonomy import canonical
from harness.datasets.file_name_grammar import FileNames
from harness.datasets.file_names import FileNamesReader
from harness.datasets.splits import SplitOptions
from harness.errors import HarnessError, Unscored
from harness.signals.media import Audio, Image

CORPORA = [name for name in card_names("datasets") if dataset_card(name).reader == "file_names"]

FACTS: dict[str, dict[str, dict[str, Any]]] = {
    "aesdd": {
        "anger/a03 (4).wav": {"subject_id": "4", "label": "anger", "ctx.sentence": "03", "ctx.take": ""},
        "fear/f18 (5)b.wav": {"subject_id": "5", "label": "fear", "ctx.take": "b"},
    },
    "ased": {
        "neutral/n1-01-01-01-01.wav": {"subject_id": "01-01", "label": "neutral", "attr.sex": "female"},
        "angry/a5-12-02-02-33.wav": {
            "subject_id": "02-33",
            "label": "angry",
            "attr.sex": "male",
            "ctx.sentence": "12",
            "ctx.repetition": "02",
        },
    },
    "asvp_esd": {
        "Audio/actor_12/03-01-06-01-02-12-02-01-16.wav": {
            "subject_id": "12",
            "label": "fear",
            "attr.sex": "male",
            "attr.age_group": "20 to 64",
            "ctx.channel": "speech",
            "ctx.more": "16",
        },
        "Audio/actor_105/03-02-13-02-45-105-04-03.wav": {
            "subject_id": "105",
            "label": "other",
            "attr.sex": "female",
            "attr.age_group": "baby",
            "ctx.channel": "other sounds",
            "ctx.more": None,
        },
    },
    "baved": {
        "1/10-M-23-0-1-107.wav": {"subject_id": "10", "label": "normal", "attr.sex": "male", "attr.age": 23.0},
        "2/3-f-41-6-2-9.wav": {"subject_id": "3", "label": "high", "attr.sex": "female", "ctx.word": "6"},
    },
    "cafe": {
        "Colère/Faible/01-C-1-1.wav": {
            "subject_id": "01",
            "label": "anger",
            "attr.age": 46.0,
            "ctx.intensity": "low",
        },
        "Peur/Fort/04-P-2-6.aiff": {"subject_id": "04", "label": "fear", "attr.sex": "female", "attr.age": 50.0},
    },
    "cafe_children": {
        "sessions/6280/9977-angry_F-AA-01.jpg": {
            "subject_id": "F-AA-01",
            "modality": "face",
            "label": "angry",
            "attr.sex": "female",
            "attr.race": "African American",
            "ctx.photo": "9977",
            "ctx.variant": None,
        },
        "sessions/6401/10541-happyopen_M-EA-14.JPG": {
            "subject_id": "M-EA-14",
            "label": "happy",
            "attr.sex": "male",
            "attr.race": "European American",
            "ctx.variant": "open",
        },
    },
    "cfd": {
        "CFD-MR/CFD-MF-329-001-N.jpg": {
            "subject_id": "MF-329",
            "label": "neutral",
            "attr.race": "multiracial",
            "attr.sex": "female",
            "ctx.mouth": None,
        },
        "CFD/WM-009/CFD-WM-009-004-HO.jpg": {
            "subject_id": "WM-009",
            "label": "happy",
            "attr.race": "White",
            "attr.sex": "male",
            "ctx.mouth": "open",
        },
    },
    "emis": {
        "EMIS/05_sad_implicit_neutral_0012_STYLE.wav": {
            "subject_id": "0012",
            "label": "neutral",
            "attr.sex": "male",
            "ctx.words_label": "sad",
            "ctx.words_kind": "implicit",
            "ctx.sentence": "05",
            "ctx.synthesiser": "STYLE",
        },
        "24_neutral_angry_0017_STYLE.wav": {
            "subject_id": "0017",
            "label": "angry",
            "attr.sex": "female",
            "ctx.words_label": None,
            "ctx.words_kind": None,
        },
    },
    "emovo": {
        "f1/dis-f1-b1.wav": {"subject_id": "f1", "label": "disgust", "attr.sex": "female", "attr.age": 28.0},
        "m2/gio-m2-n4.wav": {"subject_id": "m2", "label": "happiness", "attr.sex": "male", "attr.age": 27.0},
    },
    "esd": {
        "0011/Angry/test/0011_000371.wav": {
            "subject_id": "0011",
            "label": "Angry",
            "attr.sex": "male",
            "ctx.part": "test",
            "split": None,
        },
        "0001/Sad/0001_001051.wav": {"subject_id": "0001", "label": "Sad", "attr.sex": "female", "ctx.part": None},
    },
    "faces": {
        "004_o_m_a_a.jpg": {
            "subject_id": "004",
            "modality": "face",
            "label": "anger",
            "attr.sex": "male",
            "attr.age_group": "69-80",
        },
        "y/171_y_f_n_b.JPG": {"subject_id": "171", "label": "neutral", "attr.age_group": "19-31", "ctx.set": "b"},
    },
    "jaffe": {
        "KA.AN1.39.tiff": {"subject_id": "KA", "modality": "face", "label": "anger", "attr.sex": "female"},
        "jaffe/YM.NE3.51.png": {"subject_id": "YM", "label": "neutral", "ctx.take": "3", "ctx.number": "51"},
    },
    "jl_corpus": {
        "JL(wav+txt)/female1_angry_10a_1.wav": {"subject_id": "female1", "label": "angry", "attr.sex": "female"},
        "JL(wav+txt)/male2_apologetic_3b_2.wav": {"subject_id": "male2", "label": "apologetic", "ctx.take": "2"},
    },
    "kdef": {
        "KDEF/AF01/AF01ANS.JPG": {
            "subject_id": "F01",
            "session_id": "A",
            "modality": "face",
            "label": "angry",
            "attr.sex": "female",
            "ctx.angle": "straight",
        },
        "BM35SUHR.jpg": {
            "subject_id": "M35",
            "session_id": "B",
            "label": "surprised",
            "ctx.angle": "half right profile",
        },
    },
    "mesd": {
        "Anger_C_A_abajo.wav": {"subject_id": "Anger_C_A_abajo.wav", "attr.sex": None, "ctx.voice": "child"},
        "Sadness_F_B_muy_bien.wav": {"label": "sadness", "attr.sex": "female", "ctx.word": "muy_bien"},
    },
    "nimstim": {
        "01F_AN_C.BMP": {"subject_id": "01F", "label": "angry", "attr.sex": "female", "ctx.mouth": "closed"},
        "42M_SP_o.bmp": {"subject_id": "42M", "label": "surprised", "attr.sex": "male", "ctx.mouth": "open"},
    },
    "oreau": {
        "OréauFR_02/f/colère/01a01Ca.wav": {"subject_id": "01", "label": "anger", "attr.sex": "female"},
        "OréauFR_02/m/joie/12b03J.wav": {"subject_id": "12", "label": "happiness", "attr.sex": "male"},
    },
    "polish_emotions": {
        "m1.a_nie_2.wav": {"subject_id": "m1", "label": "anger", "ctx.word": "nie", "attr.sex": "male"},
        "m5.s_trzymaj_5.wav": {"subject_id": "m5", "label": "fear"},
    },
    "savee": {
        "AudioData/DC/a01.wav": {"subject_id": "DC", "label": "anger", "ctx.sentence": "01"},
        "ALL/KL_su15.wav": {"subject_id": "KL", "label": "surprise", "attr.sex": "male"},
        "ALL/JE_sa02.wav": {"subject_id": "JE", "label": "sadness"},
    },
    "sfew": {
        "Train/Angry/AlexEmma_000202480_00000001.png": {
            "subject_id": "Train/Angry/AlexEmma_000202480_00000001.png",
            "label": "Angry",
            "split": "Train",
        },
        "Val_Aligned_Faces_new/Sad/a.png": {"label": "Sad", "split": "Val", "ctx.frame": "a"},
    },
    "shemo": {
        "female/F01A01.wav": {"subject_id": "F01", "label": "anger", "attr.sex": "female"},
        "male/M12W03.wav": {"subject_id": "M12", "label": "surprise", "attr.sex": "male"},
    },
    "subesco": {
        "F_02_MONIKA_S_1_NEUTRAL_5.wav": {"subject_id": "F_02", "label": "neutral", "attr.sex": "female"},
        "M_02_TITHI_S_10_HAPPY_1.wav": {"subject_id": "M_02", "label": "happiness", "ctx.sentence": "10"},
    },
    "tess": {
        "OAF_Fear/OAF_back_angry.wav": {"subject_id": "OAF", "label": "anger", "attr.age": 64.0},
        "YAF_pleasant_surprised/YAF_back_ps.wav": {"subject_id": "YAF", "label": "surprise", "attr.age": 26.0},
        "OAF_neutral/OA_bite_neutral.wav": {"subject_id": "OAF", "label": "neutral", "attr.sex": "female"},
    },
    "turev": {
        "Sound Source/Angry/1157_kz_acik.wav": {"subject_id": "1157", "label": "Angry", "ctx.word": "kz_acik"},
        "Sound Source/Sad/6783_sabah.wav": {"subject_id": "6783", "label": "Sad"},
    },
    "urdu": {
        "Angry/SM1_F1_A01.wav": {"subject_id": "SM1", "label": "anger", "attr.sex": "male"},
        "Sad/SF2_F3_S10.wav": {"subject_id": "SF2", "label": "sadness", "attr.sex": "female", "ctx.number": "10"},
    },
}


def reader(name: str, root: Path) -> FileNamesReader:
    return FileNamesReader(dataset_card(name), root, SplitOptions())


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def changed(**names: Any) -> DatasetCard:
    """SAVEE's card with something else in its grammar."""
    card = dataset_card("savee")
    return card.model_copy(update={"details": {"file_names": card.details["file_names"] | names}})


def test_every_corpus_is_tried() -> None:
    assert sorted(FACTS) == CORPORA


@pytest.mark.parametrize("name", CORPORA)
def test_names_say_what_the_corpus_means(name: str, tmp_path: Path) -> None:
    touch(tmp_path, *FACTS[name])
    rows = {row["sample_id"]: row for row in reader(name, tmp_path).samples().to_pylist()}
    assert {uri: {key: rows[uri][key] for key in facts} for uri, facts in FACTS[name].items()} == FACTS[name]
    assert list(rows) == sorted(FACTS[name]), "ids are the paths, in a stable order"


@pytest.mark.parametrize("name", CORPORA)
def test_card_and_grammar_agree(name: str, tmp_path: Path) -> None:
    card = dataset_card(name)
    names = FileNames.model_validate(card.details["file_names"])
    touch(tmp_path, names.example)
    assert reader(name, tmp_path).samples()["sample_id"].to_pylist() == [names.example]
    if codes := names.codes.get("label"):
        assert set(codes.values()) == set(card.labels)
    if names.people and card.expected.subjects:
        assert len(names.people) == card.expected.subjects
    stated = {attribute for facts in names.people.values() for attribute in facts}
    assert stated <= set(card.attributes), "what is known of people is an attribute of the card"
    assert len({canonical(label) for label in card.labels}) == len(card.labels), "no emotion under two names"


@pytest.mark.parametrize("copies", [20, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", CORPORA)
def test_no_corrupted_copy_ends_in_an_error_of_python(name: str, copies: int, tmp_path: Path) -> None:
    chance = random.Random(0)
    names = list(FACTS[name])
    for copy in range(copies):
        root = tmp_path / str(copy)
        root.mkdir()
        for uri in names:
            letters = list(uri)
            place = chance.randrange(len(letters))
            letters[place] = chance.choice(["", "_", "-", "é", "9", "A", "\n", "/", "."])
            damaged = "".join(letters).strip("/")
            if not (root / damaged).is_dir() and all(part not in ("", ".", "..") for part in damaged.split("/")):
                touch(root, damaged)
        found = reader(name, root)
        try:
            samples = found.samples()
        except HarnessError:
            continue
        found.layout_problems(samples)
        with pytest.raises(Unscored):
            found.load(samples.to_pylist()[0])


def test_what_is_odd_is_reported(tmp_path: Path) -> None:
    touch(tmp_path, "a/DC_a01.wav", "b/DC_a01.wav", "b/DC_x01.wav", "JE_n01.wav", "readme.txt")
    found = reader("savee", tmp_path)
    samples = found.samples()
    assert samples["uri"].to_pylist() == ["JE_n01.wav", "a/DC_a01.wav"]
    assert found.layout_problems(samples) == [
        "not named like AudioData/DC/a01.wav: b/DC_x01.wav",
        "found more than once, the first is used: b/DC_a01.wav",
        "no file of: JK, KL",
    ]


def test_people_who_are_not_in_the_card_have_no_attributes(tmp_path: Path) -> None:
    touch(tmp_path, "01-C-1-1.wav", "13-C-1-1.wav")
    found = reader("cafe", tmp_path)
    samples = found.samples()
    assert samples["attr.age"].to_pylist() == [46.0, None]
    assert "people that the card does not list: 13" in found.layout_problems(samples)


def test_a_code_without_a_meaning_is_not_guessed(tmp_path: Path) -> None:
    touch(tmp_path, "03-01-06-01-02-12-02-01-16.wav", "03-01-34-01-02-12-02-01-16.wav")
    found = reader("asvp_esd", tmp_path)
    samples = found.samples()
    assert samples.num_rows == 1
    assert found.layout_problems(samples)[0].endswith(": 03-01-34-01-02-12-02-01-16.wav")


def test_the_waveform_is_loaded(tmp_path: Path, write_sound: Callable[[Path], None]) -> None:
    write_sound(tmp_path / "DC_a01.wav")
    found = reader("savee", tmp_path)
    media = found.load(found.samples().to_pylist()[0])
    assert isinstance(media, Audio)
    assert media.sample_rate == 16_000


def test_no_files(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"savee: no file is named like AudioData/DC/a01\.wav below"):
        reader("savee", tmp_path).samples()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"pattern": "(?P<label>a"}, r"details\.file_names of its card: pattern: not a regular expression"),
        ({"pattern": "(?P<subject>a)"}, "pattern: expected a group named label"),
        ({"pattern": "(?P<subject>a)(?P<label>b)(?P<_name>c)"}, "pattern: not a regular expression"),
        ({"pattern": "(?P<label>a)"}, "no group subject. Add one, or state rows_independent: true"),
        ({"codes": {"age": {"1": "old"}}}, "the pattern has no group age, for which there are codes"),
        ({"example": None}, "example: expected text"),
        ({"code": {}}, "code: there is no such key"),
    ],
)
def test_a_grammar_that_contradicts_itself_is_refused(names: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=message):
        FileNamesReader(changed(**names), tmp_path, SplitOptions())


def test_a_split_of_the_card_is_by_subject(tmp_path: Path) -> None:
    card = dataset_card("savee")
    splits = {"halves": {"source": "a test", "parts": {"train": ["DC", "JE"], "test": ["JK", "KL"]}}}
    card = card.model_copy(update={"details": card.details | {"splits": splits}})
    touch(tmp_path, "DC_a01.wav", "KL_a01.wav")
    samples = FileNamesReader(card, tmp_path, SplitOptions(split="halves")).samples()
    assert samples["split"].to_pylist() == ["train", "test"]


def test_pictures_and_sounds_are_not_taken_for_each_other(
    tmp_path: Path, write_picture: Callable[[Path], None]
) -> None:
    write_picture(tmp_path / "AF01ANS.JPG")
    touch(tmp_path, "AF01HAS.wav")
    found = reader("kdef", tmp_path)
    samples = found.samples()
    assert samples["uri"].to_pylist() == ["AF01ANS.JPG"]
    assert isinstance(found.load(samples.to_pylist()[0]), Image)
    assert found.layout_problems(samples) == []


def test_of_a_converted_picture_and_its_original_the_one_that_can_be_read_is_used(tmp_path: Path) -> None:
    touch(tmp_path, "KA.AN1.39.tiff", "KA.AN1.39.png")
    found = reader("jaffe", tmp_path)
    samples = found.samples()
    assert samples["uri"].to_pylist() == ["KA.AN1.39.png"]
    assert "found more than once, the first is used: KA.AN1.39.tiff" in found.layout_problems(samples)


def test_a_corpus_of_names_has_one_modality(tmp_path: Path) -> None:
    card = changed().model_copy(update={"modalities": [Modality.FACE, Modality.VOICE]})
    with pytest.raises(HarnessError, match="one modality, face or voice"):
        FileNamesReader(card, tmp_path, SplitOptions())
