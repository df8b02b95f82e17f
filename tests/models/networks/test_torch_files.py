"""What is in a file decides how it is read; what could run code is only read with the user's trust."""

from __future__ import annotations

import io
import sys
import textwrap
import warnings
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from deferred_transfers import DeferredTransfers
from safetensors.torch import save_file
from scipy.special import softmax
from small_networks import card_of, exported, open_kind
from torch import nn

from harness.errors import HarnessError
from harness.models.batch import Batch
from harness.models.granted import TRUSTED
from harness.models.model import RunSettings
from harness.models.networks import torch_files, torch_model
from harness.models.networks.torch_device import Gpu
from harness.models.networks.torch_model import TorchModel, TorchOptions

FACES = [np.array([[0, 51], [102, 255]], np.uint8), np.array([[255, 0], [0, 20]], np.uint8)]
WEIGHTS = torch.tensor([[0.5, -0.25, 1.0, 0.0], [1.0, 0.5, -1.0, 0.25], [-0.5, 0.0, 0.75, 0.5]])
EXPECTED = softmax(np.stack(FACES).reshape(2, 4) / 255.0 @ WEIGHTS.numpy().T, axis=1)
MARK = "the-bomb-went-off"


class Bomb:
    """Unpickled, it creates the file `MARK` in the current folder."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path(MARK),)


class Tiny(nn.Module):
    """Linear in the pixels, with a class of its own for files of weights alone."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.layer = nn.Linear(width, 3, bias=False)

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        return self.layer(faces.flatten(1))


@pytest.fixture
def tiny() -> Tiny:
    network = Tiny().eval()
    network.layer.weight.data = WEIGHTS.clone()
    return network


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def torchscript(network: nn.Module, path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace(network, torch.zeros(2, 1, 2, 2)), str(path))
    return path


def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if an installed package had registered the class."""
    monkeypatch.setitem(sys.modules, "own_networks", sys.modules[__name__])
    points = EntryPoints([EntryPoint("tiny", "own_networks:Tiny", torch_files.GROUP)])
    monkeypatch.setattr(torch_files, "entry_points", lambda group: points.select(group=group))


@pytest.mark.parametrize("static", [False, True])
def test_pt2(tiny: Tiny, static: bool) -> None:
    """One that was exported for a single sample is asked for one after another."""
    example = torch.zeros(1 if static else 2, 1, 2, 2)
    model = open_kind(TorchModel, exported(tiny, Path("n.pt2"), example, static=static))
    np.testing.assert_allclose(model.forward(FACES), EXPECTED, atol=1e-6)
    np.testing.assert_allclose(model.forward(FACES[1:]), EXPECTED[1:], atol=1e-6)
    assert model.notes() == []


def test_a_network_beside_this_process_answers_the_same(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two batches are begun, out of memory that is pinned once, before the answers of the first are read."""
    file = exported(tiny, Path("n.pt2"), torch.zeros(2, 1, 2, 2))
    expected = open_kind(TorchModel, file).forward(FACES)
    calls = DeferredTransfers(takes_at_once=True)
    monkeypatch.setattr(torch_model, "torch_device", lambda _: Gpu(calls))
    model = open_kind(TorchModel, file)
    memory = np.stack(FACES)
    batch = Batch(memory, memory.reshape(-1))
    begun = [model.submit(batch), model.submit(Batch(memory[1:], memory.reshape(-1)))]
    assert len(calls.undone) == 2
    assert begun[0]().tobytes() == expected.tobytes()
    assert len(calls.undone) == 1
    np.testing.assert_allclose(begun[1](), EXPECTED[1:], atol=1e-6)
    assert (calls.num_pinned, len(calls.pinned)) == (1, 1)
    model.close()
    assert not calls.pinned


