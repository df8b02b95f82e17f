"""Whole runs of a system behind a local server."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fault_server import (
    Asked,
    Behaviour,
    Handler,
    always,
    dripping,
    dropped,
    endless,
    gzip_bomb,
    redirect,
    serving,
    slow,
    truncated,
)
from served_pictures import LABELS, reading, said_of, truth, write_card, write_pictures
from served_runs import measured, overrides, table
from silent import Silent
from timeless_files import timeless

from harness.errors import HarnessError
from harness.models.model import RunSettings
from harness.report.check_findings import findings
from harness.report.latency_table import seconds, three_digits
from harness.scoring.recorded_times import recorded_times
from harness.scoring.score_run import score
from harness.study.assembly import open_model, open_reader
from harness.study.compose import compose_study
from harness.study.run_study import run


def test_a_service_is_measured_on_the_files_as_they_are(place: Path) -> None:
    write_pictures(place / "data", 20)
    with serving(reading) as server:
        write_card(place, server.url)
        measured(place)
    predictions, answers = table(place, "predictions"), table(place, "answers")
    assert all(truth(predictions))
    assert [round(sum(scores), 6) for scores in predictions["scores"].to_pylist()] == [1.0] * 20
    assert set(answers["version"].to_pylist()) == {"acme-2026-11-01"}
    assert json.loads(answers["raw"][0].as_py())["model"] == "acme-2026-11-01"
    files = {(place / "data" / f"{n}.png").read_bytes() for n in range(20)}
    sent = {asked.body[asked.body.find(b"\x89PNG") : asked.body.rfind(b"\r\n--")] for asked in server.asked}
    assert sent == files
    told = b"".join(asked.body + asked.path.encode() + repr(asked.headers).encode() for asked in server.asked)
    assert b"s0001" not in told
    assert b"19.png" not in told


FAULTS: list[tuple[Behaviour, str | None]] = [
    (always({"label": "anger", "scores": {"anger": 1, "neutral": 0}}), None),
    (slow(3), "timeout: no answer in time"),
    (dripping("headers", 3), "timeout: no answer in time"),
    (dripping("body", 3), "timeout: no answer in time"),
    (endless, "unreadable_answer: over 1 MiB"),
    (dropped, "no_answer: the connection broke off"),
    (truncated, "no_answer: the connection broke off"),
    (always(b'{"label": "anger"'), "unreadable_answer: not JSON"),
    (always(b'{"label": "anger", "scores": {"anger": NaN, "neutral": 1}}'), "unreadable_answer: not JSON"),
    (
        always(b'{"label": "anger", "scores": {"anger": 1e999, "neutral": 1}}'),
        "unreadable_answer: score is no number that a system gives",
    ),
    (always(b"[" * 100_000), "unreadable_answer: not JSON"),
    (always(b"<html>Welcome</html>"), "unreadable_answer: not JSON"),
    (always([]), "unreadable_answer: no scores"),
    (always({}, 429, Retry_After="0"), "rate_limited"),
    (always({}, 429, Retry_After="100000"), "rate_limited"),
    (always({}, 500), "no_answer: status 500"),
    (always({}, 404), "no_answer: status 404"),
    (redirect("file:///etc/passwd"), "no_answer: redirected to an address that may not be asked"),
    (redirect("http://10.1.2.3/"), "no_answer: redirected to an address that may not be asked"),
    (always(b" " * 2_000_000), "unreadable_answer: over 1 MiB"),
    (gzip_bomb(), "unreadable_answer: over 1 MiB"),
    (always({"error": "unsupported"}, 415), "refused: status 415"),
    (always({"label": "joy", "scores": {}}), "unreadable_answer: scores of 0 of 2 labels"),
]


def test_every_fault_becomes_a_row_and_the_run_is_whole(place: Path) -> None:
    root = write_pictures(place / "data", len(FAULTS))
    for n in range(len(FAULTS)):  # each its own brightness, by which the server knows it
        cv2.imwrite(str(root / f"{n}.png"), np.full((8, 8, 3), 2 * n, np.uint8))

    def behave(handler: Handler, asked: Asked) -> None:
        pixels = cv2.imdecode(np.frombuffer(asked.body[asked.body.find(b"\x89PNG") :], np.uint8), 0)
        FAULTS[int(pixels[0, 0]) // 2][0](handler, asked)

    with serving(behave) as server:
        write_card(place, server.url, connection={"url": server.url, "timeout_s": 0.5, "max_answer_mib": 1})
        started = time.monotonic()
        measured(place, "model.attempts=2", "model.max_wait_s=0.1", "model.concurrency=8")
    assert time.monotonic() - started < 30
    predictions = table(place, "predictions")
    assert predictions["reason"].to_pylist() == [expected for _, expected in FAULTS]
    outcomes = Counter(predictions["outcome"].to_pylist())
    assert outcomes == {"scored": 1, "abstained": 1, "failed": len(FAULTS) - 2}
    assert (place / "run" / "report.html").is_file()


def test_a_service_that_refuses_one_group_is_measured_whole(place: Path) -> None:
    write_pictures(place / "data", 24)

    def refusing(handler: Handler, asked: Asked) -> None:
        pixels = cv2.imdecode(np.frombuffer(asked.body[asked.body.find(b"\x89PNG") :], np.uint8), 0)
        if pixels[0, 0] > 128:
            handler.answer({"error": {"code": "policy"}, "model": "acme-2026-11-01"})
        else:
            handler.answer(said_of(pixels))

    with serving(refusing) as server:
        write_card(place, server.url, output={"refusal": "error.code"})
        measured(place)
    reasons = table(place, "predictions")["reason"].to_pylist()
    assert reasons == [None, "refused: policy"] * 12
    assert len(server.asked) == 24, "a refusal is an answer: it is not asked for again"


def test_a_file_of_another_format_than_its_name_is_the_services_to_refuse(place: Path) -> None:
    root = write_pictures(place / "data", 4)
    _, webp = cv2.imencode(".webp", np.zeros((8, 8, 3), np.uint8))
    (root / "0.png").write_bytes(webp.tobytes())

    def picky(handler: Handler, asked: Asked) -> None:
        if b"image/png" in asked.body:
            reading(handler, asked)
        else:
            handler.answer({"error": "unsupported media type"}, 415)

    with serving(picky) as server:
        write_card(place, server.url)
        measured(place)
    assert b"image/webp" in b"".join(asked.body for asked in server.asked)
    assert table(place, "predictions")["reason"].to_pylist() == ["refused: status 415", None, None, None]


def test_a_version_that_changes_in_mid_run_is_named(place: Path) -> None:
    write_pictures(place / "data", 24)

    def aliased(handler: Handler, asked: Asked) -> None:
        pixels = cv2.imdecode(np.frombuffer(asked.body[asked.body.find(b"\x89PNG") :], np.uint8), 0)
        handler.answer({**said_of(pixels), "model": "acme-1" if asked.number < 9 else "acme-2"})

    with serving(aliased) as server:
        write_card(place, server.url)
        study = measured(place, "checks.enabled=true", "checks.max_blind=0", "checks.max_probes=0")
    (found,) = (one for one in findings(study.results, "acme") if (one.name, one.about) == ("answers", "version"))
    assert (found.verdict, found.row["value"]) == ("not_met", 2.0)
    assert found.in_short == "The version changed in mid-run: acme-2 (15) and acme-1 (9)."
    assert found.remedy.startswith("name a version and not an alias")
    assert "The version changed in mid-run: acme-2 (15) and acme-1 (9)." in (
        place / "run" / "report.html"
    ).read_text(encoding="utf-8")


def test_the_report_shows_the_times_of_its_own_run_and_differs_in_nothing_else(place: Path) -> None:
    write_pictures(place / "data", 20)

    def slow_for_men(handler: Handler, asked: Asked) -> None:
        pixels = cv2.imdecode(np.frombuffer(asked.body[asked.body.find(b"\x89PNG") :], np.uint8), 0)
        time.sleep(0.4 if int(pixels[0, 0]) % 2 else 0.0)
        handler.answer(said_of(pixels))

    rows = (place / "data" / "samples.csv").read_text().splitlines()
    for n in range(20):  # a picture of a man is the one with an odd brightness
        cv2.imwrite(str(place / "data" / f"{n}.png"), np.full((8, 8, 3), 100 + n % 4 // 2, np.uint8))
    assert rows[3].endswith("m")
    with serving(slow_for_men) as server:
        write_card(place, server.url)
        choices = ("measure.min_subjects=2", "model.concurrency=10")
        first, again = measured(place, *choices), measured(place, *choices, f"out={place / 'again'}")
    reports = [one.folder / "report.html" for one in (first, again)]
    page = reports[0].read_text(encoding="utf-8")
    assert page != reports[1].read_text(encoding="utf-8")
    assert timeless(reports[0]) == timeless(reports[1])
    times = {one.group: one for one in recorded_times(first.folder.read_run())}
    assert set(times) == {None, "female", "male"}
    took = dict(
        zip(*(table(place, "timings")[name].to_pylist() for name in ("sample_id", "forward_s")), strict=True)
    )
    of_women = [took[row.split(",")[0]] for row in rows[1:] if row.endswith("f")]
    assert times["female"].p50 == pytest.approx(np.median(of_women))
    assert times["male"].p50 >= 0.4
    assert [one.attempts for one in times.values()] == [1.0] * 3
    assert times[None].throughput is not None
    for figure in (seconds(times["male"].p95), f"{three_digits(times[None].throughput)} answers came per second"):
        assert figure in page
    score(first.folder, place / "scored")
    assert (place / "scored" / "report.html").read_bytes() == (first.folder / "report.html").read_bytes()
    record = first.folder.read_run() or {}
    (first.folder / "run.json").write_text(json.dumps({**record, "latency": "fast"}))
    score(first.folder, place / "scored")
    assert "How long answers took" not in (place / "scored" / "report.html").read_text(encoding="utf-8")


def test_a_slow_answer_does_not_hold_up_the_batches_after_its_own(place: Path) -> None:
    """The first is answered when all others are: with a batch at a time, it would wait for ever."""
    write_pictures(place / "data", 30)

    def first_comes_last(handler: Handler, asked: Asked) -> None:
        end = time.monotonic() + 20
        while asked.number == 0 and len(server.asked) < 30 and time.monotonic() < end:
            time.sleep(0.01)
        reading(handler, asked)

    with serving(first_comes_last) as server:
        write_card(place, server.url)
        started = time.monotonic()
        measured(place, "batch_size=5", "workers=2")
    assert time.monotonic() - started < 20
    assert len(server.asked) == 30
    assert all(truth(table(place, "predictions")))


def test_a_recording_is_sent_as_json(place: Path) -> None:
    def judging(handler: Handler, asked: Asked) -> None:
        recording = json.loads(asked.body)["signals"]
        mean = float(np.mean(recording["channels"]["temperature"]["values"]))
        handler.answer({"label": "stress" if mean < 33.0 else "rest", "mean": mean, "model": "band-1"})

    with serving(judging) as server:
        write_card(
            place,
            server.url,
            modalities=["wearable"],
            labels=["rest", "stress"],
            input={"encoding": "json", "channels": ["eda", "temperature"]},
            connection={"url": server.url, "send": "json", "template": {"signals": "{recording}"}},
            output={"scores": None},
        )
        of_a_table = ("dataset=", "dataset.root=", "dataset.label_source=")
        choices = [choice for choice in overrides(place) if not choice.startswith(of_a_table)]
        wearables = ["dataset=simulated_wearables", "dataset.subjects=6"]
        run(compose_study([*wearables, *choices], place / "configs"), Silent())
    samples, predictions, answers = (table(place, name) for name in ("samples", "predictions", "answers"))
    assert samples.num_rows == len(server.asked) == 24
    reader = open_reader("simulated_wearables", None, {"subjects": 6})
    recordings = {sample["sample_id"]: reader.load(sample) for sample in samples.to_pylist()}
    means = {name: float(of.channels["temperature"].values.mean()) for name, of in recordings.items()}
    said = dict(zip(answers["sample_id"].to_pylist(), answers["raw"].to_pylist(), strict=True))
    assert {name: json.loads(raw)["mean"] for name, raw in said.items()} == pytest.approx(means)
    expected = ["stress" if means[name] < 33.0 else "rest" for name in predictions["sample_id"].to_pylist()]
    assert predictions["label"].to_pylist() == expected
    assert len(set(expected)) == 2
    sent = [json.loads(asked.body) for asked in server.asked]
    first = recordings[samples["sample_id"][0].as_py()].channels["eda"]
    channels = [document["signals"]["channels"] for document in sent]
    assert all(
        set(document) == {"signals"} and set(of) == {"eda", "temperature"}
        for document, of in zip(sent, channels, strict=True)
    )
    assert {(of["eda"]["rate_hz"], of["eda"]["unit"]) for of in channels} == {(first.rate_hz, first.unit)}
    assert any(of["eda"]["values"] == first.values.tolist() for of in channels)


def test_a_picture_is_decoded_and_sent_as_the_card_says(place: Path) -> None:
    write_pictures(place / "data", 4)
    with serving(reading) as server:
        write_card(
            place,
            server.url,
            input={"encoding": "png", "width": 5, "height": 3, "colour": "grey"},
            connection={"url": server.url, "fields": {"said": "{ctx.sentence}"}},
        )
        measured(place)
    sent = [cv2.imdecode(np.frombuffer(a.body[a.body.find(b"\x89PNG") :], np.uint8), -1) for a in server.asked]
    assert {pixels.shape for pixels in sent} == {(3, 5)}
    assert sorted(b"sentence 2" in asked.body for asked in server.asked) == [False, False, False, True]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"output": {"labels": {"happy": "joy"}}},
            "leads to 'joy', which is none of its labels: anger, neutral",
        ),
        ({"dimensions": ["valence"]}, r"has the dimensions \['valence'\], and its output paths for \[\]"),
        ({"output": {"label": None, "scores": None, "valence": "v"}}, "come together"),
        ({"labels": [], "output": {"label": None, "scores": None}}, "neither labels nor dimensions"),
        (
            {"connection": {"url": "https://a.test", "headers": {"X-Api-Key": "sk-4711"}}},
            "X-Api-Key holds a credential: write .{env:NAME}",
        ),
        ({"connection": {"url": "https://a.test", "headers": {"X-Who": "J\u00fcrgen"}}}, "X-Who must be one line"),
        (
            {"connection": {"url": "https://a.test", "headers": {"X-Who": "a\r\nHost: b"}}},
            "X-Who must be one line",
        ),
        (
            {"connection": {"url": "https://a.test", "headers": {"X-Who": "a" * 9_000}}},
            "of at most 8,192 printable",
        ),
        ({"connection": {"url": "https://a.test", "headers": {"X Who": "a"}}}, "'X Who' is no header"),
        (
            {"connection": {"url": "https://a.test", "headers": {"content-length": "9"}}},
            "'content-length' is no h",
        ),
        ({"connection": {"url": "https://me:pw@a.test"}}, "the url holds a name or a password"),
        ({"output": {"lable": "x"}}, "output in its card: lable"),
        ({"connection": {"url": "https://a.test", "send": "json"}}, "template and send: json come together"),
        (
            {"connection": {"url": "https://a.test", "send": "json", "template": ["{recording}"]}},
            "needs encoding: json",
        ),
    ],
)
def test_a_wrong_card_is_refused_by_name(place: Path, changes: dict[str, Any], message: str) -> None:
    write_card(place, "https://acme.test", **changes)
    with pytest.raises(HarnessError, match=f"model acme: .*{message}") as caught:
        open_model("acme", {}, RunSettings(seed=0))
    assert "sk-4711" not in str(caught.value)
    assert "pw" not in str(caught.value)


@pytest.fixture
def node_service(tmp_path: Path) -> Iterator[str]:
    """A service in another language: mean brightness by the bytes of an uncompressed picture."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    program = tmp_path / "service.js"
    program.write_text(
        """
        const server = require("http").createServer((request, response) => {
          const chunks = [];
          request.on("data", (chunk) => chunks.push(chunk));
          request.on("end", () => {
            const sent = JSON.parse(Buffer.concat(chunks));
            const bytes = Buffer.from(sent.sound, "base64").subarray(44);
            let loudest = 0;
            for (let i = 0; i + 1 < bytes.length; i += 2) loudest = Math.max(loudest, bytes.readInt16LE(i));
            const label = loudest > 16384 ? "anger" : "neutral";
            response.setHeader("X-Model-Version", "node-1");
            response.end(JSON.stringify({result: [{name: label, p: 0.9}], said: sent.sentence}));
          });
        });
        server.listen(0, "127.0.0.1", () => console.log(server.address().port));
        """
    )
    process = subprocess.Popen([node, str(program)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


def test_a_service_in_another_language_is_measured(place: Path, node_service: str) -> None:
    import soundfile

    root = place / "data"
    root.mkdir()
    rows = ["sample_id,subject_id,uri,label,modality,ctx.sentence"]
    tone = np.sin(np.arange(8_000) / 8.0)
    for n in range(6):
        soundfile.write(root / f"{n}.flac", tone * (0.2 + 0.6 * (n % 2 == 0)), 16_000)
        rows.append(f"s{n:04d},p{n},{n}.flac,{LABELS[n % 2]},voice,sentence {n}")
    (root / "samples.csv").write_text("\n".join(rows) + "\n")
    write_card(
        place,
        node_service,
        modalities=["voice"],
        input={"encoding": "wav", "sample_rate_hz": 16_000},
        connection={
            "url": node_service,
            "send": "json",
            "template": {"sound": "{data}", "sentence": "{ctx.sentence}"},
        },
        output={"label": "result[0].name", "scores": None, "version": None, "version_header": "X-Model-Version"},
    )
    measured(place)
    predictions = table(place, "predictions")
    assert predictions["reason"].to_pylist() == [None] * 6
    assert all(truth(predictions))
    answers = table(place, "answers")
    assert set(answers["version"].to_pylist()) == {"node-1"}
    assert json.loads(answers["raw"][3].as_py())["said"] == "sentence 3"
