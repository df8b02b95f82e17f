from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fault_server import (
    Asked,
    Behaviour,
    FaultServer,
    Handler,
    always,
    dripping,
    dropped,
    endless,
    first,
    gzip_bomb,
    redirect,
    serving,
    slow,
    truncated,
)

from harness.cards.facts import Price
from harness.errors import HarnessError
from harness.models.answer import Answer
from harness.models.budget import Budget
from harness.models.services.exchange import Exchange, ServiceRequest, Usage
from harness.models.services.service_client import AHEAD, ServiceClient
from harness.models.services.service_connection import ServiceConnection, ServiceOptions

QUICK = {"wait_s": 0.01, "max_wait_s": 0.2, "allow_hosts": ("127.0.0.1",), "environment": ("ACME_KEY",)}


def client(
    server: FaultServer,
    *,
    budget: Budget | None = None,
    price: Price | None = None,
    options: dict[str, Any] | None = None,
    usage: Any = None,
    **connection: Any,
) -> ServiceClient:
    return ServiceClient(
        "model acme",
        ServiceConnection(url=f"{server.url}/v1", **connection),
        ServiceOptions(**{**QUICK, **(options or {})}),
        budget or Budget(),
        price=price,
        **({"usage": usage} if usage else {}),
    )


def requests(num: int) -> list[ServiceRequest]:
    return [ServiceRequest(body=str(n).encode()) for n in range(num)]


def ask(behaviour: Behaviour, num: int = 1, **given: Any) -> tuple[list[Exchange], FaultServer]:
    with serving(behaviour) as server:
        found = dict(client(server, **given).exchanges(requests(num)))
    assert sorted(found) == list(range(num))
    return [found[index] for index in range(num)], server


def reason(exchange: Exchange) -> str | None:
    return exchange.failure.text if exchange.failure else None


def test_every_request_gets_its_own_answer() -> None:
    found, _ = ask(lambda handler, asked: handler.answer({"sent": asked.body.decode()}), 20)
    assert [exchange.json() for exchange in found] == [{"sent": str(n)} for n in range(20)]
    assert {(exchange.status, exchange.attempts, exchange.charged) for exchange in found} == {(200, 1, 1)}


@pytest.mark.parametrize(
    ("behaviour", "expected", "attempts"),
    [
        (always({"error": "busy"}, 500), "no_answer: status 500", 5),
        (always({"error": "slow down"}, 429), "rate_limited", 5),
        (always({}, 429, Retry_After="100000"), "rate_limited", 5),
        (always({}, 503, Retry_After="Fri, 31 Dec 2049 23:59:59 GMT"), "no_answer: status 503", 5),
        (dropped, "no_answer: the connection broke off", 5),
        (truncated, "no_answer: the connection broke off", 5),
        (slow(2), "timeout: no answer in time", 5),
        (dripping("body"), "timeout: no answer in time", 5),
        (dripping("headers"), "timeout: no answer in time", 5),
        (endless, "unreadable_answer: over 1 MiB", 1),
        (always(b" " * (2**20 + 1)), "unreadable_answer: over 1 MiB", 1),
        (gzip_bomb(), "unreadable_answer: over 1 MiB", 1),
        (always(b"not gzip", Content_Encoding="gzip"), "unreadable_answer: damaged compression", 1),
        (
            always(b"x", Content_Encoding="br"),
            "unreadable_answer: compressed in a way that was not asked for",
            1,
        ),
        (
            redirect("file:///etc/passwd"),
            "no_answer: redirected to an address that may not be asked",
            1,
        ),
        (
            redirect("http://10.0.0.1/"),
            "no_answer: redirected to an address that may not be asked",
            1,
        ),
        (
            redirect("https://169.254.169.254/latest/meta-data"),
            "no_answer: redirected to a host that model.allow_hosts does not name",
            1,
        ),
        (redirect("/v1"), "no_answer: redirected too often", 1),
        (redirect("/other", status=302), "no_answer: redirected without the body (status 302)", 1),
    ],
)
def test_a_fault_ends_as_a_reason_within_its_attempts(behaviour: Behaviour, expected: str, attempts: int) -> None:
    started = time.monotonic()
    found, server = ask(behaviour, timeout_s=0.3, max_answer_mib=1)
    assert (reason(found[0]), found[0].attempts) == (expected, attempts)
    assert len(server.asked) == (4 if expected.endswith("too often") else attempts)
    assert time.monotonic() - started < 10


