"""Models that answer sample by sample: outcomes, evidence, and that no paid answer is asked for twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
import toy

from harness.errors import HarnessError, Reason, Unscored
from harness.inference.collected import Collected
from harness.models.answer import MAX_RAW_BYTES, MAX_REASON, Answer, Answers, StreamedAnswers, vectors_of
from harness.tables.schemas import ANSWERS


def answers_of(collected: Collected) -> list[dict[str, Any]]:
    return pa.concat_tables([ANSWERS.empty_table(), *collected.answers("toy", "clean")]).to_pylist()


def asked(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().split()]


def test_what_was_paid_is_known_of_the_whole(tmp_path: Path) -> None:
    costs = {"free": None, "nothing": 0.0, "paid": 0.25}
    found = {
        name: toy.run(
            tmp_path / name, toy.toy_samples(["ok"] * 3), toy.ToyService(tmp_path / f"{name}.txt", cost=cost)
        )
        for name, cost in costs.items()
    }
    assert {name: of.is_paid for name, of in found.items()} == {"free": False, "nothing": False, "paid": True}
    assert {of.is_one_by_one for of in found.values()} == {True}
    assert not toy.run(tmp_path / "model", toy.toy_samples(["ok"] * 3)).is_one_by_one


def test_a_refusal_is_a_row_and_the_run_goes_on(tmp_path: Path) -> None:
    model = toy.ToyService(tmp_path / "asked", {1: "refuse", 2: "limit", 4: "nan"})
    collected = toy.run(tmp_path / "journal", toy.toy_samples(["ok"] * 3 + ["broken"] + ["ok"] * 3), model)
    vectors = collected.vectors()
    assert vectors.outcome == ["scored", "abstained", "failed", "failed", "failed", "scored", "scored"]
    assert vectors.reason == [
        None,
        "refused: policy",
        "rate_limited",
        "unreadable: OSError",
        "non_finite",
        None,
        None,
    ]
    for place in (0, 5, 6):
        np.testing.assert_allclose(vectors.values[place], toy.expected_vector(place), rtol=1e-12)
    assert np.isnan(vectors.values[1:5]).all()


def test_what_was_said_besides_is_evidence(tmp_path: Path) -> None:
    model = toy.ToyService(tmp_path / "asked", {1: "refuse", 2: "limit"})
    collected = toy.run(tmp_path / "journal", toy.toy_samples(["ok"] * 3 + ["broken"]), model)
    rows = [(r["sample_id"], r["attempts"], r["cost"], r["raw"]) for r in answers_of(collected)]
    assert rows == [
        ("s000000", 2, 0.25, "0: ü".encode()),
        ("s000001", 1, 0.25, b"I cannot judge faces."),
        ("s000002", 5, None, None),
    ]
    seconds = pa.concat_tables(collected.timings("toy", "clean"))["forward_s"].to_pylist()
    assert seconds[0] == 0.5
    assert 0.0 < seconds[1] < 0.5
    assert seconds[3] is None


def test_a_model_that_says_no_more_than_vectors_leaves_no_evidence(tmp_path: Path) -> None:
    assert answers_of(toy.run(tmp_path, toy.toy_samples(["ok"] * 5))) == []


def test_a_long_answer_and_a_long_reason_are_cut() -> None:
    answer = Answer(unscored=Unscored(Reason.NO_ANSWER, "x" * 10_000), raw="é" * MAX_RAW_BYTES)
    assert answer.evidence is not None
    assert len(answer.evidence) == MAX_RAW_BYTES
    assert answer.reason is not None
    assert (answer.reason[:12], len(answer.reason)) == ("no_answer: x", MAX_REASON)


def test_an_answer_is_a_vector_or_a_reason() -> None:
    with pytest.raises(ValueError, match="either a vector or the reason"):
        Answer()
    with pytest.raises(ValueError, match="either a vector or the reason"):
        Answer(vector=np.zeros(3), unscored=Unscored(Reason.REFUSED))


def test_answers_as_vectors_have_nan_where_there_is_none() -> None:
    answers = [(2, Answer(vector=np.array([1.0, 2.0]))), (0, Answer(unscored=Unscored(Reason.REFUSED)))]
    np.testing.assert_array_equal(vectors_of(answers, 3, 2), [[np.nan] * 2, [np.nan] * 2, [1.0, 2.0]])


@pytest.mark.parametrize("flush_s", [0.0, 1000.0])
def test_a_stopped_run_asks_only_for_what_is_not_answered(tmp_path: Path, flush_s: float) -> None:
    samples, file = toy.toy_samples(["ok"] * 10 + ["broken"]), tmp_path / "asked"
    with pytest.raises(KeyboardInterrupt):
        toy.run(tmp_path / "journal", samples, toy.ToyService(file, {5: "stop"}), flush_s=flush_s)
    assert asked(file) == [3, 2, 1, 0, 7, 6, 5]
    model = toy.ToyService(file)
    continued = toy.run(tmp_path / "journal", samples, model, flush_s=flush_s)
    assert asked(file)[7:] == [5, 4, 9, 8]
    assert model.batches == [2, 2]
    whole = toy.run(tmp_path / "whole", samples, toy.ToyService(tmp_path / "other"))
    assert toy.fingerprint(continued.vectors()) == toy.fingerprint(whole.vectors())
    assert answers_of(continued) == answers_of(whole)


def test_a_service_that_fails_keeps_what_it_has_answered(tmp_path: Path) -> None:
    class Failing(toy.ToyService):
        def answer(self, number: int, array: npt.NDArray[Any]) -> Answer:
            if number == 1:
                raise ConnectionError("no route to host")
            return super().answer(number, array)

    samples, file = toy.toy_samples(["ok"] * 4), tmp_path / "asked"
    with pytest.raises(HarnessError, match="model toy failed in batch 0: ConnectionError: no route to host"):
        toy.run(tmp_path / "journal", samples, Failing(file))
    toy.run(tmp_path / "journal", samples, toy.ToyService(file))
    assert asked(file) == [3, 2, 1, 1, 0]


def start(folder: Path, num_samples: int) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TOY_ASKED": str(folder / "asked"),
    }
    arguments = [str(folder / "journal"), str(folder / "output"), "1", "1000", *["ok"] * num_samples]
    return subprocess.Popen([sys.executable, toy.__file__, *arguments], env=environment, start_new_session=True)


@pytest.mark.slow
def test_killed_in_the_middle_of_a_batch_no_paid_answer_is_asked_for_twice(tmp_path: Path) -> None:
    num_samples, file = 40, tmp_path / "asked"
    for wanted in (5, 17, 26):
        process = start(tmp_path, num_samples)
        end = time.monotonic() + 60.0
        while (not file.is_file() or len(asked(file)) < wanted) and time.monotonic() < end:
            time.sleep(0.002)
        process.kill()
        process.communicate()
    last = start(tmp_path, num_samples)
    last.communicate()
    assert last.returncode == 0
    times = Counter(asked(file))
    assert set(times) == set(range(num_samples))
    # The one request in flight at each kill has no answer yet, and is asked again.
    assert sum(times.values()) - num_samples <= 3
    whole = toy.run(tmp_path / "whole", toy.toy_samples(["ok"] * num_samples), toy.ToyService(tmp_path / "other"))
    assert (tmp_path / "output").read_bytes() == toy.fingerprint(whole.vectors())


GOOD = Answer(vector=np.zeros(3))


class Streaming(toy.ToyService):
    """Takes all batches before it answers the first, and answers the last sample first."""

    def forward_all(self, batches: Iterable[Sequence[npt.NDArray[Any]]]) -> StreamedAnswers:
        taken = list(batches)
        for number in reversed(range(len(taken))):
            for index, answer in self.forward(taken[number]):
                yield number, index, answer


def test_a_model_may_be_asked_about_all_batches_at_once(tmp_path: Path) -> None:
    samples = toy.toy_samples(["ok"] * 5 + ["broken"] + ["ok"] * 3 + ["abstain"])
    streamed = toy.run(tmp_path / "streamed", samples, Streaming(tmp_path / "asked"))
    assert asked(tmp_path / "asked") == [8, 7, 6, 4, 3, 2, 1, 0]
    one_by_one = toy.run(tmp_path / "one_by_one", samples, toy.ToyService(tmp_path / "other"))
    assert toy.fingerprint(streamed.vectors()) == toy.fingerprint(one_by_one.vectors())
    assert answers_of(streamed) == answers_of(one_by_one)
    assert streamed.vectors().reason[5] == "unreadable: OSError"


def test_a_stopped_stream_goes_on_with_what_is_not_answered(tmp_path: Path) -> None:
    samples, file = toy.toy_samples(["ok"] * 10), tmp_path / "asked"
    with pytest.raises(KeyboardInterrupt):
        toy.run(tmp_path / "journal", samples, Streaming(file, {5: "stop"}), flush_s=1000.0)
    assert asked(file) == [9, 8, 7, 6, 5]
    continued = toy.run(tmp_path / "journal", samples, Streaming(file))
    assert asked(file)[5:] == [5, 4, 3, 2, 1, 0]
    whole = toy.run(tmp_path / "whole", samples, toy.ToyService(tmp_path / "other"))
    assert answers_of(continued) == answers_of(whole)


class WrongStream(toy.ToyModel):
    """Breaks the contract of streamed answers."""

    def __init__(self, said: Sequence[tuple[int, int, Any]]) -> None:
        super().__init__()
        self.said = said

    def forward_all(self, batches: Iterable[Sequence[npt.NDArray[Any]]]) -> StreamedAnswers:
        assert len(list(batches)) == 2
        yield from self.said
        raise ConnectionError("no route to host")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ([(0, 0, GOOD), (0, 0, GOOD)], "gave Answer for index 0 of batch 0; one Answer is expected for each"),
        ([(1, 0, GOOD), (1, 0, GOOD)], "gave Answer for index 0 of batch 1"),
        ([(2, 0, GOOD)], "gave Answer for index 0 of batch 2"),
        ([(0, 4, GOOD)], "gave Answer for index 4 of batch 0"),
        ([(0, 0, np.zeros(3))], "gave ndarray for index 0"),
        ([], "failed: ConnectionError: no route to host"),
    ],
)
def test_streamed_answers_that_break_the_contract_are_named(
    tmp_path: Path, said: list[tuple[int, int, Any]], message: str
) -> None:
    with pytest.raises(HarnessError, match=f"model toy.*{message}"):
        toy.run(tmp_path, toy.toy_samples(["ok"] * 5), WrongStream(said))


def test_a_stream_that_leaves_samples_out_is_named(tmp_path: Path) -> None:
    class Forgetful(Streaming):
        def forward_all(self, batches: Iterable[Sequence[npt.NDArray[Any]]]) -> StreamedAnswers:
            return (one for one in super().forward_all(batches) if one[:2] != (1, 2))

    with pytest.raises(HarnessError, match="model toy: forward_all gave no Answer for 1 samples"):
        toy.run(tmp_path / "journal", toy.toy_samples(["ok"] * 8), Forgetful(tmp_path / "asked"))


class Wrong(toy.ToyModel):
    """Breaks the contract of answers."""

    def __init__(self, said: Sequence[tuple[Any, Any]]) -> None:
        super().__init__()
        self.said = said

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> Answers:
        return iter(self.said)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ([(0, GOOD), (0, GOOD)], "gave Answer for index 0 of batch 0; one Answer is expected for each of 0 to 1"),
        ([(2, GOOD)], "gave Answer for index 2"),
        ([(0, np.zeros(3))], "gave ndarray for index 0"),
        ([(1, GOOD)], "gave no Answer for index 0 of batch 0"),
        (
            [(0, Answer(vector=np.zeros(2)))],
            r"an Answer of batch 0 holds float64 of shape \(1, 2\); floats of shape",
        ),
        ([(0, Answer(vector=np.zeros(3, int)))], "holds int64"),
    ],
)
def test_answers_that_break_the_contract_are_named(
    tmp_path: Path, said: list[tuple[Any, Any]], message: str
) -> None:
    with pytest.raises(HarnessError, match=f"model toy: .*{message}"):
        toy.run(tmp_path, toy.toy_samples(["ok"] * 2), Wrong(said))
