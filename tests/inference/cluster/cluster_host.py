"""Two Ray nodes as processes of this machine, until the standard input ends; a line on it removes the second node.

Prints the address as soon as the cluster is up. A program of its own, for what Ray leaves behind in a process.
"""

from __future__ import annotations

import os
import sys

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


def main() -> None:
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
    second = cluster.add_node(num_cpus=2)
    print(cluster.address, flush=True)
    for _line in sys.stdin:
        cluster.remove_node(second, allow_graceful=False)
        print("removed", flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main()
