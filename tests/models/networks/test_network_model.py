"""What holds for networks of every kind, with those of torch as the example."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from fer_files import write_card, write_config
from silent import Silent
from small_networks import card_of, exported, open_kind
from torch import nn

from harness.errors import HarnessError, Unscored
from harness.evidence.run_folder import RunFolder
from harness.models.batch import Batch
from harness.models.model import RunSettings
from harness.models.networks.network_model import NetworkModel
from harness.models.networks.torch_model import TorchModel, TorchOptions
from harness.signals.face_options import FaceOptions
from harness.signals.media import Audio, Image
from harness.study.compose import compose_study
from harness.study.run_study import run
from harness.tables.versions import read_table


class Linear(nn.Module):
    """Three numbers of the first three pixels."""

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        return faces.flatten(1)[:, :3] * 4.0


class ByBatch(nn.Module):
    """Standardises what it sees by the batch, as a published model does."""

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        pixels = faces.flatten(1)
        standardised = (pixels - pixels.mean()) / (pixels.std() + 1e-3)
        return standardised[:, :3] * 4.0


class Broken(nn.Module):
    """Not a number for a black picture."""

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        pixels = faces.flatten(1)
        return torch.log(pixels[:, :3]) / torch.log(pixels[:, :1])


class Heard(nn.Module):
    """The mean, the largest and the smallest value of a sound."""

    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        return torch.stack([sound.mean(-1), sound.amax(-1), sound.amin(-1)], dim=1)


def pictures(folder: Path) -> None:
    """A table of pictures of six people."""
    rows = ["uri,subject_id,label"]
    for number in range(24):
        pixels = np.random.default_rng(number).integers(number % 3 * 40, 256, (6, 5, 3), dtype=np.uint8)
        pixels *= number != 5
        cv2.imwrite(str(folder / f"{number}.png"), pixels)
        rows.append(f"{number}.png,p{number % 6},{('anger', 'fear', 'joy')[number % 3]}")
    (folder / "samples.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a study of a network on the pictures; gives its results and predictions."""
    pictures(tmp_path)
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path))

    def measure(network: nn.Module, *overrides: str, size: int = 2) -> tuple[Any, list[dict[str, Any]]]:
        file = exported(network, tmp_path / "n.pt2", torch.zeros(2, 1, size, size))
        facts = {"width": size, "height": size, "colour": "grey", "range": [0, 1], "face": "whole"}
        labels = ["anger", "fear", "joy"]
        write_card(tmp_path, "small", "torch", file, input=facts, labels=labels, claims=[])
        write_config(tmp_path / "configs", "small")
        out = tmp_path / "out"
        chosen = [
            *("dataset=table", f"dataset.root={tmp_path}", "dataset.modality=face", "dataset.label_source=acted"),
            *("model=small", "device=cpu", "workers=0", "batch_size=8", "tracking.enabled=false"),
            *("measure.resamples=100", "measure.permutations=100", f"out={out}", *overrides),
        ]
        results = run(compose_study(chosen, tmp_path / "configs"), Silent()).results
        predictions = read_table(out / "predictions.parquet", "predictions").table.to_pylist()
        return results, [row for row in predictions if row["model"] == "small"]

    return measure


@pytest.mark.parametrize(("network", "verdict"), [(Linear(), "met"), (ByBatch(), "not_met")])
def test_a_network_that_standardises_by_batch_is_found(measured: Any, network: nn.Module, verdict: str) -> None:
    results, _ = measured(network)
    found = {row["metric"]: row for row in results.to_pylist() if row["kind"] == "check"}
    assert found["batch_invariance"]["verdict"] == verdict
    assert found["determinism"]["verdict"] == "met"


def test_what_is_not_finite_is_a_failed_row(measured: Any) -> None:
    _, rows = measured(Broken(), "checks.enabled=false")
    by_reason = {row["sample_id"]: (row["outcome"], row["reason"], row["label"]) for row in rows}
    assert by_reason["5.png"] == ("failed", "non_finite", None)
    assert sum(outcome == "scored" for outcome, _, _ in by_reason.values()) >= 20


