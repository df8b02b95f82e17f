"""A program under test, as a vendor would write it; what its sample says decides how it misbehaves."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

START = sys.argv[1] if len(sys.argv) > 1 else "well"


def say(answer: object) -> None:
    print(json.dumps(answer), flush=True)


def write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


greeting = json.loads(sys.stdin.readline())
if START == "chatty":
    print("Loading the model …", flush=True)
if START == "dead":
    print("no licence found", file=sys.stderr)
    sys.exit(3)
if START == "silent":
    time.sleep(3600)
if START == "unready":
    say({"ready": False})
say({"ready": True, "version": "2.3"})

for line in sys.stdin:
    request = json.loads(line)
    data = base64.b64decode(request["data"])
    kind, _, rest = data.decode(errors="replace").partition(" ")
    good = {"id": request["id"], "label": "anger", "scores": {"anger": 0.75, "fear": 0.25}}
    match kind:
        case "answer":
            say({"id": request["id"], **json.loads(rest)})
        case "line":
            write(rest + "\n")
        case "exit":
            print("cannot allocate", file=sys.stderr)
            sys.exit(7)
        case "segfault":
            os.kill(os.getpid(), 11)
        case "realtime":
            os.kill(os.getpid(), 40)
        case "once":  # dies at the first request of its kind
            if not Path(rest).exists():
                Path(rest).touch()
                sys.exit(1)
            say(good)
        case "hang":
            time.sleep(3600)
        case "half":
            write('{"id": "')
            time.sleep(3600)
        case "twice":
            say(good)
            say({**good, "label": "fear"})
        case "again":  # it never stops answering
            while True:
                say(good)
        case "future":
            say({**good, "id": "0" * 16})
            say(good)
        case "long":
            write("x" * 3_000_000 + "\n")
        case "errors":
            sys.stderr.write("warning: \x1b[2Jsomething\n" * 200_000)
            sys.stderr.flush()
            say(good)
        case "screams":
            while True:
                sys.stderr.write("no\n" * 30_000)
        case "flood":
            while True:
                write("noise\n" * 1000)
        case "memory":
            hoard = bytearray(400 * 2**20)
            for at in range(0, len(hoard), 4096):
                hoard[at] = 1
            time.sleep(30)
            say(good)
        case "churns":  # its keeper hears of children that ended, without a quiet moment
            hoard = b"x" * (400 * 2**20)
            while True:
                os.kill(os.getppid(), signal.SIGCHLD)
                time.sleep(0.01)
        case "arguments":  # what anybody can read of this program and its keeper
            lines = [Path(f"/proc/{pid}/cmdline").read_text() for pid in (os.getpid(), os.getppid())]
            say({**good, "lines": lines, "key": os.environ["ACME_KEY"]})
        case "children":  # a grandchild in a session of its own, and one that ignores SIGTERM
            own = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)"
            apart = subprocess.Popen([sys.executable, "-c", own], start_new_session=True)
            beside = subprocess.Popen([sys.executable, "-c", own])
            say({**good, "pids": [os.getpid(), apart.pid, beside.pid]})
        case "forks":  # children that start children for a while, each in a session of its own
            own = "import os, time\nfor _ in range(6):\n    os.fork() or os.setsid()"
            subprocess.Popen([sys.executable, "-c", f"{own}\ntime.sleep(3600)"], start_new_session=True)
            time.sleep(1)
            say(good)
        case "closes":
            os.close(1)
            time.sleep(3600)
        case "file":
            Path(rest).write_bytes(bytes(2 * 2**20))
            say(good)
        case _:
            say({**good, "size": len(data), "greeting": greeting, "environment": sorted(os.environ)})
