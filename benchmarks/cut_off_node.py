"""A machine of a cluster is cut off in mid-run: Ray nodes in network namespaces, one of which loses its link.

    sudo python benchmarks/cut_off_node.py [--size 20000] [--work-ms 5] [--back-after-s 0]

Three nodes on one machine, each with a network, a /tmp/ray and a /dev/shm of its own, on a bridge: the head, on
which the command runs, and two that have one actor each. When half of the samples are read, the link of one is
taken down; it keeps computing, as a machine does whose switch has failed. With `--back-after-s` its link comes
back. The answers must be those of this machine alone, byte for byte. Linux and root are needed; nothing outside
is reached.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import ray
import scale
import scale_model

BRIDGE = "hcut"
PORT = 6379
PRIVATE = ("/tmp/ray", "/dev/shm")


class Node:
    """A machine of the cluster: the namespaces of a process that does nothing.

    Args:
        number: from 1; the last part of its address.
    """

    def __init__(self, number: int) -> None:
        self.address = f"10.213.77.{number}"
        self._link = f"{BRIDGE}{number}"
        own = ("--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
        self._keeper = subprocess.Popen(["unshare", *own, "sleep", "infinity"])
        time.sleep(0.5)  # until its namespaces are there
        self._first = Path(f"/proc/{self._keeper.pid}/task/{self._keeper.pid}/children").read_text().strip()
        do("ip", "link", "add", self._link, "type", "veth", "peer", "name", "eth0", "netns", self._first)
        do("ip", "link", "set", self._link, "master", BRIDGE, "up")
        for folder in PRIVATE:
            do(*self.within("mount", "-t", "tmpfs", "-o", "size=1G", "none", folder))
        do(*self.within("ip", "link", "set", "lo", "up"))
        do(*self.within("ip", "address", "add", f"{self.address}/24", "dev", "eth0"))
        do(*self.within("ip", "link", "set", "eth0", "up"))

    def within(self, *words: str) -> list[str]:
        """A command on this machine."""
        return ["nsenter", f"--target={self._first}", "--mount", "--net", "--pid", *words]

    def link(self, state: str) -> None:
        """Take its cable out, or put it in again: down, up."""
        do("ip", "link", "set", self._link, state)

    def end(self) -> None:
        """Remove the machine, with its link and all that runs on it."""
        do("ip", "link", "delete", self._link)  # at once; it would else go when the last process has gone
        self._keeper.kill()
        self._keeper.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--work-ms", type=float, default=5.0)
    parser.add_argument("--back-after-s", type=float, default=0.0, help="0: never")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("needs root, for network namespaces")
    alone = scale.child(size=arguments.size, actors=0, work_ms=arguments.work_ms)
    with tempfile.TemporaryDirectory() as folder:
        read = Path(folder) / "read"
        os.environ |= {
            scale_model.READ: str(read),
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path[1:]]),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
        }
        with cluster() as (head, _, last):
            options = {
                "size": arguments.size,
                "actors": 2,
                "work_ms": arguments.work_ms,
                "address": f"{head.address}:{PORT}",
            }
            command = head.within(sys.executable, str(scale.__file__), "--child", json.dumps(options))
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            wait_until_read(read, arguments.size // 2, process)
            last.link("down")
            cut = time.monotonic()
            if arguments.back_after_s:
                time.sleep(arguments.back_after_s)
                last.link("up")
            out, err = process.communicate()
            took = time.monotonic() - cut
            if process.returncode:
                sys.exit(f"the run ended with {process.returncode}: {err[-2000:]}")
            passes = read.stat().st_size / arguments.size
    said = [
        line for line in out.splitlines() if line.startswith("{")
    ]  # Ray adds lines of its own about the lost node
    if not said:
        sys.exit(f"the run has said nothing of what it found: {out[-2000:]} {err[-2000:]}")
    same = json.loads(said[-1])["digest"] == alone["digest"]
    back = f", back after {arguments.back_after_s:g} s" if arguments.back_after_s else ""
    print(
        f"Ray {ray.__version__}, {arguments.size:,} samples of {arguments.work_ms:g} ms, one of two nodes cut off "
        f"at half{back}: finished {took:.0f} s later, {passes:.3f} passes, same bytes: {'yes' if same else 'NO'}"
    )
    sys.exit(not same)


@contextmanager
def cluster() -> Iterator[list[Node]]:
    """A head, whose processors are for the command, and two nodes for an actor each."""
    with ExitStack() as ends:
        do("ip", "link", "add", BRIDGE, "type", "bridge")
        ends.callback(do, "ip", "link", "delete", BRIDGE)
        do("ip", "link", "set", BRIDGE, "up")
        nodes = []
        for number in (1, 2, 3):
            nodes.append(Node(number))
            ends.callback(nodes[-1].end)
        head = nodes[0]
        for node in nodes:
            role = ["--head", f"--port={PORT}", "--include-dashboard=false"] if node is head else []
            joined = [] if node is head else [f"--address={head.address}:{PORT}"]
            subprocess.Popen(
                node.within(
                    *(sys.executable, "-m", "ray.scripts.scripts", "start", *role, *joined, "--block"),
                    *(f"--node-ip-address={node.address}", f"--num-cpus={0 if node is head else 1}"),
                    f"--object-store-memory={100 * 2**20}",
                ),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(10 if node is head else 0)
        time.sleep(10)
        yield nodes


def wait_until_read(read: Path, number: int, process: subprocess.Popen[str]) -> None:
    """Until so many samples are read."""
    while not read.is_file() or read.stat().st_size < number:
        if process.poll() is not None:
            sys.exit(f"the run ended before: {process.communicate()[1][-2000:]}")
        time.sleep(0.1)


def do(*words: str) -> None:
    """Run a command."""
    subprocess.run(words, check=True)


if __name__ == "__main__":
    main()