def test_what_fails_for_a_moment_is_asked_again() -> None:
    found, _ = ask(first(dropped, always({}, 500), always({}, 429, Retry_After="0")))
    assert (reason(found[0]), found[0].status, found[0].attempts) == (None, 200, 4)
    assert found[0].charged == 2, "the answer that was lost may be charged, too"


def test_no_request_is_sent_before_the_time_that_the_service_asks_for() -> None:
    _, server = ask(
        first(always({}, 429, Retry_After="1")), 3, options={"concurrency": 1, "max_wait_s": 5, "wait_s": 0}
    )
    times = [asked.at for asked in server.asked]
    assert times[1] - times[0] >= 1.0
    assert times[-1] - times[1] < 0.9


@pytest.mark.parametrize("status", [400, 403, 404, 415, 422])
def test_an_answer_that_another_attempt_would_not_change_is_handed_on(status: int) -> None:
    found, server = ask(always({"error": "no"}, status))
    assert (found[0].status, found[0].failure, found[0].is_success, found[0].charged) == (status, None, False, 0)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 401, "does not accept the credentials"),
        ({}, 402, "quota or the account's credit is exhausted"),
        ({"error": {"code": "insufficient_quota"}}, 429, "exhausted .status 429"),
        ({"error": {"message": "Your credit balance is too low"}}, 400, "exhausted .status 400"),
        ({"error": "Quota exceeded"}, 403, "exhausted .status 403"),
    ],
)
def test_what_no_waiting_mends_ends_the_run_after_the_answers_under_way(
    body: object, status: int, message: str
) -> None:
    def behave(handler: Handler, asked: Asked) -> None:
        if asked.number == 5:
            handler.answer(body, status)
        else:
            time.sleep(0.05)
            handler.answer()

    budget, price = Budget(), Price(currency="EUR", per_call=1, source="tests")
    with serving(behave) as server:
        found: list[Any] = []
        with pytest.raises(HarnessError, match=message):
            found.extend(index for index, _ in client(server, budget=budget, price=price).exchanges(requests(50)))
    assert 5 <= len(found) == len(server.asked) - 1 <= 9, "no attempt more, and none is lost"
    assert (budget.calls, budget.cost) == (len(server.asked), len(found)), "a refused call costs nothing"


def test_a_service_that_is_not_there_ends_the_run_without_an_answer() -> None:
    with serving(always()) as server:
        made = client(server)
    with pytest.raises(HarnessError, match=r"model acme: no connection to the service .* repeat the command"):
        list(made.exchanges(requests(3)))


def test_a_service_that_no_longer_answers_ends_the_run() -> None:
    with serving(first(*[always()] * 3, then=always({}, 500))) as server:
        asking = client(server, options={"give_up_after": 6, "attempts": 2, "concurrency": 2})
        found: list[Exchange] = []
        with pytest.raises(HarnessError, match=r"6 requests in a row had no answer .*status 500"):
            found.extend(exchange for _, exchange in asking.exchanges(requests(100)))
    assert 9 <= len(found) <= 10
    assert sum(exchange.is_success for exchange in found) == 3


def test_as_many_are_under_way_as_allowed_and_their_answers_wait_to_be_taken() -> None:
    with serving(slow(0.02)) as server:
        taken = client(server, options={"concurrency": 3}).exchanges(requests(12))
        next(taken)
        time.sleep(0.3)
        assert len(server.asked) == 3, "the first answer is in nobody's journal before the second is asked for"
        assert len(list(taken)) == 11
    assert server.most_at_once == 3


def test_calls_beyond_the_budget_are_not_made() -> None:
    budget = Budget(max_calls=7)
    with serving(first(always({}, 500))) as server:
        found: list[Any] = []
        with pytest.raises(HarnessError, match=r"budget.max_calls=7, and 7 calls were made"):
            found.extend(index for index, _ in client(server, budget=budget).exchanges(requests(20)))
    assert (len(server.asked), len(found), budget.calls) == (7, 6, 7)


def test_costs_are_counted_by_price_and_tokens_and_bound_what_is_asked() -> None:
    price = Price(currency="EUR", per_call=0.01, per_million_tokens_out=1_000, source="test")
    budget = Budget(max_cost=0.1)

    def usage(exchange: Exchange) -> Usage:
        return Usage(tokens_out=exchange.json()["tokens"])

    with serving(always({"tokens": 10})) as server:
        asking = client(server, budget=budget, price=price, usage=usage, options={"concurrency": 1}, tokens_out=10)
        found: list[Any] = []
        with pytest.raises(HarnessError, match=r"budget.max_cost=0.1, and 0.1 is spent"):
            found.extend(exchange for _, exchange in asking.exchanges(requests(20)))
    assert len(server.asked) == 5, "0.01 and 10 tokens at 0.001 are 0.02 each"
    assert [exchange.cost for exchange in found] == pytest.approx([0.02] * 5)
    assert budget.cost == pytest.approx(0.1)


