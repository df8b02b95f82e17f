from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fault_server import serving
from served_pictures import REACHED, reading, write_card, write_pictures
from silent import Silent

from harness.commands.plan import show_plan
from harness.study.compose import compose_study
from harness.study.config import StudyConfig
from harness.study.planned_calls import PlannedCalls
from harness.study.preview import preview
from harness.study.run_study import run

PRICE = {"currency": "EUR", "per_call": 0.01, "per_million_tokens_in": 10, "source": "price list, 2026-11-01"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path / "cards"))
    write_pictures(tmp_path / "data", 50)
    return tmp_path


def overrides(place: Path, *more: str) -> list[str]:
    return [
        "dataset=table",
        f"dataset.root={place / 'data'}",
        "dataset.label_source=acted",
        "model=acme",
        REACHED,
        f"out={place / 'run'}",
        *("workers=0", "baselines=[]", "tracking.enabled=false", "measure.permutations=100", *more),
    ]


def study(place: Path, *more: str) -> StudyConfig:
    return compose_study(overrides(place, *more), place / "configs")


def planned(place: Path, *more: str) -> PlannedCalls:
    found = preview(study(place, *more)).calls
    assert found is not None
    return found


def test_a_run_asks_as_often_as_planned_also_for_the_checks(place: Path) -> None:
    more = ("checks.max_blind=7", "checks.max_probes=8", "checks.max_inputs=9")
    with serving(reading) as server:
        write_card(place, server.url)
        found = planned(place, *more)
        run(study(place, *more), Silent())
    assert (found.samples, found.blind, found.again) == (50, 2 * 7, 3 * 8)
    assert len(server.asked) == found.total


def test_a_system_that_is_paid_is_not_asked_again(place: Path) -> None:
    with serving(reading) as server:
        write_card(place, server.url, price=PRICE, connection={"url": server.url, "tokens_in": 100})
        config = study(place, "checks.max_blind=7")
        found = planned(place, "checks.max_blind=7")
        run(config, Silent())
    assert (found.samples, found.blind, found.again) == (50, 2 * 7, 0)
    assert len(server.asked) == found.total
    assert found.cost == pytest.approx(64 * (0.01 + 100 * 10 / 1e6))
    assert found.usage.tokens_in == 6_400


def test_answers_that_are_kept_make_it_fewer(place: Path) -> None:
    write_card(place, "https://acme.test")
    config = study(place, "model.cache=true")
    assert "Fewer with model.cache=true" in planned(place, "model.cache=true").sentences(config)[1]
    assert not any("cache" in line for line in planned(place).sentences(config))


def test_a_service_is_asked_as_often_as_it_is_repeated(place: Path) -> None:
    with serving(reading) as server:
        write_card(place, server.url, price=PRICE)
        config = study(place, "checks.max_blind=0", "repeats=3")
        run(config, Silent())
    assert len(server.asked) == planned(place, "checks.max_blind=0", "repeats=3").total == 150


@pytest.mark.parametrize(
    ("more", "changes", "expected"),
    [
        ((), {}, (50, 2 * 50, 3 * 50)),  # nothing is paid for: all is asked again
        (("checks.max_probes=8", "checks.max_blind=0"), {}, (50, 0, 24)),
        (("checks.enabled=false", "limit=20"), {}, (20, 0, 0)),
        (("checks.max_probes=8",), {"paid": True}, (50, 100, 0)),
        (("checks.max_probes=8", "checks.ask_paid=true"), {"paid": True}, (50, 100, 24)),
        (("repeats=3", "checks.enabled=false"), {}, (150, 0, 0)),
        (("conditions=[clean,face/grey]", "checks.enabled=false"), {"input": {"encoding": "png"}}, (100, 0, 0)),
        # With a context, the medium of another sample is sent, too.
        (("checks.max_blind=5",), {"paid": True, "input": {"context": ["ctx.sentence"]}}, (50, 15, 0)),
    ],
)
def test_all_that_is_asked_is_counted(
    place: Path, more: tuple[str, ...], changes: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    write_card(place, "https://acme.test", **changes)
    found = planned(place, *more)
    assert (found.samples, found.blind, found.again) == expected


def test_requests_about_several_samples_are_counted_by_batch(place: Path) -> None:
    many = {"url": "https://acme.test", "send": "json", "template": {"each": "{data}"}, "many": 5, "seconds": 4}
    write_card(place, "https://acme.test", connection=many)
    found = planned(place, "checks.enabled=false", "batch_size=12")
    # Four batches of 12 in three requests each, and one of 2 in one.
    assert (found.samples, found.seconds) == (13, 13 * 4 / 4)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (("limit=40",), "at most 4 of these (10 %). model.concurrency=1 makes it one."),
        (("limit=40", "model.concurrency=1"), "at most 1 of these (2 %)."),
        (("limit=2",), "at most 2 of these (100 %). model.concurrency=1 makes it one."),
        (("repeats=10",), "at most 4 of these (under 1 %)."),
    ],
)
def test_the_plan_says_what_a_kill_may_cost(place: Path, more: tuple[str, ...], expected: str) -> None:
    write_card(place, "https://acme.test")
    more = ("checks.enabled=false", *more)
    assert planned(place, *more).sentences(study(place, *more))[-1] == (
        f"Killed at any moment, it asks again for {expected}"
    )


def test_the_plan_says_what_it_would_cost(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    connection = {"url": "https://acme.test", "tokens_in": 100, "seconds": 60}
    write_card(place, "https://acme.test", price=PRICE, connection=connection)
    given = overrides(place, "budget.max_calls=100", "checks.max_blind=25")
    show_plan(given, place / "configs")
    shown = " ".join(capsys.readouterr().out.split())
    assert (
        "acme would be asked about 100 times: 50 for the samples, 50 for the blind control, 0 for checks that ask "
        "again; failed requests are repeated. Tokens: about 10,000 in and 0 out. Cost: about 1.10 EUR (price "
        "list, 2026-11-01). Time: about 25 min, if it answers as its card says."
    ) in shown
    assert "budget" not in shown


def test_a_budget_that_is_too_small_is_said_before(place: Path) -> None:
    write_card(place, "https://acme.test", price=PRICE)
    for budget in ("budget.max_calls=49", "budget.max_cost=0.49"):
        config = study(place, budget, "checks.enabled=false")
        found = preview(config).calls
        assert found is not None
        assert found.sentences(config)[-1] == (
            f"{budget} ends the run before; it can be continued with a higher one."
        )


def test_a_system_that_is_computed_here_is_not_asked(place: Path) -> None:
    write_card(place, "https://acme.test")
    assert preview(study(place, "model=majority")).calls is None
