"""Small folders in the genuine layout of every dataset on disk, for what all readers have to do.

A `Made` writes such a folder; its `many` one of ten thousand files or rows; few readers of windows have one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import soundfile as sf

from harness.cards.facts import card_names, dataset_card
from harness.datasets.msp_podcast import COLUMNS as MSP_COLUMNS
from tests.datasets import (
    test_affective_road,
    test_affectnet,
    test_audformat_database,
    test_bids_eeg,
    test_bold,
    test_case,
    test_casual_conversations,
    test_ck_plus,
    test_corpus_tables,
    test_cremad,
    test_croissant,
    test_deap,
    test_emo_superb,
    test_emobox,
    test_emonet_face,
    test_emotic,
    test_enterface,
    test_expw,
    test_fer2013,
    test_ferplus,
    test_fhibe,
    test_file_names,
    test_hf_dataset,
    test_iemocap,
    test_k_emocon,
    test_listen,
    test_meld,
    test_msp_improv,
    test_msp_podcast,
    test_nurse_stress,
    test_ppg_dalia,
    test_rafdb,
    test_rating_traces,
    test_seed,
    test_sewa,
    test_stress_predict,
    test_swell_kw,
    test_wearable_hrv,
    test_wesad,
)

MANY = 10_000

Write = Callable[[Path], object]


@dataclass(frozen=True)
class Made:
    """How a dataset is made, and with which options it is read.

    Attributes:
        write: a small folder.
        options: that its reader needs.
        many: a folder of `MANY` samples; None for most whose samples are windows of recordings.
        package: without which the dataset cannot be read.
        dense: options with which `many` are that many.
    """

    write: Write
    options: Mapping[str, Any] = field(default_factory=dict)
    many: Write | None = None
    package: str | None = None
    dense: Mapping[str, Any] = field(default_factory=dict)


def touch(*names: str) -> Write:
    """Empty files: what a corpus that is read by its names holds, as far as listing goes."""

    def write(root: Path) -> None:
        for folder in {(root / name).parent for name in names}:
            folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            (root / name).touch()

    return write


def media(root: Path, *names: str) -> None:
    """A second of a tone, or a red picture, by the suffix."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".wav"):
            sf.write(root / name, 0.1 * np.sin(np.arange(16_000) / 20), 16_000)
        else:
            cv2.imwrite(str(root / name), np.full((48, 64, 3), (0, 0, 200), np.uint8))


