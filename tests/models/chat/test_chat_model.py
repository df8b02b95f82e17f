"""Whole runs of a language model behind a local server."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from chat_server import Asked, Script, answer, chat_server
from shown_pictures import GRANTED, seen, write_card, write_pictures
from silent import Silent

from harness.errors import HarnessError
from harness.models.model import RunSettings
from harness.study.assembly import open_model
from harness.study.compose import compose_study
from harness.study.run_study import Study, run

SECRET = "sk-very-secret-key"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("SEEING_KEY", SECRET)
    write_pictures(tmp_path / "data")
    return tmp_path


def choices(place: Path, *more: str) -> list[str]:
    return [
        "dataset=table",
        f"dataset.root={place / 'data'}",
        "dataset.label_source=acted",
        "model=seeing",
        *GRANTED,
        f"out={place / 'run'}",
        "workers=0",
        "baselines=[]",
        "checks.enabled=false",
        "tracking.enabled=false",
        *more,
    ]


def study(place: Path, *more: str) -> Study:
    return run(compose_study(choices(place, *more), place / "cards" / "configs"), Silent())


def measured(place: Path, script: Script, **sections: Any) -> tuple[dict[str, list[Any]], Any]:
    """The predictions of a run, and the server that was asked."""
    with chat_server(script) as server:
        write_card(place / "cards", server.url, **sections)
        folder = study(place).folder
    return pq.read_table(folder / "predictions.parquet").to_pydict(), server


def test_what_it_sees_is_measured(place: Path) -> None:
    found, server = measured(place, lambda asked: f"Answer: {seen(asked.pixels())}")
    samples = pq.read_table(place / "run" / "samples.parquet").to_pydict()
    assert found["label"] == samples["label"]
    assert len(server.asked) == 32
    sent = {asked.medium for asked in server.asked}
    assert sent == {path.read_bytes() for path in (place / "data").glob("*.png")}  # the files' own bytes
    assert all(headers["Authorization"] == f"Bearer {SECRET}" for headers in server.headers)
    texts = {asked.text.splitlines()[0] for asked in server.asked}
    assert 'The person says: "I feel fear."' in texts
    assert server.asked[0].text.endswith("anger, fear, happiness, neutral, cannot tell, none of these.")


def test_the_exchange_is_kept_and_the_key_is_nowhere(place: Path) -> None:
    def script(asked: Asked) -> str:
        return f"{SECRET}\nAnswer: {seen(asked.pixels())}"

    measured(place, script)
    answers = pq.read_table(place / "run" / "answers.parquet").to_pydict()
    assert set(answers["version"]) == {"seeing-2026-01-01"}
    assert set(answers["tokens_in"]) == {100}
    assert all(b"Answer: " in raw for raw in answers["raw"])
    written = [path for path in (place / "run").rglob("*") if path.is_file()]
    assert written
    assert not any(SECRET.encode() in path.read_bytes() for path in written)


def test_an_answer_is_bought_once_unless_it_is_a_refusal_or_of_an_alias(place: Path) -> None:
    def script(asked: Asked) -> str:
        label = str(seen(asked.pixels()))
        return "I'm sorry, I cannot judge people." if label == "fear" else f"Answer: {label}"

    def asked_for(name: str, *more: str) -> int:
        before = len(server.asked)
        study(place, f"out={place / name}", "model.cache=true", *more)
        return len(server.asked) - before

    with chat_server(script) as server:
        write_card(place / "cards", server.url)
        assert asked_for("first") == 32
        assert asked_for("again") == 8 + 1, "the refusals, and the first request"
        assert asked_for("warmer", "model.temperature=0.5") == 32, "its parameters are in the request"
        prompt = place / "cards" / "models" / "seeing" / "prompt.md"
        prompt.write_text(prompt.read_text().replace("Which emotion", "Which of the emotions"))
        assert asked_for("another_prompt") == 32
    with chat_server(lambda asked: (200, answer(script(asked), model="seeing"))) as server:
        card = place / "cards" / "models" / "seeing" / "card.yaml"
        card.write_text(card.read_text().replace("seeing-2026-01-01", "seeing"))
        alias = f"model.url={server.url}"
        assert [asked_for(name, alias) for name in ("alias", "alias_again")] == [32, 32]


def test_refusals_and_unreadable_answers_are_told_apart(place: Path) -> None:
    said: dict[str, Any] = {
        "anger": "I'm sorry, I cannot judge people.",
        "fear": (200, answer("", finish="content_filter")),
        "happiness": "It may be happy, or angry.",
        "neutral": (400, {"error": {"code": "content_filter", "message": "no"}}),
    }
    found, _ = measured(place, lambda asked: said[str(seen(asked.pixels()))])
    outcomes = Counter(zip(found["outcome"], found["reason"], strict=True))
    assert outcomes == {
        ("abstained", "refused: it apologises"): 8,
        ("abstained", "refused: content_filter"): 16,
        ("failed", "unreadable_answer: several labels in it"): 8,
    }


def test_a_status_that_declines_the_file_is_a_refusal_and_another_is_an_error(place: Path) -> None:
    said = {
        "anger": (415, {"error": {"message": "unsupported"}}),
        "fear": (404, {"error": {"message": "no such model"}}),
        "happiness": (400, [{"error": {"code": 400, "status": "PROHIBITED_CONTENT"}}]),
    }
    found, _ = measured(place, lambda asked: said.get(str(seen(asked.pixels())), "neutral"))
    assert Counter(found["reason"]) == {
        "refused: status 415": 8,
        "no_answer: status 404": 8,
        "refused: prohibited_content": 8,
        None: 8,
    }


def test_parameters_of_the_card_go_with_every_request(place: Path) -> None:
    with chat_server(lambda asked: "anger") as server:
        parameters = {"max_completion_tokens": 500, "reasoning_effort": "low"}
        connection = {"url": server.url, "model": "seeing-2026-01-01", "parameters": parameters}
        write_card(place / "cards", server.url, connection=connection)
        study(place, "model.max_tokens=null", "model.temperature=null")
    for asked in server.asked:
        assert parameters.items() <= asked.body.items()
        assert not {"max_tokens", "temperature"} & set(asked.body)


def test_open_words_are_read_by_their_table_and_the_others_are_counted(place: Path) -> None:
    said = {"anger": "Furious!", "fear": "scared", "happiness": "wistful", "neutral": "none of these"}
    found, _ = measured(
        place,
        lambda asked: said[str(seen(asked.pixels()))],
        output={"closed": False, "labels": {"furious": "anger", "scared": "fear"}},
    )
    assert Counter(found["label"]) == {"anger": 8, "fear": 8, None: 16}
    assert Counter(found["reason"]) == {
        None: 16,
        "unreadable_answer: a word that is not in the table": 8,
        "no_answer: none of these": 8,
    }


def test_what_is_paid_is_counted_by_tokens(place: Path) -> None:
    price = {
        "currency": "EUR",
        "per_million_tokens_in": 10.0,
        "per_million_tokens_out": 100.0,
        "source": "a test",
    }
    measured(place, lambda asked: "anger", price=price)
    answers = pq.read_table(place / "run" / "answers.parquet").to_pydict()
    assert answers["cost"] == pytest.approx([100 * 10e-6 + 10 * 100e-6] * 32)


def test_a_schema_is_asked_for_and_nothing_else_is_read(place: Path) -> None:
    def script(asked: Asked) -> str:
        label = asked.body["response_format"]["json_schema"]["schema"]["properties"]["label"]["enum"][0]
        return f'{{"label": "{label}"}}' if seen(asked.pixels()) == "anger" else label

    found, _ = measured(place, script, output={"format": "json_schema"})
    assert Counter(found["label"]) == {"anger": 8, None: 24}
    assert set(found["reason"]) == {None, "unreadable_answer: not the JSON that was asked for"}


def test_the_plan_holds_the_prompt_and_names_an_alias(place: Path) -> None:
    with chat_server(lambda asked: "anger") as server:
        connection = {"url": server.url, "model": "seeing-latest"}
        write_card(place / "cards", server.url, connection=connection)
        plan = study(place).plan
    prompt = plan["model"]["facts"]["prompt"]
    assert (prompt["version"], "{labels}" in prompt["text"]) == ("7", True)
    assert plan["model"]["notes"][0] == "Pictures, sounds or signals of people were sent to 127.0.0.1."
    assert plan["model"]["notes"][1].startswith("'seeing-latest' names no version")
    assert plan["model"]["options"]["temperature"] == 0.0


@pytest.mark.parametrize(
    ("sections", "problem"),
    [
        (
            {"output": {"labels": {"joy": "delight"}}},
            "leads to 'delight', which is none of its labels: anger, fear",
        ),
        ({"input": {"prompt": "../../other.md"}}, "outside the folder of the card"),
        ({"output": {"format": "xml"}}, "output in its card"),
        ({"output": {"closed": False}}, "states what words mean"),
        ({"output": {"labels": {"Joy": "happiness", "joy!": "neutral"}}}, "means both 'happiness' and 'neutral'"),
        ({"labels": ["anger", "cannot tell"], "output": {}}, "instead of a label"),
        ({"input": {"encoding": "json"}}, "input in its card"),
        (
            {"connection": {"url": "http://127.0.0.1:9/", "model": "x-001", "parameters": {"n": 3}}},
            "n is not stated here",
        ),
        ({"connection": {"url": "http://127.0.0.1:9/"}}, "connection in its card: model"),
    ],
)
def test_a_card_that_cannot_be_used_is_refused(place: Path, sections: dict[str, Any], problem: str) -> None:
    write_card(place / "cards", "http://127.0.0.1:9/v1/chat/completions", **sections)
    with pytest.raises(HarnessError, match=problem):
        study(place)


@pytest.mark.parametrize(
    ("model", "temperature", "expected"),
    [
        ("gpt-4o-2024-08-06", 0.0, []),
        ("gemini-2.0-flash-001", 0.0, []),
        ("mistral-large-2411", 0.7, ["Its answers are drawn at temperature 0.7: another run gives others."]),
        (
            "claude-sonnet-4-20250514",
            None,
            ["Its answers are drawn at a temperature that the service chooses: another run gives others."],
        ),
        (
            "gpt-4o",
            0.0,
            ["'gpt-4o' names no version: the service may put another model behind it at any time."],
        ),
    ],
)
def test_what_may_change_is_noted(place: Path, model: str, temperature: float | None, expected: list[str]) -> None:
    connection = {"url": "http://127.0.0.1:9/", "model": model}
    write_card(place / "cards", "http://127.0.0.1:9/", connection=connection)
    opened = open_model("seeing", {"temperature": temperature}, RunSettings())
    assert opened.notes()[1:] == expected  # the first says where media are sent


def test_a_closed_list_has_to_be_in_the_prompt(place: Path) -> None:
    write_card(place / "cards", "http://127.0.0.1:9/")
    prompt = place / "cards" / "models" / "seeing" / "prompt.md"
    prompt.write_text("---\nversion: 1\n---\nWhat does the face show?\n")
    with pytest.raises(HarnessError, match=r"no place \{labels\}"):
        study(place)


def test_a_missing_key_is_named_and_nothing_is_asked(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEEING_KEY")
    with chat_server(lambda asked: "anger") as server:
        write_card(place / "cards", server.url)
        with pytest.raises(HarnessError, match="SEEING_KEY"):
            study(place)
    assert server.asked == []


@pytest.mark.slow
def test_a_run_that_was_killed_in_the_middle_buys_nothing_twice_and_ends_with_equal_bytes(place: Path) -> None:
    write_pictures(place / "many", num_subjects=10, repeats=10)
    more = (f"dataset.root={place / 'many'}", "measure.permutations=100")
    half, all_of_them = 200, 400

    def script(asked: Asked) -> str:
        time.sleep(0.01)
        return (
            "I'm sorry, I can't help." if asked.pixels()[2, 2, 0] % 3 == 0 else f"Answer: {seen(asked.pixels())}"
        )

    with chat_server(script) as server:
        write_card(place / "cards", server.url)
        killed, whole = place / "killed", place / "whole"
        command = [sys.executable, "-c", "from harness.commands.main import main; main()", "run"]
        configs = ("--config-dir", str(place / "cards" / "configs"))
        process = subprocess.Popen(
            [*command, *configs, *choices(place, *more, f"out={killed}")],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        while len(server.asked) < half:
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.002)
        process.kill()
        process.communicate()
        asked = len(server.asked)
        study(place, *more, f"out={killed}")
        assert half <= asked < all_of_them
        assert len(server.asked) <= 1.01 * all_of_them
        study(place, *more, f"out={whole}")
    for name in ("samples", "predictions", "answers", "results", "curves"):
        assert (killed / f"{name}.parquet").read_bytes() == (whole / f"{name}.parquet").read_bytes(), name