def test_sounds_of_any_length_are_heard_whole(tmp_path: Path) -> None:
    network = exported(Heard(), tmp_path / "n.pt2", torch.zeros(2, 700), static=False)
    with pytest.raises(HarnessError, match=r"takes \[batch, 700\], the input in its card makes \[batch, 1000\]"):
        open_kind(TorchModel, network, modalities=["voice"], input={"sample_rate_hz": 1_000})
    free = torch.export.Dim.DYNAMIC
    program = torch.export.export(Heard(), (torch.zeros(2, 700),), dynamic_shapes={"sound": {0: free, 1: free}})
    torch.export.save(program, tmp_path / "n.pt2")
    probabilities = {"scores": "probabilities"}
    model = open_kind(
        TorchModel,
        tmp_path / "n.pt2",
        modalities=["voice"],
        input={"sample_rate_hz": 1_000},
        output=probabilities,
    )
    prepare = pickle.loads(pickle.dumps(model.preparer()))
    clips = [Audio(np.linspace(-1, 1, n).astype(np.float32), 1_000) for n in (600, 901)]
    found = model.forward([prepare(clip) for clip in clips])
    np.testing.assert_allclose(found, [[0, 1, -1], [0, 1, -1]], atol=1e-6)
    with pytest.raises(Unscored, match="too_long"):
        prepare(Audio(np.zeros(61_000, np.float32), 1_000))


def test_clips_of_equal_length_go_together_and_keep_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = torch.export.Dim.DYNAMIC
    program = torch.export.export(Heard(), (torch.zeros(2, 700),), dynamic_shapes={"sound": {0: free, 1: free}})
    torch.export.save(program, tmp_path / "n.pt2")
    model = open_kind(
        TorchModel,
        tmp_path / "n.pt2",
        modalities=["voice"],
        input={"sample_rate_hz": 1_000},
        output={"scores": "logits"},
    )
    given: list[tuple[int, ...]] = []
    in_memory: list[bool] = []

    def begin(self: TorchModel, part: Any, memory: Any) -> Any:
        given.append(part.shape)
        in_memory.append(memory is not None and np.may_share_memory(part, memory))
        return NetworkModel._begin(self, part, memory)

    monkeypatch.setattr(TorchModel, "_begin", begin, raising=False)
    rng = np.random.default_rng(0)
    clips = [rng.normal(size=(1, num)).astype(np.float32) for num in (500, 300, 500, 400, 300, 500)]
    together = model.forward(clips)
    assert given == [(2, 300), (1, 400), (3, 500)]
    np.testing.assert_allclose(together, np.concatenate([model.forward([clip]) for clip in clips]), rtol=1e-5)
    given.clear()
    model.forward([np.zeros((1, num), np.float32) for num in (30_000, 40_000, 30_000, 40_000)])
    assert given == [(2, 30_000), (1, 40_000), (1, 40_000)], "on a processor long clips leave the cache together"
    given.clear()
    slot = np.concatenate(clips, axis=1)[0]
    in_slot = [part[None] for part in np.split(slot, np.cumsum([clip.size for clip in clips])[:-1])]
    found = model.forward(Batch([in_slot[0], in_slot[3]], slot.view(np.uint8)))
    assert np.array_equal(found, together[[0, 3]])
    assert given == [(1, 400), (1, 500)]
    assert in_memory[-2:] == [True, True], "a clip that goes alone is not copied out of the memory of the workers"


