"""The kind ``command``: what an honest program answers is measured, and what a hostile one does is an outcome."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.cards.facts import Licence, ModelCard
from harness.errors import HarnessError
from harness.models.answer import Answer
from harness.models.model import RunSettings
from harness.models.programs import keeper
from harness.models.programs.command_model import CommandModel, CommandOptions
from harness.signals.media import EncodedFile

PROGRAM = Path(__file__).with_name("answering.py")
CARD = ModelCard(
    name="acme",
    title="Acme",
    kind="command",
    modalities=["face"],
    description="",
    licence=Licence(name="none"),
    purpose="",
    labels=["anger", "fear"],
    dimensions=["valence"],
    training="pretrained",
    limitations=[],
)
ANGER = [0.0, 0.75, 0.25, np.nan]


def model_of(start: str = "well", card: ModelCard = CARD, **options: Any) -> CommandModel:
    command = options.pop("command", (sys.executable, PROGRAM.name, start))
    given = {"trust": True, "folder": PROGRAM.parent, "timeout_s": 20.0} | options
    return CommandModel(card, CommandOptions(command=command, **given), RunSettings(seed=0))


def requests(model: CommandModel, *samples: str | bytes) -> list[np.ndarray]:
    prepare = model.preparer()
    data = [sample.encode() if isinstance(sample, str) else sample for sample in samples]
    return [prepare(EncodedFile(each, "image/png")) for each in data]


def asked(model: CommandModel, *samples: str | bytes) -> list[Answer]:
    model.open()
    try:
        return [answer for _, answer in model.forward(requests(model, *samples))]
    finally:
        model.close()


def said(answers: Sequence[Answer]) -> list[str | None]:
    return [None if answer.vector is not None else f"{answer.outcome} {answer.reason}" for answer in answers]


@pytest.fixture
def slow_samples() -> float:
    """Long enough for Python to start and answer, short enough to await."""
    return 1.5


def test_what_it_states_is_measured() -> None:
    (answer,) = asked(model_of(), "well")
    np.testing.assert_array_equal(answer.vector, ANGER)
    assert (answer.version, answer.attempts) == ("2.3", 1)
    request_id = hashlib.sha256(b'"media_type": "image/png", "data": "d2VsbA=="').hexdigest()[:16]
    assert json.loads(answer.raw or b"")["id"] == request_id


def test_the_first_line_tells_what_is_asked_for() -> None:
    card = CARD.model_copy(update={"input": {"encoding": "png", "context": ["ctx.sentence"]}})
    (answer,) = asked(model_of(card=card), "well")
    told = json.loads(answer.raw or b"")["greeting"]
    assert (told["protocol"], told["labels"], told["dimensions"]) == (1, ["anger", "fear"], ["valence"])
    assert told["device"] == "cpu"
    assert (told["input"]["encoding"], told["input"]["context"]) == ("png", ["ctx.sentence"])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"label": "fear"}, [1, np.nan, np.nan, np.nan]),
        ({"scores": {"fear": 0.5, "anger": 0.5}}, [0, 0.5, 0.5, np.nan]),
        ({"label": "anger", "scores": {"fear": 0.9, "anger": 0.1}}, [0, 0.1, 0.9, np.nan]),
        ({"label": "furious", "valence": -1}, [0, np.nan, np.nan, -1]),
        ({"valence": 0.5, "arousal": 7}, [np.nan, np.nan, np.nan, 0.5]),
        ({"scores": {"furious": 1, "fear": 2}}, [1, 1, 2, np.nan]),
    ],
)
def test_label_scores_and_dimensions_are_each_optional(answer: dict[str, Any], expected: list[float]) -> None:
    card = CARD.model_copy(update={"output": {"labels": {"furious": "anger"}}})
    (found,) = asked(model_of(card=card), "answer " + json.dumps(answer))
    np.testing.assert_array_equal(found.vector, expected)


@pytest.mark.parametrize(
    ("sample", "outcome"),
    [
        ('answer {"refused": "no face"}', "abstained refused: no face"),
        ('answer {"error": "out of memory"}', "failed no_answer: out of memory"),
        ('answer {"refused": "\\u001b[2J<b>no</b>\\nface"}', "abstained refused: \ufffd[2J<b>no</b> face"),
        ("answer {}", "failed unreadable_answer: it states nothing"),
        ('answer {"label": "joy"}', "failed unreadable_answer: label 'joy' is none of the card's"),
        (
            'answer {"label": "\\u001b[31mjoy"}',
            "failed unreadable_answer: label '\ufffd[31mjoy' is none of the card's",
        ),
        ('answer {"label": 3}', "failed unreadable_answer: no label"),
        ('answer {"scores": [0.1, 0.9]}', "failed unreadable_answer: scores are not a JSON object"),
        ('answer {"scores": {"anger": 1}}', "failed unreadable_answer: no score for fear"),
        (
            'answer {"scores": {"anger": 1, "fear": 0, "joy": 0}}',
            "failed unreadable_answer: label 'joy' is none of the card's",
        ),
        (
            'answer {"scores": {"anger": true, "fear": 0}}',
            "failed unreadable_answer: the score of anger is not a finite number",
        ),
        ('answer {"label": "fear", "valence": 1.5}', "failed unreadable_answer: valence is not from -1 to 1"),
        ("line {}", "failed unreadable_answer: it answers another request"),
        ("line null", "failed unreadable_answer: not a JSON object"),
        ("line anger", "failed unreadable_answer: not JSON"),
        ("line ", "failed unreadable_answer: not JSON"),
        ('line {"id": NaN}', "failed unreadable_answer: NaN is no JSON number"),
        ('line {"id": 1, "id": 2}', "failed unreadable_answer: the key 'id' stands twice"),
        ("line " + "[" * 100_000, "failed unreadable_answer: it is nested too deep"),
        ('answer {"label": "\\ud83d"}', "failed unreadable_answer: label '\ufffd' is none of the card's"),
    ],
    ids=lambda value: value[:40],
)
def test_what_cannot_be_measured_is_an_outcome_and_the_next_sample_is_answered(sample: str, outcome: str) -> None:
    answers = asked(model_of(), sample, "well")
    assert said(answers) == [outcome, None]
    np.testing.assert_array_equal(answers[1].vector, ANGER)


def test_scores_of_an_infinity_are_unreadable() -> None:
    model = model_of()
    id_ = hashlib.sha256(b"x").hexdigest()
    (answer,) = asked(model, 'line {"id": "' + id_ + '", "scores": {"anger": 1e999, "fear": 0}}')
    assert said([answer]) == ["failed unreadable_answer: it answers another request"]
    (answer,) = asked(model, 'answer {"scores": {"anger": Infinity, "fear": 0}}')
    assert said([answer]) == ["failed unreadable_answer: Infinity is no JSON number"]


def test_a_sample_that_ends_it_twice_is_crashed_and_others_are_answered() -> None:
    answers = asked(model_of(), "well", "exit", "segfault", "well")
    assert said(answers) == [None, "failed crashed: exit code 7", "failed crashed: signal SIGSEGV", None]
    assert [answer.attempts for answer in answers] == [1, 2, 2, 1]


def test_a_signal_without_a_name_is_shown_by_its_number() -> None:
    assert said(asked(model_of(), "realtime", "well")) == ["failed crashed: signal 40", None]


def test_a_sample_at_which_it_ended_once_is_asked_again(tmp_path: Path) -> None:
    answers = asked(model_of(), f"once {tmp_path / 'seen'}", "well")
    assert said(answers) == [None, None]
    assert [answer.attempts for answer in answers] == [2, 1]


@pytest.mark.parametrize("kind", ["hang", "half"])
def test_what_is_not_finished_in_time_is_a_timeout(kind: str, slow_samples: float) -> None:
    answers = asked(model_of(timeout_s=slow_samples), kind, "well")
    assert said(answers) == ["failed timeout: over 1.5 s", None]


def test_the_second_answer_to_a_sample_does_not_count() -> None:
    answers = asked(model_of(), "twice 1", "twice 2", 'answer {"label": "fear"}')
    assert [list(answer.vector[:1]) for answer in answers if answer.vector is not None] == [[0], [0], [1]]


def test_answers_to_the_sample_before_without_an_end_are_a_timeout(slow_samples: float) -> None:
    answers = asked(model_of(timeout_s=slow_samples), "again", "well", "well")
    assert said(answers) == [None, "failed timeout: over 1.5 s", None]


def test_an_answer_to_what_was_not_asked_is_no_answer() -> None:
    answers = asked(model_of(), "future 1", "well")
    assert said(answers) == ["failed unreadable_answer: it answers another request", None]


def test_a_flood_ends(slow_samples: float) -> None:
    answers = asked(model_of(timeout_s=slow_samples), "flood", "long", "well")
    assert said(answers) == [
        "failed unreadable_answer: not JSON",
        "failed unreadable_answer: not JSON",  # the rest of the flood
        "failed unreadable_answer: not JSON",
    ]
    answers = asked(model_of(timeout_s=slow_samples), "long", "well")
    assert said(answers) == ["failed unreadable_answer: a line over 1 MiB", None]


def test_standard_error_does_not_block_it_and_its_end_is_shown_without_escape_codes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers = asked(model_of(), "errors", "exit")
    assert said(answers) == [None, "failed crashed: exit code 7"]
    assert "It last wrote: " in caplog.text
    assert "cannot allocate" in caplog.text
    assert "\x1b" not in caplog.text


def test_errors_without_an_end_are_a_timeout(slow_samples: float, caplog: pytest.LogCaptureFixture) -> None:
    answers = asked(model_of(timeout_s=slow_samples), "screams", "well")
    assert said(answers) == ["failed timeout: over 1.5 s", None]
    assert "It last wrote: no | no" in caplog.text


def test_a_large_sample_passes_through_the_pipe_in_pieces() -> None:
    (answer,) = asked(model_of(), bytes(5_000_000))
    assert json.loads(answer.raw or b"")["size"] == 5_000_000


def test_what_takes_too_much_memory_is_killed() -> None:
    answers = asked(model_of(max_memory_gib=0.2), "memory", "well")
    assert said(answers) == ["failed crashed: over 0.2 GiB of memory", None]


def test_memory_is_counted_while_children_end_all_the_time() -> None:
    answers = asked(model_of(max_memory_gib=0.2, timeout_s=10), "churns", "well")
    assert said(answers) == ["failed crashed: over 0.2 GiB of memory", None]


def test_a_line_of_descent_of_any_length_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_children", lambda pid: [pid + 1] if pid < 5_000 else [])
    assert sorted(keeper._descendants(1)) == list(range(2, 5_001))


def test_what_writes_too_large_a_file_is_stopped(tmp_path: Path) -> None:
    answers = asked(model_of(max_file_gib=2**-10), f"file {tmp_path / 'large'}", "well")
    assert said(answers) == ["failed crashed: exit code 1", None]
    assert (tmp_path / "large").stat().st_size == 2**20


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pids: Sequence[int], within_s: float = 10.0) -> bool:
    deadline = time.monotonic() + within_s
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(alive, pids))


def test_all_that_it_started_ends_with_it() -> None:
    model = model_of()
    (answer,) = asked(model, "children")
    pids = json.loads(answer.raw or b"")["pids"]
    assert gone(pids)


def test_descendants_that_leave_its_session_again_and_again_end_with_it() -> None:
    def sleeping() -> set[int]:
        commands = {int(path.parent.name): command(path) for path in Path("/proc").glob("[0-9]*/cmdline")}
        return {pid for pid, words in commands.items() if b"os.fork()" in words and alive(pid)}

    def command(path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError:
            return b""

    model = model_of()
    model.open()
    next(iter(model.forward(requests(model, "forks"))))
    assert len(sleeping()) > 30
    model.close()
    assert not sleeping()


def test_one_that_closes_its_output_has_ended() -> None:
    answers = asked(model_of(), "closes", "well")
    assert said(answers) == ["failed crashed: it closed its output", None]


def test_nothing_outlives_a_killed_harness(tmp_path: Path) -> None:
    script = f"""
        import json, os, signal, sys
        sys.path[:0] = {[str(PROGRAM.parent), *sys.path]!r}
        from test_command_model import model_of, requests
        model = model_of()
        model.open()
        answers = model.forward(requests(model, "children"))
        print(json.loads(next(answers)[1].raw)["pids"], flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == -9, done.stderr
    assert gone(json.loads(done.stdout))


def test_it_sees_no_secret_that_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", "secret")
    monkeypatch.setenv("ACME_KEY", "named")
    (answer,) = asked(model_of(environment=("ACME_KEY",)), "well")
    seen = json.loads(answer.raw or b"")["environment"]
    assert "ACME_KEY" in seen
    assert "ACME_TOKEN" not in seen
    assert "PATH" in seen


def test_nobody_else_can_read_the_key_that_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_KEY", "a-secret-key")
    (answer,) = asked(model_of(environment=("ACME_KEY",)), "arguments")
    found = json.loads(answer.raw or b"")
    assert found["key"] == "a-secret-key"
    assert not any("a-secret-key" in line for line in found["lines"])
    assert "keeper.py" in found["lines"][1]


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("dead", r"did not get ready \(exit code 3\).* It last wrote: no licence found"),
        ("chatty", r"it answered 'Loading the model …'.*write nothing else to its standard output"),
        ("unready", r"it answered '\{\"ready\": false\}'"),
        ("silent", r"no line within 0\.5 s"),
    ],
)
def test_a_program_that_does_not_get_ready_stops_the_run_with_what_it_wrote(start: str, message: str) -> None:
    limit = {"start_timeout_s": 0.5} if start == "silent" else {}
    with pytest.raises(HarnessError, match=message):
        asked(model_of(start, **limit), "well")


