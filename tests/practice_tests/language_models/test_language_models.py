"""Scripted models with one known defect each: the test names it, and none in the model without one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chat_server import Asked as Request
from chat_server import chat_server
from measured_practice import again_without_a_difference
from scripted_models import (
    LABELS,
    NUM_PEOPLE,
    Reads,
    answering,
    card,
    faces,
    of_background,
    of_face,
    of_voice,
    of_words,
    voices,
)
from silent import Silent

from harness.cards.facts import Claim
from harness.errors import HarnessError
from harness.practice_tests.language_models.answers import Answers
from harness.practice_tests.language_models.asked_models import Asked
from harness.practice_tests.language_models.language_models_options import LanguageModelsOptions
from harness.practice_tests.language_models.model_questions import ModelQuestions
from harness.practice_tests.language_models.stated_figures import stated_rows
from harness.practice_tests.opened_practice import open_practice, practice_options
from harness.practice_tests.practice_folder import run_practice
from harness.practice_tests.practice_interface import PracticeResult
from harness.practice_tests.questions import answered
from harness.report.claims import MeasuredClaim
from harness.tables.results import Result, results_table
from harness.verdicts.judge import checked, not_tested

Verdicts = dict[str, str]


@pytest.fixture(autouse=True)
def no_cards_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has a model of the same name."""
    monkeypatch.setenv("HARNESS_CARDS", "")


def asked_of(
    place: Path,
    modality: str,
    script: Callable[[Request], str],
    *more: str,
    claims: Sequence[Mapping[str, Any]] = (),
) -> tuple[Path, PracticeResult]:
    """Run the practice test of one scripted model."""
    stimuli = (faces if modality == "face" else voices)(place / "stimuli")
    with chat_server(script) as server:
        card(place / "own", "acme", server.url, modality, claims)
        arguments = [
            "models=[acme]",
            f"config_dir={place / 'own'}",
            "model_options={allow_hosts: [127.0.0.1]}",
            f"{modality}.root={stimuli}",
            f"{modality}.options={{label_source: acted, modality: {modality}}}",
            f"out={place / 'out'}",
            "repeats=1",
            "limits={claim_share: 0.4, same_answer: 0.6, same_beside: 0.6}",
            *more,
        ]
        test = open_practice("language-models")
        out, result = run_practice(test, practice_options(test, arguments), Silent())
        again_without_a_difference(out)
        return out, result


def verdicts(result: PracticeResult) -> Verdicts:
    return {row.metric: str(row.verdict) for row in result.rows if row.verdict is not None}


def row(result: PracticeResult, metric: str) -> Result:
    (found,) = (row for row in result.rows if row.metric == metric and row.group in ("face", "voice"))
    return found


def claimed(asked: Request) -> str | None:
    return LABELS[0] if f"that this is {LABELS[0]}" in asked.text else None


def told_twice(asked: Request) -> str | None:
    """What the prompt claims, if the words say the same."""
    return claim if (claim := claimed(asked)) is not None and of_words(asked) == claim else None


def worded(asked: Request) -> str | None:
    return next(
        (label for label, sign in zip(LABELS, ("Look at", "You are shown"), strict=False) if sign in asked.text),
        None,
    )


@pytest.mark.slow
def test_a_model_that_looks_at_faces_has_no_fault(tmp_path: Path) -> None:
    out, result = asked_of(tmp_path, "face", answering(of_face), "repeats=2")
    assert verdicts(result) == {
        "recognises": "met",
        "follows_claim": "met",
        "same_answer:paraphrases": "met",
        "same_beside": "met",
    }
    assert row(result, "accuracy:alone:neutral").value == 1.0
    assert row(result, "same_answer:repeats").value == 1.0
    assert row(result, "recognises").value == pytest.approx(2 / 3)
    record = json.loads((out / "practice.json").read_text())
    assert record["facts"]["claims"] == {"acme/face": ["anger"]}
    page = (out / "summary.nl.html").read_text()
    assert "acme herkent emoties (gezicht)" in page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reads", "fault", "recognises"),
    [
        ((of_background,), "same_beside", False),
        ((claimed, of_face), "follows_claim", True),
        ((worded, of_face), "same_answer:paraphrases", True),
    ],
    ids=["background", "claim", "wording"],
)
def test_the_defect_of_a_model_of_faces_is_named(
    tmp_path: Path, reads: tuple[Reads, ...], fault: str, recognises: bool
) -> None:
    _, result = asked_of(tmp_path, "face", answering(*reads))
    found = verdicts(result)
    assert (found.pop("recognises") == "met") == recognises
    assert [name for name, verdict in found.items() if verdict == "not_met"] == [fault]


