from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from served_pictures import LABELS, write_pictures

MESSAGE = (
    "Error [system]: model toy: its network did not answer batch 3 within 0.5 s. If it is only slow, give it more "
    "time (batch_timeout_s=2) or lower batch_size. Finished work is kept; repeat the command to continue."
)

IMPORTS = """
import time
from harness.models import endless
from harness.models.endless import watched
endless._TICK_S, endless.GRACE_S = 0.05, 0.1
"""


def started(code: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", IMPORTS + code],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_block_without_an_end_ends_the_process_with_one_message() -> None:
    """What was printed before is not lost."""
    process = started("print('before')\nwith watched('model toy', 'batch 3', 0.5):\n    time.sleep(60)")
    printed, told = process.communicate(timeout=60)
    assert (process.returncode, printed, told.strip()) == (2, "before\n", MESSAGE)


@pytest.mark.parametrize(
    "code",
    [
        "for _ in range(6):\n    with watched('model toy', 'batch 3', 0.5):\n        time.sleep(0.3)",
        "with watched('model toy', 'a probe', 0.5):\n"
        "    for _ in range(6):\n"
        "        with watched('model toy', 'batch 3', 0.5):\n"
        "            time.sleep(0.3)",
        "with watched('model toy', 'batch 3', 0.5):\n    pass\ntime.sleep(2)",
    ],
    ids=["one after another", "inside another", "over"],
)
def test_what_is_slow_but_gets_on_is_left_alone(code: str) -> None:
    process = started(code)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0


def test_time_in_which_the_process_is_stopped_does_not_count() -> None:
    process = started("print('now', flush=True)\nwith watched('model toy', 'batch 3', 0.5):\n    time.sleep(0.2)")
    assert process.stdout is not None
    assert process.stdout.readline() == "now\n"
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(1.5)
    os.kill(process.pid, signal.SIGCONT)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0


@pytest.mark.slow
def test_a_tflite_file_that_computes_for_ever_ends_the_run_and_what_is_finished_is_kept(tmp_path: Path) -> None:
    """It answers dark pictures; the last but one of eight is bright, and `WHILE` it is, the network goes on."""
    pytest.importorskip("ai_edge_litert.schema_py_generated")
    from small_networks import card_of, endless_tflite

    data = write_pictures(tmp_path / "data", 8)
    for number in (1, 3, 5, 7):
        cv2.imwrite(str(data / f"{number}.png"), np.full((8, 8, 3), 60, np.uint8))
    cv2.imwrite(str(data / "6.png"), np.full((8, 8, 3), 250, np.uint8))
    file = endless_tflite(
        tmp_path / "endless.tflite", np.array([[1, 0, 0, 0], [0, 1, 0, 0]], np.float32), [2, 2, 1], 0.5
    )
    facts = card_of(file, labels=list(LABELS)).model_dump(mode="json")
    card = {**facts, "name": "endless", "kind": "litert", "input": {**facts["input"], "layout": "channels_last"}}
    folder = tmp_path / "cards" / "models" / "endless"
    folder.mkdir(parents=True)
    (folder / "card.yaml").write_text(yaml.safe_dump(card))
    (tmp_path / "cards" / "configs" / "model").mkdir(parents=True)
    (tmp_path / "cards" / "configs" / "model" / "endless.yaml").write_text("name: endless\n")
    choices = [
        *("dataset=table", f"dataset.root={data}", "dataset.label_source=acted", "model=endless", "device=cpu"),
        *(f"out={tmp_path / 'run'}", "batch_size=2", "batch_timeout_s=1", "workers=1"),
    ]
    run = [sys.executable, "-m", "harness.commands.main", "run", "--config-dir", str(tmp_path / "cards"), *choices]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(run, env=environment, capture_output=True, text=True, timeout=300, check=False)
    told = [line for line in done.stderr.splitlines() if "Error" in line]
    assert done.returncode == 2, done.stderr
    assert len(told) == 1
    assert "model endless: its network did not answer batch 3 within 1 s." in told[0]
    shards = sorted((tmp_path / "run" / ".journal" / "endless").rglob("*.parquet"))
    assert sum(pq.read_table(shard).num_rows for shard in shards) == 6
