from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from fault_server import serving
from served_pictures import reading, write_card, write_pictures
from served_runs import measured, table

from harness.errors import HarnessError
from harness.models.model import RunSettings
from harness.study.assembly import open_model
from harness.study.compose import compose_study
from harness.study.grants import require_needed

URL = "http://127.0.0.1:1/v1?key=${env:SEEN_KEY}"
HEADERS = {"Authorization": "Bearer ${env:ACME_KEY}", "X-Tenant": "${env:ACME_KEY}"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path / "cards"))
    return tmp_path


def needed(**options: Any) -> str:
    with pytest.raises(HarnessError) as raised:
        require_needed(open_model("acme", options, RunSettings(seed=0)))
    return str(raised.value)


def test_one_message_lists_all_that_a_service_needs(place: Path) -> None:
    write_card(place, URL, connection={"url": URL, "headers": HEADERS})
    assert needed() == (
        "model acme: its card has the value of the environment variable SEEN_KEY and ACME_KEY sent to the "
        "service, and http to 127.0.0.1, unencrypted; if you want that, say so on the command line: "
        "'model.environment=[SEEN_KEY,ACME_KEY]' 'model.allow_hosts=[127.0.0.1]'"
    )
    assert needed(environment=["OWN", "ACME_KEY"], allow_hosts=["nas"]).endswith(
        "'model.environment=[OWN,ACME_KEY,SEEN_KEY]' 'model.allow_hosts=[nas,127.0.0.1]'"
    ), "what is granted already stays granted by what is pasted"
    granted = {"environment": ["SEEN_KEY", "ACME_KEY"], "allow_hosts": ["127.0.0.1:1"]}
    require_needed(open_model("acme", granted, RunSettings(seed=0)))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://acme.test/v1", None),
        ("http://acme.test/v1", "acme.test"),
        ("https://10.0.0.7/v1", "10.0.0.7"),
        ("https://8.8.8.8/v1", None),
        ("http://${env:WHERE}/v1", None),
        ("no address", None),
    ],
)
def test_hosts_that_only_the_user_can_allow(place: Path, url: str, host: str | None) -> None:
    """What is wrong with an address otherwise, or what its name stands for, is said when it is asked."""
    write_card(place, url)
    system = open_model("acme", {"environment": ["WHERE"]}, RunSettings(seed=0))
    found = system.needed_grants(system.card, system.options)
    assert [need.value for need in found] == ([] if host is None else [[host]])


def test_what_a_config_grants_and_what_the_card_needs_besides_is_one_message(place: Path) -> None:
    write_card(place, URL, connection={"url": URL, "headers": HEADERS})
    config = {"name": "acme", "environment": ["AWS_KEY"], "ca_file": "evil.pem"}
    (place / "configs" / "model" / "acme.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(HarnessError) as raised:
        compose_study(["dataset=simulated_faces", "model=acme"], place / "configs")
    assert str(raised.value) == (
        "model acme: ca_file and environment are in a config, but whose certificates are believed and which "
        "variables of your environment are sent to it are decisions of who runs the study. Besides, its card has "
        "the value of the environment variable SEEN_KEY and ACME_KEY sent to the service, and http to 127.0.0.1, "
        "unencrypted. Remove the lines, and if you want it, say so on the command line: model.ca_file=evil.pem "
        "'model.environment=[AWS_KEY,SEEN_KEY,ACME_KEY]' 'model.allow_hosts=[127.0.0.1]'"
    )


def test_what_the_message_says_makes_the_run_work(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One refusal before anything is written or asked, then it runs."""
    write_pictures(place / "data", 4)
    monkeypatch.setenv("ACME_KEY", "sk-live-4711")
    with serving(reading) as server:
        write_card(place, server.url, connection={"url": server.url, "headers": HEADERS})
        with pytest.raises(HarnessError) as raised:
            measured(place, "model.allow_hosts=[]")
        assert not (place / "run" / "plan.yaml").exists()
        assert not server.asked
        said = shlex.split(str(raised.value).partition("command line: ")[2])
        assert said == ["model.environment=[ACME_KEY]", "model.allow_hosts=[127.0.0.1]"]
        measured(place, *said)
    assert table(place, "predictions").num_rows > 0


def test_a_finished_run_needs_nothing_any_more(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(place / "data", 4)
    monkeypatch.setenv("ACME_KEY", "sk-live-4711")
    with serving(reading) as server:
        write_card(place, server.url, connection={"url": server.url, "headers": HEADERS})
        measured(place, "model.environment=[ACME_KEY]")
        num_asked = len(server.asked)
        measured(place)
    assert len(server.asked) == num_asked
