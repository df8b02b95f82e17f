"""Opens the files that torch writes, each as a function of a batch: what is in a file decides, not its name.

| file | what reading it can do | read |
|---|---|---|
| ``.pt2`` of `torch.export.save` | run code in eight ways (`pt2_archive`) | rebuilt from what is harmless |
| safetensors | nothing: numbers and names | with a class of an installed package |
| TorchScript | its code can read and write files (``aten::from_file``) | only if trusted |
| pickle of `torch.save` | anything | only if trusted |
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import nn

from harness.cards.facts import Facts
from harness.errors import HarnessError
from harness.files import regular
from harness.models.granted import require_trust
from harness.models.networks.network_model import Shape
from harness.models.networks.pt2_archive import harmless_archive
from harness.models.networks.runtime import runtime

GROUP = "harness.networks"
"""The group of entry points with which an installed package names the classes of its networks."""

MAX_HEADER_BYTES = 100_000_000
"""Of safetensors, as its own reader has it."""

_MEMBERS = {
    "archive_format": "pt2",
    "serialized_exported_program.json": "pt2",
    "constants.pkl": "torchscript",
    "data.pkl": "pickle",
}
"""What a zip file holds → its format; the first that is there."""


class TorchConnection(Facts):
    """The ``connection`` of the card of a torch network: its class, for files that hold weights alone.

    Attributes:
        network: an entry point of the group ``harness.networks``, or ``package.module:Class``.
        arguments: what the class is made with.
    """

    network: str | None = None
    arguments: dict[str, Any] = Field(default={})


class TorchFile:
    """One file and how it may be read.

    Args:
        path: of the file.
        who: for messages, such as ``model fer``.
        connection: names the class for files of weights alone.
        trusted: the user's ``model.trust``.
        device: to compute on.
    """

    def __init__(self, path: Path, who: str, connection: TorchConnection, *, trusted: bool, device: str) -> None:
        self._path, self._who, self._connection = path, who, connection
        self._trusted, self._device = trusted, device

    def open(self) -> tuple[Callable[[torch.Tensor], Any], Shape | None]:
        """The network in evaluation mode, and the shape of its input where the file states it.

        Raises:
            HarnessError: the file cannot be read, needs trust that was not given, or does not fit its class.
        """
        readers = {
            "pt2": self._exported,
            "torchscript": self._torchscript,
            "safetensors": self._safetensors,
            "pickle": self._pickled,
        }
        try:
            return readers[self._format()]()
        except HarnessError:
            raise
        except Exception as error:  # whatever a damaged file makes torch raise
            raise HarnessError(f"{self._who}: its file cannot be opened ({_short(error)}).") from None

    def _format(self) -> str:
        if zipfile.is_zipfile(self._path):
            with zipfile.ZipFile(self._path) as archive:
                names = {name.partition("/")[2] or name for name in archive.namelist()}
                # Of a file that is cut off, a zip within it may be what is found.
                is_whole = min((info.header_offset for info in archive.infolist()), default=0) == 0
            for member, form in _MEMBERS.items() if is_whole else ():
                if member in names:
                    return form
        with regular(self._path).open("rb") as file:
            start = file.read(9)
        if len(start) == 9 and int.from_bytes(start[:8], "little") < MAX_HEADER_BYTES and start[8:] == b"{":
            return "safetensors"
        if start[:1] == b"\x80":
            return "pickle"
        raise HarnessError(
            f"{self._who}: its file is neither a .pt2 of torch.export.save nor safetensors, TorchScript or a "
            "pickle of torch.save; or it is cut off."
        )

    def _exported(self) -> tuple[Callable[[torch.Tensor], Any], Shape | None]:
        with self._path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's own, about its own formats
            program = torch.export.load(file if self._trusted else harmless_archive(self._path, self._who))
            if self._device != "cpu":
                from torch.export.passes import move_to_device_pass

                program = move_to_device_pass(program, self._device)
        shape = _input_shape(program, self._who)  # before its Python is made: one tensor is all that it may take
        return program.module(), shape

    def _torchscript(self) -> tuple[Callable[[torch.Tensor], Any], None]:
        require_trust(
            self._trusted,
            self._who,
            "its file is TorchScript, whose code can read and write files on this machine",
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # TorchScript is deprecated, but files of it are about
            network: nn.Module = torch.jit.load(str(self._path), map_location=self._device)  # type: ignore[no-untyped-call]
        return network.eval(), None

    def _safetensors(self) -> tuple[Callable[[torch.Tensor], Any], None]:
        reader = runtime("safetensors.torch", "safetensors", self._who)
        return self._with_weights(reader.load_file(str(self._path))), None

    def _pickled(self) -> tuple[Callable[[torch.Tensor], Any], None]:
        require_trust(
            self._trusted, self._who, "its file is a pickle, which runs whatever code is in it when it is read"
        )
        with self._path.open("rb") as file:  # given a path, torch would go by the ending of its name
            found = torch.load(file, map_location=self._device, weights_only=False)
        if isinstance(found, nn.Module):
            return found.to(self._device).eval(), None
        inner = found.get("state_dict", found) if isinstance(found, Mapping) else None
        if inner is None:
            raise HarnessError(f"{self._who}: its file holds a {type(found).__name__}, which is no network.")
        return self._with_weights(inner), None

    def _with_weights(self, weights: Mapping[str, Any]) -> nn.Module:
        network = self._class()(**self._connection.arguments)
        if not isinstance(network, nn.Module):
            raise HarnessError(
                f"{self._who}: {self._connection.network} made a {type(network).__name__}, no torch.nn.Module."
            )
        network.load_state_dict(weights)
        return network.to(self._device).eval()

    def _class(self) -> Callable[..., Any]:
        """The class of the network: what an installed package registered, or any importable one with trust."""
        name = self._connection.network
        if name is None:
            raise HarnessError(
                f"{self._who}: its file holds weights alone. Name the class of the network in connection.network "
                f"of the card, an entry point of the group {GROUP}; or export it with torch.export.save."
            )
        found = {point.name: point for point in entry_points(group=GROUP)}
        if name in found:
            registered: Callable[..., Any] = found[name].load()
            return registered
        module, colon, attribute = name.partition(":")
        if not colon:
            known = ", ".join(sorted(found)) or "none"
            raise HarnessError(
                f"{self._who}: no installed package registers the network {name!r}. Known: {known}."
            )
        require_trust(self._trusted, self._who, f"its card has {module} imported, whose code then runs")
        named: Callable[..., Any] = getattr(import_module(module), attribute)
        return named


def _input_shape(program: torch.export.ExportedProgram, who: str) -> Shape:
    """The axes of the one input of an exported program."""
    names = program.graph_signature.user_inputs
    if len(names) != 1:
        raise HarnessError(f"{who}: its network takes {len(names)} inputs; one is expected.")
    value = next(node.meta["val"] for node in program.graph.nodes if node.name == names[0])
    return [axis if isinstance(axis, int) else None for axis in value.shape]


def _short(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {' '.join(lines)[:300]}"
