"""The process from which workers fork, and what each of them is given.

Workers fork from a clean server that has imported the decoders once: safe beside CUDA and threads, and a fresh
worker costs milliseconds where spawning one costs the import of torch. The server's own imports take about as long
as listing the samples of a dataset, so it is started before.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

from harness.errors import HarnessError
from harness.inference.preparation import LoadSample
from harness.models.model import Preparer

CONTEXT = multiprocessing.get_context("forkserver")

_WORKER = "harness.inference.worker"


def start_server(load: LoadSample, prepare: Preparer, *others: str) -> None:
    """Start the server of the workers, which goes on importing while this process does something else.

    Args:
        load: reads one sample.
        prepare: turns its media into an array.
        others: modules that workers will need besides.

    Raises:
        HarnessError: see `pickled_job` and `require_working_folder`.
    """
    job = pickled_job(load, prepare, *others)
    require_working_folder()
    with _interrupts_for_this_process(), script_hidden(job):
        forkserver.ensure_running()


def require_working_folder() -> None:
    """Check that the working folder is there, in which other processes start as well.

    Raises:
        HarnessError: it was deleted.
    """
    try:
        Path.cwd()
    except FileNotFoundError:
        raise HarnessError(
            "Workers cannot be started: the working folder was deleted. Go to another one and repeat the command; "
            "finished work is kept."
        ) from None


def pickled_job(load: LoadSample, prepare: Preparer, *others: str) -> bytes:
    """What a worker is given when it starts; the server of workers will have imported its modules.

    Raises:
        HarnessError: the reader or the preparer cannot be sent to another process.
    """
    try:
        job = bytes(ForkingPickler.dumps((load, prepare)))
    except Exception as error:
        raise HarnessError(
            f"The reader or the preparer cannot be sent to worker processes ({error}). Make it picklable, or run "
            "with workers=0."
        ) from error
    script = ["__main__"] if _needs_script(job) else []
    CONTEXT.set_forkserver_preload([*script, _WORKER, _module_of(load), _module_of(prepare), *others])
    return job


@contextmanager
def script_hidden(job: bytes) -> Iterator[None]:
    """Keep a process that starts from running the program's script once more, unless the job is defined in it.

    `multiprocessing` finds the script by these two attributes. A script that calls the harness at its top level
    would start workers in every worker, and one that is read from the standard input cannot be found at all.
    """
    script = vars(sys.modules["__main__"])
    if _needs_script(job):
        yield
        return
    known: dict[str, object] = {name: script[name] for name in ("__file__", "__spec__") if name in script}
    script.pop("__file__", None)
    script["__spec__"] = None
    try:
        yield
    finally:
        script.update(known)


def forget_unknown_start_method() -> None:
    """A child takes over the parent's default start method, and joblib's processes have one of their own."""
    if multiprocessing.get_start_method(allow_none=True) not in {None, *multiprocessing.get_all_start_methods()}:
        multiprocessing.set_start_method(CONTEXT.get_start_method(), force=True)


@contextmanager
def _interrupts_for_this_process() -> Iterator[None]:
    """What is started inherits the mask: Ctrl-C is for this process, which ends the server.

    The tracker must run before, for its start takes the mask away again.
    """
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _needs_script(job: bytes) -> bool:
    """Whether something in the job is defined in the program's script, which a worker then has to run."""
    return b"__main__" in job


def _module_of(job: object) -> str:
    owner = getattr(job, "__self__", job)
    return str(owner.__module__)
