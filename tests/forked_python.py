"""Python in a process of its own, forked from one that has imported what most commands import.

``python -m harness.commands.main run …`` imports for a second or two before it has read its arguments. Here that
is done once in a session of tests, for each set of modules. All else is as with `subprocess.run`: the program ends
with its own exit code, has its own working folder, environment and standard streams, and leaves nothing behind in
this process.
What a program does before and while it imports is tested without this module.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import types
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.tracking.delivery import QUIET_ENVIRONMENT

Imported = tuple[str, ...]
COMMANDS = ("harness.commands.run", "harness.study.run_study", "harness.scoring.score_run", "sklearn.pipeline")
"""What most commands import."""
TIMEOUT_S = 900
"""After so many seconds a program is killed by a signal; the machine may be busy."""
_LONGEST = 2**18
"""Bytes of the arguments and the environment of a program."""
_ONE_AT_A_TIME = threading.Lock()
"""Held while a server is looked up or started."""


def python(
    *arguments: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    imported: Imported = COMMANDS,
    given: str = "",
) -> subprocess.CompletedProcess[str]:
    """What `subprocess.run` returns for ``python`` with these arguments: ``-c CODE`` or ``-m MODULE …``.

    Args:
        arguments: after the name of the program; ``-P`` may come first.
        cwd: the working folder.
        env: the environment.
        imported: what has been imported already.
        given: on its standard input.
    """
    program = {"arguments": arguments, "cwd": str(cwd or Path.cwd()), "env": dict(env or os.environ)}
    with _ONE_AT_A_TIME:
        server = _server(imported)
    # Each program is answered for on a socket of its own: threads of a test run several at once.
    own, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with (
        own,
        tempfile.TemporaryFile("w+") as read,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):
        read.write(given)
        read.seek(0)
        with theirs:
            streams = [file.fileno() for file in (read, out, err, theirs)]
            socket.send_fds(server, [json.dumps(program).encode()], streams)
        code = int(own.recv(_LONGEST))
        for file in (out, err):
            file.seek(0)
        return subprocess.CompletedProcess(arguments, code, out.read(), err.read())


@functools.cache
def _server(imported: Imported) -> socket.socket:
    """The process that forks, by the socket on which it is asked; it ends with this process."""
    own, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno()), *imported],
            pass_fds=[theirs.fileno()],
            env={**os.environ, **QUIET_ENVIRONMENT},
        )
    atexit.register(process.wait)
    atexit.register(own.close)
    return own


def _serve(asked: socket.socket, imported: Iterable[str]) -> None:
    """Fork for every program that is asked for. Returns in the fork alone.

    A fork between waits for the program and answers with its exit code, so that the next one does not wait for it.
    """
    for module in imported:
        importlib.import_module(module)
    gc.freeze()  # else every collection in a fork copies the pages of all modules
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks between
    while True:
        message, passed, *_ = socket.recv_fds(asked, _LONGEST, 4)
        if not message:
            sys.exit()
        *streams, answered = passed
        if not os.fork():
            break
        for stream in (*streams, answered):
            os.close(stream)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asked.close()
    if pid := os.fork():
        for stream in streams:
            os.close(stream)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        socket.socket(fileno=answered).send(str(code).encode())
        os._exit(0)
    os.close(answered)
    _become(**json.loads(message), streams=streams)


def _become(arguments: list[str], cwd: str, env: dict[str, str], streams: list[int]) -> None:
    """Run a program in this process, as Python does that was started for it."""
    signal.alarm(TIMEOUT_S)
    for own, stream in enumerate(streams):
        os.dup2(stream, own)
        os.close(stream)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    is_safe = arguments[0] == "-P"
    option, what, *rest = arguments[is_safe:]
    sys.argv = [what if option == "-m" else option, *rest]
    sys.path[:1] = [*([] if is_safe else [cwd]), *filter(None, env.get("PYTHONPATH", "").split(os.pathsep))]
    if option == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        script = sys.modules["__main__"] = types.ModuleType("__main__")
        exec(compile(what, "<string>", "exec"), vars(script))


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        _serve(connection, sys.argv[2:])