def test_a_limit_of_costs_needs_a_price() -> None:
    with serving(always()) as server, pytest.raises(HarnessError, match="its card states none"):
        client(server, budget=Budget(max_cost=1))


def test_an_answer_carries_all_that_is_known_of_its_exchange() -> None:
    def read(exchange: Exchange) -> Answer:
        return Answer(vector=np.array([exchange.json()["n"]]), version="v2")

    with serving(first(always({}, 503), then=always({"n": 3.0}))) as server:
        [(index, [answer])] = client(server).answered(requests(1), lambda _, exchange: [exchange.answer(read)])
    assert (index, answer.attempts, answer.raw, answer.version, answer.cost) == (0, 2, b'{"n": 3.0}', "v2", None)
    assert answer.vector is not None
    assert (answer.vector.tolist(), answer.costly) == ([3.0], True)
    assert answer.seconds is not None
    assert 0 < answer.seconds < 5


def test_a_missing_credential_is_named() -> None:
    with serving(always()) as server, pytest.raises(HarnessError, match="variable ACME_KEY, which its card names"):
        client(server, headers={"Authorization": "Bearer ${env:ACME_KEY}"})


@pytest.mark.parametrize("granted", [(), ("ACME",), ("acme_key",), ("*",)])
def test_a_credential_that_the_user_did_not_grant_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, granted: tuple[str, ...]
) -> None:
    """A card is the text of whoever is sent the value."""
    monkeypatch.setenv("ACME_KEY", "sk-secret")
    headers = {"X-Key": "${env:ACME_KEY}", "X-Other": "${env:ACME_TENANT}"}
    with serving(always()) as server:
        with pytest.raises(HarnessError) as refused:
            client(server, options={"environment": granted}, headers=headers)
        assert str(refused.value) == (
            "model acme: its card has the value of the environment variable ACME_KEY sent to the service. If you "
            "want that, say so on the command line: model.environment=[ACME_KEY,ACME_TENANT]"
        )
        with pytest.raises(HarnessError, match="sent to the service"):
            client(server, options={"url": f"{server.url}/${{env:ACME_KEY}}", "environment": granted})
    assert not server.asked


def test_credentials_are_sent_and_taken_out_of_what_comes_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = 'sk-"7/&+x9'
    monkeypatch.setenv("ACME_KEY", secret)
    caplog.set_level(logging.DEBUG)

    def echo(handler: Handler, asked: Asked) -> None:
        handler.answer({"echo": asked.headers["x-key"]}, X_Echo=asked.headers["x-key"])

    found, server = ask(echo, headers={"X-Key": "${env:ACME_KEY}"})
    assert server.asked[0].headers["x-key"] == secret
    assert found[0].json() == {"echo": "[ACME_KEY]"}
    assert found[0].headers["x-echo"] == "[ACME_KEY]"
    assert secret not in caplog.text
    assert "sk-" not in repr(found)


def test_a_redirect_to_a_named_host_is_followed_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_KEY", "sk-secret")
    with serving(always()) as target, serving(redirect(f"{target.url}/moved")) as server:
        asking = client(server, headers={"Authorization": "Bearer ${env:ACME_KEY}", "X-Plain": "yes"})
        [(_, exchange)] = asking.exchanges(requests(1))
    assert (exchange.status, target.asked[0].path, target.asked[0].body) == (200, "/moved", b"0")
    assert target.asked[0].headers["x-plain"] == "yes"
    assert "authorization" not in target.asked[0].headers
    assert server.asked[0].headers["authorization"] == "Bearer sk-secret"


def test_no_cookie_of_one_answer_goes_with_the_next_request() -> None:
    _, server = ask(always(Set_Cookie="seen=1"), 3, options={"concurrency": 1})
    assert not any("cookie" in asked.headers for asked in server.asked)


def test_an_environment_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    found, _ = ask(always())
    assert found[0].status == 200


def interrupted(server: FaultServer, times: int = 1) -> None:
    """Interrupt this process as soon as the server has been asked four times, and again 0.1 s later."""

    def interrupt() -> None:
        while len(server.asked) < 4:
            time.sleep(0.01)
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)

    threading.Thread(target=interrupt, daemon=True).start()


