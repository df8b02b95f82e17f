"""Dates that lie in the future, or do not follow one another, are remarked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from packs_made import opened

from harness.packs.attestation import Signed, sign, signed_of
from harness.packs.date_promises import date_lines, dates_of_changes, dates_of_run, time_of
from harness.packs.lines import Status
from harness.packs.make_pack import Pack
from harness.packs.manifest import Manifest, RunIdentity, StatedDeviation
from harness.packs.received_pack import BrokenPackError
from harness.packs.verify_pack import verify

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def _manifest(made: Pack, *, began: datetime, ended: datetime, packed: datetime, when: str = "") -> Manifest:
    run = made.manifest.run
    times = {"started": began.isoformat(), "finished": ended.isoformat()}
    changed = dict.fromkeys(("before", "after", "who", "why"), "")
    return made.manifest.model_copy(
        update={
            "run": RunIdentity(**(run.model_dump() | times)),
            "created": packed.isoformat(),
            "deviations": [StatedDeviation(what="seed", when=when, **changed)],
        }
    )


def _signed(key: Path, time: datetime) -> Signed:
    return signed_of(sign("manifest.json", "0" * 64, "x", {}, opened(key), time))


def _found(manifest: Manifest, plan: Signed | None, *signed: Signed) -> list[tuple[Status, str]]:
    signatures = {f"signatures/{number}": one for number, one in enumerate(signed)}
    return [
        (line.status, line.text)
        for line in date_lines(dates_of_run(manifest, plan), dates_of_changes(manifest), signatures, {}, NOW)
    ]


def test_dates_in_order_are_told(made: Pack, keys: dict[str, Path]) -> None:
    days = [NOW - timedelta(days=number) for number in (4, 3, 2, 1, 0)]
    manifest = _manifest(made, began=days[1], ended=days[2], packed=days[3], when="2026-11-28")
    ((status, text),) = _found(manifest, _signed(keys["jo"], days[0]), _signed(keys["ann"], days[4]))
    assert status is Status.HOLDS
    assert text.endswith(
        "the plan was signed 2026-11-23T12:00:00+00:00, the run began 2026-11-24T12:00:00+00:00, "
        "the run ended 2026-11-25T12:00:00+00:00, the pack was made 2026-11-26T12:00:00+00:00"
    )


def test_what_is_dated_later_than_today_is_remarked(made: Pack, keys: dict[str, Path]) -> None:
    before = NOW - timedelta(days=1)
    manifest = _manifest(made, began=before, ended=before, packed=before, when="2026-11-29")
    ((status, text),) = _found(manifest, None, _signed(keys["jo"], NOW + timedelta(seconds=301)))
    assert status is Status.OPEN
    assert text == (
        "Dates: Jo Smith signed (signatures/0) on 2026-11-27T12:05:01+00:00 and seed was changed on "
        "2026-11-29T00:00:00+14:00; by the clock of this machine (2026-11-27T12:00:00+00:00) that is still to come"
    )
    manifest = _manifest(made, began=before, ended=before, packed=before)
    ((status, _),) = _found(manifest, None, _signed(keys["jo"], NOW + timedelta(seconds=299)))
    assert status is Status.HOLDS


def test_what_is_dated_before_what_it_follows_is_remarked(made: Pack, keys: dict[str, Path]) -> None:
    days = [NOW - timedelta(days=number) for number in (3, 2, 1)]
    manifest = _manifest(made, began=days[1], ended=days[0], packed=days[2])
    found = _found(manifest, None, _signed(keys["jo"], days[1]))
    assert [status for status, _ in found] == [Status.OPEN, Status.OPEN]
    assert found[0][1].startswith("Dates: the run ended on 2026-11-24T12:00:00+00:00, before the run began (2026-")
    assert found[1][1].startswith("Dates: Jo Smith signed (signatures/0) on 2026-11-25T12:00:00+00:00, before the")


@pytest.mark.parametrize("text", ["yesterday", "2026-11-27", "2026-11-27T12:00:00", ""])
def test_a_date_that_cannot_be_read_breaks_a_pack(text: str) -> None:
    with pytest.raises(BrokenPackError, match="is not a time with a time zone"):
        time_of(text)


def test_a_clock_that_is_wrong_breaks_no_pack(made: Pack) -> None:
    lines = list(verify(made.path, now=datetime(2020, 1, 1, tzinfo=UTC)))
    (dates,) = [line for line in lines if line.text.startswith("Dates:")]
    assert dates.status is Status.OPEN
    assert "by the clock of this machine (2020-01-01T00:00:00+00:00) that is still to come" in dates.text
    assert not any(line.status is Status.BROKEN for line in lines)
