from __future__ import annotations

from pathlib import Path

import pytest

from harness.datasets.msp_podcast_votes import worker_votes
from harness.errors import HarnessError

TURN, NEXT = "MSP-PODCAST_0001_0139.wav", "MSP-PODCAST_0001_0140.wav"
RATINGS = (
    "WORKER00000001; Other-confused; Concerned,Confused; A:3.000000; V:3.000000; D:4.000000;",
    "WORKER00000018; Neutral; Neutral; A:1.000000; V:4.000000; D:2.000000;",
    "WORKER00000021; Neutral; Neutral; A:3.000000; V:4.000000; D:2.000000;",
    "WORKER00000044; Surprise; Neutral,Surprise; A:3.000000; V:5.000000; D:3.000000;",
    "WORKER00000044; Happy; Happy; A:3.000000; V:5.000000; D:3.000000;",  # of the same worker
)
VOTES = {TURN: {"other": 1, "neutral": 2, "surprise": 1}, NEXT: {"anger": 1, "sadness": 1}}


def write(root: Path, name: str, *lines: str) -> None:
    (root / "Labels").mkdir(exist_ok=True)
    (root / "Labels" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_lines_of_workers_below_the_line_of_the_turn(tmp_path: Path) -> None:
    write(
        tmp_path,
        "labels.txt",
        *(f"{TURN}; N; A:2.400000; V:4.000000; D:2.800000;", *RATINGS, ""),
        *(
            f"{NEXT}; X; A:2.4; V:4.0; D:2.8;",
            "WORKER00000001; Angry; ; A:3; V:3; D:4;",
            "WORKER2; Sad; Sad; A:3;",
        ),
    )
    found = worker_votes(tmp_path.joinpath)
    assert (found.file, found.of_turn, list(found.unknown)) == ("Labels/labels.txt", VOTES, [])


def test_a_table_with_the_rating_in_a_cell(tmp_path: Path) -> None:
    more = ("WORKER00000001; Angry; Angry; A:3.0; V:3.0; D:4.0;", "WORKER00000002; Sad; A:3.0; V:3.0; D:4.0;")
    write(
        tmp_path,
        "labels_detailed.csv",
        "FileName,EmoDetail",
        *(f'{TURN},"{rating}"' for rating in RATINGS),
        *(f'{NEXT},"{rating}"' for rating in more),
    )
    assert worker_votes(tmp_path.joinpath).of_turn == VOTES


def test_a_table_with_the_category_in_a_column(tmp_path: Path) -> None:
    write(
        tmp_path,
        "labels_detailed.csv",
        "FileName,Workers,EmoClass_Major,EmoClass_Second,EmoAct,EmoVal,EmoDom",
        f'{TURN},WORKER1,Other-confused,"Concerned,Confused",3,3,4',
        f"{TURN},WORKER18,Neutral,Neutral,1,4,2",
        f"{TURN},WORKER21,neutral,Neutral,3,4,2",
        f"{TURN},WORKER44,Surprise,Surprise,3,5,3",
        f"{TURN},WORKER44,Happy,Happy,3,5,3",
        f"{TURN},WORKER45,,,3,5,3",
        f"{NEXT},WORKER1,Angry,Angry,3,3,4",
        f"{NEXT},WORKER2,Sad,Sad,3,3,4",
    )
    assert worker_votes(tmp_path.joinpath).of_turn == VOTES


def test_without_a_column_of_workers_every_row_is_a_vote(tmp_path: Path) -> None:
    write(tmp_path, "labels_detailed.csv", "FileName,EmoClass_Major", *[f"{TURN},Fear"] * 3, f"{TURN},Fearful")
    found = worker_votes(tmp_path.joinpath)
    assert found.of_turn == {TURN: {"fear": 3, "other": 1}}
    assert list(found.unknown) == ["Fearful"]


def test_the_table_comes_before_the_lines_and_there_may_be_neither(tmp_path: Path) -> None:
    assert worker_votes(tmp_path.joinpath).of_turn == {}
    write(tmp_path, "labels.txt", f"{TURN}; N; A:2.4;", RATINGS[1])
    write(tmp_path, "labels_detailed.csv", "FileName,EmoClass_Major", f"{TURN},Fear")
    assert worker_votes(tmp_path.joinpath).of_turn == {TURN: {"fear": 1}}


@pytest.mark.parametrize(
    ("name", "lines", "message"),
    [
        ("labels.txt", [RATINGS[0]], "is above the line of any turn"),
        ("labels_detailed.csv", ["FileName,Emotion", f"{TURN},Sad"], "row 1: there is neither a column EmoClass"),
        ("labels_detailed.csv", ["Name,EmoClass_Major", f"{TURN},Sad"], "column FileName is missing"),
    ],
)
def test_another_form_is_named(name: str, lines: list[str], message: str, tmp_path: Path) -> None:
    write(tmp_path, name, *lines)
    with pytest.raises(HarnessError, match=message):
        worker_votes(tmp_path.joinpath)