def test_after_an_interrupt_what_was_asked_is_handed_on_and_no_more_is_asked() -> None:
    with serving(slow(0.3)) as server:
        found: list[Any] = []
        interrupted(server)
        with pytest.raises(KeyboardInterrupt):
            found.extend(index for index, _ in client(server).exchanges(requests(40)))
    assert sorted(found) == [0, 1, 2, 3]
    assert len(server.asked) == 4
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_interrupt_ends_the_waiting() -> None:
    started = time.monotonic()
    with serving(slow(5)) as server:
        interrupted(server, times=2)
        with pytest.raises(KeyboardInterrupt):
            list(client(server).exchanges(requests(4)))
    assert time.monotonic() - started < 3


def test_it_ends_where_the_caller_stops_taking() -> None:
    with serving(slow(0.01)) as server:
        taken = client(server).exchanges(requests(40))
        next(taken)
        taken.close()  # type: ignore[attr-defined]
    assert len(server.asked) <= 4
    assert not [thread for thread in threading.enumerate() if thread.name == "service requests"]


def test_requests_are_taken_a_few_ahead_and_asked_as_soon_as_there_is_room() -> None:
    taken: list[int] = []

    def made() -> Iterator[ServiceRequest]:
        for number, request in enumerate(requests(100)):
            taken.append(number)
            yield request

    with serving(slow(0.02)) as server:
        exchanges = client(server, options={"concurrency": 3}).exchanges(made())
        next(exchanges)
        time.sleep(0.3)
        assert len(taken) <= 3 + AHEAD + 1, "their bodies are in memory"
        assert len(list(exchanges)) == 99
    assert taken == list(range(100))


def test_what_arrived_together_is_told_to_be_followed_and_keeps_its_places() -> None:
    def first_at_once(handler: Handler, asked: Asked) -> None:
        time.sleep(0.0 if asked.body == b"0" else 0.2)
        handler.answer()

    with serving(first_at_once) as server:
        exchanges = client(server, options={"concurrency": 4}).exchanges(requests(12))
        assert next(exchanges)[0] == 0
        time.sleep(0.6)  # all four are there, and three of them wait
        followed = [next(exchanges)[1].followed for _ in range(2)]
        time.sleep(0.1)
        assert followed == [True, True]
        assert len(server.asked) <= 5, "none of these is in the journal yet"
        rest = [exchange.followed for _, exchange in exchanges]
    assert len(rest) == 9
    assert rest[0] is rest[-1] is False


def test_what_the_requests_raise_ends_the_run_after_what_was_under_way() -> None:
    def made() -> Iterator[ServiceRequest]:
        yield from requests(3)
        raise HarnessError("the detector is missing")

    found: list[int] = []
    with serving(slow(0.1)) as server, pytest.raises(HarnessError, match="the detector is missing"):
        found.extend(index for index, _ in client(server, options={"concurrency": 4}).exchanges(made()))
    assert sorted(found) == list(range(len(server.asked)))


def test_a_caller_who_stops_does_not_wait_for_requests_that_are_being_made() -> None:
    def made() -> Iterator[ServiceRequest]:
        yield from requests(2)
        time.sleep(5)
        yield from requests(1)

    started = time.monotonic()
    with serving(slow(0.01)) as server:
        taken = client(server).exchanges(made())
        next(taken)
        taken.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < 4


ENDS_WHILE_A_PICTURE_IS_READ = """
import threading, time
import cv2, numpy as np
from harness.models.budget import Budget
from harness.models.services.exchange import ServiceRequest
from harness.models.services.service_client import ServiceClient
from harness.models.services.service_connection import ServiceConnection, ServiceOptions

reading = threading.Event()

def made():
    yield ServiceRequest(body=b"0")
    reading.set()
    ends = time.monotonic() + 2
    while time.monotonic() < ends:  # in C++, which takes the interpreter's lock again at the end of each call
        cv2.GaussianBlur(np.zeros((300, 300, 3)), (51, 51), 0)

options = ServiceOptions(allow_hosts=("127.0.0.1",))
taken = ServiceClient("model acme", ServiceConnection(url="{url}"), options, Budget()).exchanges(made())
next(taken)
reading.wait()
taken.close()
"""


def test_a_process_that_stops_early_ends_in_order() -> None:
    with serving(always(b"{}")) as server:
        ended = subprocess.run(
            [sys.executable, "-c", ENDS_WHILE_A_PICTURE_IS_READ.replace("{url}", f"{server.url}/v1")],
            capture_output=True,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (0, b"")
