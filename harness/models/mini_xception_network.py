"""The mini-XCEPTION network and its weights in a Keras 2 HDF5 file.

Octavio Arriaga, Matias Valdenegro-Toro, Paul Plöger: Real-time Convolutional Neural Networks for Emotion and
Gender Classification (arXiv:1710.07557). The file is read with h5py; nothing in it is executed.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.errors import HarnessError

STEM_CHANNELS = 8
BLOCK_CHANNELS = (16, 32, 64, 128)
NUM_CLASSES = 7
EPSILON = 1e-3

_NORM = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}


class MiniXception(nn.Module):
    """Grey faces, float in [-1, 1], shape (B, 1, 64, 64) → logits of shape (B, 7)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_1 = nn.Conv2d(1, STEM_CHANNELS, 3, bias=False)
        self.norm_1 = nn.BatchNorm2d(STEM_CHANNELS, EPSILON)
        self.conv_2 = nn.Conv2d(STEM_CHANNELS, STEM_CHANNELS, 3, bias=False)
        self.norm_2 = nn.BatchNorm2d(STEM_CHANNELS, EPSILON)
        widths = (STEM_CHANNELS, *BLOCK_CHANNELS)
        self.blocks = nn.ModuleList(ResidualBlock(widths[i], widths[i + 1]) for i in range(len(BLOCK_CHANNELS)))
        self.head = nn.Conv2d(BLOCK_CHANNELS[-1], NUM_CLASSES, 3, padding=1)

    def forward(self, faces: Tensor) -> Tensor:
        """The logits; their softmax gives the scores."""
        x = functional.relu(self.norm_1(self.conv_1(faces)))
        x = functional.relu(self.norm_2(self.conv_2(x)))
        for block in self.blocks:
            x = block(x)
        logits: Tensor = self.head(x).mean(dim=(2, 3))
        return logits


class ResidualBlock(nn.Module):
    """Two separable convolutions and pooling, in parallel with a strided 1×1 convolution; halves both sides."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.residual = nn.Conv2d(in_channels, out_channels, 1, stride=2, bias=False)
        self.residual_norm = nn.BatchNorm2d(out_channels, EPSILON)
        self.depthwise_1 = nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=in_channels, bias=False)
        self.pointwise_1 = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.norm_1 = nn.BatchNorm2d(out_channels, EPSILON)
        self.depthwise_2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, groups=out_channels, bias=False)
        self.pointwise_2 = nn.Conv2d(out_channels, out_channels, 1, bias=False)
        self.norm_2 = nn.BatchNorm2d(out_channels, EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C_in, H, W) → (B, C_out, ceil(H/2), ceil(W/2))."""
        y = functional.relu(self.norm_1(self.pointwise_1(self.depthwise_1(x))))
        y = self.norm_2(self.pointwise_2(self.depthwise_2(y)))
        shortcut: Tensor = self.residual_norm(self.residual(x))
        return _max_pool_same(y) + shortcut


def load_mini_xception(path: Path) -> MiniXception:
    """The network with the weights of a Keras file, in evaluation mode, float32 on the CPU.

    Raises:
        HarnessError: not an HDF5 file; or a tensor is missing, unexpected, of the wrong shape or not finite.
    """
    tensors = _read_tensors(path)
    network = MiniXception()
    expected = {name: tensor for name, tensor in network.state_dict().items() if "num_batches" not in name}
    names = _keras_names()
    assert names.keys() == expected.keys()
    superfluous = sorted(set(tensors) - set(names.values()))
    if superfluous:
        raise HarnessError(f"{path.name}: holds {', '.join(superfluous[:5])}, which mini-XCEPTION does not have.")
    state = {name: _tensor(path, tensors, names[name], expected[name].shape) for name in expected}
    network.load_state_dict(state, strict=False)
    for parameter in network.parameters():
        if parameter.ndim == 4:
            # Depthwise convolutions on a CPU are four times as fast in the channels-last layout.
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network.eval()


def _keras_names() -> dict[str, str]:
    """Our parameters → layer and weight in the file; Keras numbers layers in the order of creation."""
    names = {"conv_1.weight": "conv2d_1/kernel", "conv_2.weight": "conv2d_2/kernel"}
    names |= {"head.weight": "conv2d_7/kernel", "head.bias": "conv2d_7/bias"}
    norms = {"norm_1": 1, "norm_2": 2}
    for i in range(len(BLOCK_CHANNELS)):
        names[f"blocks.{i}.residual.weight"] = f"conv2d_{i + 3}/kernel"
        for half in (1, 2):
            layer = f"separable_conv2d_{2 * i + half}"
            names[f"blocks.{i}.depthwise_{half}.weight"] = f"{layer}/depthwise_kernel"
            names[f"blocks.{i}.pointwise_{half}.weight"] = f"{layer}/pointwise_kernel"
        parts = ("residual_norm", "norm_1", "norm_2")
        norms |= {f"blocks.{i}.{part}": 3 * i + 3 + order for order, part in enumerate(parts)}
    for module, number in norms.items():
        for keras_name, ours in _NORM.items():
            names[f"{module}.{ours}"] = f"batch_normalization_{number}/{keras_name}"
    return names


def _read_tensors(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    """``layer/weight`` → array, without Keras' name scopes and ``:0``."""
    tensors: dict[str, npt.NDArray[np.float32]] = {}

    def visit(name: str, node: object) -> None:
        if isinstance(node, h5py.Dataset):
            parts = name.split("/")
            tensors[f"{parts[0]}/{parts[-1].removesuffix(':0')}"] = np.asarray(node, dtype=np.float32)

    try:
        with h5py.File(path) as file:
            file.get("model_weights", file).visititems(visit)
    except (OSError, ValueError, TypeError, AttributeError, RuntimeError) as error:
        raise HarnessError(f"{path.name}: not a readable Keras HDF5 file ({error}).") from None
    return tensors


def _tensor(path: Path, tensors: dict[str, npt.NDArray[np.float32]], name: str, shape: torch.Size) -> Tensor:
    if name not in tensors:
        raise HarnessError(f"{path.name}: lacks {name}, which mini-XCEPTION needs.")
    values = tensors[name]
    if values.ndim == 4:
        # Keras keeps kernels as (height, width, in, out), depthwise ones as (height, width, channels, 1).
        values = values.transpose((2, 3, 0, 1) if name.endswith("depthwise_kernel") else (3, 2, 0, 1))
    if values.shape != tuple(shape):
        raise HarnessError(
            f"{path.name}: {name} has shape {values.shape}; expected {tuple(shape)} in torch's order."
        )
    if not np.isfinite(values).all():
        raise HarnessError(f"{path.name}: {name} holds values that are not finite.")
    return torch.from_numpy(np.ascontiguousarray(values))


def _max_pool_same(x: Tensor) -> Tensor:
    """Max-pool 3, stride 2, with Keras' "same" padding: at even sizes only the right and the bottom are padded."""
    bottom, right = x.shape[2] % 2, x.shape[3] % 2
    padded = functional.pad(x, (right, 1, bottom, 1), value=float("-inf"))
    return functional.max_pool2d(padded, 3, stride=2)