def test_what_is_no_program_is_told(tmp_path: Path) -> None:
    (tmp_path / "serve").write_bytes(b"\x00\x01")
    (tmp_path / "serve").chmod(0o755)
    with pytest.raises(
        HarnessError, match=r"acme: its program did not get ready \(it cannot be started: Exec form"
    ):
        asked(model_of(command=("./serve",), folder=tmp_path), "well")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"trust": False},
            r"acme: a program runs with your rights: .* say so on the command line: model\.trust=true",
        ),
        ({"command": ("no-such-program",)}, r"no program 'no-such-program' on PATH"),
        ({"command": ("./answering.py",)}, r"no program './answering\.py' in "),
        ({"command": None}, r"neither its card nor its config says which program"),
        ({"folder": Path("/nowhere")}, r"the folder of its program, /nowhere, is not there"),
    ],
)
def test_wrong_configs_are_told(options: dict[str, Any], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        model_of(**options)


def test_a_variable_that_is_not_set_is_told() -> None:
    with pytest.raises(HarnessError, match=r"the environment variable NO_SUCH_KEY is not set"):
        asked(model_of(environment=("NO_SUCH_KEY",)), "well")


def test_words_that_lead_to_no_label_are_told() -> None:
    with pytest.raises(HarnessError, match=r"output\.labels in its card leads to 'joy', which is none of its"):
        model_of(card=CARD.model_copy(update={"output": {"labels": {"happy": "joy"}}}))


def test_the_plan_knows_the_files_that_decide_the_answers_but_no_folder(tmp_path: Path) -> None:
    (tmp_path / "face.bin").write_bytes(b"weights")
    command = (sys.executable, str(PROGRAM), f"--weights={tmp_path / 'face.bin'}", "--fast")
    model = model_of(command=command, folder=tmp_path)
    facts = model.facts()
    python = Path(sys.executable).name
    assert facts["command"] == [python, PROGRAM.name, "--weights=face.bin", "--fast"]
    assert facts["command_files"][1:] == [
        {"name": PROGRAM.name, "sha256": hashlib.sha256(PROGRAM.read_bytes()).hexdigest()},
        {"name": "face.bin", "sha256": hashlib.sha256(b"weights").hexdigest()},
    ]
    assert model.files() == {
        python: Path(sys.executable),
        PROGRAM.name: PROGRAM,
        "face.bin": tmp_path / "face.bin",
    }
    assert str(tmp_path) not in json.dumps([facts, model.options.model_dump(exclude={"folder"}, mode="json")])
    assert model.notes() == [
        f"The program {python} was trusted and ran with the rights of the user (model.trust=true)."
    ]


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """No zombie and no running child of this process remains after any of these tests."""
    before = children()
    yield
    assert children() <= before


def children() -> set[int]:
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}