def test_a_compiled_network_answers_the_same(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled without a C++ compiler: `eager` records the network and runs what it recorded."""
    asked: list[dict[str, Any]] = []
    compile_ = torch.compile

    def recorded(network: Any, **choices: Any) -> Any:
        asked.append(choices)
        return compile_(network, backend="eager", **choices)

    monkeypatch.setattr(torch, "compile", recorded)
    file = exported(tiny, Path("n.pt2"), torch.zeros(2, 1, 2, 2))
    model = open_kind(TorchModel, file, {"compile": True})
    assert asked == [{"dynamic": True}]
    np.testing.assert_allclose(model.forward(FACES), EXPECTED, atol=1e-6)
    open_kind(TorchModel, file)
    assert len(asked) == 1


def test_a_network_that_cannot_be_compiled_is_one_message(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(network: Any, **_: Any) -> Any:
        def called(*_: Any) -> None:
            raise RuntimeError("No working C++ compiler found\nand a trace")

        return called

    monkeypatch.setattr(torch, "compile", fails)
    file = exported(tiny, Path("n.pt2"), torch.zeros(2, 1, 2, 2))
    message = r"model fer_mini_xception: it cannot be compiled here \(No working C\+\+ compiler found\)"
    with pytest.raises(HarnessError, match=message):
        open_kind(TorchModel, file, {"compile": True})


def test_pt2_for_a_fixed_number_of_samples(tiny: Tiny) -> None:
    file = exported(tiny, Path("n.pt2"), torch.zeros(8, 1, 2, 2), static=True)
    with pytest.raises(HarnessError, match="takes exactly 8 samples at once"):
        open_kind(TorchModel, file)


def test_pt2_of_another_size(tiny: Tiny) -> None:
    file = exported(tiny, Path("n.pt2"), torch.zeros(2, 1, 2, 2))
    wide = {"width": 4, "height": 1, "colour": "grey", "range": [0, 1]}
    message = r"its file takes \[batch, 1, 2, 2\], the input in its card makes \[batch, 1, 1, 4\]"
    with pytest.raises(HarnessError, match=message):
        open_kind(TorchModel, file, input=wide)


def test_torchscript_needs_trust(tiny: Tiny) -> None:
    file = torchscript(tiny, Path("n.pt"))
    with pytest.raises(HarnessError, match=r"TorchScript, whose code can read and write files.*model\.trust=true"):
        open_kind(TorchModel, file)
    model = open_kind(TorchModel, file, {"trust": True})
    np.testing.assert_allclose(model.forward(FACES), EXPECTED, atol=1e-6)
    assert model.notes() == [TRUSTED]


def test_safetensors_with_a_class_that_a_package_registered(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    save_file(tiny.state_dict(), "n.safetensors")
    registered(monkeypatch)
    model = open_kind(TorchModel, Path("n.safetensors"), connection={"network": "tiny"})
    np.testing.assert_allclose(model.forward(FACES), EXPECTED, atol=1e-6)
    with pytest.raises(HarnessError, match=r"registers the network 'small'. Known: tiny"):
        open_kind(TorchModel, Path("n.safetensors"), connection={"network": "small"})
    with pytest.raises(HarnessError, match=r"cannot be opened \(RuntimeError: .*size mismatch"):
        open_kind(TorchModel, Path("n.safetensors"), connection={"network": "tiny", "arguments": {"width": 5}})
    with pytest.raises(HarnessError, match=r"holds weights alone. Name the class.*connection\.network"):
        open_kind(TorchModel, Path("n.safetensors"))


def test_importing_a_module_needs_trust(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_file(tiny.state_dict(), "n.safetensors")
    code = f"from pathlib import Path\nPath({MARK!r}).touch()\nfrom own_networks import Tiny\n"
    (tmp_path / "vendor_network.py").write_text(textwrap.dedent(code))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "own_networks", sys.modules[__name__])
    named = {"connection": {"network": "vendor_network:Tiny"}}
    with pytest.raises(HarnessError, match=r"its card has vendor_network imported.*model\.trust=true"):
        open_kind(TorchModel, Path("n.safetensors"), **named)
    assert not Path(MARK).exists()
    model = open_kind(TorchModel, Path("n.safetensors"), {"trust": True}, **named)
    assert Path(MARK).exists()
    np.testing.assert_allclose(model.forward(FACES), EXPECTED, atol=1e-6)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("name", ["n.pt", "n.pt2", "n.safetensors", "n.bin"])
def test_a_pickle_bomb_does_not_go_off_whatever_its_name(name: str, legacy: bool) -> None:
    torch.save(Bomb(), name, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(HarnessError, match=r"is a pickle, which runs whatever code is in it.*model\.trust=true"):
        open_kind(TorchModel, Path(name))
    assert not Path(MARK).exists()
    with pytest.raises(HarnessError, match="which is no network"):
        open_kind(TorchModel, Path(name), {"trust": True})
    assert Path(MARK).exists(), "the bomb is a bomb, so this test can fail"


def test_trusted_pickles_of_weights(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch)
    torch.save({"state_dict": tiny.state_dict(), "epoch": 3}, "n.pt")
    model = open_kind(TorchModel, Path("n.pt"), {"trust": True}, connection={"network": "tiny"})
    np.testing.assert_allclose(model.forward(FACES), EXPECTED, atol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.95])
@pytest.mark.parametrize("form", ["pt2", "torchscript", "safetensors"])
def test_files_that_are_cut_off(tiny: Tiny, form: str, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch)
    file = Path(f"whole.{form}")
    if form == "pt2":
        exported(tiny, file, torch.zeros(2, 1, 2, 2))
    elif form == "torchscript":
        torchscript(tiny, file)
    else:
        save_file(tiny.state_dict(), file)
    cut = Path(f"cut.{form}")
    cut.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    with pytest.raises(HarnessError, match=r"cut off|cannot be opened|cannot be read"):
        open_kind(TorchModel, cut, {"trust": form == "torchscript"}, connection={"network": "tiny"})


def test_precision_is_that_of_the_run(tiny: Tiny) -> None:
    file = exported(tiny, Path("n.pt2"), torch.zeros(2, 1, 2, 2))
    lower = open_kind(TorchModel, file, settings={"precision": "bfloat16"}).forward(FACES)
    assert 1e-5 < np.abs(lower - EXPECTED).max() < 0.02


def test_outputs_have_names() -> None:
    class Heads(nn.Module):
        def forward(self, faces: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            flat = faces.flatten(1)
            return flat, flat[:, :3] * 2.0

    file = exported(Heads(), Path("n.pt2"), torch.zeros(2, 1, 2, 2))
    model = open_kind(TorchModel, file, output={"scores": "probabilities", "name": "1"})
    np.testing.assert_allclose(model.forward(FACES)[0], np.array([0, 51, 102]) / 255 * 2, atol=1e-6)


def test_a_card_without_weights_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "n"
    file.write_bytes(io.BytesIO(b"x").getvalue())
    card = card_of(file).model_copy(update={"weights": None})
    with pytest.raises(HarnessError, match="names no weights"):
        TorchModel(card, TorchOptions(), RunSettings())
