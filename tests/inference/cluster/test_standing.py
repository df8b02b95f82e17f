"""What the user is told of actors."""

from __future__ import annotations

import numpy as np

from harness.inference.cluster.actor import Actor
from harness.inference.cluster.crew import Lost
from harness.inference.cluster.ray_cluster import RayCluster
from harness.inference.cluster.standing import Standing
from harness.inference.preparation import SampleBatch

LOT = [SampleBatch(0, np.arange(2), [{}, {}])]


def actor(number: int, **state: object) -> Actor:
    return Actor(number, None, **state)  # type: ignore[arg-type]


def test_the_dashboard_is_named_once() -> None:
    told: list[str] = []
    cluster = RayCluster("auto", "10.0.0.1:8265", num_nodes=3, room=12, is_new=True)
    Standing(told.append).started(cluster, 4)
    Standing(told.append).started(RayCluster("auto", "", 3, 12, is_new=False), 4)
    assert told == ["Ray: 4 actors on auto (nodes: 3, room: 12). Dashboard: http://10.0.0.1:8265"]


def test_each_actor_is_accounted_for_the_slowest_first() -> None:
    told: list[str] = []
    actors = [
        actor(0, machine="a", samples=6_400, unscored=2, rate=320.0),
        actor(1, machine="b", samples=64, rate=3.2),
        actor(2),
    ]
    Standing(told.append, every_s=0.0).go_on(actors)
    Standing(told.append, every_s=60.0).go_on(actors)
    assert told == [
        "Ray: actor 1 on b: 64 samples, 0 not scored, 3.2/s; actor 0 on a: 6,400 samples, 2 not scored, 320.0/s; "
        "1 starting."
    ]


def test_a_lost_actor_is_told_with_the_reason() -> None:
    told: list[str] = []
    for node_left in (False, True):
        Standing(told.append).lost(Lost(actor(3), [LOT, LOT], "killed by the kernel", node_left))
    assert told == [
        "Ray: actor 3 is replaced (killed by the kernel); 2 batches are computed again.",
        "Ray: actor 3 is replaced (its machine left the cluster); 2 batches are computed again.",
    ]
