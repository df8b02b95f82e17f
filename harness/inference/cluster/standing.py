"""What the user is told of the actors while they work."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from harness.inference.cluster.actor import Actor
from harness.inference.cluster.crew import Lost
from harness.inference.cluster.ray_cluster import RayCluster

_EVERY_S = 60.0
_MOST_NAMED = 8


class Standing:
    """Tells where batches are computed, by whom and how fast.

    Args:
        tell: takes a sentence.
        every_s: seconds from one account to the next.
    """

    def __init__(self, tell: Callable[[str], None], every_s: float = _EVERY_S) -> None:
        self._tell = tell
        self._every_s = every_s
        self._told_at = time.monotonic()

    def started(self, cluster: RayCluster, num_actors: int) -> None:
        """Say where, once for each cluster."""
        if not cluster.is_new:
            return
        said = f"Ray: {num_actors} actors on {cluster.where} (nodes: {cluster.num_nodes}, room: {cluster.room})"
        self._tell(f"{said}. Dashboard: http://{cluster.dashboard}" if cluster.dashboard else f"{said}.")

    def lost(self, lost: Lost) -> None:
        """Say that an actor was replaced."""
        num = sum(len(lot) for lot in lost.lots)
        left = "its machine left the cluster" if lost.node_left else lost.why
        self._tell(f"Ray: actor {lost.actor.number} is replaced ({left}); {num} batches are computed again.")

    def go_on(self, actors: Sequence[Actor]) -> None:
        """Give an account if it is time."""
        if time.monotonic() - self._told_at >= self._every_s:
            self._told_at = time.monotonic()
            self._tell(f"Ray: {account(actors)}.")


def account(actors: Sequence[Actor]) -> str:
    """What each actor has done; of many, the slowest."""
    ready = sorted((one for one in actors if one.machine is not None), key=lambda one: one.rate or 0.0)
    texts = [
        f"actor {one.number} on {one.machine}: {one.samples:,} samples, {one.unscored:,} not scored, "
        f"{one.rate or 0:,.1f}/s"
        for one in ready[:_MOST_NAMED]
    ]
    starting = len(actors) - len(ready)
    more = [f"and {len(ready) - _MOST_NAMED} faster ones"] if len(ready) > _MOST_NAMED else []
    return "; ".join([*texts, *more, *([f"{starting} starting"] if starting else [])])
