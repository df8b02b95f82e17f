"""What a service gets of the user: which addresses it is asked at, and which credentials it is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from fault_server import (
    Asked,
    Handler,
    serving,
)
from served_pictures import as_json, reading, said_of, write_card, write_pictures
from served_runs import measured, table

from harness.errors import HarnessError
from harness.models.model import RunSettings
from harness.study.assembly import open_model


def test_no_credential_is_stored_anywhere(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(place / "data", 6)
    secret = "sk-live-4711-abcdef"
    monkeypatch.setenv("ACME_KEY", secret)

    def echo(handler: Handler, asked: Asked) -> None:
        given = {"you sent": asked.headers["authorization"], "path": asked.path}
        if asked.number == 0:
            handler.answer({"error": given}, 400)
        elif asked.number == 1:
            handler.answer({"label": secret, "scores": {secret: 1}, **given})
        else:
            pixels = cv2.imdecode(np.frombuffer(asked.body[asked.body.find(b"\x89PNG") :], np.uint8), 0)
            handler.answer({**said_of(pixels), "model": f"m {secret}", **given})

    with serving(echo) as server:
        url = f"{server.url}/v1?key=${{env:ACME_KEY}}"
        write_card(place, url, connection={"url": url, "headers": {"Authorization": "Bearer ${env:ACME_KEY}"}})
        measured(place, "model.environment=[ACME_KEY]")
    assert server.asked[0].headers["authorization"] == f"Bearer {secret}"
    assert server.asked[0].path == f"/v1?key={secret}"
    raw = b"".join(value or b"" for value in table(place, "answers")["raw"].to_pylist())
    assert b"Bearer [ACME_KEY]" in raw
    versions = table(place, "answers")["version"].to_pylist()
    assert "m [ACME_KEY]" in versions
    everything = b"".join(
        as_json([column.to_pylist() for column in pq.read_table(path).cast(cast_binary(path)).columns])
        if path.suffix == ".parquet"
        else path.read_bytes()
        for path in sorted((place / "run").rglob("*"))
        if path.is_file()
    )
    assert b"ACME_KEY" in everything
    assert secret.encode() not in everything


def cast_binary(path: Path) -> Any:
    """The schema of a table with bytes as text, so that they can be looked through."""
    import pyarrow as pa

    schema = pq.read_schema(path)
    return pa.schema([field.with_type(pa.string()) if field.type == pa.binary() else field for field in schema])


def test_an_inner_address_is_asked_only_if_the_user_names_it(place: Path) -> None:
    write_pictures(place / "data", 2)
    with serving(reading) as server:
        write_card(place, server.url)
        with pytest.raises(HarnessError, match=r"http to 127.0.0.1, unencrypted; .*allow_hosts=\[127.0.0.1\]"):
            measured(place, "model.allow_hosts=[]")
    write_card(place, "https://localhost/v1")
    with pytest.raises(HarnessError, match=r"localhost is at .*, which is not a public address"):
        measured(place, "model.allow_hosts=[]", f"out={place / 'other'}")
    assert not server.asked


def test_what_was_trusted_and_what_may_change_is_noted(place: Path) -> None:
    card = write_card(place, "https://acme.test/latest", output={"version": None})
    opened = open_model("acme", {"allow_hosts": ["inner"]}, RunSettings(seed=0))
    assert opened.notes() == [
        "Pictures, sounds or signals of people were sent to acme.test.",
        "acme is asked for its latest version, which may change at any time.",
        "acme does not say which version answers; it may change at any time.",
        "The user allowed acme to be reached at inner, private or not.",
    ]
    assert card["output"]["label"] == "label"


def test_which_variables_go_where_is_noted(place: Path) -> None:
    connection = {"headers": {"X-Key": "Bearer ${env:ACME_KEY}"}}
    write_card(place, "https://acme.test/v1?key=${env:SEEN}", connection=connection)
    sent = open_model("acme", {"allow_hosts": []}, RunSettings(seed=0)).notes()[0]
    assert sent.endswith("sent to acme.test, with the value of ACME_KEY and SEEN.")
