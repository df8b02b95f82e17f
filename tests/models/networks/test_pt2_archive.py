"""Hostile ``.pt2`` files: each way in which `torch.export.load` would run code is tried, and must be refused."""

from __future__ import annotations

import io
import json
import pickle
import warnings
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from harness.errors import HarnessError
from harness.models.networks.pt2_archive import harmless_archive

Members = dict[str, bytes]
MARK = "the-bomb-went-off"


class Bomb:
    """Unpickled, it creates the file `MARK` in the current folder."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path(MARK),)


class Head(nn.Module):
    """A little of what exported programs hold: a convolution, symbolic lengths, named outputs, no_grad."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.linear = nn.Conv1d(1, 4, 400, 160), nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        with torch.no_grad():
            frames = self.conv(x[:, None])
        return {"logits": self.linear(frames.mean(-1)), "valence": torch.tanh(frames.amax(dim=(1, 2)))}


@pytest.fixture(scope="module")
def network() -> Head:
    torch.manual_seed(0)
    return Head().eval()


@pytest.fixture(scope="module")
def members(network: Head, tmp_path_factory: pytest.TempPathFactory) -> Members:
    path = tmp_path_factory.mktemp("pt2") / "head.pt2"
    free = torch.export.Dim.DYNAMIC
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(network, (torch.zeros(2, 8_000),), dynamic_shapes={"x": {0: free, 1: free}})
        torch.export.save(program, path)
    with zipfile.ZipFile(path) as archive:
        return {info.filename.partition("/")[2]: archive.read(info) for info in archive.infolist()}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(members: Members, path: Path = Path("head.pt2"), compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(f"head/{name}", data)
    return path


def with_model(members: Members, change: Callable[[Any], object]) -> Members:
    program = json.loads(members["models/model.json"])
    change(program)
    return {**members, "models/model.json": json.dumps(program).encode()}


def load(path: Path) -> torch.export.ExportedProgram:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.export.load(harmless_archive(path, "model x"))


def graph(program: Any) -> Any:
    return program["graph_module"]["graph"]


def tensors(program: Any) -> Any:
    return graph(program)["tensor_values"]


def test_what_is_copied_computes_the_same(network: Head, members: Members) -> None:
    loaded = load(write(members)).module()
    for size in ((1, 8_000), (3, 9_001)):
        x = torch.randn(size, generator=torch.Generator().manual_seed(1))
        found, expected = loaded(x), network(x)
        assert set(found) == {"logits", "valence"}
        for name in found:
            torch.testing.assert_close(found[name], expected[name], atol=1e-6, rtol=0)


class Checked(nn.Module):
    """With a length that depends on values, so that torch adds assertions with messages of free text."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        num = (x[:, 0] > 0).sum().item()
        torch._check(num >= 0)
        torch._check(num <= x.shape[0])
        return torch.cat([x[:num], x[num:]])[:, :3]


class Recurrent(nn.Module):
    """A spectrogram and a recurrent layer, as voice models have them."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, 4, bidirectional=True, batch_first=True)
        self.register_buffer("window", torch.hann_window(400))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        bands = torch.stft(x, 400, 160, window=self.window, return_complex=True).abs()[:, :8]
        return self.lstm(torch.log1p(bands.transpose(1, 2)))[0].mean(1)


class Attentive(nn.Module):
    """Patches and attention, as picture models have them."""

    def __init__(self) -> None:
        super().__init__()
        self.patches, self.attend = nn.Conv2d(3, 8, 8, 8), nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        mixed = torch.einsum("bij,bkj->bik", *[self.attend(tokens, tokens, tokens)[0]] * 2)
        return nn.functional.gelu(mixed.mean(1), approximate="tanh")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "size"), [(Checked(), (4, 5)), (Recurrent(), (2, 8_000)), (Attentive(), (2, 3, 64, 64))]
)
def test_what_networks_are_made_of_is_harmless(network: nn.Module, size: tuple[int, ...]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        free = ({0: torch.export.Dim.DYNAMIC},)
        program = torch.export.export(network.eval(), (torch.randn(size),), dynamic_shapes=free)
        torch.export.save(program, "n.pt2")
    x = torch.randn((3, *size[1:]), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(load(Path("n.pt2")).module()(x), network(x), atol=1e-5, rtol=0)


def test_pickled_example_inputs_are_left_out(members: Members) -> None:
    buffer = io.BytesIO()
    torch.save(Bomb(), buffer)
    path = write({**members, "data/sample_inputs/model.pt": buffer.getvalue()})
    load(path)
    assert not Path(MARK).exists()
    with warnings.catch_warnings(), suppress(Exception):  # whatever torch raises after it
        warnings.simplefilter("ignore")
        torch.export.load(path)
    assert Path(MARK).exists(), "torch itself runs it, so this test can fail"


def test_code_in_guards_metadata_and_submodules_is_left_out(members: Members) -> None:
    def change(program: Any) -> None:
        program["guards_code"] = [f"__import__('pathlib').Path({MARK!r}).touch() is None"]
        graph(program)["nodes"][0]["metadata"]["source_fn_stack"] = "a,torch.hub.os.system"
        program["graph_module"]["module_call_graph"].append({"fqn": "evil()", "signature": None})

    load(write(with_model(members, change))).module()
    assert not Path(MARK).exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: graph(p)["nodes"][0].update(target="torch.serialization.os.system"), "target: 'torch.serial"),
        (lambda p: graph(p)["nodes"][0].update(target="_operator.methodcaller"), "target: '_operator.methodc"),
        (lambda p: graph(p)["nodes"][0].update(target="torch.ops.aten.from_file.default"), "target: 'torch.ops.a"),
        (lambda p: graph(p)["nodes"][0].update(target="torch.ops.image.read_file.default"), "target: 'torch.op"),
        (lambda p: graph(p)["nodes"][0].update(target="math.__loader__.load_module"), "target: 'math.__l"),
        (lambda p: graph(p)["nodes"][0].update(target="#torch.compile"), "target: '#torch.compile"),
        (lambda p: graph(p)["inputs"][-1]["as_tensor"].update(name="x=print()"), "name: 'x=print"),
        (lambda p: tensors(p).update({"x, y=print()": tensors(p)["x"]}), "'x, y=print"),
        (lambda p: p["range_constraints"].update({"__import__": {"min_val": 0, "max_val": 1}}), "names of sizes"),
        (
            lambda p: p["graph_module"]["module_call_graph"][0]["signature"].update(
                in_spec='[1, {"type": "collections.defaultdict", "context": "{}", "children_spec": []}]'
            ),
            "in_spec",
        ),
        (
            lambda p: p["graph_module"]["module_call_graph"][0]["signature"].update(
                out_spec='[1, {"type": "builtins.dict", "context": "[\\"a\'+print()\\"]", "children_spec": []}]'
            ),
            "out_spec",
        ),
    ],
)
def test_programs_that_could_run_code_are_refused(
    members: Members, change: Callable[[Any], object], message: str
) -> None:
    with pytest.raises(HarnessError, match=message) as caught:
        harmless_archive(write(with_model(members, change)), "model x")
    assert "model.trust=true" in str(caught.value)


