"""Runs that use what an earlier one has paid for, behind a local server that counts what it is asked."""

from __future__ import annotations

import logging
import time
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from fault_server import Asked, Behaviour, FaultServer, Handler, serving
from served_pictures import reading, said_of, truth, write_card, write_pictures
from served_runs import measured

from harness.commands.study_tables import show_study
from harness.models.services.answer_cache import request_key
from harness.models.services.exchange import ServiceRequest
from harness.models.services.service_connection import ServiceConnection, ServiceOptions
from harness.report.check_findings import findings
from harness.study.run_study import Study

NUM = 20
PRICE = {"currency": "EUR", "per_call": 0.1, "source": "tests"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "home"))
    write_pictures(tmp_path / "data", NUM)
    for n in range(NUM):  # each its own brightness, so that no two requests are the same
        cv2.imwrite(
            str(tmp_path / "data" / f"{n}.png"), np.full((8, 8, 3), 40 + n if n % 2 == 0 else 200 + n, np.uint8)
        )
    return tmp_path


def run(place: Path, name: str, *more: str) -> Study:
    return measured(place, f"out={place / name}", "model.cache=true", *more)


def table(study: Study, name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = pq.read_table(study.folder / f"{name}.parquet").to_pydict()
    return found


def attempts(study: Study) -> Counter[int]:
    return Counter(table(study, "answers")["attempts"])


def pixels_of(asked: Asked) -> np.ndarray:
    start = asked.body.find(b"\x89PNG")
    return cv2.imdecode(np.frombuffer(asked.body[start:], np.uint8), cv2.IMREAD_GRAYSCALE)


def of_version(version: str | None) -> Behaviour:
    def behave(handler: Handler, asked: Asked) -> None:
        handler.answer({**said_of(pixels_of(asked)), "model": version})

    return behave


def files_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_run_in_a_new_folder_buys_nothing_twice_and_says_so(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(reading) as server:
        write_card(place, server.url, price=PRICE)
        first = run(place, "first")
        again = run(place, "again", "measure.tolerance=0.1", "checks.enabled=true", "checks.max_blind=0")
    assert len(server.asked) == NUM + 1, "the first request is asked: it tells which version answers"
    assert table(again, "predictions") == table(first, "predictions")
    answers, before = table(again, "answers"), table(first, "answers")
    assert attempts(again) == {1: 1, 0: NUM - 1}
    assert sum(answers["cost"]) == pytest.approx(0.1)
    assert [cost for cost, num in zip(answers["cost"], answers["attempts"], strict=True) if not num] == [0.0] * 19
    assert [answers[name] for name in ("raw", "version", "day")] == [
        before[name] for name in ("raw", "version", "day")
    ]
    seconds = table(again, "timings")["forward_s"]
    assert sum(value is None for value in seconds) == NUM - 1, "the cache says nothing of the service's speed"
    found = {one.about: one for one in findings(again.results, "acme") if one.name == "answers"}
    assert found["from the cache"].sentence.startswith("19 of 20 answers came from the cache of an earlier run")
    assert "of the cache" not in (first.folder / "report.html").read_text()
    assert "19 of 20 answers came from the cache" in (again.folder / "report.html").read_text()
    capsys.readouterr()
    show_study(again)
    assert "19 of 20 answers came from the cache of an earlier run, and cost nothing." in capsys.readouterr().out


def test_a_study_of_more_samples_buys_only_what_is_new(place: Path) -> None:
    listed = (place / "data" / "samples.csv").read_text().splitlines(keepends=True)
    with serving(reading) as server:
        write_card(place, server.url)
        (place / "data" / "samples.csv").write_text("".join(listed[:11]))
        run(place, "few")
        (place / "data" / "samples.csv").write_text("".join(listed))
        every = run(place, "every", "budget.max_calls=11")
    assert len(server.asked) == 10 + 11
    assert attempts(every) == {1: 11, 0: 9}
    assert truth(pq.read_table(every.folder / "predictions.parquet")) == [True] * NUM


def test_by_default_nothing_is_kept_and_the_plan_is_the_same(place: Path) -> None:
    with serving(reading) as server:
        write_card(place, server.url)
        measured(place)
        assert not (place / "home" / "cache" / "answers").exists()
        kept = run(place, "kept")
        measured(place, f"out={place / 'third'}")
    assert len(server.asked) == 3 * NUM
    plans = {(folder / "plan.yaml").read_bytes() for folder in (place / "run", kept.folder, place / "third")}
    assert len(plans) == 1


def test_another_version_is_asked_anew(place: Path) -> None:
    with serving(of_version("v1")) as server:
        write_card(place, server.url)
        run(place, "first")
        server.behaviour = of_version("v2")
        second = run(place, "second")
        assert len(server.asked) == 2 * NUM
        server.behaviour = of_version("v1")
        third = run(place, "third")
    assert len(server.asked) == 2 * NUM + 1
    assert set(table(second, "answers")["version"]) == {"v2"}
    assert set(table(third, "answers")["version"]) == {"v1"}


@pytest.mark.parametrize(
    ("version", "message"),
    [(None, "states no version"), ("faces-latest", "states 'faces-latest', which may be an alias,")],
)
def test_without_a_version_nothing_is_kept_and_a_warning_says_so(
    place: Path, caplog: pytest.LogCaptureFixture, version: str | None, message: str
) -> None:
    with serving(of_version(version)) as server:
        write_card(place, server.url, input={"encoding": "png"})
        with caplog.at_level(logging.WARNING, "harness"):
            run(place, "first", "conditions=[clean,face/grey]")
        assert caplog.text.count("model acme") == 1
        run(place, "second")
    assert len(server.asked) == 3 * NUM
    assert f"model acme {message} with its answers, so model.cache is not used" in caplog.text


def test_refusals_errors_and_unreadable_answers_are_asked_for_again(place: Path) -> None:
    faults: list[Behaviour] = [
        lambda handler, asked: handler.answer({}, 415),
        lambda handler, asked: handler.answer({}, 404),
        lambda handler, asked: handler.answer({"model": "v1", "label": "joy", "scores": {}}),
        lambda handler, asked: handler.answer(b"no JSON"),
    ]

    def faulty(handler: Handler, asked: Asked) -> None:
        number = int(pixels_of(asked)[0, 0]) % 40  # of the sample: its brightness is 40 or 200 more
        faults[number](handler, asked) if number < len(faults) else of_version("v1")(handler, asked)

    with serving(faulty) as server:
        write_card(place, server.url)
        first = run(place, "first")
        failed = sum(outcome != "scored" for outcome in table(first, "predictions")["outcome"])
        assert failed == 4
        assert b"joy" not in files_below(place / "home" / "cache" / "answers")
        server.behaviour = of_version("v1")
        second = run(place, "second")
    assert len(server.asked) == NUM + failed
    assert attempts(second) == {1: failed, 0: NUM - failed}
    assert set(table(second, "predictions")["outcome"]) == {"scored"}


def test_a_service_that_declines_without_a_version_is_not_asked_one_by_one_for_long(place: Path) -> None:
    def refusing(handler: Handler, asked: Asked) -> None:
        time.sleep(0.05)
        at_once.append(server.at_once)
        handler.answer({}, 415)

    at_once: list[int] = []
    with serving(refusing) as server:
        write_card(place, server.url)
        run(place, "first")
    assert len(server.asked) == NUM
    assert at_once[:8] == [1] * 8
    assert server.most_at_once > 1


def test_a_request_about_several_samples_is_kept_as_a_whole(place: Path) -> None:
    import base64
    import json

    def batched(handler: Handler, asked: Asked) -> None:
        sent = [base64.b64decode(item["data"]) for item in json.loads(asked.body)["instances"]]
        said = [said_of(cv2.imdecode(np.frombuffer(data, np.uint8), 0)) for data in sent]
        handler.answer({"predictions": said}, X_Version="v1")

    with serving(batched) as server:
        write_card(
            place,
            server.url,
            connection={
                "url": server.url,
                "send": "json",
                "template": {"instances": {"each": {"data": "{data}"}}},
                "many": 8,
            },
            output={"samples": "predictions", "version": None, "version_header": "X-Version"},
            price=PRICE,
        )
        first, again = run(place, "first"), run(place, "again")
    assert len(server.asked) == 3 + 1
    assert all(truth(pq.read_table(first.folder / "predictions.parquet")))
    assert table(first, "answers")["cost"] == pytest.approx([0.0125] * 16 + [0.025] * 4), "each has its share"
    assert attempts(again) == {1: 8, 0: 12}
    assert table(again, "predictions") == table(first, "predictions")
    assert sum(table(again, "answers")["cost"]) == pytest.approx(0.1)


def test_equal_samples_are_asked_about_one_by_one(place: Path) -> None:
    """What this run has asked is not used in it: equal answers of a system that guesses would look consistent."""
    (place / "data" / "2.png").write_bytes((place / "data" / "0.png").read_bytes())
    with serving(reading) as server:
        write_card(place, server.url)
        run(place, "first", "batch_size=1")
        assert len(server.asked) == NUM
        again = run(place, "again", "batch_size=1")
    assert attempts(again) == {1: 1, 0: NUM - 1}


def test_every_repeat_is_kept_apart(place: Path) -> None:
    def by_turn(handler: Handler, asked: Asked) -> None:
        turn = Counter(one.body for one in server.asked)[asked.body]
        label = ("anger", "neutral")[turn % 2]
        handler.answer({"model": "v1", "label": label})

    with serving(by_turn) as server:
        write_card(place, server.url, output={"scores": None})
        first = run(place, "first", "repeats=2")
        assert len(server.asked) == 2 * NUM
        again = run(place, "again", "repeats=2")
        assert len(server.asked) == 2 * NUM + 1
    labels = [table(first, name)["label"] for name in ("predictions", "repeats")]
    assert labels == [["neutral"] * NUM, ["anger"] * NUM]
    assert [table(again, name)["label"][1:] for name in ("predictions", "repeats")] == [of[1:] for of in labels]


def test_the_blind_control_and_the_probes_ask_anew(place: Path) -> None:
    with serving(reading) as server:
        write_card(place, server.url)
        probed = ("checks.enabled=true", "checks.max_blind=8", "checks.max_probes=8")
        run(place, "first", *probed)
        num_first = len(server.asked)
        again = run(place, "again", *probed)
    assert len(server.asked) - num_first == num_first - NUM + 1
    conditions = table(again, "answers")
    of_study = [
        c == "clean" for c, num in zip(conditions["condition"], conditions["attempts"], strict=True) if not num
    ]
    assert of_study == [True] * (NUM - 1)


def test_no_credential_is_in_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "sk-live-4711-abcdef"
    monkeypatch.setenv("ACME_KEY", secret)

    def echo(handler: Handler, asked: Asked) -> None:
        said = {
            **said_of(pixels_of(asked)),
            "model": "v1",
            "you": asked.headers["authorization"],
            "at": asked.path,
        }
        handler.answer(said, Set_Cookie=f"session={secret}", X_Echo=secret)

    with serving(echo) as server:
        url = f"{server.url}/v1?key=${{env:ACME_KEY}}"
        write_card(place, url, connection={"url": url, "headers": {"Authorization": "Bearer ${env:ACME_KEY}"}})
        run(place, "first", "model.environment=[ACME_KEY]")
        monkeypatch.setenv("ACME_KEY", "sk-another-0815")
        run(place, "second", "model.environment=[ACME_KEY]")
    assert len(server.asked) == NUM + 1, "another key of the same service changes no answer"
    kept = files_below(place / "home" / "cache" / "answers")
    assert b"Bearer [ACME_KEY]" in kept
    assert secret.encode() not in kept
    assert b"session=" not in kept


def test_an_address_from_the_environment_is_not_kept(
    place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def both(server: FaultServer) -> None:
        for name in ("tenant-1", "tenant-2"):
            monkeypatch.setenv("TENANT", name)
            run(place, name, "model.environment=[TENANT]")
        assert len(server.asked) == 2 * NUM

    with serving(reading) as server:
        url = f"{server.url}/${{env:TENANT}}"
        write_card(place, url, connection={"url": url})
        both(server)
    assert "its address is in the environment, so model.cache is not used" in caplog.text


def test_a_damaged_cache_is_one_warning_and_a_whole_run(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = place / "home" / "cache" / "answers" / "answers-1.sqlite"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"garbage" * 1000)
    with serving(reading) as server:
        write_card(place, server.url)
        run(place, "first")
    assert len(server.asked) == NUM
    assert caplog.text.count("the cache of answers cannot be used") == 1


URL = "https://acme.test/v1?key=${env:KEY}"
CONNECTION = ServiceConnection(url=URL, headers={"Authorization": "Bearer ${env:KEY}", "X-Tier": "a"})
REQUEST = ServiceRequest(body=b"picture", headers={"Content-Type": "image/png"}, query={"lang": "en"})


@pytest.mark.parametrize(
    "changed",
    [
        {"connection": {"url": "https://acme.test/v2"}},
        {"connection": {"method": "PUT"}},
        {"connection": {"headers": {"X-Tier": "b"}}},
        {"options": {"url": "https://other.test/v1"}},
        {"request": {"body": b"other"}},
        {"request": {"headers": {"Content-Type": "image/webp"}}},
        {"request": {"query": {"lang": "de"}}},
        {"repeat": 2},
    ],
)
def test_whatever_may_change_the_answer_changes_the_key(changed: dict[str, Any]) -> None:
    def key(connection: Any = {}, options: Any = {}, request: Any = {}, repeat: int = 1) -> str:  # noqa: B006
        given = ServiceRequest(**{**{n: getattr(REQUEST, n) for n in ("body", "headers", "query")}, **request})
        return request_key(CONNECTION.model_copy(update=connection), ServiceOptions(**options), given, repeat)

    assert key() == key(options={"concurrency": 1, "attempts": 2, "wait_s": 0})
    assert key() == key(connection={"headers": {"Authorization": "Bearer ${env:OTHER}", "X-Tier": "a"}})
    assert key(**changed) != key()
