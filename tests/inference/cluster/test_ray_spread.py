"""Tables that are counted on the machines of a cluster."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import counted_on_ray
import numpy as np
import pyarrow.parquet as pq
import pytest
from small_cluster import SmallCluster, environment

from harness.errors import HarnessError
from harness.inference.cluster import ray_spread
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table

NUM = 600


def write_tables(folder: Path) -> None:
    """People of two sexes, and a system that is right about half of the time; small row groups."""
    rng = np.random.default_rng(0)
    truth = rng.choice(["anger", "neutral"], NUM)
    samples = samples_table(
        [
            {
                "sample_id": f"clip{index:04}",
                "modality": "face",
                "subject_id": f"person{index % 24:02}",
                "label": str(truth[index]),
                "label_source": "acted",
                "attr.sex": ["female", "male"][index % 2],
            }
            for index in range(NUM)
        ]
    )
    high = rng.uniform(0.1, 0.9, NUM)
    predictions = predictions_table(
        model="one",
        labels=("anger", "neutral"),
        sample_id=samples["sample_id"].to_pylist(),
        outcome=["scored"] * NUM,
        reason=[None] * NUM,
        label=np.where(high > 0.5, "anger", "neutral").tolist(),
        scores=np.stack([high, 1 - high], axis=1).tolist(),
        dimensions={},
    )
    pq.write_table(samples, folder / "samples.parquet", row_group_size=50)
    pq.write_table(predictions, folder / "predictions.parquet", row_group_size=70)


@pytest.mark.slow
def test_a_cluster_counts_the_same_and_its_failures_are_one_message_each(
    cluster: SmallCluster, tmp_path: Path
) -> None:
    write_tables(tmp_path)
    done = subprocess.run(
        [sys.executable, counted_on_ray.__file__, cluster.address, str(tmp_path)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    told, workers, again, refused, ended, gone, equal = done.stdout.splitlines()
    assert told.startswith(f"Ray: {cluster.address} (nodes: 2, room: 4)")
    assert workers == "4"
    assert again == "[0, 1, 4, 9, 16, 25]"
    assert (tmp_path / "mark").exists()
    assert refused.startswith("3 is too large (found on ")
    assert ended.startswith("A part of the tables could not be counted on the cluster (")
    assert "gone.parquet: no such table" in gone
    assert not done.stderr
    assert equal == "equal"


@pytest.mark.parametrize("name", ["the harness", "numpy", "metrics-of-another-package"])
def test_a_machine_with_another_version_is_refused(name: str) -> None:
    versions = ray_spread._versions()
    assert ray_spread._done_there(len, [1, 2], versions) == 2
    other = ray_spread._done_there(len, [1, 2], {**versions, name: "of another version"})
    assert isinstance(other, HarnessError)
    assert f"has another version of {name}, whose counts" in str(other)