def test_a_model_that_does_not_use_the_medium_is_not_said_to_recognise_anything() -> None:
    finding = Result(
        dataset="d",
        model="acme",
        metric="blind",
        kind="check",
        group="medium removed",
        value=1.0,
        n_samples=60,
        n_subjects=60,
        n_unscored=0,
        judgement=checked(True, "the same"),
    )
    labels, nothing = np.array([*LABELS] * 20, dtype=object), np.full(60, "", dtype=object)
    own = Answers(
        *(np.arange(60).astype(str), np.arange(60), labels, nothing, nothing, labels, np.zeros(60, dtype=bool)),
        results=results_table([finding]),
    )
    options = LanguageModelsOptions.model_validate({"models": ["acme"], "face": {"root": "x"}})
    asked = Asked("acme", "face", {"alone": own})
    (recognises,) = answered(list(ModelQuestions(asked, options).all()), 0.95)
    assert recognises.verdict == "not_tested"
    assert "the same without the medium" in str(recognises.reason)
    seeing = replace(own, results=results_table([replace(finding, judgement=checked(False, "differs"))]))
    asked = Asked("acme", "face", {"alone": seeing})
    assert answered(list(ModelQuestions(asked, options).all()), 0.95)[0].verdict == "met"


def of_voice_and_words(truth: Sequence[str], words: Sequence[str], answer: Sequence[str]) -> list[Result]:
    """The verdicts on a model that was asked about one voice of each of several people."""
    counts = {"n_samples": 0, "n_subjects": 0, "n_unscored": 0}
    of_study = Result(dataset="d", model="acme", metric="x", kind="metric", value=0.0, **counts)
    texts = [np.array(column, dtype=object) for column in (truth, words, [""] * len(truth), answer)]
    num = np.arange(len(truth))
    own = Answers(num.astype(str), num, *texts, np.array(answer) == "", results=results_table([of_study]))
    options = LanguageModelsOptions.model_validate({"models": ["acme"], "voice": {"root": "x"}})
    return answered(list(ModelQuestions(Asked("acme", "voice", {"alone": own}), options).all()), 0.95)


def test_chance_is_that_of_the_answers_to_the_same_stimuli() -> None:
    """It says happiness of every voice, and only where there are words reads them: it recognises nothing."""
    neutral, spoken = ["happiness"] * 80 + ["sadness"] * 20, ["sadness", "happiness"] * 50
    words, answer = [""] * 100 + spoken[::-1], ["happiness"] * 100 + spoken[::-1]
    recognises, heard = of_voice_and_words([*neutral, *spoken], words, answer)
    assert (recognises.metric, recognises.value, recognises.n_samples) == ("recognises", 0.0, 100)
    assert recognises.verdict == "not_met"
    assert (heard.metric, heard.value, heard.n_samples) == ("words_share:heard", 1.0, 100)


@pytest.mark.parametrize("matching", [True, False])
def test_a_model_that_reads_is_not_said_to_recognise_where_no_words_are_neutral(matching: bool) -> None:
    """Thirty people say words that match their voice, and thirty others do or do not."""
    truth = [*LABELS[:3]] * 20
    shifted = [*LABELS[1:3], LABELS[0]] * 20
    words = truth if matching else [*truth[:30], *shifted[30:]]
    recognises, *heard = of_voice_and_words(truth, words, words)
    if matching:
        assert (recognises.verdict, heard) == ("not_tested", [])
        assert recognises.reason == "the words say the same as the voice: reading them is enough"
    else:
        assert (recognises.n_samples, recognises.verdict) == (30, "not_met")
        assert recognises.value == pytest.approx(-1 / 3)


def test_without_labels_there_is_nobody_to_recognise() -> None:
    (recognises,) = of_voice_and_words([""] * 6, ["anger"] * 6, ["anger"] * 6)
    assert (recognises.n_samples, recognises.reason) == (0, "too few people took part: 0, and 5 are needed")


def test_a_system_whose_card_names_no_labels_is_asked_about_all(tmp_path: Path) -> None:
    stimuli = voices(tmp_path / "stimuli")
    given = [f"voice.root={stimuli}", "voice.options={label_source: acted, modality: voice}"]
    test = open_practice("language-models")
    arguments = ["models=[majority]", *given, f"out={tmp_path / 'out'}"]
    _, result = run_practice(test, practice_options(test, arguments), Silent())
    found = verdicts(result)
    assert found
    assert "met" not in found.values()


