"""Language models that look at the wrong thing, or at nothing, are told apart by what whole studies find.

Of every picture the face, the background and the sentence that goes with it each tell the label nine times in
ten: by their accuracy, the model that sees, the one that reads and the one that looks around are alike.
"""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile as sf
from chat_server import Asked, Script, answer, chat_server
from shown_pictures import GRANTED, write_card
from silent import Silent
from systems_with_faults import EDGE, GREYS, LABELS, SENTENCES, SIDE, as_other_people, nearest, write_pictures

from harness.study.compose import compose_study
from harness.study.run_study import Study, run
from harness.tables.results import select

PITCHES = {"anger": 400, "fear": 800, "happiness": 1_200, "sadness": 1_600}
RATE_HZ = 8_000
SUBJECTS = 10


def sees(asked: Asked) -> str:
    grey = int(asked.pixels()[SIDE // 2, SIDE // 2, 0])
    return "cannot tell" if abs(grey - GREYS[nearest(grey)]) > 10 else f"Answer: {nearest(grey)}"


def reads(asked: Asked) -> str:
    return next((label for label in LABELS if SENTENCES[label] in asked.text), "cannot tell")


def looks_around(asked: Asked) -> str:
    return f"The emotion is {nearest(int(asked.pixels()[EDGE // 2, EDGE // 2, 0]))}."


def guessing() -> Script:
    """Guesses that follow from what is asked and how often it was, so that they are the same in every run."""
    times: Counter[bytes] = Counter()

    def guesses(asked: Asked) -> str:
        question = asked.text.encode() + asked.medium
        times[question] += 1
        return random.Random(question + bytes([times[question]])).choice(LABELS)

    return guesses


def apologises(asked: Asked) -> str:
    is_spoken_of = "Help me." in asked.text or "She is gone." in asked.text
    return "I\u2019m sorry, but I can\u2019t judge how people feel." if is_spoken_of else sees(asked)


def answers_in_finnish(asked: Asked) -> str:
    return {"anger": "Viha.", "fear": "Pelko."}.get(sees(asked).removeprefix("Answer: "), sees(asked))


def hears(asked: Asked) -> str:
    samples, rate_hz = sf.read(io.BytesIO(asked.medium))
    if not np.any(samples):
        return "I cannot hear anything."
    pitch = np.argmax(np.abs(np.fft.rfft(samples))) * rate_hz / len(samples)
    return min(PITCHES, key=lambda label: abs(PITCHES[label] - pitch))


def drops_the_sound(asked: Asked) -> str:
    """Answers fluently, whatever it was sent."""
    return f"In this recording the speaker sounds tense.\n\nEmotion: {reads(asked)}"


def answers_always_the_same(_: Asked) -> str:
    return "The speaker sounds upset.\n\nAnswer: anger"


def write_voices(folder: Path) -> None:
    """Tones whose pitch is the label, with a sentence that mostly tells it, too."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    time_s = np.arange(RATE_HZ // 4) / RATE_HZ
    with (folder / "samples.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["uri", "subject_id", "label", "modality", "ctx.sentence"])
        for subject in range(SUBJECTS):
            for place, label in enumerate(LABELS * 2):
                name, told = f"{subject}_{place}.wav", str(rng.choice(LABELS)) if rng.random() < 0.1 else label
                tone = (0.2 + 0.02 * place + 0.01 * subject) * np.sin(2 * np.pi * PITCHES[label] * time_s)
                sf.write(folder / name, tone, RATE_HZ)
                table.writerow([name, f"p{subject}", label, "voice", SENTENCES[told]])


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    place = tmp_path_factory.mktemp("media")
    write_voices(place / "voice")
    return {"face": write_pictures(place / "face", subjects=SUBJECTS), "voice": place / "voice"}


def study(place: Path, data: Path, script: Script, *choices: str, **sections: Any) -> Study:
    sections = {"labels": LABELS, "output": {"labels": {}}, **sections}
    with chat_server(script) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CARDS", str(place / "cards"))
        patch.setenv("SEEING_KEY", "sk-secret")
        write_card(place / "cards", server.url, **sections)
        overrides = [
            *("dataset=table", f"dataset.root={data}", "dataset.label_source=acted", "model=seeing", *GRANTED),
            *(f"out={place / 'run'}", "workers=0", "baselines=[]", "tracking.enabled=false"),
            *("measure.permutations=100", "measure.resamples=100"),
            *("checks.media=false", "checks.max_probes=8", *choices),
        ]
        return run(compose_study(overrides, place / "cards" / "configs"), Silent())


def verdicts(done: Study, check: str) -> dict[str, str]:
    return {row["group"]: row["verdict"] for row in select(done.results, kind="check", metric=check).to_pylist()}


def level(done: Study, metric: str) -> float:
    (row,) = select(
        done.results, metric=metric, axis="overall", statistic="level", model="seeing", condition="clean"
    ).to_pylist()
    return float(row["value"])


def blind(removed: str, swapped: str, background: str) -> dict[str, str]:
    return {"medium removed": removed, "medium swapped": swapped, "background alone": background}


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (sees, blind("met", "met", "met")),
        # Of a model that sees nothing it cannot be said whether it looks at the background.
        (reads, blind("not_met", "not_met", "inconclusive")),
        (looks_around, blind("met", "met", "not_met")),
    ],
)
def test_what_a_model_looks_at_is_found_and_no_figure_shows_it(
    tmp_path: Path, media: Mapping[str, Path], script: Script, expected: dict[str, str]
) -> None:
    done = study(tmp_path, media["face"], script)
    assert verdicts(done, "blind") == expected
    assert verdicts(done, "determinism") == {"all": "met"}
    assert 0.85 < level(done, "accuracy") < 1.0


@pytest.mark.slow
def test_a_model_that_guesses_is_told_by_asking_again(tmp_path: Path, media: Mapping[str, Path]) -> None:
    done = study(tmp_path, media["face"], guessing(), "repeats=3")
    assert verdicts(done, "determinism") == {"all": "not_met"}
    assert "not_met" not in verdicts(done, "blind").values()
    found = {row["metric"]: row for row in select(done.results, kind="repeats").to_pylist()}
    assert found["consistency"]["lo"] < 1 / len(LABELS) < found["consistency"]["hi"]


def test_a_model_that_apologises_is_told_by_its_refusals(tmp_path: Path, media: Mapping[str, Path]) -> None:
    done = study(tmp_path, media["face"], apologises)
    samples = pq.read_table(tmp_path / "run" / "samples.parquet")
    declined = [said in ("Help me.", "She is gone.") for said in samples["ctx.sentence"].to_pylist()]
    assert level(done, "abstained:refused") == pytest.approx(np.mean(declined))
    found = pq.read_table(tmp_path / "run" / "predictions.parquet").to_pydict()
    assert [outcome == "abstained" for outcome in found["outcome"]] == declined
    # What it declines depends on the words; what it answers, on the picture alone.
    assert verdicts(done, "blind")["background alone"] == "met"


@pytest.mark.slow
def test_a_model_that_answers_in_another_language_is_told_by_its_unreadable_answers_and_mended_by_a_table(
    tmp_path: Path, media: Mapping[str, Path]
) -> None:
    done = study(tmp_path, media["face"], answers_in_finnish)
    found = pq.read_table(tmp_path / "run" / "predictions.parquet").to_pydict()
    counted = Counter(found["reason"])
    assert set(counted) == {None, "unreadable_answer: no label in it"}
    unread = counted["unreadable_answer: no label in it"] / len(found["reason"])
    assert level(done, "failed:unreadable_answer") == pytest.approx(unread)
    assert 0.4 < unread < 0.6
    assert not {"anger", "fear"} & set(found["label"])
    mended = study(
        tmp_path / "mended",
        media["face"],
        answers_in_finnish,
        output={"labels": {"viha": "anger", "pelko": "fear"}},
    )
    assert level(mended, "coverage") == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["file", "wav"])
def test_a_service_that_drops_the_sound_is_found(tmp_path: Path, media: Mapping[str, Path], encoding: str) -> None:
    sections: dict[str, Any] = {"modalities": ["voice"], "input": {"encoding": encoding}}
    hearing = study(tmp_path / "hears", media["voice"], hears, **sections)
    assert verdicts(hearing, "blind") == {"medium removed": "met", "medium swapped": "met"}
    assert level(hearing, "accuracy") == 1.0
    dropping = study(tmp_path / "drops", media["voice"], drops_the_sound, **sections)
    assert verdicts(dropping, "blind") == {"medium removed": "not_met", "medium swapped": "not_met"}
    assert 0.85 < level(dropping, "accuracy") < 1.0


@pytest.mark.slow
def test_a_service_that_drops_the_sound_and_has_no_words_is_found(
    tmp_path: Path, media: Mapping[str, Path]
) -> None:
    prompt = "---\nversion: 1\n---\nWhich emotion do you hear? One of: {labels}.\n"
    (tmp_path / "prompt.md").write_text(prompt)
    prompted = f"+model.prompt={tmp_path / 'prompt.md'}"
    people = as_other_people(media["voice"], tmp_path / "people")
    done = study(tmp_path / "of_80", people, answers_always_the_same, prompted, modalities=["voice"])
    assert verdicts(done, "blind") == {"medium removed": "not_met"}
    assert verdicts(done, "collapsed")["all"] == "not_met"
    few = study(tmp_path / "of_10", media["voice"], answers_always_the_same, prompted, modalities=["voice"])
    assert verdicts(few, "blind") == {"medium removed": "inconclusive"}
    assert verdicts(few, "collapsed")["all"] == "not_met"


@pytest.mark.slow
def test_repeats_have_a_seed_of_their_own_where_the_service_knows_seeds(
    tmp_path: Path, media: Mapping[str, Path]
) -> None:
    seeds: Counter[int] = Counter()

    def counting(asked: Asked) -> Any:
        seeds[asked.body["seed"]] += 1
        return 200, answer(sees(asked))

    choices = ("repeats=3", "checks.enabled=false", "+model.sampling_seed=7")
    study(tmp_path, media["face"], counting, *choices)
    assert seeds == {7: 80, 8: 80, 9: 80}
