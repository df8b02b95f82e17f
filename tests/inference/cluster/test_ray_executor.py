"""Runs on a cluster of processes, of which any may be killed: the bytes are those of a run on one machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import on_ray
import pytest
import toy
from small_cluster import SmallCluster, environment

from harness.errors import HarnessError
from harness.inference.inference_settings import InferenceSettings
from harness.inference.workers_note import noted_workers

BEHAVIOURS = [*["slow"] * 40, "abstain", "broken", "nan", *["slow"] * 80, "kill", *["slow"] * 76]
BATCH, NUM_BEHAVIOURS = 4, len(BEHAVIOURS)


def start(
    folder: Path, cluster: SmallCluster | None, behaviours: Sequence[str] = BEHAVIOURS, **options: Any
) -> subprocess.Popen[str]:
    """A run in a process of its own; on one machine where there is no cluster."""
    actors = options.pop("actors", 2)
    chosen = {"workers": 1, **options}
    if cluster is not None:
        at = {"address": cluster.address, "actors": actors, "num_cpus": 1}
        chosen |= {"executor": "ray", "executor_options": at}
    arguments = [str(folder / "journal"), str(folder / "output"), json.dumps(chosen), *behaviours]
    return subprocess.Popen(
        [sys.executable, on_ray.__file__, *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> str:
    """What it told."""
    said, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return said


def wait_for_shards(folder: Path, number: int) -> None:
    wait_until(lambda: len(list((folder / "journal").glob("shard-*"))) >= number)


def wait_until(holds: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)


def actors(cluster: SmallCluster) -> list[int]:
    """The processes of its actors: Ray writes what they are into command lines; the parent names the cluster."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if (path / "cmdline").read_bytes().startswith(b"ray::RayScorer"):
                parent = (path / "stat").read_text().rpartition(")")[2].split()[1]
                if cluster.address.encode() in Path(f"/proc/{parent}/cmdline").read_bytes():
                    found.append(int(path.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


@pytest.fixture(scope="module")
def on_one_machine(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    collected = toy.run(tmp_path_factory.mktemp("local"), toy.toy_samples(BEHAVIOURS), workers=2)
    assert collected.vectors().reason[123] == "crashed"
    return toy.fingerprint(collected.vectors())


@pytest.mark.slow
def test_a_killed_actor_is_replaced_and_every_sample_is_there_once(
    cluster: SmallCluster, tmp_path: Path, on_one_machine: bytes
) -> None:
    before = set(actors(cluster))
    process = start(tmp_path, cluster, workers=2, forward_s=0.05)
    wait_for_shards(tmp_path, 3)
    os.kill(next(one for one in actors(cluster) if one not in before), signal.SIGKILL)
    said = ended(process)
    assert "is replaced" in said
    assert (tmp_path / "output").read_bytes() == on_one_machine
    noted = noted_workers(tmp_path / "journal", None)
    names = {f"actor {number} on {os.uname().nodename}" for number in (0, 1)}
    assert {worker.name for worker in noted} <= names  # on a busy machine one of them may do all of it
    assert sum(worker.samples for worker in noted) == NUM_BEHAVIOURS


@pytest.mark.slow
def test_a_killed_run_goes_on_here_and_there_with_other_numbers_of_actors(
    cluster: SmallCluster, tmp_path: Path, on_one_machine: bytes
) -> None:
    read = tmp_path / "read"
    for where, num_actors in ((cluster, 2), (None, 0), (cluster, 1)):
        shards = len(list((tmp_path / "journal").glob("shard-*")))
        process = start(tmp_path, where, actors=num_actors, read=str(read), forward_s=0.05)
        wait_for_shards(tmp_path, shards + 4)
        process.kill()
        process.communicate()
    told = ended(start(tmp_path, cluster, actors=3, read=str(read)))
    assert told.startswith("Ray: 3 actors on ")
    assert (tmp_path / "output").read_bytes() == on_one_machine
    times = Counter(read.read_text().split())
    again = sum(times.values()) - NUM_BEHAVIOURS
    in_flight = BATCH * (2 * 3 + 3 + 3)  # of two actors, of this machine, of one actor
    assert again <= in_flight + 2 * BATCH, "only what was in flight is computed again"


@pytest.mark.slow
def test_a_run_that_is_stopped_writes_what_is_finished(cluster: SmallCluster, tmp_path: Path) -> None:
    read = tmp_path / "read"
    process = start(tmp_path, cluster, read=str(read), forward_s=0.05, flush_s=1000.0)
    wait_until(lambda: read.is_file() and len(read.read_text().split()) > NUM_BEHAVIOURS // 3)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert len(list((tmp_path / "journal").glob("shard-*"))) == 1


@pytest.mark.slow
def test_a_sample_that_ends_its_actor_is_a_failed_row(cluster: SmallCluster, tmp_path: Path) -> None:
    behaviours = ["ok"] * 24
    said = ended(start(tmp_path, cluster, behaviours, poisoned=True))
    local = toy.run(tmp_path / "local", toy.toy_samples(behaviours), workers=0).vectors()
    local.outcome[5], local.reason[5], local.values[5] = "failed", "crashed", float("nan")  # type: ignore[index]
    assert said.count("is replaced") == 3, "with others, alone with its batch, and alone"
    assert (tmp_path / "output").read_bytes() == toy.fingerprint(local)


@pytest.mark.slow
def test_a_decoder_that_ends_an_actor_without_workers_costs_only_its_sample(
    cluster: SmallCluster, tmp_path: Path
) -> None:
    behaviours = [*["ok"] * 9, "kill", *["ok"] * 6]
    ended(start(tmp_path, cluster, behaviours, workers=0))
    local = toy.run(tmp_path / "local", toy.toy_samples(behaviours), workers=1).vectors()
    assert (tmp_path / "output").read_bytes() == toy.fingerprint(local)


@pytest.mark.slow
def test_what_is_wrong_with_the_model_ends_the_run_with_one_sentence(
    cluster: SmallCluster, tmp_path: Path
) -> None:
    process = start(tmp_path, cluster, ["ok"] * 4, batch_size=2, broken=True)
    _, errors = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "HarnessError: model toy failed in batch 0: ValueError: no such layer" in errors


@pytest.mark.slow
def test_a_machine_that_leaves_takes_no_sample_along(
    cluster: SmallCluster, tmp_path: Path, on_one_machine: bytes
) -> None:
    """Last: the second node does not come back."""
    process = start(tmp_path, cluster, actors=4, forward_s=0.05)
    wait_for_shards(tmp_path, 4)
    cluster.remove_second_node()
    said = ended(process)
    assert "is replaced" in said
    assert (tmp_path / "output").read_bytes() == on_one_machine


def test_a_cluster_that_is_not_there_is_named(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'emotion-harness[ray]'")
    chosen = {"executor": "ray", "executor_options": {"address": "127.0.0.1:1"}}
    command = [sys.executable, on_ray.__file__, str(tmp_path), str(tmp_path / "o"), json.dumps(chosen), "ok"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, timeout=120)
    assert "executor.address=127.0.0.1:1: no Ray cluster can be reached" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"actors": 0}, "actors"),
        ({"address": "somewhere"}, "expected local, auto, HOST:PORT or ray://HOST:PORT"),
        ({"num_gpus": -1}, "num_gpus"),
        ({"nodes": 3}, "nodes"),
    ],
)
def test_options_out_of_range_are_named_before_anything_is_read(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    settings = InferenceSettings(executor="ray", executor_options=options)
    with pytest.raises(HarnessError, match=message):
        toy.collect(
            toy.toy_samples(["ok"]), toy.load, toy.ToyModel(), journal=tmp_path, plan_hash="", settings=settings
        )
