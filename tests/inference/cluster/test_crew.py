"""How long a crew waits for actors that do not start, with a Ray that only says so."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any, cast

import pytest

from harness.errors import HarnessError
from harness.inference.cluster.crew import Crew, Lost, RayScorer
from harness.inference.cluster.ray_options import RayOptions
from harness.inference.cluster.scorer import Job
from harness.inference.cluster.waiting_threads import WAITING


class _RayError(Exception):
    pass


class _Exceptions:
    RayError = _RayError
    RayTaskError = type("RayTaskError", (_RayError,), {})


class _Remote:
    def __init__(self, name: str) -> None:
        self._name = name
        self.num = 0

    def remote(self, *_: object) -> str:
        self.num += 1
        return f"{self._name}-{self.num}"


class _Handle:
    made = 0

    def __init__(self) -> None:
        _Handle.made += 1
        name = str(_Handle.made)
        self.ready, self.node, self.score = (_Remote(f"{what}-{name}") for what in ("ready", "node", "score"))
        self.tidy = _Remote(f"tidy-{name}")


class FakeRay:
    """Answers what a test has put into `answers`; all else has not happened yet."""

    exceptions = _Exceptions

    def __init__(self) -> None:
        self.answers: dict[str, object] = {}
        self.now = 0.0

    def put(self, job: object) -> object:
        return job

    def remote(self, _kind: object) -> FakeRay:
        return self

    def options(self, **given: Any) -> Any:
        self.given = given
        made = type("Kind", (), {})()
        made.remote = lambda _job: _Handle()
        return made

    def wait(self, references: list[str], num_returns: int, timeout: float) -> tuple[list[str], list[str]]:
        done = [one for one in references if one in self.answers][:num_returns]
        self.now += 0.0 if done else timeout
        return done, [one for one in references if one not in done]

    def get(self, reference: str) -> object:
        found = self.answers.get(reference, "node")
        if isinstance(found, Exception):
            raise found
        return found

    def kill(self, _handle: object) -> None:
        pass

    def nodes(self) -> list[dict[str, Any]]:
        return [{"NodeID": "node", "Alive": True}]


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> FakeRay:
    fake = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setattr(time, "monotonic", lambda: fake.now)
    return fake


def _crew() -> Crew:
    return Crew(Job(b"", 0, 1.0, 1, ""), RayOptions(start_s=60.0), 1)


def test_actors_have_the_threads_of_the_plan_and_let_them_sleep(
    ray: FakeRay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KMP_BLOCKTIME", "200")
    Crew(Job(b"", 0, 1.0, 3, ""), RayOptions(), 1)
    assert ray.given["runtime_env"]["env_vars"] == {
        "OMP_NUM_THREADS": "3",
        **WAITING,
        "KMP_BLOCKTIME": "200",
    }


def test_a_cluster_that_starts_no_actor_ends_the_run(ray: FakeRay) -> None:
    crew = _crew()
    for _ in range(60):
        assert list(crew.wait()) == []
    with pytest.raises(HarnessError, match=r"no actor within executor\.start_s=60 s"):
        list(crew.wait())


def test_a_run_that_loses_its_last_actor_late_waits_for_another_as_long_as_at_the_start(ray: FakeRay) -> None:
    crew = _crew()
    (actor,) = crew.actors
    (reference,) = crew._starting
    ray.answers[reference] = "machine"
    assert list(crew.wait()) == []
    actor.asked["lot"] = ([], 0.0)
    for _ in range(1_000):
        assert list(crew.wait()) == []
    ray.answers["lot"] = _RayError("killed")
    (lost,) = crew.wait()
    assert isinstance(lost, Lost)
    for _ in range(60):
        assert list(crew.wait()) == []
    with pytest.raises(HarnessError, match="no actor within"):
        list(crew.wait())


def test_actors_that_have_begun_tidy_up_before_they_are_ended(ray: FakeRay) -> None:
    with Crew(Job(b"", 0, 1.0, 1, ""), RayOptions(), 2) as crew:
        ready, waiting = crew.actors
        ray.answers[next(reference for reference, one in crew._starting.items() if one is ready)] = "machine"
        assert list(crew.wait()) == []
    assert (ready.handle.tidy.num, waiting.handle.tidy.num) == (1, 0)


def test_an_actor_removes_the_folder_of_its_workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pymp" / "listener").mkdir(parents=True)
    monkeypatch.setattr("harness.inference.cluster.crew.get_temp_dir", lambda: str(tmp_path / "pymp"))
    RayScorer.tidy(cast(RayScorer, None))
    assert list(tmp_path.iterdir()) == []


def test_three_actors_that_die_while_they_open_the_model_end_the_run(ray: FakeRay) -> None:
    crew = _crew()
    for _ in range(2):
        (reference,) = crew._starting
        ray.answers[reference] = _RayError("out of memory")
        (lost,) = crew.wait()
        assert isinstance(lost, Lost)
        assert not lost.lots
    (reference,) = crew._starting
    ray.answers[reference] = _RayError("out of memory")
    with pytest.raises(HarnessError, match="3 actors have ended while they opened the model"):
        list(crew.wait())