def test_what_was_not_answered_is_counted_among_what_a_row_is_about() -> None:
    truth, words = ["happiness"] * 40, [""] * 10 + ["sadness"] * 30
    answer = ["happiness"] * 8 + [""] * 2 + ["sadness"] * 15 + [""] * 15
    recognises, heard = of_voice_and_words(truth, words, answer)
    assert (recognises.n_samples, recognises.n_unscored) == (10, 2)
    assert (heard.n_samples, heard.n_unscored) == (15, 15)  # 30 were asked


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reads", "given", "heard"),
    [((of_voice,), "met", "met"), ((of_words, of_voice), "not_met", "not_met")],
    ids=["listens", "reads"],
)
def test_whether_a_model_listens_or_reads(
    tmp_path: Path, reads: tuple[Reads, ...], given: str, heard: str
) -> None:
    _, result = asked_of(tmp_path, "voice", answering(*reads), "paraphrases=false")
    found = verdicts(result)
    assert (found["words_share:given"], found["words_share:heard"]) == (given, heard)
    assert (found["follows_both"], found["follows_claim"]) == (heard, "met")
    assert found["recognises"] == "met"  # where the words are neutral, both hear the voice
    in_silence = row(result, "words_accuracy:words_silent:conflicting").value
    assert in_silence == (0.0 if given == "met" else 1.0)


@pytest.mark.slow
def test_a_model_that_gives_in_where_words_and_prompt_claim_the_same_is_named(tmp_path: Path) -> None:
    out, result = asked_of(tmp_path, "voice", answering(told_twice, of_voice), "paraphrases=false")
    found = verdicts(result)
    assert [name for name, verdict in found.items() if verdict == "not_met"] == ["follows_both"]
    misled = {level: row(result, f"misled:{level}") for level in ("neither", "content", "prompt", "both")}
    assert {level: found.value for level, found in misled.items()} == {
        "neither": 0.0,
        "content": 0.0,
        "prompt": 0.0,
        "both": 1.0,
    }
    # Of each person, fear and calm with neutral words, and fear alone with words of anger, which is claimed.
    assert [found.n_samples for found in misled.values()] == [
        2 * NUM_PEOPLE,
        NUM_PEOPLE,
        2 * NUM_PEOPLE,
        NUM_PEOPLE,
    ]
    assert all(row(result, f"accuracy:{level}").value == 1 - (found.value or 0) for level, found in misled.items())
    page = (out / "summary.en.html").read_text()
    assert "the words and the question</td>" in page
    assert "where both the words and the question claim something untrue, its answer is that 100" in page


@pytest.mark.slow
def test_several_claims_are_asked_about_one_by_one_and_measured_together(tmp_path: Path) -> None:
    out, result = asked_of(
        tmp_path, "voice", answering(told_twice, of_voice), "paraphrases=false", "claims=[anger,fear]"
    )
    both, neither = row(result, "misled:both"), row(result, "misled:neither")
    assert (both.value, both.n_samples) == (0.5, 2 * NUM_PEOPLE)  # it gives in to anger alone
    assert (neither.value, neither.n_samples) == (0.0, 4 * NUM_PEOPLE)
    assert row(result, "follows_both").value == 0.5
    assert row(result, "follows_claim").value == pytest.approx(1 / 12)  # 1 of 12 that do not show the claim
    assert both.note == "falsely claimed: anger, fear"
    assert json.loads((out / "practice.json").read_text())["facts"]["claims"] == {"acme/voice": ["anger", "fear"]}
    asked = {path.name for path in (out / "studies" / "acme" / "voice").iterdir()}
    assert asked == {"alone", "words", "claim-0", "claim-2"}


@pytest.mark.slow
def test_a_model_that_always_answers_what_is_claimed_follows_nothing(tmp_path: Path) -> None:
    _, result = asked_of(tmp_path, "voice", answering(lambda _: LABELS[0]), "paraphrases=false")
    both = row(result, "follows_both")
    assert (both.value, str(both.verdict)) == (0.0, "met")
    assert row(result, "misled:both").value == row(result, "misled:neither").value == 1.0
    assert verdicts(result)["recognises"] != "met"