def test_a_file_that_does_not_say_that_it_takes_several_clips_is_given_one(tmp_path: Path) -> None:
    class OfOne(nn.Module):
        def forward(self, sound: torch.Tensor) -> torch.Tensor:
            return torch.stack([sound[0].mean(), sound[0].amax(), sound[0].amin()])[None]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, about its own formats
        torch.jit.save(torch.jit.trace(OfOne(), torch.zeros(1, 700)), str(tmp_path / "n.pt"))
    heard = {"modalities": ["voice"], "input": {"sample_rate_hz": 1_000}, "output": {"scores": "logits"}}
    model = open_kind(TorchModel, tmp_path / "n.pt", {"trust": True}, **heard)
    clips = [np.full((1, 300), value, np.float32) for value in (0.0, 5.0)]
    assert model.forward(clips).shape == (2, 3)


@pytest.fixture
def at_most_three(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A device whose memory holds three pictures; how many it was given each time."""
    given: list[int] = []

    def begin(self: TorchModel, part: Any, memory: Any) -> Any:
        given.append(len(part))
        if len(part) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return NetworkModel._begin(self, part, memory)

    monkeypatch.setattr(TorchModel, "_begin", begin, raising=False)
    return given


def test_a_batch_is_as_large_as_the_memory(measured: Any, at_most_three: list[int], tmp_path: Path) -> None:
    _, rows = measured(Linear(), "batch_size=auto", "checks.enabled=false")
    assert RunFolder(tmp_path / "out").read_plan().plan["batch_size"] == 2
    assert at_most_three[:4] == [1, 1, 2, 4]
    assert [row["outcome"] for row in rows] == ["scored"] * 24


def test_memory_that_runs_out_during_a_run_is_told(measured: Any, at_most_three: list[int]) -> None:
    with pytest.raises(HarnessError, match=r"in batch 0: OutOfMemoryError: .* Lower batch_size, which"):
        measured(Linear(), "batch_size=4", "checks.enabled=false")
    assert at_most_three == [4], "no batch is computed in parts, as answers may depend on its size"


def test_the_largest_input_is_one_that_the_network_takes(tmp_path: Path) -> None:
    picture = open_kind(TorchModel, exported(Linear(), tmp_path / "p.pt2", torch.zeros(2, 1, 2, 2)))
    assert picture.largest_input().shape == (2, 2)
    coloured = {"width": 2, "height": 2, "colour": "rgb", "range": [0, 1], "face": "whole"}
    in_colour = open_kind(
        TorchModel, exported(Linear(), tmp_path / "c.pt2", torch.zeros(2, 3, 2, 2)), input=coloured
    )
    heard = exported(Heard(), tmp_path / "h.pt2", torch.zeros(2, 500))
    windows = {"sample_rate_hz": 1_000, "window_s": 0.5, "padding": "zeros", "longer": "mean"}
    in_windows = open_kind(
        TorchModel, heard, modalities=["voice"], input=windows, output={"scores": "probabilities"}
    )
    for model, dtype in ((picture, np.uint8), (in_colour, np.uint8), (in_windows, np.float32)):
        largest = model.largest_input()
        assert largest.dtype == dtype
        assert model.forward([largest] * 3).shape == (3, 3)
    whole = TorchModel(
        card_of(heard, modalities=["voice"], input={"sample_rate_hz": 1_000}), TorchOptions(), RunSettings()
    )
    assert whole.largest_input() is None, "clips may have any length"


def test_a_face_is_looked_for_where_the_card_says_so(tmp_path: Path) -> None:
    file = exported(Linear(), tmp_path / "n.pt2", torch.zeros(2, 1, 2, 2))
    haar = {"settings": {"face": FaceOptions(detector="haar")}}
    cropped = {"width": 2, "height": 2, "colour": "grey", "range": [0, 1]}
    nothing = Image(np.full((90, 90, 3), 90, np.uint8))
    with pytest.raises(Unscored, match="no_face"):
        open_kind(TorchModel, file, input=cropped, **haar).preparer()(nothing)
    whole = open_kind(TorchModel, file, **haar)
    assert whole.preparer()(nothing).tolist() == [[90, 90], [90, 90]]
    assert whole.facts()["face"]["detector"] == "none"