def text(name: str, *lines: str) -> Write:
    """A file of lines."""

    def write(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    return write


def each(*writes: Write) -> Write:
    """One after the other."""

    def write(root: Path) -> None:
        for one in writes:
            one(root)

    return write


def _affectnet(root: Path) -> None:
    test_affectnet.annotate(root, "train_set", 7, "3", "-0.25", "0.5")
    test_affectnet.annotate(root, "val_set", 12, "8", "-2", "-2")
    media(root, "train_set/images/7.jpg", "val_set/images/12.jpg")


def _affectnet_many(root: Path) -> None:
    test_affectnet.annotate(root, "train_set", 0, "3", "-0.25", "0.5")
    for number in range(1, MANY):
        (root / "train_set" / "images" / f"{number}.jpg").touch()
        for kind in ("exp", "val", "aro"):
            folder = root / "train_set" / "annotations"
            (folder / f"{number}_{kind}.npy").hardlink_to(folder / f"0_{kind}.npy")


def _audformat(root: Path) -> None:
    text("db.yaml", test_audformat_database.HEADER)(root)
    for name, cells in test_audformat_database.CELLS.items():
        text(f"db.{name}.csv", cells.rstrip())(root)
    media(root, "audio/a.wav")


def _audformat_many(root: Path) -> None:
    _audformat(root)
    text("db.emotion.train.csv", "file,emotion", *(f"audio/{number}.wav,anger" for number in range(MANY)))(root)
    text("db.files.csv", "file,speaker", *(f"audio/{number}.wav,s1" for number in range(MANY)), "audio/b.wav,s2")(
        root
    )
    text("db.emotion.test.csv", "file,emotion", "audio/b.wav,joy")(root)


def _bids(root: Path) -> None:
    test_bids_eeg.write_edf(root / "sub-01/eeg/sub-01_task-film_eeg.edf", {"Cz": np.arange(1280) / 128})
    text("sub-01/eeg/sub-01_task-film_events.tsv", test_bids_eeg.EVENTS.rstrip())(root)
    text("participants.tsv", "participant_id\tage\tsex\thandedness", "sub-01\t34\tF\tR")(root)


def _ck_plus(root: Path) -> None:
    test_ck_plus.add(root, "S005_001", 3, "3.0000000e+00")
    test_ck_plus.add(root, "S010_002", 2, "7.0000000e+00")
    media(root, "cohn-kanade-images/S005/001/S005_001_00000003.png")


def _ck_plus_many(root: Path) -> None:
    test_ck_plus.add(root, "S000_000", 1, "3.0000000e+00")
    [labelled] = root.rglob("*_emotion.txt")
    for number in range(1, MANY):
        person, sequence = f"S{number // 100:03d}", f"{number % 100:03d}"
        name = f"{person}_{sequence}_00000001"
        pictures, emotions = (root / top / person / sequence for top in ("cohn-kanade-images", "Emotion"))
        pictures.mkdir(parents=True)
        emotions.mkdir(parents=True)
        (pictures / f"{name}.png").touch()
        (emotions / f"{name}_emotion.txt").hardlink_to(labelled)


def _croissant_many(root: Path) -> None:
    table = "\n".join(["wav,speaker,emotion,age", *(f"clips/{n}.wav,s{n % 99},happy,30" for n in range(MANY))])
    checksum = hashlib.sha256(table.encode()).hexdigest()
    test_croissant.write(root, test_croissant.description(sha256=checksum))
    (root / "samples.csv").write_text(table)


def _emobox(root: Path) -> None:
    for actor in ("01", "02"):
        test_emobox.write(root, f"test_{int(actor)}", test_emobox.entry(f"a-{actor}"))
        media(root, f"downloads/ravdess/audio/a-{actor}.wav")


def _emobox_many(root: Path) -> None:
    test_emobox.write(root, "test_1", *(test_emobox.entry(f"{number}-01") for number in range(MANY)))


def _expw(root: Path) -> None:
    test_expw.write(root, *(row.replace(".jpg", ".png") for row in test_expw.ROWS))
    test_expw.write_gradient(root / "image" / "origin" / "angry_actor_104.png")


def _fer2013(root: Path) -> None:
    test_fer2013.write(root, *(f"{label},{test_fer2013.pixels(label)},Training" for label in range(3)))


def _ferplus(root: Path) -> None:
    test_ferplus.write(root, *test_ferplus.ROWS)
    test_fer2013.write(root, *(f"0,{test_fer2013.pixels(row)},Training" for row in range(4)))


def _iemocap(root: Path) -> None:
    test_iemocap.write(root, "Ses01F_impro01", test_iemocap.IMPROVISED)
    test_iemocap.write(root, "Ses02M_script01_1b", test_iemocap.SCRIPTED)
    media(root, "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav")


def _iemocap_many(root: Path) -> None:
    turns = "\n".join(
        f"[{number}.5 - {number}.9]\tSes01F_impro01_F{number:05d}\tneu\t[2.5000, 2.0000, 5.0000]\n"
        for number in range(MANY)
    )
    test_iemocap.write(root, "Ses01F_impro01", test_iemocap.HEAD + turns)


def _k_emocon(root: Path) -> None:
    start = test_k_emocon.START_MS
    text("metadata/subjects.csv", "pid,initTime,startTime,endTime", f"31,{start - 9},{start},{start + 20_000}")(
        root
    )
    for name, (folder, valence) in test_k_emocon.RATINGS.items():
        rows = [f"{5 * (k + 1)},{6 - v},{v},x" for k, v in enumerate(valence)]
        text(f"emotion_annotations/{folder}/P31.{name}.csv", "seconds,arousal,valence,cheerful", *rows)(root)
    rows = [f"{start + 250 * k},{k / 10},A013E1" for k in range(-8, 80)]
    text("e4_data/31/E4_EDA.csv", "timestamp,value,device_serial", *rows)(root)


def _meld(root: Path) -> None:
    rows = [f"{n},x,Joey,joy,positive,{n},0,3,19,{test_meld.TIMES.strip()}" for n in (1, 2)]
    text("test_sent_emo.csv", test_meld.HEAD.strip(), *rows)(root)
    test_meld.write_film(
        root / "output_repeated_splits_test/dia1_utt0.mp4", test_meld.levels(5), test_meld.tone(0.5)
    )


def _meld_many(root: Path) -> None:
    rows = (f"{n},x,Joey,joy,positive,{n},0,3,19,{test_meld.TIMES.strip()}" for n in range(MANY))
    text("test_sent_emo.csv", test_meld.HEAD.strip(), *rows)(root)
    touch(*(f"output_repeated_splits_test/dia{n}_utt0.mp4" for n in range(MANY)))(root)


def _enterface(root: Path) -> None:
    for name in test_enterface.FILMS:
        test_enterface.write_film(root / name, test_enterface.levels(3), test_enterface.tone(0.5))


def _enterface_many(root: Path) -> None:
    touch(*(f"subject {n % 44}/anger/sentence 1/s{n}_an_1.avi" for n in range(MANY)))(root)


def _msp_improv(root: Path) -> None:
    text("Evalution.txt", test_msp_improv.TURNS)(root)
    media(root, "session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01.wav")


def _listen(root: Path) -> None:
    (root / "data").mkdir()
    table = pa.Table.from_pylist(test_listen.ROWS)
    pq.write_table(table, root / "data/train-00000-of-00001.parquet", row_group_size=2)


def _msp_improv_many(root: Path) -> None:
    turns = [
        f"S{sentence:02d}{target}-{sex}{session:02d}-P-{sex}M{turn:02d}"
        for sentence in range(1, 21)
        for target in "AHSN"
        for session in range(1, 7)
        for sex in "FM"
        for turn in range(1, 12)
    ][:MANY]
    line = "UTD-IMPROV-{}.avi; N; A:2.5; V:4.0; D:3.0 ; N:3.4;\nR1-a_1; Neutral; Neutral,Happy; A:3.0;\n"
    text("Evalution.txt", *map(line.format, turns))(root)
    touch(*(f"session1/MSP-IMPROV-{turn}.wav" for turn in turns))(root)


def _listen_many(root: Path) -> None:
    (root / "data").mkdir()
    rows = [{**test_listen.row("2B", "", "fear", "fear"), "audio": {"bytes": b"x", "path": None}}] * MANY
    table = pa.Table.from_pylist(rows)
    ids = pa.array([f"{number}" for number in range(MANY)])
    table = table.set_column(table.column_names.index("id"), "id", ids)
    pq.write_table(table, root / "data/train-00000-of-00001.parquet")


def _msp_podcast(root: Path) -> None:
    test_msp_podcast.write(root, *test_msp_podcast.ROWS)
    rating = "MSP-PODCAST_0001_0008.wav,WORKER1; Neutral; Neutral; A:4.0; V:4.0; D:4.0;"
    text("Labels/labels_detailed.csv", "FileName,EmoDetail", rating)(root)
    media(root, "Audios/MSP-PODCAST_0001_0008.wav")


def _msp_many(root: Path) -> None:
    rows = (f"{number}.wav,N,4.0,7.0,1.0,{number % 99},Male,Test1" for number in range(MANY))
    text("Labels/labels_consensus.csv", ",".join(MSP_COLUMNS), *rows)(root)


def _nurse_stress(root: Path) -> None:
    test_nurse_stress.write_session(root, "5C", test_nurse_stress.SUMMER)
    stressed = test_nurse_stress.row("5C", time(9, 50), time(10, 2, 30), datetime(2020, 7, 1), 2)
    test_nurse_stress.write_survey(root, stressed)


def _rafdb(root: Path) -> None:
    test_rafdb.write(root, *test_rafdb.ROWS)
    test_rafdb.write_attributes(root, "train_00001", "1\n0\n3\n")
    media(root, "Image/aligned/train_00001_aligned.jpg")


def _rafdb_many(root: Path) -> None:
    test_rafdb.write(root, *(f"train_{number:05d}.jpg 5" for number in range(MANY)))
    test_rafdb.write_attributes(root, "train_00000", "1\n0\n3\n")
    folder = root / "Annotation" / "manual"
    for number in range(1, MANY):
        (folder / f"train_{number:05d}_manu_attri.txt").hardlink_to(folder / "train_00000_manu_attri.txt")


def _stress_predict(root: Path) -> None:
    made = test_stress_predict
    made.write_recording(root / "Raw_data/S01", seconds=1200)
    made.write_log(root, [made.person("S01", stroop=("12:05", "12:10"), relax_1=("12:10", "12:15"))])
    made.write_scores(root)


def _wearable_hrv(root: Path) -> None:
    columns = test_wearable_hrv.HEADER
    rows: list[list[object]] = [
        [*([5] * (len(columns) - 3)), condition, device, "P01"]
        for condition in ("sitting", "arithmetic")
        for device in ("vu", "kyto")
    ]
    test_wearable_hrv.write_table(root, *rows)


def _wearable_hrv_many(root: Path) -> None:
    columns = test_wearable_hrv.HEADER
    kinds = [(one, device) for one in dataset_card("wearable_hrv").labels for device in test_wearable_hrv.LOGS]
    for person in range(MANY // len(kinds)):
        rows = (",".join([*["5.5"] * (len(columns) - 3), *kind, f"P{person:03d}"]) for kind in kinds)
        text(f"P{person:03d}.csv", ",".join(columns), *rows)(root)


def _hf_many(root: Path) -> None:
    number = range(MANY)
    cells = pa.StructArray.from_arrays(
        [pa.array([b"x"] * MANY), pa.array([f"{one}.png" for one in number])], ["bytes", "path"]
    )
    (root / "data").mkdir(parents=True)
    table = pa.table({"image": cells, "speaker_id": [f"s{one % 99}" for one in number]})
    pq.write_table(table, root / "data" / "train-00000-of-00001.parquet")


def _table(root: Path) -> None:
    text("samples.csv", "uri,subject_id,label,attr.sex", "a.wav,anna,happy,female", "b.wav,ben,sad,male")(root)
    media(root, "a.wav", "b.wav")


CLIPS = [
    f"{actor}_{sentence}_{emotion}_{level}"
    for actor in range(1001, 1092)
    for sentence in ("IEO", "TIE", "IOM", "IWW", "TAI", "MTI", "IWL", "ITH", "DFA", "ITS")
    for emotion in ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD")
    for level in ("LO", "HI")
]
RECORDINGS = [
    f"wav/03{sentence}{number:02d}{emotion}{version}.wav"
    for sentence in "ab"
    for number in range(100)
    for emotion in "WLEAFTN"
    for version in "abcdefgh"
]
UTTERANCES = [
    f"{copy}/03-01-{emotion:02d}-{intensity:02d}-{statement:02d}-{repetition:02d}-{actor:02d}.wav"
    for copy in range(7)
    for emotion in range(1, 9)
    for intensity in (1, 2)
    for statement in (1, 2)
    for repetition in (1, 2)
    for actor in range(1, 25)
]
SIGNALS = {"window_s": 2.0, "stride_s": 2.0}
OF_TABLES: dict[str, Made] = {
    "affective_road": Made(
        test_affective_road.write,
        many=lambda root: test_affective_road.write(root, drives=8),
        dense={"window_s": 10.0, "stride_s": 0.25},
    ),
    "affectnet": Made(_affectnet, many=_affectnet_many),
    "audformat": Made(
        _audformat,
        {**test_audformat_database.EMOTIONS, "facts": ["files"], "columns": test_audformat_database.OF_SPEAKERS},
        _audformat_many,
    ),
    "bids_eeg": Made(_bids),
    "bold": Made(test_bold.write, many=lambda root: test_bold.write_many(root, MANY)),
    "case": Made(lambda root: test_case.write_person(root, "sub_1.csv"), SIGNALS),
    "casual_conversations": Made(
        each(test_casual_conversations.write, lambda root: media(root, "0000/a.png", "0001/b.png")),
        {"media": "frames"},
        each(test_casual_conversations.write, touch(*(f"0000/{number}.jpg" for number in range(MANY)))),
    ),
    "ck_plus": Made(_ck_plus, many=_ck_plus_many),
    "cremad": Made(
        each(test_cremad.write_tables, lambda root: media(root, "AudioWAV/1001_IEO_ANG_HI.wav")),
        many=each(
            test_cremad.write_tables,
            text(
                "SentenceFilenames.csv",
                "Stimulus_Number,Filename",
                *(f"{n},{name}" for n, name in enumerate(CLIPS)),
            ),
        ),
    ),
    "croissant": Made(
        lambda root: test_croissant.write(root, test_croissant.description()),
        {**test_croissant.ACTED, "columns": {"age": "attr.age"}},
        _croissant_many,
        package="mlcroissant",
    ),
    "deap": Made(lambda root: test_deap.write(root, "s01.dat", np.zeros(test_deap.SHAPE, np.int8))),
    "emo_superb": Made(
        lambda root: test_emo_superb.write(root, *test_emo_superb.ROWS),
        many=lambda root: test_emo_superb.write(
            root, *(f"{n}.wav,0.3,0.1,0.6,{n % 91},Male,Test" for n in range(MANY))
        ),
    ),
    "emobox": Made(_emobox, test_emobox.ACTORS, _emobox_many),
    "emodb": Made(
        lambda root: media(root, "wav/03a01Fa.wav", "wav/08b10Wb.wav"),
        many=touch(*RECORDINGS),
    ),
    "emonet_face": Made(test_emonet_face.write, many=lambda root: test_emonet_face.write_many(root, MANY)),
    "emotic": Made(test_emotic.write, many=lambda root: test_emotic.write(root, MANY)),
    "expw": Made(_expw, many=lambda root: test_expw.write(root, *(f"{n}.jpg 0 1 2 3 4 5 3" for n in range(MANY)))),
    "facial_expressions": Made(
        each(
            text(
                "data/legend.csv",
                "user.id,image,emotion",
                "jhamski,Tony_Blair_0135.jpg,HAPPINESS",
                "628,b.jpg,anger",
            ),
            lambda root: media(root, "images/Tony_Blair_0135.jpg"),
        ),
        many=text("data/legend.csv", "user.id,image,emotion", *(f"628,{n}.jpg,anger" for n in range(MANY))),
    ),
    "fer2013": Made(
        _fer2013, many=lambda root: test_fer2013.write(root, *([f"3,{' '.join(['9'] * 2304)},Training"] * MANY))
    ),
    "ferplus": Made(
        _ferplus,
        many=lambda root: test_ferplus.write(
            root, *(f"Training,fer{n:07d}.png,4,0,0,1,3,2,0,0,0,0" for n in range(MANY))
        ),
    ),
    "fhibe": Made(test_fhibe.write, many=lambda root: test_fhibe.write_many(root, MANY)),
    "hf_dataset": Made(
        lambda root: test_hf_dataset.save_parquet(root, **test_hf_dataset.SPLITS), test_hf_dataset.FACE, _hf_many
    ),
    "iemocap": Made(_iemocap, many=_iemocap_many),
    "k_emocon": Made(_k_emocon),
    "listen": Made(_listen, many=_listen_many),
    "enterface": Made(_enterface, many=_enterface_many),
    "meld": Made(_meld, many=_meld_many),
    "msp_improv": Made(_msp_improv, many=_msp_improv_many),
    "msp_podcast": Made(_msp_podcast, many=_msp_many),
    "nurse_stress": Made(_nurse_stress),
    "ppg_dalia": Made(lambda root: test_ppg_dalia.write_person(root, "S1"), {"window_s": 12.0, "stride_s": 6.0}),
    "rafdb": Made(_rafdb, many=_rafdb_many),
    "rating_traces": Made(
        test_rating_traces.write, many=lambda root: test_rating_traces.traces(root, "P1", seconds=4 * (MANY + 2))
    ),
    "ravdess": Made(
        lambda root: media(root, "Actor_01/03-01-05-02-01-02-01.wav", "Actor_02/03-01-01-01-01-01-02.wav"),
        many=touch(*UTTERANCES),
    ),
    "seed": Made(lambda root: test_seed.write_session(root, "1_20131027.mat", "djc"), SIGNALS),
    "sewa": Made(
        test_sewa.write, many=lambda root: test_sewa.labels(root, "Train_DE_01", seconds=4.0 * (MANY + 1))
    ),
    "stress_predict": Made(_stress_predict),
    "swell_kw": Made(
        each(test_swell_kw.write, test_swell_kw.questionnaire),
        many=lambda root: test_swell_kw.write(
            root, *(f"PP{n % 25},1,N,{n},71.5,0.041,999,," for n in range(MANY))
        ),
    ),
    "table": Made(
        _table,
        {"modality": "voice", "label_source": "acted"},
        text("samples.csv", "uri,subject_id,label", *(f"{n}.wav,s{n % 99},happy" for n in range(MANY))),
    ),
    "wearable_hrv": Made(_wearable_hrv, many=_wearable_hrv_many),
    "wesad": Made(lambda root: test_wesad.write_person(root, "S14"), SIGNALS),
}
MANY_NAMES = {
    "shemo": [f"female/F{number // 500:02d}A{number:05d}.wav" for number in range(MANY)],
}


def made_folders() -> dict[str, Made]:
    """Every dataset that is read from a disk, with how a folder of it is made."""
    made = dict(OF_TABLES)
    for name in card_names("datasets"):
        reader = dataset_card(name).reader
        if reader == "file_names":
            many = touch(*MANY_NAMES[name]) if name in MANY_NAMES else None
            made[name] = Made(touch(*test_file_names.FACTS[name]), many=many)
        elif reader == "corpus_tables":
            made[name] = Made(
                lambda root, name=name: test_corpus_tables.write(root, test_corpus_tables.TABLES[name])
            )
    header = test_corpus_tables.TABLES["nemo"]["data.tsv"].splitlines()[0]
    rows = (f"{n}.wav\tanger\tTak.\ttak\tS{n % 9}\tmale\t24" for n in range(MANY))
    made["nemo"] = Made(made["nemo"].write, many=text("data.tsv", header, *rows))
    return made