def test_a_claim_that_is_no_label_costs_no_request(tmp_path: Path) -> None:
    num_asked = 0

    def script(asked: Request) -> str:
        nonlocal num_asked
        num_asked += 1
        return "Answer: fear"

    with pytest.raises(HarnessError, match="acme has no such label"):
        asked_of(tmp_path, "face", script, "claims=[anger,joy]")
    assert num_asked == 0


@pytest.mark.slow
def test_what_the_provider_states_is_judged_by_what_was_measured(tmp_path: Path) -> None:
    claims: list[dict[str, Any]] = [
        {"metric": "accuracy", "value": 0.9, "dataset": "table", "source": "its page"},
        {"metric": "accuracy", "value": 0.5, "dataset": "Somebody's", "source": "its page"},
        {"metric": "accuracy", "value": 0.9, "dataset": "Somebody's", "source": "its paper"},
        {
            "metric": "accuracy",
            "value": 0.9,
            "dataset": "table",
            "axis": "age",
            "group": "old",
            "source": "its page",
        },
        {"metric": "brilliance", "value": 1.0, "dataset": "table", "source": "its page"},
    ]

    def script(asked: Request) -> str:
        return f"Answer: {'anger' if of_face(asked) == 'fear' else of_face(asked)}"

    out, result = asked_of(tmp_path, "face", script, "paraphrases=false", claims=claims)
    found = [found for found in result.rows if found.metric.startswith("stated")]
    assert [(found.metric, found.threshold, str(found.verdict)) for found in found] == [
        ("stated:accuracy, table", 0.9, "not_met"),
        ("stated_elsewhere:accuracy, Somebody's, its page", 0.5, "met"),
        ("stated_elsewhere:accuracy, Somebody's, its paper", 0.9, "not_met"),
        ("stated:accuracy, old, table", 0.9, "not_tested"),
        ("stated:brilliance, table", 1.0, "not_tested"),
    ]
    assert found[0].value == pytest.approx(2 / 3)
    assert found[0].note == "its page"
    assert "acme, face: it does not reach what its provider states (accuracy, table): 0.67" in (
        out / "summary.en.html"
    ).read_text().replace("&#39;", "'")


def test_figures_that_are_stated_for_the_same_are_told_apart() -> None:
    def claim(value: float, source: str) -> MeasuredClaim:
        stated = Claim(metric="accuracy", value=value, dataset="table", source=source)
        return MeasuredClaim("acme", "Acme", stated, None, not_tested("not measured here"))

    counts = {"n_samples": 0, "n_subjects": 0, "n_unscored": 0}
    finding = Result(dataset="d", model="acme", metric="x", kind="metric", value=0.0, **counts)
    labels, nothing = np.array([*LABELS], dtype=object), np.full(len(LABELS), "", dtype=object)
    own = Answers(
        *(labels.astype(str), np.arange(len(labels)), labels, nothing, nothing, labels, nothing == "x"),
        results=results_table([finding]),
        stated=[claim(0.9, "page"), claim(0.8, "page"), claim(0.8, "page"), claim(0.7, "paper")],
    )
    names = [row.metric for row in stated_rows(Asked("acme", "face", {"alone": own}))]
    assert names == [
        "stated:accuracy, table, page, 0.9",
        "stated:accuracy, table, page, 0.8, 2",
        "stated:accuracy, table, page, 0.8, 3",
        "stated:accuracy, table, paper",
    ]


def test_words_are_in_a_column_that_a_prompt_can_name() -> None:
    stimuli = {"models": ["acme"], "voice": {"root": "x"}}
    with pytest.raises(ValueError, match="text_column"):
        LanguageModelsOptions.model_validate({**stimuli, "text_column": "words"})
    LanguageModelsOptions.model_validate({**stimuli, "text_column": "ctx.said"})


@pytest.mark.slow
def test_refusals_and_appeals_are_counted(tmp_path: Path) -> None:
    def script(asked: Request) -> str:
        if of_face(asked) == "fear":
            return "I'm sorry, but I can't help with identifying emotions in images of people."
        return f"Its micro-expressions are universal expressions.\nAnswer: {of_face(asked)}"

    _, result = asked_of(tmp_path, "face", script, "paraphrases=false")
    assert row(result, "refused").value == pytest.approx(1 / 3)
    assert row(result, "appeals:universality").value == pytest.approx(2 / 3)
    assert row(result, "appeals:measurability").value == pytest.approx(2 / 3)
    groups = {found.group: found.value for found in result.rows if found.metric == "refused:face"}
    assert groups == pytest.approx({"female": 1 / 3, "male": 1 / 3})