@pytest.mark.parametrize(
    "expression",
    [
        f"__import__('pathlib').Path('{MARK}').touch()",
        "Symbol('s0').__class__",
        "Symbol(__import__('os').getcwd())",
        "Symbol('a b')",
        "lambdify(s0, s0)",
        "Pow(Pow(Integer(9), Integer(9)), Integer(9))",
        "Pow(Integer(9), Integer(99999999))",
        "Add(s0, 10000000000000000000000000)",
        "[s0 for s0 in (1,)]",
        "Add(*s0)",
        "(" * 3_000 + ")" * 3_000,
    ],
)
def test_expressions_are_arithmetic_alone(members: Members, expression: str) -> None:
    """`sympy.sympify` would evaluate them."""

    def change(program: Any) -> None:
        tensors(program)["x"]["sizes"][0] = {"as_expr": {"expr_str": expression, "hint": None}}

    with pytest.raises(HarnessError, match="expr_str"):
        harmless_archive(write(with_model(members, change)), "model x")
    assert not Path(MARK).exists()


def test_pickled_weights_and_objects_are_refused(members: Members) -> None:
    name = "data/weights/model_weights_config.json"
    config = json.loads(members[name])
    first = next(iter(config["config"].values()))
    for change in ({"use_pickle": True}, {"path_name": "../../weight_0"}):
        first_changed = {**first, **change}
        changed = {"config": {**config["config"], next(iter(config["config"])): first_changed}}
        with pytest.raises(HarnessError, match="pickled tensors"):
            harmless_archive(write({**members, name: json.dumps(changed).encode()}), "model x")


@pytest.mark.parametrize(
    "name",
    [
        "data/aotinductor/model/evil.so",
        "data/constants/opaque_obj_0",
        "data/constants/custom_obj_0",
        "data/weights/model.pt",
        "data/weights/../../evil",
        "models/other.json",
    ],
)
def test_files_that_could_run_code_are_refused(members: Members, name: str) -> None:
    with pytest.raises(HarnessError, match="such as a compiled library or a pickled object"):
        harmless_archive(write({**members, name: pickle.dumps(Bomb())}), "model x")
    assert not Path(MARK).exists()


def test_zip_bombs_are_refused_unread(members: Members, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = write({**members, "data/weights/weight_0": bytes(10**8)}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(HarnessError, match=r"was not written by torch\.export\.save"):
        harmless_archive(bomb, "model x")
    monkeypatch.setattr("harness.models.networks.pt2_archive.MAX_ARCHIVE_BYTES", 10_000)
    with pytest.raises(HarnessError, match="unpacks to more than"):
        harmless_archive(write(members), "model x")


def test_names_that_come_twice_or_from_two_folders_are_refused(members: Members) -> None:
    path = write(members)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("head/models/model.json", "{}")
    with pytest.raises(HarnessError, match="was not written by"):
        harmless_archive(path, "model x")
    path = write(members)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("other/byteorder", "little")
    with pytest.raises(HarnessError, match=r"was not written by|holds no program"):
        harmless_archive(path, "model x")


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.999])
def test_files_that_are_cut_off_are_refused(members: Members, share: float) -> None:
    path = write(members)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(HarnessError, match=r"cannot be read|holds no program"):
        harmless_archive(path, "model x")


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"graph_module": 3}', "[" * 100_000])
def test_damaged_programs_are_refused(members: Members, text: str) -> None:
    with pytest.raises(HarnessError):
        harmless_archive(write({**members, "models/model.json": text.encode()}), "model x")
