from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import toy

from harness.inference import time_spent
from harness.inference.beside import OWN_ARRAY
from harness.inference.executor import Finished
from harness.inference.preparation import Prepared
from harness.inference.time_spent import TimeSpent

NAN = float("nan")


def finished(prepare_s: list[float], forward_s: list[float]) -> Finished:
    """Samples that took so long."""
    num = len(prepare_s)
    return Finished(
        places=np.arange(num),
        outcome=["scored"] * num,
        reason=[None] * num,
        vectors=np.zeros((num, 1)),
        prepare_s=prepare_s,
        forward_s=forward_s,
    )


def test_what_is_not_computing_is_waiting_and_what_is_done_with_results_is_neither(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(time_spent.time, "perf_counter", lambda: now)

    def results() -> Iterator[Finished]:
        nonlocal now
        now += 0.25
        yield replace(finished([1.0, NAN], [0.0625, NAN]), read_s=[0.75, 0.0])
        now += 0.125
        yield finished([0.5], [7.0])  # computed while this process did something else

    spent = TimeSpent()
    for _ in spent.timed(results()):
        now += 3.0
    assert spent == TimeSpent(computing=0.0625 + 0.125, waiting=0.1875, preparing=1.5, reading=0.75)


def test_waiting_for_what_is_made_besides_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers spent a quarter of their time on it; the array that is kept is no work of its own."""
    now = 0.0
    monkeypatch.setattr(time_spent.time, "perf_counter", lambda: now)
    array = Prepared(np.zeros(1), "scored", None, 6.0)
    made = {0: {"facts": replace(array, seconds=1.5), OWN_ARRAY: array}, 1: {"facts": replace(array, seconds=0.5)}}

    def results() -> Iterator[Finished]:
        nonlocal now
        now += 5.0
        yield replace(finished([4.0, 2.0], [0.5, 0.5]), beside=made)
        now += 2.0
        yield finished([1.0], [NAN])

    spent = TimeSpent()
    assert len(list(spent.timed(results()))) == 2
    assert spent == TimeSpent(computing=1.0, waiting=3.0 + 2.0, beside=1.0, preparing=7.0)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_slow_model_and_slow_samples_are_told_apart(tmp_path: Path, workers: int) -> None:
    samples, slow_model = toy.toy_samples(["ok"] * 8), toy.ToyModel()
    slow_model.forward_s = 0.1
    computing, waiting = TimeSpent(), TimeSpent()
    settings = toy.InferenceSettings(batch_size=2, workers=workers)
    for name, of, model, spent in (
        ("a", samples, slow_model, computing),
        ("b", toy.toy_samples(["slow"] * 100), toy.ToyModel(), waiting),
    ):
        toy.collect(
            of, toy.load, model, journal=tmp_path / name, plan_hash=toy.PLAN, settings=settings, spent=spent
        )
    assert computing.computing >= 0.4
    assert waiting.preparing >= waiting.reading >= 0.2
    assert workers or waiting.waiting >= 0.2
    assert computing.opening > 0
